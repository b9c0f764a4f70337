"""What is left after pruning, and which weights were pruned.

Read next: npprune/studies/train/__init__.py.
"""

import numpy as np

from npprune.lab.baseline import is_dead
from npprune.lab.group import Group
from npprune.lab.records import mean_by
from npprune.lab.statistics import POINT
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.prune.magnitudes import K


def values(run):
    pruned, baseline = Group(run.read("sparsity")), run.read("baseline")
    if not pruned:
        return None
    by_magnitude = pruned.where(criterion="magnitude")
    dead = bool(baseline) and all(map(is_dead, baseline))
    most = {
        kind: None if dead else _last_within(by_magnitude.where(kind=kind), baseline)
        for kind in KINDS
    }
    units = Group(run.read("distances")).where(kind="unit", k=K)
    return {
        "dead": dead,
        "most_weights": most["weight"],
        "most_units": most["unit"],
        "empty": pruned.where(k=1.0),
        "comparable": source.comparable(run.config),
        "accuracies": [*_lines(pruned)],
        "unit_k": K,
        "units": units,
        "layers": [*units.by("layer").values()],
    }


def _last_within(rows, baseline):
    seeds = {row["seed"] for row in rows}
    dense = [row["test_accuracy"] for row in baseline if row["seed"] in seeds]
    k, means, _ = mean_by(rows, "k", "test_accuracy")
    within = np.cumprod(means >= np.mean(dense or means[:1]) - POINT)
    return k[within.sum() - 1] if within.any() else None


def _lines(pruned):
    for k, here in sorted(pruned.by("k").items()):
        for kind in KINDS:
            here.more[f"{kind} source"] = source.curve("test_accuracy", kind).get(k, "")
            for criterion in ("magnitude", "random"):
                rows = here.where(kind=kind, criterion=criterion)
                here.more[f"{kind} {criterion}"] = rows["test_accuracy"]
        yield here
