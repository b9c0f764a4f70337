"""The recipes of the frontier, found on the validation images of MNIST.

All first remove units, since what follows then costs a tenth; the rest is repaired by least
squares, then trained.  Where weights are counted, the last hidden layer keeps its units: k does not
count the output layer, so their outgoing weights are never pruned.

Read next: npprune/studies/frontier/__init__.py.
"""

TEACHER = {"temperature": 2.0, "share": 0.5}
TRAINING = {"batch": 64, "learning_rate": 0.05, "weight_decay": 5e-3, "distill": TEACHER}
SPARSE = TRAINING | {"weight_decay": 1e-3}
SPARSER = SPARSE | {"learning_rate": 0.1}


def _units(k, last=None):
    return [{"step": "units", "k": k, "last": last}, {"step": "refit"}, {"step": "compact"}]


def _gradual(k, epochs, until, training=SPARSE):
    return [
        {"step": "gradual", "k": k, "epochs": epochs, "until": until} | training,
        {"step": "compact"},
    ]


TO_99 = [*_units(0.8, 0.0), *_gradual(0.99, 8, 6)]
RECIPES = (
    {"name": "units .8", "steps": [*_units(0.8), {"step": "retrain", "epochs": 16} | TRAINING]},
    {"name": "units .9", "steps": [*_units(0.9), {"step": "retrain", "epochs": 24} | TRAINING]},
    {"name": "units .95", "steps": [*_units(0.95), {"step": "retrain", "epochs": 40} | TRAINING]},
    {"name": "weights .97", "steps": [*_units(0.75, 0.0), *_gradual(0.97, 20, 10, TRAINING)]},
    {"name": "weights .99", "steps": [*TO_99, {"step": "retrain", "epochs": 16} | SPARSER]},
    {"name": "weights .998", "steps": [*TO_99, *_gradual(0.998, 24, 16, SPARSER)]},
)
QUICK_RECIPES = (
    {"name": "units .8", "steps": [*_units(0.8), {"step": "retrain", "epochs": 1} | TRAINING]},
)
