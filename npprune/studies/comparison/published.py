"""What others reached with how many weights, beside the nearest networks here.

They prune 784-300-100-10 and this run a network nine times as large, so neither errors nor
percentages compare.  The number of weights left does, and so does what it costs: the error that a
method adds to that of the network it started from.

Read next: npprune/studies/comparison/report.py.
"""

import math

from npprune.lab.page import Heading, Paragraph, Table, cell
from npprune.lab.records import select
from npprune.studies.comparison.exact import SIZES, weights_left
from npprune.studies.comparison.others import PERCEPTRON, PUBLISHED
from npprune.studies.criteria.choice import part
from npprune.studies.criteria.report import ranked

SIZE = weights_left(0)  # of the dense network here
OUTPUT = SIZES[-2] * SIZES[-1]  # of them, in the output layer, which is never pruned


def blocks(run):
    """The published results; none without pruned networks to set beside them."""
    retrained, cut = frontier(run), calibrated(run)
    lines = []
    for one in PUBLISHED:
        if networks := cut if one.how == "not retrained" else retrained:
            lines.append(_line(one, nearest(one.weights, networks)))
    if not lines:
        return []
    header = ["work", "", "weights", "error %", "cost", "here", "weights", "error %", "cost"]
    caption = (
        "Test error of others with so many weights, and of the network here whose number of "
        "weights is nearest in proportion; cost: points of error more than its own dense network's"
    )
    return [
        Heading(3, "Perceptrons in the literature"),
        Table(caption, header, lines),
        Paragraph(_said(retrained)),
    ]


def frontier(run):
    """Pruned and retrained networks, {name: records with their weights, error and cost}."""
    records = run.read("frontier")
    dense = {row["seed"]: row["test_accuracy"] for row in select(records, group="dense")}
    return _networks(
        (row["name"], row["parameters"], row, dense) for row in select(records, group="pruned")
    )


def calibrated(run):
    """Networks of the best method without retraining, the same, by its sparsities."""
    rows = part(run.read("criteria"), "weight", "methods")
    if not rows:
        return {}
    criterion, budget = ranked(rows)[0]
    dense = {row["seed"]: row["test_accuracy"] for row in run.read("baseline")}
    return _networks(
        (f"{criterion}, k = {row['k']:g}", OUTPUT + (1 - row["k"]) * (SIZE - OUTPUT), row, dense)
        for row in select(rows, criterion=criterion, budget=budget)
        if row["k"] < 1
    )


def _networks(found):
    """Gather (name, weights, record, accuracies of the dense networks by seed) by name."""
    networks = {}
    for name, weights, row, dense in found:
        if row["seed"] in dense:
            error, start = (100 * (1 - a) for a in (row["test_accuracy"], dense[row["seed"]]))
            networks.setdefault(name, []).append(
                {"name": name, "weights": weights, "error": error, "cost": error - start}
            )
    return networks


def nearest(weights, networks):
    """Records, one a seed, of the network whose number of weights is nearest in proportion."""
    return min(
        networks.values(),
        key=lambda rows: abs(math.log(rows[0]["weights"] / weights)),
    )


def _line(one, here):
    theirs = ["as dense", "0"]
    if one.error is not None:
        theirs = [f"{one.dense:.2f} -> {one.error:.2f}", f"{one.error - one.dense:+.2f}"]
    return [
        one.work if one.checked else f"{one.work} (!)",
        one.how,
        f"{one.weights:,}",
        *theirs,
        here[0]["name"],
        f"{here[0]['weights']:,.0f}",
        cell(here, "error", 2),
        cell(here, "cost", 2),
    ]


def _said(retrained):
    text = (
        f"Theirs began as 784-300-100-10 with {PERCEPTRON:,} weights, of which shares are written "
        "here as numbers. The larger network starts from another error, so an error here below "
        "theirs may be no merit of the pruning. "
    )
    both = [
        (one, nearest(one.weights, retrained))
        for one in PUBLISHED
        if retrained and one.checked and one.error is not None
    ]
    if both:
        more = [
            f"{one.work} {one.error - one.dense:+.2f} points, here {cell(rows, 'cost', 2)}"
            for one, rows in both
        ]
        text += (
            f"What the pruning costs: {'; '.join(more)}. Where it costs more here, two hypotheses, "
            "neither tested, are that a dense network of lower error has less to gain, and that "
            "the same number of weights is spread over five layers and not three. "
        )
    return text + (
        "Works with (!) were written down from memory and not checked: do not quote them before "
        "comparing them with the papers. How many seeds the others ran was not read, so a "
        "difference of a few hundredths says nothing."
    )
