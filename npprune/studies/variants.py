"""The training recipe, varied one thing at a time: plain data.

Weight decay shrinks a weight by the factor 1 - rate x decay at every step.  Variants of the rate
or the optimizer keep this factor, or have no decay.

Read next: npprune/studies/randomness/__init__.py.
"""

# What differs from the default recipe: SGD, rate .2, weight decay .005.
VARIANTS = {
    "default": {},
    "no weight decay": {"weight_decay": 0.0},
    "rate 0.05, decay a step as before": {"learning_rate": 0.05, "weight_decay": 0.02},
    "rate 0.05, no weight decay": {"learning_rate": 0.05, "weight_decay": 0.0},
    "source's initialization": {"initialization": "source"},
    "Adam, rate 0.001, decay a step as before": {
        "optimizer": "adam", "learning_rate": 0.001, "weight_decay": 1.0,
    },
    "Adam, rate 0.001, no weight decay": {
        "optimizer": "adam", "learning_rate": 0.001, "weight_decay": 0.0,
    },
}  # fmt: skip
