"""What is shown of thousands of records: each criterion's better budget, whole seeds only.

Criteria are ranked by reach: the sparsity at which one point of accuracy is lost.  A mean over all
sparsities would be decided by broken networks.  Validation images choose; test images report.

Read next: npprune/studies/criteria/draw.py.
"""

import math

import numpy as np

from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL, POINT, holm, paired_interval
from npprune.studies.criteria import OWN

LOSSES = (0.005, 0.01, 0.02, 0.05, 0.1)  # does the ranking hang on it?
REPAIRS = ("none", "refit")


def part(records, kind, repair):
    """Records of one kind and repair, of seeds with the first seed's criteria."""
    rows = select(records, kind=kind, repair=repair)
    by_seed = groups(rows, "seed")
    criteria = {seed: {row["criterion"] for row in by_seed[seed]} for seed in by_seed}
    return [row for row in rows if criteria[row["seed"]] == criteria[min(criteria)]]


def reaches(rows, split="validation", loss=POINT):
    """How far each criterion reaches with each budget, as log10 of 1 / (1 - k).

    rows are of one part -> {(criterion, budget): {seed: reach}}
    """
    return {
        pair: {
            seed: _reach([(row["k"], row[f"{split}_accuracy"]) for row in curve], loss)
            for seed, curve in groups(here, "seed").items()
        }
        for pair, here in groups(rows, "criterion", "budget").items()
    }


def _reach(curve, loss):
    """-log10(1 - k), in which accuracy is taken as linear, where it has lost `loss`.

    curve lists (k, accuracy).  If never so low: the largest k's.
    """
    curve = sorted(curve)
    mark = curve[0][1] - loss
    positions = [-math.log10(1 - k) for k, _ in curve]
    for i, (_, accuracy) in enumerate(curve):
        if accuracy < mark:
            before = curve[i - 1][1]
            share = (before - mark) / (before - accuracy)
            return positions[i - 1] + share * (positions[i] - positions[i - 1])
    return positions[-1]


def best_budgets(rows, loss=POINT, split="validation"):
    """Choose budgets by mean reach on images of a split: {criterion: budget}, best first."""
    reached = reaches(rows, split, loss)
    means = {pair: np.mean([*by_seed.values()]) for pair, by_seed in reached.items()}
    chosen = {}
    for criterion, budget in sorted(means, key=means.get, reverse=True):
        chosen.setdefault(criterion, budget)
    return chosen


def against_own(rows, kind, loss=POINT):
    """Every criterion beside the source's own, on test images: {criterion: (Paired, p by Holm)}."""
    test, budgets, own = reaches(rows, "test", loss), best_budgets(rows, loss), OWN[kind]
    if own not in budgets:
        return {}
    theirs = test[own, budgets.pop(own)]
    return compared({name: (test[name, budget], theirs) for name, budget in budgets.items()})


def compared(pairs):
    """Differences of two reaches in common seeds, with p-values by Holm.

    pairs {name: ({seed: reach}, {seed: reach})} -> {name: (Paired, p)}
    """
    found = {
        name: paired_interval([one[seed] - other[seed] for seed in sorted(one.keys() & other)])
        for name, (one, other) in pairs.items()
        if one.keys() & other.keys()
    }
    adjusted = holm([difference.p for difference in found.values()])
    return dict(zip(found, zip(found.values(), adjusted, strict=True), strict=True))


def significant(results, sign):
    """Names of what is surely ahead (1) or behind (-1); 0: of what is not told apart."""
    signs = {name: np.sign(d.mean) if p <= LEVEL else 0 for name, (d, p) in results.items()}
    return [name for name in signs if signs[name] == sign]


def times_left(difference, p=None):
    """Ratio of the weights left at equal loss of accuracy, as text, from a Paired of reaches."""
    mean, high, low = (10**-value for value in difference[:3])
    chance = "" if p is None else f", p {p:.2g}"
    return f"{mean:.2f}" + (f" ({low:.2f} to {high:.2f}{chance})" if math.isfinite(high) else "")
