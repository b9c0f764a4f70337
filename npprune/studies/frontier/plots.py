"""The figure of the frontier: accuracy against time, and against bytes, from the records alone.

Points are means over the seeds of the test images, with the deviation as a bar; the front was
chosen on the validation images, so a point on it may lie below one that is not.

Read next: npprune/studies/frontier/report.py.
"""

import math

from npprune.lab.style import (
    BLACK,
    GREY,
    KIND,
    PURPLE,
    figure,
    plain_ticks,
    shared_legend,
)
from npprune.studies.frontier.choice import averages, front_names
from npprune.studies.frontier.times import BATCHES

# Each kind of network has a marker of its own; filled where it is on the front.
LOOK = {
    "dense": {"color": BLACK, "marker": "*", "markersize": 14, "label": "dense"},
    "control": {"color": GREY, "marker": "^", "label": "small, from scratch"},
    "units": KIND["unit"],
    "weights": KIND["weight"],
    "both": {"color": PURPLE, "marker": "D", "label": "units and weights pruned"},
}
PANELS = {
    **{f"us_{batch}": (f"batch {batch}", "microseconds an image") for batch in BATCHES},
    "bytes": ("on disk, exported", "kilobytes"),
}
UNIT = {"bytes": 1000}  # what a column's numbers are divided by


def plot(records, path, title):
    """Draw test accuracy against time at each batch size and against bytes.

    records are those of data/frontier.csv; the PNG is written to path.
    """
    networks = averages(records)
    with figure(path, 2, 2, (12, 9.6), sharey=True) as (drawn, grid):
        drawn.suptitle(f"{title}\nfilled and joined: on the Pareto front of the validation images")
        named = {}
        for (column, (name, quantity)), axes in zip(PANELS.items(), grid.ravel(), strict=True):
            named[axes] = _panel(axes, networks, column)
            axes.set_title(name)
            axes.set_xscale("log")
            axes.set_xlabel(f"{quantity} (log scale)")
            plain_ticks(axes.xaxis, *axes.get_xlim())
        for axes in grid[:, 0]:
            axes.set_ylabel("test accuracy")
        shared_legend(drawn, ncols=5)
        drawn.draw_without_rendering()  # settles the layout, which the labels have to know
        drawn.set_layout_engine("none")
        for axes, texts in named.items():
            place_labels(axes, texts)


def look(network):
    """How a network is drawn, by its group and by what its recipe asked for."""
    if network["group"] != "pruned":
        return LOOK[network["group"]]
    asked = [kind for kind in ("units", "weights") if network[f"requested_{kind}"] > 0]
    return LOOK[asked[0] if len(asked) == 1 else "both"]


def _panel(axes, networks, column):
    """Draw the points and the front of one panel; -> [(x, y, label)], the most important first."""
    front = front_names(networks, column)
    scale = UNIT.get(column, 1)
    networks = [row for row in networks if math.isfinite(row[column])]
    chosen = sorted((row for row in networks if row["name"] in front), key=lambda r: r[column])
    x, y = [row[column] / scale for row in chosen], [row["test_accuracy"] for row in chosen]
    axes.plot(x, y, color=BLACK, linewidth=0.8, zorder=1)
    for row in networks:
        style = {"markersize": 7} | look(row)
        x, y = row[column] / scale, row["test_accuracy"]
        if row["group"] == "dense":
            axes.axhline(y, color=BLACK, linewidth=0.8, linestyle=":", zorder=1)
        axes.plot([], [], linestyle="", **style)  # for the legend
        axes.errorbar(
            x, y, row["test_accuracy_sd"], linestyle="", elinewidth=0.8, zorder=3,
            markerfacecolor=style["color"] if row["name"] in front else "white",
            **(style | {"label": None}),
        )  # fmt: skip
    by_weight = sorted(networks, key=lambda r: (r["name"] not in front, r["group"] == "pruned"))
    return [(row[column] / scale, row["test_accuracy"], row["name"]) for row in by_weight]


# Where a label may stand, in points from its marker: near before far, and outwards before inwards.
OFFSETS = [
    (dx * reach, dy * reach)
    for reach in (9, 16, 26, 38, 52, 68)
    for dx, dy in (
        (1, -1), (1, 1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0.3, -1.3), (0.3, 1.3),
        (-0.3, 1.3), (-0.3, -1.3),
    )
]  # fmt: skip
LEADER = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
PAPER = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}


def place_labels(axes, texts):
    """Write labels beside points: none covers another, a marker or the border, no leader crosses.

    texts: [(x, y, label)], in the order of their importance; one that finds no place is left out.
    The layout of the figure has to be settled.
    """
    from matplotlib.path import Path
    from matplotlib.transforms import Bbox

    renderer = axes.figure.canvas.get_renderer()
    frame = axes.get_window_extent(renderer)
    points = [axes.transData.transform((x, y)) for x, y, _ in texts]
    pixels = axes.figure.dpi / 72  # of a point, the unit of the offsets
    markers = [Bbox([point, point]).padded(4 * pixels) for point in points]
    taken, leaders = [], []
    for i, (x, y, label) in enumerate(texts):
        text = axes.annotate(
            label, (x, y), OFFSETS[0], textcoords="offset points", fontsize=8,
            va="center", arrowprops=LEADER, bbox=PAPER,
        )  # fmt: skip
        for dx, dy in OFFSETS:
            text.set_position((dx, dy))
            text.set_horizontalalignment("left" if dx > 0 else "right")
            box = text_box(text, renderer).padded(1.3 * pixels)
            leader = Path([points[i], (box.min + box.max) / 2])
            if (
                all(frame.contains(*corner) for corner in (box.min, box.max))
                and not any(box.overlaps(other) for other in (*markers, *taken))
                and not any(leader.intersects_bbox(other)
                            for other in (*markers[:i], *markers[i + 1 :], *taken))
                and not any(leader.intersects_path(other) or other.intersects_bbox(box)
                            for other in leaders)
            ):  # fmt: skip
                taken.append(box)
                leaders.append(leader)
                break
        else:
            text.remove()


def text_box(text, renderer):
    """The box of an annotation's words in pixels, without the line that leads to its point."""
    from matplotlib.text import Text

    text.update_positions(renderer)
    return Text.get_window_extent(text, renderer)
