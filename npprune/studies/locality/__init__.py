"""Does pruning find convolution?  The pixels that are left to the units of the first layer.

A unit is local if its pixels lie closer together than in masks that are otherwise like it
(npprune/theory/connectivity).  Pixels that are never lit, the optimizer, the criterion and the
correlation of neighbouring pixels must not be the cause.  So many networks and masks are tested, on
live pixels: those lit in 1 % of the images or more.

Read next: npprune/studies/locality/networks.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

CRITERIA = ("magnitude", "obd", "wanda")


class Form(NamedTuple):
    name: str
    draws: int  # for the p-values
    checks: int  # of dense masks, and of masks whose answer is known
    few: int  # where a draw is expensive: the correlated null
    sparsities: tuple = (0.5, 0.9, 0.97, 0.99, 0.995)
    criteria: tuple = CRITERIA
    networks: tuple | None = None  # besides the run's own; None means all
    seeds: int | None = None  # how many of the run's; None means all
    transplants: tuple = ("dense", "found", "shuffled", "local", "local shuffled")


FULL = Form("full", 999, 99, 19)
QUICK = Form(
    "quick", 99, 19, 4, (0.9, 0.97, 0.99), ("magnitude",), ("initial", "convolution"), 1, ()
)
# For a run that is itself quick, where every second counts.
TRIAL = QUICK._replace(draws=19, checks=9, few=2, sparsities=(0.97,), networks=("initial",))

PIECE = ("seed", "network")
STUDY = Study(
    name="locality",
    question="does pruning find convolution?",
    takes="10 minutes a seed",
    tables=(
        Records("locality", PIECE),
        Records("locality_correlation", PIECE),
        Records("locality_transplant", ("seed", "mask")),
        Records("locality_maps", PIECE, first_seed=True),
    ),
    figures=(
        Figure("locality_ratios", "ratios", ("locality",)),
        Figure("locality_maps", "maps", ("locality_maps",), True),
    ),
    forms={"trial": TRIAL, "short": QUICK, "full": FULL},
    needs=("train",),
    marks_form=True,
)
