"""What needs no training to be known: anchors that any correct implementation meets to the digit.

With all hidden weights pruned every logit is 0, the softmax is uniform over the ten classes and
the first class is predicted: the loss is ln 10 and the accuracy the share of zeros in the test
set.  A pixel that is never lit passes no gradient to its weights.  Removing a unit removes a column
of one matrix and a row of the next: with the fraction k gone on both sides, (1 - k)^2 of a matrix
stays.

Read next: npprune/studies/comparison/times.py.
"""

import itertools
import math

from npprune.lab.page import Heading, Paragraph, Table, cell
from npprune.lab.records import select

SIZES = (784, 1000, 1000, 500, 200, 10)
ZEROS = 980 / 10_000  # of MNIST's test images show the digit 0
DARK, LIT_LATER = 67, 2  # pixels 0 in every training image; of them, lit in a test image
UNIT_SPARSITIES = (0.5, 0.8, 0.9, 0.95)
FLOAT32 = 4  # bytes


def weights_left(k):
    """Number of weights when the fraction k of every hidden layer's units is removed."""
    hidden = [n - round(k * n) for n in SIZES[1:-1]]
    return sum(a * b for a, b in itertools.pairwise([SIZES[0], *hidden, SIZES[-1]]))


def blocks(columns):
    """The anchors; columns {name: Run} -> blocks, none if nothing of them was recorded."""
    anchors, sizes = _anchors(columns), _sizes(columns)
    if not (anchors or sizes):
        return []
    found = [Heading(3, "Exact anchors")]
    if anchors:
        found.append(Table("What any implementation must find", ["", "exact", *columns], anchors))
    if sizes:
        header = ["k", "exact", "times smaller", *columns]
        found.append(Table("Weights left when units are removed", header, sizes))
    return [*found, Paragraph(_said(bool(sizes)))]


def empty_network(run):
    """Records, one a seed, of the network without hidden weights."""
    return select(run.read("sparsity"), k=1.0, kind="weight", criterion="magnitude")


def _anchors(columns):
    """Loss and accuracy of the empty network, and dark pixels, where they were recorded."""
    empty = {name: empty_network(run) for name, run in columns.items()}
    images = {
        name: [
            {"dark": row["dead_pixels"] * SIZES[0]}
            for row in select(run.read("locality"), pixels="all")[:1]
        ]
        for name, run in columns.items()
    }
    rows = []
    if any(empty.values()):
        for what, exact, column, digits in (
            ("loss at k = 1", math.log(SIZES[-1]), "test_loss", 6),
            ("accuracy at k = 1", ZEROS, "test_accuracy", 4),
        ):
            here = [cell(r, column, digits) for r in empty.values()]
            rows.append([what, f"{exact:.{digits}f}", *here])
    if any(images.values()):
        here = [cell(r, "dark", 0) for r in images.values()]
        rows.append(["pixels never lit in training", str(DARK), *here])
    return rows


def _sizes(columns):
    """Weights left by unit pruning, as counted in exported networks and in their files."""
    rows = []
    for k in UNIT_SPARSITIES:
        here = [_counted(run, k) for run in columns.values()]
        if any(here):
            left = weights_left(k)
            rows.append([f"{k:g}", f"{left:,}", f"{weights_left(0) / left:.1f}x", *here])
    return rows


def _counted(run, k):
    """Parameters of a network of the frontier, or else bytes of the compact layout over four."""
    pruned = select(run.read("frontier"), group="pruned", requested_units=k)
    pruned = select(pruned, requested_weights=0.0)
    if pruned:
        return f"{pruned[0]['parameters']:,.0f}"
    for row in select(run.read("footprint"), kind="unit", k=k, layout="compact"):
        return f"{row['formula_bytes'] / FLOAT32:,.0f}"
    return ""


def _said(sizes):
    text = (
        "There is no gap to explain: these follow from the shapes and the data, and a run that "
        "misses one of them is wrong. The dark pixels leave "
        f"{DARK * SIZES[1]:,} weights of the first layer without any gradient; {LIT_LATER} of the "
        "pixels are lit in a test image all the same (counted in the data, not by this run)."
    )
    if sizes:
        text += (
            " Half of the units gone is a third of the weights left, not half, since a removed "
            "unit takes a column and a row; the source keeps the zeros, so its networks stay at "
            f"{weights_left(0):,}."
        )
    return text
