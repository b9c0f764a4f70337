"""What others reached with how many weights, beside the nearest networks here.

They prune 784-300-100-10 and this run a network nine times as large, so neither errors nor
percentages compare.  The number of weights left does, and so does what it costs: the error that a
method adds to that of the network it started from.

The works stand in literature.csv: weights kept, error in percent, dense and sparse, and how.  One
without errors says no more than that it matches the dense network's.  checked is "no" for numbers
that were written down from memory and never compared with the paper.

Read next: npprune/studies/comparison/tell.py.
"""

import math
from pathlib import Path

import numpy as np

from npprune.lab import page
from npprune.lab.records import groups, read_csv, select
from npprune.studies.comparison.exact import SIZES, weights_left
from npprune.studies.criteria import choice

PERCEPTRON = 784 * 300 + 300 * 100 + 100 * 10  # weights of 784-300-100-10
OUTPUT = SIZES[-2] * SIZES[-1]  # weights here in the output layer, which is never pruned


def perceptrons(run):
    """The published results as a table; None without pruned networks to set beside them."""
    retrained, cut = frontier(run), calibrated(run)
    lines = []
    for work in read_csv(Path(__file__).with_name("literature.csv")):
        if networks := cut if work["how"] == "not retrained" else retrained:
            near = nearest(work["weights"], networks)
            mean = np.mean([row["weights"] for row in near])
            lines.append({"theirs": work, "ours": near, "mean": mean, "name": near[0]["name"]})
    if not lines:
        return None
    return page.table(
        "Test error of others with so many weights, and of the network here whose number of "
        "weights is nearest in proportion; cost: points of error more than its own dense network's",
        lines,
        [
            ("work", lambda line: _named(**line["theirs"])),
            ("", "{theirs[how]}"),
            ("weights", "{theirs[weights]:,}"),
            ("error %", lambda line: _errors(**line["theirs"])),
            ("cost", lambda line: _cost(**line["theirs"])),
            ("here", "{name}"),
            ("weights", "{mean:,.0f}"),
            ("error %", lambda line: page.cell(line["ours"], "error", 2)),
            ("cost", lambda line: page.cell(line["ours"], "cost", 2)),
        ],
    )


def _named(work, checked, **others):
    return work if checked == "yes" else f"{work} (!)"


def _errors(dense, error, **others):
    return f"{dense:.2f} -> {error:.2f}" if error else "as dense"


def _cost(dense, error, **others):
    return f"{error - dense:+.2f}" if error else "0"


def frontier(run):
    """Pruned and retrained networks, {name: records with their weights, error and cost}."""
    records = run.read("frontier")
    pruned = [row | {"weights": row["parameters"]} for row in select(records, group="pruned")]
    return _by_name(pruned, select(records, group="dense"))


def calibrated(run):
    """Networks of the best repair without retraining, the same, by its sparsities."""
    rows = choice.part(run.read("criteria"), "weight", "refit")
    if not rows:
        return {}
    # The best on the validation images, by the sparsity at which a point of accuracy is lost.
    criterion, budget = next(iter(choice.best_budgets(rows).items()))
    hidden = weights_left(0) - OUTPUT
    curve = select(rows, criterion=criterion, budget=budget)
    cut = [
        row
        | {"name": f"{criterion}, k = {row['k']:g}", "weights": OUTPUT + (1 - row["k"]) * hidden}
        for row in curve
        if row["k"] > 0
    ]
    return _by_name(cut, select(curve, k=0))


def _by_name(rows, dense):
    """Group records by name, with the error in percent and what it is above the dense network's."""
    start = {row["seed"]: 100 * (1 - row["test_accuracy"]) for row in dense}
    errors = [row | {"error": 100 * (1 - row["test_accuracy"])} for row in rows]
    return groups(
        [r | {"cost": r["error"] - start[r["seed"]]} for r in errors if r["seed"] in start], "name"
    )


def nearest(weights, networks):
    """Records, one a seed, of the network whose mean of weights is nearest in proportion."""

    def distance(rows):
        return abs(math.log(np.mean([row["weights"] for row in rows]) / weights))

    return min(networks.values(), key=distance)
