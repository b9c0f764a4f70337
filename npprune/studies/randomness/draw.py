"""The figures of the study.

Read next: npprune/studies/randomness/tell.py.
"""

import math
from statistics import median_high

import numpy as np

from npprune.lab import style
from npprune.lab.records import columns, groups, select
from npprune.studies.randomness.assumptions import FIRST_FAN_IN, fitted_slope
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM
from npprune.theory.theorem.regimes import rate_exponent

LAW = {
    "gaussian": {"color": style.BLUE, "marker": "o", "label": "gaussian law"},
    "uniform": {"color": style.GREEN, "marker": "s", "label": "uniform law"},
    "laplace": {"color": style.RED, "marker": "^", "label": "laplace law"},
}
NORM = {
    1: {"color": style.GREEN, "marker": "s", "label": "L1"},
    2: {"color": style.BLUE, "marker": "o", "label": "L2"},
    4: {"color": style.ORANGE, "marker": "D", "label": "L4"},
    math.inf: {"color": style.RED, "marker": "^", "label": "L-infinity"},
}
OPTIMIZER = {
    "sgd": {"color": style.BLUE, "marker": "o", "label": "SGD"},
    "adam": {"color": style.RED, "marker": "s", "label": "Adam"},
}
# In the order in which they bound each other.
LIMIT = {
    "matrix_bound": {"color": style.PURPLE, "linestyle": "-.", "label": "bound for this matrix"},
    "best_rule": {"color": style.ORANGE, "marker": "v", "label": "least random rule there is"},
    "predictor": {"color": style.GREEN, "linestyle": "--", "label": "predicted from the norms"},
    "ks": {"color": style.BLUE, "marker": "o", "label": "L2 norm"},
    "sharp_bound": {"color": style.BLACK, "linestyle": ":", "label": "bound if independent"},
    "independent_ks": {"color": style.GREY, "linestyle": "--", "label": "L2 norm if independent"},
}
POINT = {"capsize": 3, "markerfacecolor": "white"}  # with an error bar
K = 0.5  # of what is drawn at random
BROKEN = {
    "correlation": ("correlation {:g} in a unit", style.ORANGE, "s"),
    "inputs": ("log scales of inputs spread {:g}", style.GREEN, "^"),
    "scales": ("log scales of units spread {:g}", style.RED, "D"),
}


def rates(path, config, rows):
    n = median_high({row["n"] for row in rows})
    rows = select(rows, k=K, distance="ks", n=n)
    with style.figure(path, **style.STACKED) as (_, (top, bottom)):
        for law, look in LAW.items():
            _rate_line(top, select(rows, law=law, p=SOURCE_NORM), look)
        for p, look in NORM.items():
            _rate_line(bottom, select(rows, law="uniform", p=p), look)
        top.set_title("three laws, units of smallest L2 norm")
        bottom.set_title("uniform law, four norms")
        for axes in (top, bottom):
            axes.set_ylabel("KS, eliminated against surviving (log scale)")
            _bound_lines(axes, rows)
            _log_axes(axes, sorted({row["d"] for row in rows}))


def _bound_lines(axes, rows):
    d = sorted({row["d"] for row in rows})
    for name, line, words in (
        ("sharp_bound", "--", "sharp bound, any law and rule"),
        ("bound", ":", "simple bound"),
    ):
        heights = [select(rows, d=size)[0][name] for size in d]
        axes.plot(d, heights, color=style.BLACK, linestyle=line, label=words)


def _log_axes(axes, fan_ins):
    axes.set(xscale="log", xlabel="fan-in d (log scale)")
    style.only_ticks(axes.xaxis, fan_ins)
    style.log_axis(axes.yaxis)
    axes.legend(title="lines: theory\npoints: Monte Carlo", fontsize=9, title_fontsize=9)


def _rate_line(axes, rows, look, theory="rate"):
    d, line, estimates, errors = columns(rows, "d", theory, "estimate", "error")
    axes.plot(d, line, color=look["color"])
    axes.errorbar(d, estimates, 1.96 * np.array(errors), linestyle="", **POINT, **look)


def by_optimizer(rows):
    return [(name, here) for name in OPTIMIZER if (here := select(rows, optimizer=name))]


def assumptions(path, config, rows):
    with style.figure(path, **style.STACKED) as (_, (top, bottom)):
        _exponents(top, select(rows, case="tail"))
        for (case, value, _), here in groups(rows, "case", "value", "p").items():
            if case in BROKEN:
                words, color, marker = BROKEN[case]
                strong = value == max(row["value"] for row in select(rows, case=case))
                look = {"color": color, "marker": marker, "label": words.format(value)}
                _rate_line(bottom, here, look | {"alpha": 1 if strong else 0.5}, "expected")
        _log_axes(bottom, sorted({row["d"] for row in rows}))
        bottom.set_ylabel("KS (log scale)")
        bottom.set_title("Gaussian weights that break an assumption, L2 norm")


def _exponents(axes, rows):
    tails = np.geomspace(0.7, 7, 200)
    for p, look in NORM.items():
        exponents = [rate_exponent(tail, p) for tail in tails]
        axes.plot(tails, exponents, color=look["color"], label=look["label"])
        for tail, here in groups(select(rows, p=p), "value").items():
            if found := fitted_slope(here):
                point = POINT | look | {"label": None}
                axes.errorbar(tail, -found.slope, found.half_width, **point)
    axes.set_xscale("log")
    style.only_ticks(axes.xaxis, (1, 1.5, 2, 3, 4, 5))
    axes.set_xlabel("tail index of the weights: moments below it are finite (log scale)")
    axes.set_ylabel("a, where KS falls like 1 / fan-in^a")
    axes.set_title(f"lines: in the limit; points: fan-in from {FIRST_FAN_IN} on")
    axes.legend()


def epochs(path, config, rows):
    """Draw KS by epoch: optimizers in rows, layers in columns."""
    rows = select(rows, p=SOURCE_NORM)
    rows = select(rows, k=SOURCE_K) or rows
    networks, layers = by_optimizer(rows), sorted({row["layer"] for row in rows})
    size = (2.9 * len(layers) + 0.6, 2.9 * len(networks) + 1.4)
    shared = {"squeeze": False, "sharex": "row", "sharey": True}
    with style.figure(path, len(networks), len(layers), size, **shared) as (drawn, grid):
        for (name, here), line in zip(networks, grid, strict=True):
            for layer, axes in zip(layers, line, strict=True):
                _epoch_axes(axes, select(here, layer=layer))
                axes.set_title(f"{OPTIMIZER[name]['label']}, layer {layer}")
            line[0].set_ylabel("KS (log scale)")
        for axes in grid[-1]:
            axes.set_xlabel("epoch")
        style.plain_ticks(grid[0, 0].yaxis)
        style.shared_legend(drawn, ncols=3)


def _epoch_axes(axes, rows):
    for name, look in LIMIT.items():
        style.band(axes, rows, "epoch", name, look)
    axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)
