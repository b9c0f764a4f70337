"""The figures on locality: ratios to the nulls, and maps of g(d).

Read next: npprune/studies/locality/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.records import groups, select
from npprune.studies.locality import CRITERIA
from npprune.studies.locality.networks import NAMES
from npprune.studies.locality.rows import quotient

LOOK = {
    "initial": {"color": style.GREY, "marker": "x", "linestyle": ":"},
    "relabelled": {"color": style.PURPLE, "marker": "+", "linestyle": ":"},
    "sgd": {"color": style.BLUE, "marker": "o"},
    "adam": {"color": style.RED, "marker": "s"},
    "translated": {"color": style.GREEN, "marker": "^", "linestyle": "--"},
    "gradual": {"color": style.ORANGE, "marker": "D"},
    "lottery": {"color": style.SKY, "marker": "v", "linestyle": "--"},
    "convolution": {"color": style.BLACK, "marker": "*", "linestyle": "-."},
}
LINE = {"obd": "--", "wanda": ":"}
SMALLEST, LARGEST = 0.5, 8.0  # of g(d), in the maps
# Panels of the ratios: networks and criteria, and against which null.
PANELS = (
    ("networks, pruned by magnitude,\nagainst the marginals' null", NAMES, CRITERIA[:1], "null"),
    ("criteria,\nagainst the marginals' null", ["sgd", "adam"], CRITERIA, "null"),
    ("networks, pruned by magnitude,\nagainst the data's null", NAMES, CRITERIA[:1], "correlated"),
)  # fmt: skip


def ratios(path, config, rows):
    size = (13.5, 5.8)
    sparsities = sorted({row["k"] for row in rows})
    with style.figure(path, columns=3, size=size) as (drawn, line):
        for axes, (heading, networks, criteria, null) in zip(line, PANELS, strict=True):
            for (network, criterion), group in groups(rows, "network", "criterion").items():
                if network in networks and criterion in criteria and group[0][f"{null}_l2"] != "":
                    _ratio_line(axes, group, f"{null}_l2", _look(network, criterion))
            axes.set_title(heading)
            axes.axhline(1, color=style.BLACK, linewidth=0.8)
            style.log_axis(axes.yaxis)
            style.sparsity_ticks(axes, sparsities, 9)
            axes.set_xlabel("k, fraction pruned")
        line[0].set_ylabel("$L_2$ observed / $L_2$ under the null (log scale)")
        style.shared_legend(drawn, ncols=5)


def _look(network, criterion):
    if criterion == "magnitude":
        return LOOK[network] | {"label": NAMES[network]}
    return LOOK[network] | {"linestyle": LINE[criterion], "label": f"{NAMES[network]}, {criterion}"}


def _ratio_line(axes, rows, null, look):
    rows = [{"k": row["k"], "ratio": quotient(row["l2"], row[null])} for row in rows]
    style.band(axes, rows, "k", "ratio", look)


def maps(path, config, rows):
    """Draw g(d): networks in rows, sparsities in columns."""
    from matplotlib.colors import LogNorm

    networks = [name for name in NAMES if select(rows, network=name)]
    sparsities = sorted({row["k"] for row in rows})
    size = (2.1 * len(sparsities) + 2.2, 2.1 * len(networks) + 1.6)
    shape = len(networks), len(sparsities)
    with style.figure(path, *shape, size, squeeze=False) as (drawn, grid):
        for network, line in zip(networks, grid, strict=True):
            for k, axes in zip(sparsities, line, strict=True):
                places = select(rows, network=network, k=k)
                axes.set_visible(bool(places))
                if places:
                    image = _map_axes(axes, places, LogNorm(SMALLEST, LARGEST))
                    axes.set_title(f"{NAMES[network]}\nk = {k:g}", fontsize=9)
        drawn.supxlabel("dx, pixels", fontsize=9)
        drawn.supylabel("dy, pixels", fontsize=9)
        bar = drawn.colorbar(image, ax=grid, shrink=0.8, extend="both")
        bar.set_label("g(d), 1 = as in the null (log scale)")
        style.plain_ticks(bar.ax.yaxis)


def _map_axes(axes, rows, scale):
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
