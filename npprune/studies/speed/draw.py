"""Products under the roofs of the machine, and how the time grows.

Read next: npprune/studies/speed/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.records import columns, groups, select
from npprune.studies.speed import scaling

ROOFS = (("gemm", "-", "matrix product, blocked"), ("axpy", "--", "y += a x, in cache"))


def roofs(path, config, rows):
    rates = {row["name"]: row for row in select(rows, what="roof")}
    x = np.geomspace(0.1, 300, 200)
    slope = rates["copy"]["gbytes_per_second"] * x
    with style.figure(path, size=(8, 5)) as (drawn, axes):
        for name, line, words in ROOFS:
            peak = rates[name]["gflops"]
            label = f"{words}: {peak:.0f}"
            axes.plot(x, np.minimum(slope, peak), line, color=style.GREY, label=label)
        for format in ("dense", "csr", "coo"):
            points = select(rows, what="product", name=format)
            look = style.FORMAT[format] | {"marker": style.FORMAT[format]["marker"] or "D"}
            axes.plot(*columns(points, "flops_per_byte", "gflops"), **look)
            for row in (points[0], points[-1]) if format != "coo" else ():  # the same as CSR's
                axes.annotate(
                    f"batch {row['batch']}", (row["flops_per_byte"], row["gflops"]),
                    textcoords="offset points", xytext=(4, -12), fontsize=8,
                )  # fmt: skip
        style.log_axis(axes.xaxis)
        style.log_axis(axes.yaxis)
        axes.set_xlabel("operations on weights that are not zero, for each byte moved")
        axes.set_ylabel("GFLOP/s, one thread")
        style.shared_legend(drawn, ncols=3)


GROWING = {  # what: the words of its axis
    "images": "images evaluated",
    "width": "units of a hidden layer",
    "depth": f"hidden layers of {scaling.DEEP} units",
    "density": "share of the weights left",
    "batch": f"images at once, {scaling.SPARSITY:.0%} of weights pruned",
}
NEAR = 100  # largest over smallest value of an axis that is labelled at 1, 2 and 5
LINES = {
    "evaluation": {"color": style.BLACK, "marker": "o"},
    scaling.STEP: {"color": style.RED, "marker": "s"},
    scaling.FORWARD: {"color": style.BLUE, "marker": "o"},
    **{format: style.FORMAT[format] | {"marker": "D"} for format in ("dense", "csr", "csc")},
    "one thread": {"color": style.BLUE, "marker": "o"},
    "BLAS's threads": {"color": style.RED, "marker": "s"},
}


def growth(path, config, rows):
    with style.figure(path, 3, 2, (7.2, 9.6)) as (_, grid):
        *panels, last = grid.flat
        for axes, (what, words) in zip(panels, GROWING.items(), strict=True):
            for name, curve in groups(select(rows, what=what), "contender").items():
                label = f"{name}: {scaling.exponent(curve):.2f}"
                x, y = columns(curve, "value", "milliseconds")
                axes.plot(x, y, **LINES[name] | {"label": label})
            _log_axes(axes, words, "milliseconds")
        for name, curve in groups(select(rows, what="side"), "contender").items():
            x = [scaling.megabytes(row["value"]) for row in curve]
            y = [scaling.nanoseconds_a_weight(row) for row in curve]
            last.plot(x, y, **LINES[name] | {"label": name})
        _log_axes(last, "MB of a matrix, one image", "nanoseconds a weight")


def _log_axes(axes, x, y):
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        if high < NEAR * low:
            style.plain_ticks(axis)
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y)
    axes.legend(fontsize=8)
