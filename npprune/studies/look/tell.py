"""The masks, to look at and to play with.

Read next: npprune/pruning/calibration.py.
"""

from pathlib import Path

from npprune.lab.group import Group
from npprune.lab.page import Play
from npprune.pruning.masks import KINDS
from npprune.studies.look.measure import LETTERS

BATCH = 100  # images at a time, of the time that is shown


def values(run):
    rows = run.read("masks")
    if not rows:
        return None
    return {"count": len(rows), "play": _play(run, rows)}


def _play(run, rows):
    sparsities = [float(k) for k in rows[0]["sparsities"].split()]
    pruned = Group(run.read("sparsity")).where(criterion="magnitude")
    timed = Group(run.read("timing")).where(format="auto", batch=BATCH, threads=1)
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
    found = {key: here[column].mean() for key, here in rows.by("kind", "k").items()}
    return {kind: [found.get((kind, k)) for k in sparsities] for kind in KINDS}
