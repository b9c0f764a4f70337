"""Accuracy against time, and against bytes.

Points are means over seeds on test images, bars deviations.  Validation images chose the front, so
a point on it may lie below one that is not.

Read next: npprune/studies/frontier/tell.py.
"""

import math

from npprune.lab import style
from npprune.lab.records import mean_by
from npprune.studies.frontier import BATCHES
from npprune.studies.frontier.choice import averages, front_names

# Each kind of network has a marker of its own; filled where it is on the front.
LOOK = {
    "dense": {"color": style.BLACK, "marker": "*", "markersize": 14, "label": "dense"},
    "large": {"color": style.BLACK, "marker": "P", "label": "dense, for longer"},
    "control": {"color": style.GREY, "marker": "^", "label": "small, from scratch"},
    "units": style.KIND["unit"],
    "weights": style.KIND["weight"],
    "both": {"color": style.PURPLE, "marker": "D", "label": "units and weights pruned"},
}

SIDE = {"s": ("right", "bottom"), "^": ("left", "center")}  # where most numbers are free of others
PAPER = {"pad": 0.3, "facecolor": "white", "alpha": 0.7, "linewidth": 0}
NUMBER = {"textcoords": "offset points", "fontsize": 9, "zorder": 4, "bbox": PAPER}


def costs(path, config, records):
    networks = averages(records)
    names, _, deviations = mean_by(records, "name", "test_accuracy")
    deviations = dict(zip(names, deviations, strict=True))
    with style.figure(path, 2, 2, (12, 9.6), sharey=True) as (drawn, grid):
        *timed, stored = grid.ravel()
        for axes, batch in zip(timed, BATCHES, strict=True):
            _panel(axes, networks, deviations, f"us_{batch}", 1)
            axes.set(title=f"batch {batch}", xlabel="microseconds an image (log scale)")
        _panel(stored, networks, deviations, "bytes", 1000)
        stored.set(title="on disk, exported", xlabel="kilobytes (log scale)")
        for axes in grid[:, 0]:
            axes.set_ylabel("test accuracy")
        style.shared_legend(drawn, ncols=5)


def look(network):
    if network["group"] != "pruned":
        return LOOK[network["group"]]
    asked = [kind for kind in ("units", "weights") if network[f"requested_{kind}"] > 0]
    return LOOK[asked[0] if len(asked) == 1 else "both"]


def _panel(axes, networks, deviations, column, unit):
    front = front_names(networks, column)
    points = [
        (number, row[column] / unit, row["test_accuracy"], row)
        for number, row in enumerate(networks, 1)
        if math.isfinite(row[column])
    ]
    joined = sorted((x, y) for _, x, y, row in points if row["name"] in front)
    axes.plot(*zip(*joined, strict=True), color=style.BLACK, linewidth=0.8, zorder=1)
    for number, x, y, row in points:
        own = {"markersize": 7, "linestyle": ""} | look(row)
        if row["group"] == "dense":
            axes.axhline(y, color=style.BLACK, linewidth=0.8, linestyle=":", zorder=1)
        axes.plot([], [], **own)  # for the legend
        bar = own | {"label": None, "elinewidth": 0.8, "zorder": 3}
        if row["name"] not in front:
            bar["markerfacecolor"] = "white"
        axes.errorbar(x, y, deviations[row["name"]], **bar)
        ha, va = SIDE.get(own["marker"], ("left", ("bottom", "top")[number % 2]))
        shift = (-4 if ha == "right" else 5, 0)
        axes.annotate(str(number), (x, y), shift, ha=ha, va=va, **NUMBER)
    style.log_axis(axes.xaxis)
