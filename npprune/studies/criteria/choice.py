"""What is shown of thousands of records: of each criterion its best budget, of whole seeds only.

Criteria are ranked by how far they reach: the sparsity at which the network has lost one point of
accuracy.  A mean over all sparsities would be decided where every network is broken.  The
validation images choose the budget and the order of the criteria; the test images report.

Read next: npprune/studies/criteria/draw.py.
"""

import math

import numpy as np

from npprune.lab.records import groups, select
from npprune.lab.statistics import holm, paired_interval
from npprune.studies.criteria.measure import METHODS

LOSS = 0.01  # of accuracy: one point
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
    """The records of one kind and stage, of the seeds that have what the first one has.

    SNIP is published for initial weights; at trained ones its order is taylor's, told once.
    """
    repair, at, methods = STAGES[stage]
    rows = [
        row
        for row in select(records, kind=kind, repair=repair, at=at)
        if ((kind, row["criterion"]) in METHODS) == methods
        and (row["criterion"], at) != ("snip", "trained")
    ]
    by_seed = groups(rows, "seed")
    criteria = {seed: {row["criterion"] for row in by_seed[seed]} for seed in by_seed}
    return [row for row in rows if criteria[row["seed"]] == criteria[min(criteria)]]


def dense_accuracies(baseline):
    """What the unpruned networks are worth: {seed: record of data/baseline.csv}."""
    return {row["seed"]: row for row in baseline}


def reaches(rows, dense, split="validation"):
    """How far each criterion reaches with each budget, for every seed, as log10 of 1 / (1 - k).

    rows are of one part (see part), dense as dense_accuracies
    -> {(criterion, budget): {seed: reach}}
    """
    column = f"{split}_accuracy"
    return {
        pair: {
            seed: _reach([(row["k"], row[column]) for row in curve], dense[seed][column])
            for seed, curve in groups(here, "seed").items()
        }
        for pair, here in groups(rows, "criterion", "budget").items()
    }


def _reach(curve, dense):
    """-log10(1 - k) where accuracy is first LOSS below the dense network's.

    curve lists (k, accuracy).  Between two of them, and from the dense network to the first,
    accuracy is taken as linear in -log10(1 - k).  Where it is never so low, the reach is that of
    the largest k that was measured.
    """
    mark, before, accuracy_before = dense - LOSS, 0.0, dense
    for k, accuracy in sorted(curve):
        if k < 1:
            here = -math.log10(1 - k)
            if accuracy < mark:
                share = (accuracy_before - mark) / (accuracy_before - accuracy)
                return before + share * (here - before)
            before, accuracy_before = here, accuracy
    return before


def best_budgets(rows, dense):
    """The budget of each criterion that reaches furthest, best criterion first.

    By the mean over the seeds on the validation images -> {criterion: budget}
    """
    means = {pair: np.mean([*by.values()]) for pair, by in reaches(rows, dense).items()}
    # LAMP orders a layer as magnitude does: of equals the source's own criterion comes first.
    order = sorted(means, key=lambda pair: (-means[pair], pair[0] not in OWN.values()))
    chosen = {}
    for criterion, budget in order:
        chosen.setdefault(criterion, budget)
    return chosen


def against_own(rows, kind, dense):
    """Every criterion beside the source's own, seed by seed, on the test images.

    -> {criterion: (Paired, its p-value by Holm over these criteria)} of differences of reaches;
    none where the source's own was not measured
    """
    test, budgets, own = reaches(rows, dense, "test"), best_budgets(rows, dense), OWN[kind]
    if own not in budgets:
        return {}
    theirs = test[own, budgets.pop(own)]
    paired = [
        paired_interval([reach - theirs[seed] for seed, reach in test[pair].items()])
        for pair in budgets.items()
    ]
    adjusted = holm([difference.p for difference in paired])
    return dict(zip(budgets, zip(paired, adjusted, strict=True), strict=True))
