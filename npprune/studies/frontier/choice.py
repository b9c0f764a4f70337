"""Which networks are worth having: those that no other beats in both accuracy and cost.

Everything is chosen on the validation images; the test images report it.

Read next: npprune/studies/frontier/deploy.py.
"""

import math

import numpy as np

from npprune.lab.group import means
from npprune.lab.records import select
from npprune.lab.statistics import no_worse, paired_differences
from npprune.studies.frontier import BATCHES

SLACK = 1.05  # times that differ by less are taken for equal, and so are sizes
# Columns of costs, and those that say how many times less than dense.
COSTS = {f"us_{batch}": f"speedup_{batch}" for batch in BATCHES} | {"bytes": "times_smaller"}


def averages(records):
    """Means over the seeds: one record a network."""
    return means(records, "name")


def pareto_front(costs, values):
    """Mark what nothing else dominates, by costing no more and being worth no less, not both equal.

    Shapes: costs (n,), values (n,) -> bool (n,).  What has no finite cost or value is not marked.
    """
    costs, values = np.asarray(costs, float), np.asarray(values, float)
    measured = np.isfinite(costs) & np.isfinite(values)
    # In row i, column j: j costs no more than i and is worth no less.
    as_good = (costs <= costs[:, None]) & (values >= values[:, None]) & measured
    return measured & ~(as_good & ~as_good.T).any(axis=1)


def front_names(networks, cost):
    """Names of the networks on the front of validation accuracy against a column of COSTS."""
    front = pareto_front(
        [row[cost] for row in networks], [row["validation_accuracy"] for row in networks]
    )
    return [row["name"] for row, chosen in zip(networks, front, strict=True) if chosen]


def at_no_loss(records, cost, reference="dense"):
    """The pruned networks at no loss beside a reference, by validation images, cheapest first.

    Only this rule defines "the smallest" and "the fastest at no loss".
    """
    fine = [
        row
        for row in select(averages(records), group="pruned")
        if math.isfinite(row[cost])
        and no_worse(differences(records, row["name"], reference, "validation_accuracy"))
    ]
    return sorted(fine, key=lambda row: row[cost])


def cheapest(records, cost, reference="dense"):
    """The first of `at_no_loss`, or None."""
    return next(iter(at_no_loss(records, cost, reference)), None)


def best_dense(networks):
    """Name the unpruned network, of any size, of highest validation accuracy, or None."""
    dense = [row for row in networks if row["group"] != "pruned"]
    return max(dense, key=lambda row: row["validation_accuracy"], default={"name": None})["name"]


def rivals(networks, cost):
    """The best small network of each size, and the best pruned one that costs no more.

    -> [(control, pruned network or None)], best by validation accuracy, costs within SLACK
    """
    pruned, controls = (select(networks, group=group) for group in ("pruned", "control"))
    sizes = {row["name"].removesuffix(", taught") for row in controls}
    pairs = []
    for size in sorted(sizes):
        same = [row for row in controls if row["name"].removesuffix(", taught") == size]
        control = max(same, key=lambda row: row["validation_accuracy"])
        cheaper = [row for row in pruned if row[cost] <= SLACK * control[cost]]
        best = max(cheaper, key=lambda row: row["validation_accuracy"], default=None)
        pairs.append((control, best))
    return pairs


def differences(records, name, other, column="test_accuracy"):
    """One network's accuracy minus another's, in each seed that has both."""
    one, others = (select(records, name=each) for each in (name, other))
    return np.array(paired_differences(one, others, column))
