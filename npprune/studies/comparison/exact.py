"""What needs no training to be known: anchors that any correct implementation meets to the digit.

With all hidden weights pruned every logit is 0, the softmax is uniform over the ten classes and
the first class is predicted: the loss is ln 10 and the accuracy the share of zeros in the test
set.  A pixel that is never lit passes no gradient to its weights.  Removing a unit removes a column
of one matrix and a row of the next: with the fraction k gone on both sides, (1 - k)^2 of a matrix
stays.

Read next: npprune/studies/comparison/figures.py.
"""

import itertools
import math

from npprune.lab.records import select
from npprune.network.mlp import HIDDEN
from npprune.studies.comparison.beside import Line, beside, measured

SIZES = (784, *HIDDEN, 10)
LN_CLASSES = math.log(SIZES[-1])
ZEROS = 980 / 10_000  # of MNIST's test images show the digit 0
DARK, LIT_LATER = 67, 2  # pixels 0 in every training image; of them, lit in a test image
UNIT_SPARSITIES = (0.5, 0.8, 0.9, 0.95)
FLOAT32 = 4  # bytes


def weights_left(k):
    """Number of weights when the fraction k of every hidden layer's units is removed."""
    hidden = [n - round(k * n) for n in SIZES[1:-1]]
    return sum(a * b for a, b in itertools.pairwise([SIZES[0], *hidden, SIZES[-1]]))


def empty_network(runs):
    """Records, one a seed, of the network without hidden weights, of each side."""
    return measured(runs, "sparsity", k=1.0, kind="weight", criterion="magnitude")


def anchors(runs):
    """Loss and accuracy of the empty network, and dark pixels, where they were recorded."""
    empty = empty_network(runs)
    dark = {
        name: [{"dark": row["dead_pixels"] * SIZES[0]} for row in rows[:1]]
        for name, rows in measured(runs, "locality", pixels="all").items()
    }
    lines = [
        Line("loss at k = 1", [f"{LN_CLASSES:.6f}"], empty, "test_loss", 6),
        Line("accuracy at k = 1", [f"{ZEROS:.4f}"], empty, "test_accuracy", 4),
        Line("pixels never lit in training", [f"{DARK}"], dark, "dark", 0),
    ]
    lines = [line for line in lines if any(line.ours.values())]
    return beside("What any implementation must find", "", ["exact"], lines)


def sizes(runs):
    """Weights left by unit pruning, as counted in exported networks and in their files."""
    lines = []
    for k in UNIT_SPARSITIES:
        counted = {name: _counted(run, k) for name, run in runs.items()}
        if any(counted.values()):
            left = weights_left(k)
            lines.append(Line(f"{k:g}", [f"{left:,}", f"{weights_left(0) / left:.1f}x"], counted))
    works = ["exact", "times smaller"]
    return beside("Weights left when units are removed", "k", works, lines)


def _counted(run, k):
    """Parameters of a network of the frontier, or else bytes of the compact layout over four."""
    pruned = select(run.read("frontier"), group="pruned", requested_units=k, requested_weights=0.0)
    for row in pruned:
        return f"{row['parameters']:,.0f}"
    for row in select(run.read("footprint"), kind="unit", k=k, layout="compact"):
        return f"{row['formula_bytes'] / FLOAT32:,.0f}"
    return ""
