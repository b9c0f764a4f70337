"""The masks, to look at and to play with.

Read next: npprune/pruning/calibration.py.
"""

from pathlib import Path

import numpy as np

from npprune.lab.page import Play
from npprune.lab.records import groups, select
from npprune.pruning.masks import KINDS
from npprune.studies.look.measure import LETTERS

BATCH = 100  # images at a time, of the time that is shown


def values(run):
    rows = run.read("masks")
    if not rows:
        return None
    return {"count": len(rows), "play": [_play(run, rows)]}


def _play(run, rows):
    sparsities = [float(k) for k in rows[0]["sparsities"].split()]
    pruned = select(run.read("sparsity"), criterion="magnitude")
    timed = select(run.read("timing"), format="auto", batch=BATCH, threads=1)
    known = {
        "sparsities": sparsities,
        "letters": LETTERS,
        "width": rows[0]["width"],
        "units": [row["weights"] for row in rows],
        "pruned_at": [row["pruned_at"] for row in rows],
        "sizes": [rows[0]["height"] * rows[0]["width"], *run.config.recipe.hidden],
        "accuracy": _means(pruned, "test_accuracy", sparsities),
        "faster": _means(timed, "speedup_over_dense", sparsities),
        "batch": BATCH,
    }
    return Play(Path(__file__).with_name("play.html").read_text(encoding="utf-8"), known)


def _means(rows, column, sparsities):
    found = groups(rows, "kind", "k")
    return {kind: [_mean(found.get((kind, k)), column) for k in sparsities] for kind in KINDS}


def _mean(rows, column):
    return float(np.mean([row[column] for row in rows])) if rows else None
