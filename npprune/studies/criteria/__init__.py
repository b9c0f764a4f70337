"""Which weights to cut: criteria and repairs side by side, and an oracle to check them.

A criterion chooses the weights of a layer (npprune/pruning/saliency.py, unit_saliency.py), a budget
their number (budgets.py), and a repair adjusts those that stay (repair.py).  Methods that choose
and repair in one (admm.py, obs.py, unit_obs.py) are listed as refitted.

    criteria              loss and accuracy of every pruned network
    criteria_oracle       do scores know what removing one weight or unit does?
    criteria_calibration  how many images do repairs and curvatures need?
    criteria_retrained    what training after each cut leaves of the differences

Left out: SNIP, GraSP, SynFlow (for untrained networks); for weights LAMP (orders a layer as
magnitude does), Fisher, obd-lecun; Wanda's comparison within each unit.

Read next: npprune/studies/criteria/oracle.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

OWN = {"weight": "magnitude", "unit": "in-l2"}  # the source report's criteria
# Which criteria and methods are measured, and where, by kind and repair.
MEASURED = {
    ("weight", "none"): (
        "magnitude", "random", "wanda-layer", "taylor", "obd", "obd-decay", "obd-iterated",
        "obd-decay-iterated", "obd-taylor",
    ),
    ("unit", "none"): (
        "in-l2", "random", "in-out", "geometric-median", "apoz", "energy", "taylor", "fisher",
        "obd",
    ),
    ("weight", "refit"): (
        "admm", "sparsegpt", "magnitude", "random", "wanda-layer", "obd", "obd-iterated",
        "obd-decay-iterated",
    ),
    ("unit", "refit"): ("obs", "in-l2", "random", "in-out", "energy", "obd"),
}  # fmt: skip
SPARSITIES = {
    ("weight", "none"): (0.0, 0.3, 0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998),
    ("unit", "none"): (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
    ("weight", "refit"): (0.0, 0.8, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998),
    ("unit", "refit"): (0.0, 0.5, 0.7, 0.8, 0.9, 0.95),
}


class Form(NamedTuple):
    """Every curve begins at k = 0."""

    images: int = 10_000  # seen by every criterion, refit and method
    calibration: tuple = (500, 2_000, 10_000)  # numbers of images, compared
    oracle_images: int = 2_000
    places: int = 300  # weights of each layer that the oracle removes
    retrained: tuple = ("magnitude", "obd", "obd-decay")  # with training between rounds
    epochs: int = 1  # of it, after each round
    criteria: dict = MEASURED
    sparsities: dict = SPARSITIES


TRIAL = Form(500, (250, 500), 500, 20, sparsities=dict.fromkeys(SPARSITIES, (0.0, 0.9, 0.95)))
STUDY = Study(
    name="criteria",
    question="which weights to cut? scores and repairs side by side",
    takes="10 minutes a seed",
    tables=(
        Records("criteria", ("seed", "kind", "criterion", "repair")),
        Records("criteria_oracle", ("seed",)),
        Records("criteria_calibration", ("seed",)),
        Records("criteria_retrained", ("seed", "criterion")),
    ),
    figures=(Figure("criteria", "errors", ("criteria",)),),
    forms={"trial": TRIAL, "full": Form()},
    needs=("train",),
)
