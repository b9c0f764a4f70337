"""The recipes of the frontier, found on MNIST's validation images, as plain data.

Read next: npprune/studies/frontier.py.
"""

TEACHER = {"temperature": 3.0, "share": 0.9}
SLOW = {"learning_rate": 0.02, "weight_decay": 1e-3, "distill": TEACHER}


def _units(k):
    """Remove units, repair, and retrain what is left."""
    return [{"step": "units", "k": k}, {"step": "refit"}, {"step": "compact"}]


RECIPES = [
    {"name": "units .8", "steps": [*_units(0.8), {"step": "retrain", "epochs": 20} | SLOW]},
    {"name": "units .9", "steps": [*_units(0.9), {"step": "retrain", "epochs": 40} | SLOW]},
    {"name": "units .95", "steps": [*_units(0.95), {"step": "retrain", "epochs": 60} | SLOW]},
]
QUICK_RECIPES = [
    {"name": "units .8", "steps": [*_units(0.8), {"step": "retrain", "epochs": 1} | SLOW]},
]
