"""The source report's Figures 4 and 5, each as a table beside ours.

Figure 4's caption calls the elimination somewhat random; by its bars fewer weights survive near
zero than among the large ones.  In Figure 5 each side's milliseconds are divided by its own at the
first sparsity.

Read next: npprune/studies/comparison/tell.py.
"""

import numpy as np

from npprune.lab import page
from npprune.lab.records import groups, select
from npprune.studies import source
from npprune.studies.comparison.beside import HERE

LAYER = {"layer": 2, "k": 0.9}  # what the source's Figure 4 shows
NORM = 2  # by which a unit is ranked there
OPTIMIZERS = {"adam": "Adam", "sgd": "SGD"}
BATCH = 100  # images, in its Figure 5
FALL, BEHIND = 0.9, 0.5  # sparsities at which times are told


def eliminated(runs, states):
    """Figure 4: KS of eliminated and surviving weights, and survivors' share of two bars."""
    lines = []
    for name, run in runs.items():
        if rows := select(run.read("distances"), kind="unit", **LAYER):
            bars = select(run.read("magnitudes"), kind="unit", **LAYER)
            shares = [_share(bars, 0.0), _share(bars, source.SURVIVORS_AT)]
            lines.append([f"{name}, as kept", page.cell(rows, "ks", 3), "", "", *shares])
    for (name, epoch), rows in states.items():
        values = [page.cell(rows, column, 3) for column in ("ks", "independent_ks")]
        lines.append([f"{name}, epoch {epoch}", *values, f"{times_independent(rows):.1f}", "", ""])
    if not lines:
        return None
    numbers = (source.KS, source.KS_INDEPENDENT, source.KS / source.KS_INDEPENDENT)
    bars = (source.SURVIVORS_NEAR_ZERO, source.SURVIVORS_THERE)
    theirs = [f"{n:.{d}f}" for n, d in zip((*numbers, *bars), (3, 3, 1, 3, 1), strict=True)]
    at = f"at {source.SURVIVORS_AT:g}"
    return page.Table(
        f"Eliminated against surviving weights: unit pruning, layer {LAYER['layer']}, "
        f"k = {LAYER['k']:g}",
        ["network", "KS", "if independent", "times that", "survivors near 0", at],
        [["source, bar by bar", *theirs], *lines],
    )


def _share(bars, magnitude):
    held = [b for b in bars if b["left"] <= magnitude < b["right"] and b["all"]]
    return page.mean_and_spread([b["surviving"] / b["all"] for b in held], 3) if held else ""


def states(records):
    """{(name, epoch): records} of the study of randomness, at the source's epoch and the last."""
    found = {}
    for optimizer, name in OPTIMIZERS.items():
        epochs = groups(select(records, optimizer=optimizer, p=NORM, **LAYER), "epoch")
        for epoch in sorted({source.BEST_EPOCH, max(epochs, default=0)} & epochs.keys()):
            found[name, epoch] = epochs[epoch]
    return found


def times_independent(rows):
    """Mean distance over that of independent weights of the same distribution."""
    return np.mean([r["ks"] for r in rows]) / np.mean([r["independent_ks"] for r in rows])


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
    here = "{median_ms:.2f} ({q1_ms:.2f} to {q3_ms:.2f})"
    return page.table(
        f"Weight-pruned, COO at every k, {BATCH} images; ratios to k = {min(curve):g}: weights "
        "left, and time in the source and here; last, time here over the dense product's",
        [times[k] for k in curve if k in times],
        [
            ("k", "{k:g}"),
            ("weights", "{weights:.3f}"),
            ("source ms", lambda row: f"{curve[row['k']]:g}"),
            ("source", lambda row: f"{source_ratio(row['k']):.3f}"),
            ("here ms (quartiles)", here),
            (HERE, "{ratio:.3f}"),
            ("over dense", "{over_dense:.2f}"),
        ],
    )
