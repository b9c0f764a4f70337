"""The figures of the locality study, drawn from its records alone.

    locality_ratios  L_2 over what each null gives, against sparsity
    locality_maps    g(d) over sparsity: displacements that are more frequent than by chance
    locality_pixels  how often each pixel is kept, with the dead region outlined
    locality_fields  inputs of the 100 units with most of them

Read next: npprune/studies/locality/verdict.py.
"""

import math

import numpy as np

from npprune.lab.records import mean_by, select
from npprune.lab.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    figure,
    origin,
    plain_ticks,
    shared_legend,
    sparsity_position,
)
from npprune.studies.locality.rows import quotient

NETWORK = {
    "initial": {"color": GREY, "marker": "x", "linestyle": ":", "label": "untrained"},
    "relabelled": {
        "color": PURPLE,
        "marker": "+",
        "linestyle": ":",
        "label": "pixels relabelled",
    },
    "sgd": {"color": BLUE, "marker": "o", "label": "SGD"},
    "adam": {"color": RED, "marker": "s", "label": "Adam"},
    "translated": {"color": GREEN, "marker": "^", "linestyle": "--", "label": "images moved"},
    "gradual": {"color": ORANGE, "marker": "D", "label": "pruned gradually"},
    "lottery": {"color": SKY, "marker": "v", "linestyle": "--", "label": "lottery ticket"},
    "convolution": {"color": BLACK, "marker": "*", "linestyle": "-.", "label": "convolution"},
}
CRITERION = {
    "magnitude": {"linestyle": "-"},
    "obd": {"linestyle": "--"},
    "wanda": {"linestyle": ":"},
}
SMALLEST, LARGEST = 0.5, 8.0  # of g(d), in the maps
TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20)  # of ratios


def figures(run):
    """Draw every figure whose records are there; -> paths."""
    tables = {name: run.read(f"locality{name}") for name in ("", "_maps", "_pixels", "_fields")}
    seeds = len({row["seed"] for row in tables[""]})
    quick = any(row["form"] == "quick" for row in tables[""])

    drawings = {
        "locality_ratios": (plot_ratios, "", "Locality against chance", seeds),
        "locality_maps": (plot_maps, "_maps", "Pair correlation g(d)", 1),
        "locality_pixels": (plot_pixels, "_pixels", "Pixels that are kept", 1),
        "locality_fields": (plot_fields, "_fields", "Inputs of the 100 units with most of them", 1),
    }
    drawn = []
    for name, (plot, table, title, shown) in drawings.items():
        if tables[table]:
            path = run.figure(name)
            plot(tables[table], path, f"{title}\n({origin(run.config, shown, short=quick)})")
            drawn.append(path)
    return drawn


def plot_ratios(records, path, title):
    """L_2 over its null's, against sparsity: by network, by criterion, and over the data's null."""
    records = select(records, pixels="live")
    sparsities = sorted({row["k"] for row in records})
    with figure(path, columns=3, size=(13.5, 5.8)) as (drawn, (left, middle, right)):
        drawn.suptitle(title)
        for network, look in NETWORK.items():
            here = select(records, network=network, criterion="magnitude")
            _ratio_line(left, here, "null_l2", look)
            if network not in ("convolution", "relabelled"):
                _ratio_line(right, here, "correlated_l2", look)
        for network in ("sgd", "adam"):
            for criterion, style in CRITERION.items():
                here = select(records, network=network, criterion=criterion)
                look = NETWORK[network] | style
                if criterion != "magnitude":  # else drawn and named in the panel at the left
                    look["label"] = f"{look['label']}, {criterion}"
                _ratio_line(middle, here, "null_l2", look)
        left.set_title("networks, pruned by magnitude,\nagainst the marginals' null")
        middle.set_title("criteria,\nagainst the marginals' null")
        right.set_title("networks, pruned by magnitude,\nagainst the data's correlation")
        left.set_ylabel("$L_2$ observed / $L_2$ under the null (log scale)")
        for axes in (left, middle, right):
            axes.axhline(1, color=BLACK, linewidth=0.8)
            axes.set_yscale("log")
            low, high = axes.get_ylim()
            ticks = [tick for tick in TICKS if low <= tick <= high]
            axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.set_xticks(
                sparsity_position(sparsities), [f"{k:g}" for k in sparsities], fontsize=9
            )
            axes.minorticks_off()
            axes.set_xlabel("k, fraction pruned")
        shared_legend(drawn, ncols=5)


def _ratio_line(axes, rows, null, look):
    if not rows:
        return
    rows = [{"k": row["k"], "ratio": quotient(row["l2"], row[null])} for row in rows]
    k, means, spread = mean_by(rows, "k", "ratio")
    x = sparsity_position(k)
    axes.plot(x, means, **look)
    axes.fill_between(x, means - spread, means + spread, color=look["color"], alpha=0.2)


