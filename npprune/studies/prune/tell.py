"""What is left after pruning, and which weights were pruned.

Read next: npprune/studies/train/__init__.py.
"""

import numpy as np

from npprune.lab.baseline import is_dead
from npprune.lab.page import spread, table
from npprune.lab.records import groups, mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.prune.magnitudes import K

TOLERANCE = 0.01  # of test accuracy: one point


def values(run):
    rows = run.read("sparsity")
    if not rows:
        return None
    baseline = run.read("baseline")
    dead = bool(baseline) and all(map(is_dead, baseline))
    most = {
        kind: _last_within(select(rows, kind=kind, criterion="magnitude"), baseline)
        for kind in KINDS
        if not dead
    }
    empty = next(iter(select(rows, k=1.0)), {})
    units = select(run.read("distances"), kind="unit", k=K)
    return {
        "dead": dead,
        "most_weights": most.get("weight"),
        "most_units": most.get("unit"),
        "empty_loss": empty.get("test_loss"),
        "empty_accuracy": empty.get("test_accuracy"),
        "accuracies": _accuracies(rows, source.comparable(run.config)),
        "unit_k": K,
        "lowest_ks": min((row["ks"] for row in units), default=None),
        "highest_ks": max((row["ks"] for row in units), default=None),
        "distances": _distances(units) if units else None,
    }


def _last_within(rows, baseline):
    """Largest k up to which accuracy is within TOLERANCE of dense, or None."""
    seeds = {row["seed"] for row in rows}
    dense = [row["test_accuracy"] for row in baseline if row["seed"] in seeds]
    k, means, _ = mean_by(rows, "k", "test_accuracy")
    within = np.cumprod(means >= np.mean(dense or means[:1]) - TOLERANCE)
    return k[within.sum() - 1] if within.any() else None


def _accuracies(rows, comparable):
    columns = [("k", lambda here: f"{here[0]['k']:g}")]
    for kind in KINDS:
        for criterion, header in (("magnitude", f"{kind}s"), ("random", "at random")):
            columns.append((header, _accuracy(kind, criterion)))
        if comparable:
            columns.append(("source", _theirs(kind)))
    lines = groups(sorted(rows, key=lambda row: row["k"]), "k").values()
    return table("Test accuracy after pruning, not retrained", lines, columns)


def _accuracy(kind, criterion):
    of = spread("test_accuracy", 4)
    return lambda here: of(select(here, kind=kind, criterion=criterion))


def _theirs(kind):
    curve = source.curve("test_accuracy", kind)
    return lambda here: f"{curve[here[0]['k']]:g}" if here[0]["k"] in curve else ""


def _distances(units):
    return table(
        f"Unit pruning at k = {K:g}",
        groups(units, "layer").values(),
        [
            ("layer", lambda here: str(here[0]["layer"])),
            ("KS", spread("ks", 4)),
            ("AUC", spread("auc", 4)),
            ("mean gap", spread("mean_gap", 4)),
        ],
    )
