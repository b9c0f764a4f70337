"""What is shown of thousands of records: of each criterion its best budget, of whole seeds only.

The validation images choose the budget and the order of the criteria; the test images report.

Read next: npprune/studies/criteria/plots.py.
"""

import numpy as np

from npprune.lab.records import select
from npprune.studies.criteria.study import METHODS

# What the choice of a budget, the ranking and the tables look at.
TABLE_K = (0.9, 0.95, 0.97, 0.99)
SHOWN_K = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995, 0.998)
ORACLE_K = 0.95
OWN = {"weight": "magnitude", "unit": "in-l2"}  # the source report's criteria


def best_budgets(rows):
    """The budget of each criterion with the highest mean validation accuracy over TABLE_K.

    rows are of one kind, repair and state of the network scored -> {criterion: budget}
    """
    chosen = {}
    for criterion in {row["criterion"]: None for row in rows}:
        worth = {}
        for row in select(rows, criterion=criterion):
            if row["k"] in TABLE_K:
                worth.setdefault(row["budget"], []).append(row["validation_accuracy"])
        if worth:
            chosen[criterion] = max(worth, key=lambda budget: np.mean(worth[budget]))
    return chosen


def shared_sparsities(rows):
    """Those of TABLE_K at which every criterion was measured: only there do they compare."""
    measured = {}
    for row in rows:
        measured.setdefault(row["criterion"], set()).add(row["k"])
    return [k for k in TABLE_K if all(k in sparsities for sparsities in measured.values())]


def ranked(rows):
    """Pairs (criterion, budget), best first: by mean validation accuracy over shared sparsities."""
    shared = shared_sparsities(rows)
    worth = {
        pair: np.mean([
            row["validation_accuracy"]
            for row in select(rows, criterion=pair[0], budget=pair[1])
            if row["k"] in shared
        ])
        for pair in best_budgets(rows).items()
    }  # fmt: skip
    # LAMP orders a layer as magnitude does: of equals the report's own criterion comes first.
    return sorted(worth, key=lambda pair: (-worth[pair], pair[0] not in OWN.values()))


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
    criteria = {}
    for row in rows:
        criteria.setdefault(row["seed"], set()).add(row["criterion"])
    return [row for row in rows if criteria[row["seed"]] == criteria[min(criteria)]]