def plot_maps(records, path, title):
    """g(d) on live pixels: a row for each network, a column for each sparsity."""
    from matplotlib.colors import LogNorm

    networks = [name for name in NETWORK if select(records, network=name)]
    sparsities = sorted({row["k"] for row in records})
    size = (2.1 * len(sparsities) + 2.2, 2.1 * len(networks) + 1.6)
    with figure(path, len(networks), len(sparsities), size, squeeze=False) as (drawn, grid):
        drawn.suptitle(title)
        for network, line in zip(networks, grid, strict=True):
            for k, axes in zip(sparsities, line, strict=True):
                here = select(records, network=network, k=k)
                axes.set_visible(bool(here))
                if here:
                    shown = _map_axes(axes, here, LogNorm(SMALLEST, LARGEST))
                    axes.set_title(f"{NETWORK[network]['label']}\nk = {k:g}", fontsize=9)
        drawn.supxlabel("dx, pixels", fontsize=9)
        drawn.supylabel("dy, pixels", fontsize=9)
        bar = drawn.colorbar(shown, ax=grid, shrink=0.8, extend="both")
        bar.set_label("g(d), 1 = as in the null (log scale)")
        plain_ticks(bar.ax.yaxis, SMALLEST, LARGEST)


def _map_axes(axes, rows, scale):
    """The half of the plane that was kept and its mirror image."""
    reach_y, reach_x = (max(row[name] for row in rows) for name in ("dy", "dx"))
    g = np.full((2 * reach_y + 1, 2 * reach_x + 1), np.nan)
    for row in rows:
        for sign in (1, -1):
            g[reach_y + sign * row["dy"], reach_x + sign * row["dx"]] = row["g"]
    g[reach_y, reach_x] = np.nan
    extent = (-reach_x - 0.5, reach_x + 0.5, -reach_y - 0.5, reach_y + 0.5)
    axes.grid(visible=False)
    axes.tick_params(labelsize=8)
    return axes.imshow(np.maximum(g, SMALLEST / 10), norm=scale, extent=extent, origin="lower")


def plot_pixels(records, path, title):
    """How often each pixel is kept, relative to the mean, by network and criterion.

    Solid line: never lit in the training images.  Dashed: lit in less than 1 % of them.
    """
    shown = list(dict.fromkeys((row["network"], row["criterion"]) for row in records))
    columns = min(4, len(shown))
    rows = math.ceil(len(shown) / columns)
    size = (2.5 * columns + 1.6, 2.8 * rows + 1.3)
    with figure(path, rows, columns, size, squeeze=False) as (drawn, grid):
        drawn.suptitle(title.replace("\n", f", k = {records[0]['k']:g}\n", 1))
        for axes in grid.ravel()[len(shown) :]:
            axes.set_visible(False)
        for (network, criterion), axes in zip(shown, grid.ravel(), strict=False):
            image = _pixel_axes(axes, select(records, network=network, criterion=criterion))
            axes.set_title(f"{NETWORK[network]['label']}\n{criterion}", fontsize=10)
        bar = drawn.colorbar(image, ax=grid, shrink=0.8, extend="max")
        bar.set_label("kept, times the mean")
        drawn.supxlabel(
            "solid line: never lit in the training images; dashed: lit in less than 1 %", fontsize=9
        )


def _pixel_axes(axes, rows):
    shape = [max(row[name] for row in rows) + 1 for name in ("y", "x")]
    kept, lit = (np.array([row[name] for row in rows]).reshape(shape) for name in ("kept", "lit"))
    axes.set_axis_off()
    shown = axes.imshow(kept / max(kept.mean(), 1e-300), cmap="Greys", vmin=0, vmax=5)
    extent = (-0.5, shape[1] - 0.5, -0.5, shape[0] - 0.5)
    for region, style in ((lit == 0, "-"), (lit < 0.01, "--")):
        if region.any() and not region.all():
            fine = np.kron(region, np.ones((8, 8)))  # so that the outline follows the pixels
            axes.contour(fine, [0.5], extent=extent, colors=RED, linestyles=style, linewidths=1)
    return shown


def plot_fields(records, path, title):
    """The units with most inputs, 10 x 10 for each network; black positive, grey negative."""
    networks = [name for name in NETWORK if select(records, network=name)]
    with figure(path, 1, len(networks), (5.6 * len(networks), 6.6), squeeze=False) as (
        drawn,
        (line,),
    ):
        drawn.suptitle(title)
        for network, axes in zip(networks, line, strict=True):
            here = select(records, network=network)
            axes.imshow(_gallery(here), cmap="gray", vmin=0, vmax=1)
            axes.set_axis_off()
            axes.set_title(f"{NETWORK[network]['label']}, k = {here[0]['k']:g}")
        drawn.supxlabel("each square one unit; black: positive weight, grey: negative", fontsize=9)


def _gallery(rows):
    """Units as tiles, ten to a row, with lines between them."""
    shades = {".": 1.0, "+": 0.0, "-": 0.55}
    pictures = [
        np.array([[shades[sign] for sign in line] for line in row["picture"].split("/")])
        for row in rows
    ]
    height, width = (n + 1 for n in pictures[0].shape)
    tiles = np.ones((10 * height + 1, 10 * width + 1))
    tiles[::height], tiles[:, ::width] = 0.8, 0.8
    for place, picture in enumerate(pictures):
        y, x = (1 + n * size for n, size in zip(divmod(place, 10), (height, width), strict=True))
        tiles[y : y + height - 1, x : x + width - 1] = picture
    return tiles
