"""Is unit pruning random?  The theorems of npprune/theory/theorem beside trained networks.

Distances are measured in drawn layers of independent weights, in drawn layers that break one
assumption, and in trained layers, beside their shuffles and other recipes.

Read next: npprune/studies/randomness/assumptions.py.
"""

import math
from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study
from npprune.studies.variants import VARIANTS

# (case, value, norm): see assumptions.py.
TAILS = tuple(("tail", tail, p) for tail in (1, 1.5, 3, 5) for p in (1, 2, math.inf))
OTHERS = (
    ("correlation", 0.5, 2),
    ("correlation", 0.9, 2),
    ("inputs", 0.5, 2),
    ("inputs", 1, 2),
    ("scales", 0.1, 2),
    ("scales", 0.3, 2),
)


class Form(NamedTuple):
    """Layers are counted from 1; None means all."""

    name: str
    epochs: int  # at most, of networks of its own; 0: only the run's first network is looked at
    draws: int  # shuffles of each null; a p-value is at least 1 / (draws + 1)
    null_layers: tuple | None
    fan_ins: tuple  # of the drawn layers, as are the next five
    sizes: tuple  # numbers of units n
    columns: int  # units drawn in all for each point
    assumptions: tuple
    laws: tuple = ("gaussian", "uniform", "laplace")
    norms: tuple = (1, 2, 4, math.inf)
    variants: tuple = ()  # names in VARIANTS
    variant_hidden: tuple = (300, 100)  # a ninth of the weights: five times the variants


# Adam's best validation loss comes at about the sixth of the source's 25 epochs: 8 are enough.
FULL = Form(
    "full", 8, 39, None,
    (16, 64, 256, 1024, 4096), (50, 500, 2000), 40_000, TAILS + OTHERS,
    variants=tuple(VARIANTS),
)  # fmt: skip
SHORT = Form("quick", 0, 19, (2, 4), (16, 64, 256, 1024), (200,), 4_000, TAILS[::3] + OTHERS[::2])
# For a run that is itself quick, where every second counts.
TRIAL = SHORT._replace(
    null_layers=(4,), fan_ins=(16, 64, 256), columns=1_000,
    assumptions=OTHERS[-1:],
)  # fmt: skip

NETWORK = ("optimizer", "seed", "epoch")


STUDY = Study(
    name="randomness",
    question="is unit pruning random? theory, simulation, trained networks",
    takes="5 minutes a seed",
    tables=(
        Records("randomness_rates", ("law", "p")),
        Records("randomness_slopes", ("law", "p"), follows="randomness_rates"),
        Records("randomness_assumptions", ("case", "value", "p")),
        *(Records(f"randomness_{name}", NETWORK) for name in ("layers", "nulls")),
        Records("randomness_recipes", ("recipe", "seed")),
    ),
    figures=(
        Figure("randomness_rates", "rates", ("randomness_rates",)),
        Figure("randomness_assumptions", "assumptions", ("randomness_assumptions",)),
        Figure("randomness_epochs", "epochs", ("randomness_layers",)),
    ),
    forms={"trial": TRIAL, "short": SHORT, "full": FULL},
    needs=("train",),
    marks_form=True,
)
