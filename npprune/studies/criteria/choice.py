"""What is shown of thousands of records: of each criterion its best budget, of whole seeds only.

The validation images choose the budget and the order of the criteria; the test images report.

Read next: npprune/studies/criteria/draw.py.
"""

import numpy as np

from npprune.lab.records import groups, select
from npprune.studies.criteria.measure import METHODS

# What the choice of a budget, the ranking and the tables look at.
TABLE_K = (0.9, 0.95, 0.97, 0.99)
ORACLE_K = 0.95
OWN = {"weight": "magnitude", "unit": "in-l2"}  # the source report's criteria

# Which records make a table: their repair and what was scored, and whether they are of methods.
STAGES = {
    "cut": ("none", "trained", False),
    "refitted": ("refit", "trained", False),
    "methods": ("refit", "trained", True),
    "initial": ("none", "initial", False),
}


def part(records, kind, stage):
    """The records of one kind and stage, of the seeds that have what the first one has."""
    repair, at, methods = STAGES[stage]
    rows = [
        row
        for row in select(records, kind=kind, repair=repair, at=at)
        if ((kind, row["criterion"]) in METHODS) == methods
    ]
    by_seed = groups(rows, "seed")
    criteria = {seed: {row["criterion"] for row in by_seed[seed]} for seed in by_seed}
    return [row for row in rows if criteria[row["seed"]] == criteria[min(criteria)]]


def best_budgets(rows):
    """The budget of each criterion with the highest mean validation accuracy over TABLE_K.

    rows are of one part (see part) -> {criterion: budget}
    """
    means, chosen = _mean_accuracies(rows, TABLE_K), {}
    for criterion, budget in means:
        best = chosen.setdefault(criterion, budget)
        if means[criterion, budget] > means[criterion, best]:
            chosen[criterion] = budget
    return chosen


def _mean_accuracies(rows, sparsities):
    """Mean validation accuracy over some sparsities: {(criterion, budget): accuracy}."""
    pairs = groups([row for row in rows if row["k"] in sparsities], "criterion", "budget")
    return {
        pair: np.mean([row["validation_accuracy"] for row in here]) for pair, here in pairs.items()
    }


def shared_sparsities(rows):
    """Those of TABLE_K at which every criterion was measured: only there do they compare."""
    measured = [{row["k"] for row in here} for here in groups(rows, "criterion").values()]
    return [k for k in TABLE_K if all(k in sparsities for sparsities in measured)]


def ranked(rows):
    """Pairs (criterion, budget), best first: by mean validation accuracy over shared sparsities."""
    means = _mean_accuracies(rows, shared_sparsities(rows))
    # LAMP orders a layer as magnitude does: of equals the source's own criterion comes first.
    return sorted(
        best_budgets(rows).items(), key=lambda pair: (-means[pair], pair[0] not in OWN.values())
    )
