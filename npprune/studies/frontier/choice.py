"""Which networks are worth having: those that no other beats in both accuracy and cost.

A network is on the Pareto front when none that is at least as accurate costs less, and none that
costs as little is more accurate.  Everything here is chosen on the validation images, by means
over the seeds; the test images report what was chosen.

Read next: npprune/studies/frontier/plots.py.
"""

import math

import numpy as np

from npprune.lab.records import mean_by, select
from npprune.studies.frontier.times import BATCHES

NO_LOSS = 0.001  # of validation accuracy below the dense network's: "no loss"
SLACK = 1.05  # times that differ by less are taken for equal, and so are sizes
COSTS = (*(f"us_{batch}" for batch in BATCHES), "bytes")


def averages(records):
    """Means and deviations over the seeds: one record a network, in order of first appearance.

    records are those of data/frontier.csv; of a column x the result has x and x_sd.
    """
    names = list(dict.fromkeys(row["name"] for row in records))
    table = {name: {"name": name, "seeds": len(select(records, name=name))} for name in names}
    for column, value in records[0].items():
        if column in ("seed", "name"):
            continue
        if isinstance(value, str):
            for row in records:
                table[row["name"]][column] = row[column]
            continue
        for name, mean, deviation in zip(*mean_by(records, "name", column), strict=True):
            table[name] |= {column: float(mean), f"{column}_sd": float(deviation)}
    return list(table.values())


def pareto_front(costs, values):
    """Mark what nothing else dominates.

    Shapes: costs (n,), values (n,) -> bool (n,).  What has no finite cost or value is not marked.

    One dominates another by costing no more and being worth no less, and not the same in both.
    From the cheapest on, whatever is worth more than all before it is on the front; among equal
    costs the best comes first, and its exact equals are on the front with it.
    """
    costs, values = np.asarray(costs, float), np.asarray(values, float)
    front = np.zeros(len(costs), bool)
    best = (math.inf, -math.inf)  # cost and value of the last one on the front
    for i in np.lexsort((-values, costs)):
        if not (np.isfinite(costs[i]) and np.isfinite(values[i])):
            continue
        if values[i] > best[1]:
            best = (costs[i], values[i])
        front[i] = (costs[i], values[i]) == best
    return front


def front_names(networks, cost):
    """Names of the networks on the front of validation accuracy against a column of COSTS."""
    front = pareto_front(
        [row[cost] for row in networks], [row["validation_accuracy"] for row in networks]
    )
    return [row["name"] for row, chosen in zip(networks, front, strict=True) if chosen]


def cheapest(networks, cost, tolerance=NO_LOSS):
    """The pruned network of least cost within a tolerance of the dense one's validation accuracy.

    networks are those of averages(); -> one of them, or None if there is none or no dense one
    """
    least = [row["validation_accuracy"] - tolerance for row in select(networks, group="dense")]
    fine = [
        row
        for row in select(networks, group="pruned")
        # Accuracies are counts over counts: what is written as .001 may be off in the last bit.
        if least and row["validation_accuracy"] >= least[0] - 1e-9 and math.isfinite(row[cost])
    ]
    return min(fine, key=lambda row: row[cost], default=None)


def rivals(networks, cost):
    """Each control beside the best pruned network that costs no more, give or take SLACK.

    -> list of (control, pruned network or None), best by validation accuracy
    """
    pruned = select(networks, group="pruned")
    pairs = []
    for control in select(networks, group="control"):
        cheaper = [row for row in pruned if row[cost] <= SLACK * control[cost]]
        best = max(cheaper, key=lambda row: row["validation_accuracy"], default=None)
        pairs.append((control, best))
    return pairs


def difference(records, name, other, column="test_accuracy"):
    """One network's column minus another's, seed by seed.  -> float array, one entry a seed"""
    mine, theirs = (
        {row["seed"]: row[column] for row in select(records, name=n)} for n in (name, other)
    )
    return np.array([mine[seed] - theirs[seed] for seed in sorted(mine.keys() & theirs.keys())])
