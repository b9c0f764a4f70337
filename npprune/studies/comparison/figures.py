"""The source report's Figures 4 and 5, each as a table beside ours.

Figure 4's caption calls the elimination somewhat random; by its bars fewer weights survive near
zero than among the large ones.  In Figure 5 each side's milliseconds are divided by its own at the
first sparsity.

Read next: npprune/studies/comparison/tell.py.
"""

import numpy as np

from npprune.lab.group import Group
from npprune.lab.records import select
from npprune.lab.words import mean_and_spread
from npprune.studies import source

LAYER = {"layer": 2, "k": 0.9}  # what the source's Figure 4 shows
NORM = 2  # by which a unit is ranked there
OPTIMIZERS = {"adam": "Adam", "sgd": "SGD"}
BATCH = 100  # images, in its Figure 5
FALL, BEHIND = 0.9, 0.5  # sparsities at which times are told


def eliminated(runs, states):
    """Figure 4: KS of eliminated and surviving weights, and survivors' share of two bars."""
    blank = dict.fromkeys(("independent", "times", "near 0"), np.array([])) | {"there": ""}
    lines = []
    for name, run in runs.items():
        rows, bars = (
            Group(run.read(table)).where(kind="unit", **LAYER)
            for table in ("distances", "magnitudes")
        )
        if rows:
            there = mean_and_spread(_share(bars, source.SURVIVORS_AT), ".3f")
            shares = {"near 0": _share(bars, 0.0), "there": there}
            lines.append(blank | {"network": f"{name}, as kept", "ks": rows["ks"]} | shares)
    for (name, epoch), rows in states.items():
        ks, independent = rows["ks"], rows["independent_ks"]
        line = {"network": f"{name}, epoch {epoch}", "ks": ks, "independent": independent}
        lines.append(blank | line | {"times": ks.mean() / independent.mean()})
    theirs = {
        "network": "source, bar by bar",
        "ks": source.KS,
        "independent": source.KS_INDEPENDENT,
        "times": source.KS / source.KS_INDEPENDENT,
        "near 0": source.SURVIVORS_NEAR_ZERO,
        "there": source.SURVIVORS_THERE,
    }
    return [theirs, *lines] if lines else []


def _share(bars, magnitude):
    held = [b for b in bars if b["left"] <= magnitude < b["right"] and b["all"]]
    return np.array([b["surviving"] / b["all"] for b in held])


def states(records):
    """{(name, epoch): Group} of the study of randomness, at the source's epoch and the last."""
    found = {}
    for optimizer, name in OPTIMIZERS.items():
        epochs = Group(records).where(optimizer=optimizer, p=NORM, **LAYER).by("epoch")
        for epoch in sorted({source.BEST_EPOCH, max(epochs, default=0)} & epochs.keys()):
            found[name, epoch] = epochs[epoch]
    return found


def coo_times(run):
    """Figure 5 here, COO at its batch on the fewest threads: {k: record}.

    Added, over the first sparsity: `weights` left, `ratio` of times; `over_dense`: time over dense.
    """
    rows = select(run.read("timing"), kind="weight", batch=BATCH, format="coo")
    rows = select(rows, threads=min((row["threads"] for row in rows), default=1))
    times, first = {row["k"]: row for row in rows}, min(source.curve("coo_ms", "weight"))
    if not {first, FALL, BEHIND} <= times.keys():
        return {}
    return {
        k: row
        | {
            "weights": (1 - k) / (1 - first),
            "ratio": row["median_ms"] / times[first]["median_ms"],
            "over_dense": 1 / row["speedup_over_dense"],
        }
        for k, row in times.items()
        if k >= first
    }


def source_ratio(k):
    curve = source.curve("coo_ms", "weight")
    return curve[k] / curve[min(curve)]


def milliseconds(times):
    curve = source.curve("coo_ms", "weight")
    return [
        times[k] | {"source_ms": curve[k], "source_ratio": source_ratio(k)}
        for k in curve
        if k in times
    ]
