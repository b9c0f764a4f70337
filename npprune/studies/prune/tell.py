"""What is left after pruning, and which weights were pruned.

Read next: npprune/studies/train/__init__.py.
"""

import numpy as np

from npprune.lab.page import spread, table
from npprune.lab.records import groups, mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.prune.magnitudes import K

TOLERANCE = 0.01  # of test accuracy: one point
NEAR = 1e-6  # of the loss of a network whose logits are all 0


def values(run):
    rows = run.read("sparsity")
    if not rows:
        return None
    most = {kind: _last_above(select(rows, kind=kind, criterion="magnitude")) for kind in KINDS}
    empty = next(iter(select(rows, k=1.0)), {})
    units = select(run.read("distances"), kind="unit", k=K)
    dense = [row["test_loss"] for row in run.read("baseline")]
    dead = bool(empty and dense) and max(abs(x - empty["test_loss"]) for x in dense) < NEAR
    return {
        "dead": dead,
        "most_weights": None if dead else most["weight"],
        "most_units": None if dead else most["unit"],
        "empty_loss": empty.get("test_loss"),
        "empty_accuracy": empty.get("test_accuracy"),
        "accuracies": _accuracies(rows, source.comparable(run.config)),
        "unit_k": K,
        "lowest_ks": min((row["ks"] for row in units), default=None),
        "highest_ks": max((row["ks"] for row in units), default=None),
        "distances": _distances(units) if units else None,
    }


def _last_above(rows):
    k, means, _ = mean_by(rows, "k", "test_accuracy")
    below = np.flatnonzero(means < means[0] - TOLERANCE)
    return k[below[0] - 1] if len(below) else k[-1]


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
