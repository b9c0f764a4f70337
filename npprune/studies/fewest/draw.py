"""Test error against the number of weights, both on log scales, with every published point.

Read next: npprune/studies/fewest/tell.py.
"""

import itertools
from pathlib import Path

import numpy as np

from npprune.lab import style
from npprune.lab.records import columns, groups, mean_by, read_csv

PUBLISHED = Path(__file__).with_name("published.csv")
MARKERS = "s^vD<>ph*XPd8"
TICKS = (100, 200, 500, 1_000, 2_000, 5_000, 20_000, 50_000, 200_000, 1_000_000)
# Our networks by group, and what they are called.
LOOKS = {
    "chain": {"color": style.BLUE, "marker": "o", "linewidth": 2.2, "zorder": 3},
    "dense, trained on": {
        "color": style.PURPLE, "linestyle": "", "marker": "o", "markersize": 12,
        "markerfacecolor": "none",
    },
    "large": {"color": style.ORANGE, "linestyle": "-", "marker": "^"},
    "small and dense": {"color": style.BLACK, "linestyle": ":", "marker": "."},
    "sparse from scratch": {"color": style.RED, "linestyle": "--", "marker": "."},
    "sparse from scratch, as long": {"color": style.RED, "linestyle": "", "marker": "x"},
    "lottery tickets": {"color": style.GREEN, "linestyle": "", "marker": "."},
}  # fmt: skip
NAMES = {
    "chain": "pruned step by step",
    "large": "pruned step by step, from the large network",
    "lottery tickets": "lottery tickets and controls",
}


def errors(path, config, rows):
    """Draw our networks and what others published; works that could not be checked are open."""
    with style.figure(path, size=(11, 6.5)) as (drawn, axes):
        for (work, points), marker in zip(
            groups(read_csv(PUBLISHED), "work").items(), itertools.cycle(MARKERS)
        ):
            x, y, errors = columns(points, "weights", "error", "standard_error")
            spread = [error or 0 for error in errors]
            filled = "full" if points[0]["checked"] == "yes" else "none"
            axes.errorbar(x, y, spread, fmt=marker, fillstyle=filled, label=work, alpha=0.8)
        for group, ours in groups(rows, "group").items():
            _, weights, _ = mean_by(ours, "name", "weights")
            _, means, spread = mean_by(ours, "name", "test_error")
            i, look = np.argsort(weights), {"label": f"here: {NAMES.get(group, group)}"}
            axes.errorbar(weights[i], means[i], spread[i], **look, **LOOKS[group])
        axes.set(xscale="log", ylabel="test error in %")
        axes.set_xlabel("weights of all layers that are not zero")
        low, high = axes.get_xlim()
        style.only_ticks(axes.xaxis, [tick for tick in TICKS if low <= tick <= high], ",")
        style.log_axis(axes.yaxis)
        drawn.legend(loc="outside right center", fontsize=8)
