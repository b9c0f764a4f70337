"""Others' results for the same task, to compare with ours.

The source is D. Eftekhari's report on pruning a fully connected network.  Its figures were read off
by eye; how it trained and timed is read from its code (DanielEftekhari/neural-network-pruning).
Unlike ours: Adam, a narrower initialization, the test set as validation set, one seed, PyTorch.

The other answer, justincosentino/network-pruning: the source's network, Adam at 1e-3, Glorot's
initialization, one seed.

The curves of both are in theirs.csv.

Read next: npprune/studies/prune/__init__.py.
"""

import functools
from pathlib import Path

from npprune.lab.records import read_csv, select
from npprune.network.mlp import HIDDEN

NAME, ANSWER = "source report", "other answer"
FLAT, STEEP = 0.005, 0.03  # how well its curves could be read, where flat and where steep

# Figure 1: stated in its text.
BEST_LOSS, BEST_EPOCH = 0.0682, 6

# Figure 4, layer 2, k = .9, units: survivors / all weights in the bar at |w| = 0, and at .065.
SURVIVORS_NEAR_ZERO = 0.093
SURVIVORS_AT, SURVIVORS_THERE = 0.065, 0.20
KS = 0.093  # distance of eliminated and surviving weights, from the bars
KS_INDEPENDENT = 0.019  # for independent weights of the same histogram and fan-in 1000


@functools.cache
def curve(figure, kind="", work=NAME):
    """Return a published curve of a work, NAME or ANSWER: {k or epoch: value}.

    figure: validation_loss, validation_accuracy (Figure 1); test_accuracy, test_loss (Figures 2 and
    3, by kind); coo_ms (Figure 5: milliseconds for 100 images in COO)
    """
    rows = select(read_csv(Path(__file__).with_name("theirs.csv")), work=work)
    return {row["k"]: row["value"] for row in select(rows, figure=figure, kind=kind)}


def comparable(config):
    """Say whether a run has the same task: MNIST, the whole test set, the same network."""
    return config.dataset == "mnist" and not config.quick and config.recipe.hidden == HIDDEN
