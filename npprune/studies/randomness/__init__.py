"""Is unit pruning random?  The theorem of npprune/theory/theorem held against networks that learn.

The theorem says how far unit pruning is from random elimination in a layer of independent weights.
Three things are asked of it: does chance itself obey it; do the layers of a network, before and
while they learn, under SGD and under the Adam of the source report; and if not, which of its
assumptions fails.

    rates       distances in drawn layers of independent weights, by law, norm, fan-in and units
    slopes      how fast KS falls with the fan-in, fitted to the rates
    layers      distances in every layer of a network, beside what the theorem expects of it
    nulls       the same distances in shuffled layers, and p-values against them
    groups      the distances when groups of b weights of a unit are pruned, from weights to units
    densities   one layer's magnitudes, eliminated and surviving: the source report's Figure 4

The short form takes the first seed's network as it is, initial and trained, and few draws.  The
full one trains networks of its own, to see every epoch.  They are not kept: the records are all
that is left of them.

Read next: npprune/studies/randomness/measure.py.
"""

import math
from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study


class Form(NamedTuple):
    """How much is trained and drawn.  Layers are counted from 1; None means all of them."""

    name: str
    epochs: int  # at most, of networks of its own; 0: only the run's first network is looked at
    draws: int  # shuffles of each null
    null_layers: tuple | None
    group_layers: tuple | None
    fan_ins: tuple  # of the drawn layers, as are the next four
    sizes: tuple  # numbers of units n
    columns: int  # units drawn in all for each point
    laws: tuple = ("gaussian", "uniform", "laplace")
    norms: tuple = (1, 2, 4, math.inf)


# Adam's best validation loss comes at about the sixth of the source's 25 epochs: 8 are enough.
FULL = Form("full", 8, 200, None, None, (16, 64, 256, 1024, 4096), (50, 500, 2000), 40_000)
SHORT = Form("quick", 0, 19, (2, 4), (2,), (16, 64, 256, 1024), (200,), 4_000)  # 19: p >= .05

NETWORK = ("optimizer", "seed", "epoch")

STUDY = Study(
    name="randomness",
    question="is unit pruning random? theory, simulation, trained networks",
    takes="about an hour",
    tables=(
        Records("randomness_rates", ("law", "p")),
        Records("randomness_slopes", ("law", "p"), follows="randomness_rates"),
        Records("randomness_layers", NETWORK),
        Records("randomness_nulls", NETWORK),
        Records("randomness_groups", NETWORK),
        Records("randomness_densities", NETWORK),
    ),
    figures=(
        Figure(
            "randomness_rates",
            "rates",
            ("randomness_rates", "randomness_layers"),
            "Rate against fan-in",
        ),
        Figure("randomness_epochs", "epochs", ("randomness_layers",), "KS distance while training"),
        Figure(
            "randomness_groups",
            "groups_of_weights",
            ("randomness_groups",),
            "From weight pruning to unit pruning",
        ),
        Figure(
            "randomness_densities",
            "densities",
            ("randomness_densities",),
            "Figure 4 with the theorem",
        ),
    ),
    forms={
        # For a run that is itself quick, where every second counts.
        "trial": SHORT._replace(
            null_layers=(4,), group_layers=(4,), fan_ins=(16, 64, 256), columns=1_000
        ),
        "short": SHORT,
        "full": FULL,
    },
    needs=("train",),
    marks_form=True,
)
