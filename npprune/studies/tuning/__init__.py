"""Do the choices stand if one half of the validation images makes them, and the other judges?

All recipes but one have the same tries.  The first half, every second image, chooses the epoch and
the setting; the second half and the test images choose nothing.

    tuning            accuracy of a recipe with a setting changed
    tuning_budgets    accuracy of what criteria cut, by budget

Read next: npprune/studies/tuning/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import Records, Study

# What the last training's rate and decay are multiplied by.
CHANGES = {
    "as used": {},
    "half the rate": {"learning_rate": 0.5},
    "twice the rate": {"learning_rate": 2.0},
    "a fifth of the decay": {"weight_decay": 0.2},
    "five times the decay": {"weight_decay": 5.0},
}
AS_USED = "4,800 weights"  # whose chain is long: it has no other try, so its rival has more
# Pruned networks, and those about as large, or larger, that were never dense.
RIVALS = {
    "units .9": ("scratch .9", "scratch .9, taught"),
    "units .95": ("scratch .95", "scratch .95, taught"),
    "weights .99": ("scratch .95", "scratch .95, taught"),
    "4,800 weights": ("sparse 4,800",),
}


class Form(NamedTuple):
    pruned: tuple = tuple(RIVALS)
    epochs: int = 1000  # at most, of a step
    cut: str = "full"  # the form in which criteria cut


STUDY = Study(
    name="tuning",
    question="would half of the validation images have chosen the same?",
    takes="15 minutes a seed",
    tables=(
        Records("tuning", ("seed", "recipe", "change")),
        Records("tuning_budgets", ("seed", "kind", "criterion")),
    ),
    forms={"trial": Form(("units .9",), 2, "trial"), "full": Form()},
    needs=("train",),
)
