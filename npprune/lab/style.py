"""How every figure looks, and how it is saved.

The colours (Okabe and Ito) are distinct to colour-blind eyes.  In grey they differ little, so each
series also has its own marker or line style.

Read next: npprune/lab/origin.py.
"""

import contextlib
import io
import os
import warnings

import numpy as np

from npprune.files import write_whole
from npprune.lab.records import mean_by

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#767676"

# One look for each kind of pruning, in every figure.
KIND = {
    "weight": {"color": BLUE, "marker": "o", "label": "weights pruned"},
    "unit": {"color": RED, "marker": "s", "label": "units pruned"},
}
PRUNED, KEPT = RED, BLUE

# One look for each format a network can run in.
FORMAT = {
    "dense": {"color": BLACK, "marker": "", "linestyle": "-", "label": "dense"},
    "coo": {"color": ORANGE, "marker": "^", "label": "COO"},
    "csr": {"color": BLUE, "marker": "o", "label": "CSR"},
    "csc": {"color": SKY, "marker": "v", "label": "CSC"},
    "compact": {"color": GREEN, "marker": "s", "label": "compact (units removed)"},
    "auto": {"color": RED, "marker": "x", "linestyle": "--", "label": "auto"},
}
STACKED = {"rows": 2, "size": (6, 8.4)}  # two panels, one above the other: readable on a phone too
SOURCE = {"alpha": 0.45, "linewidth": 0, "markersize": 9, "markerfacecolor": "none"}

SETTINGS = {
    "figure.dpi": 150,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.markersize": 5,
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",  # letters as letters: small, sharp, and found by a search
    "svg.hashsalt": "npprune",
}


@contextlib.contextmanager
def figure(path, rows=1, columns=1, size=(9.0, 4.0), **options):
    """Make a figure and axes to draw on in the with block; then save it as PNG; size in inches.

    A smaller SVG is saved beside it, for the report's page.
    """
    before = os.environ.pop("MPLBACKEND", None)  # may name a backend that is not installed
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    finally:
        if before is not None:
            os.environ["MPLBACKEND"] = before
    with matplotlib.rc_context(), warnings.catch_warnings():
        # An error of 0, as where there is one class, has no place on a log axis: it is left out.
        warnings.filterwarnings("ignore", "Data has no positive values")
        matplotlib.rcdefaults()  # the user's own settings do not reach a figure
        matplotlib.rcParams.update(SETTINGS)
        drawn = Figure(figsize=size)
        FigureCanvasAgg(drawn)
        axes = drawn.subplots(rows, columns, **options)
        yield drawn, axes
        # Settled once, the layout need not be found again for each of the two passes of saving.
        drawn.get_layout_engine().execute(drawn)
        drawn.set_layout_engine("none")
        pixels, lines = io.BytesIO(), io.BytesIO()
        # No version or date inside: the same records give the same bytes.
        drawn.savefig(pixels, format="png", metadata={"Software": None})
        drawn.savefig(lines, format="svg", metadata={"Creator": None, "Date": None})
        write_whole(path, pixels.getvalue())
        drawing = path.with_suffix(".svg")
        if len(lines.getvalue()) < len(pixels.getvalue()):
            write_whole(drawing, lines.getvalue())
        else:
            drawing.unlink(missing_ok=True)


def shared_legend(drawn, ncols):
    named = {}
    for axes in drawn.axes:
        handles, labels = axes.get_legend_handles_labels()
        named |= dict(zip(labels, handles, strict=True))
    drawn.legend(named.values(), named.keys(), loc="outside lower center", ncols=ncols)


def log_losses(axes, lowest, name):
    if lowest <= 0:
        axes.set_ylabel(f"{name} (nats)")
        return
    log_axis(axes.yaxis)
    axes.set_ylabel(f"{name} (nats, log scale)")


def log_axis(axis):
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    plain_ticks(axis)


def plain_ticks(axis):
    """Label 1, 2 and 5 in each decade of a log axis."""
    low, high = axis.get_view_interval()
    ticks = [digit * 10.0**power for power in range(-6, 7) for digit in (1, 2, 5)]
    only_ticks(axis, [tick for tick in ticks if low <= tick <= high])


def only_ticks(axis, ticks, form="g"):
    axis.set_ticks(ticks, [f"{tick:{form}}" for tick in ticks])
    axis.set_ticks([], minor=True)


def sparsity_axis(axes, sparsities):
    sparsity_ticks(axes, [k for k in sparsities if k in (0, 0.5, 0.8, 0.9, 0.95, 0.99, 1)], 9)
    axes.set_xlabel("k, fraction pruned of each hidden layer")


def sparsity_ticks(axes, sparsities, fontsize=None):
    labels = [f"{k:g}" for k in sparsities]
    axes.set_xticks(sparsity_position(sparsities), labels, fontsize=fontsize)
    axes.minorticks_off()


def band(axes, records, key, column, look):
    """Draw the column's mean for each value of the key, with deviations."""
    values, means, spread = mean_by(records, key, column)
    x = _place(key, values)
    axes.plot(x, means, **look)
    axes.fill_between(x, means - spread, means + spread, color=look["color"], alpha=0.2)


def published(axes, key, curve, marker, color, label):
    """Draw others' curve {value of the key: its value} as faint points."""
    x = _place(key, [*curve])
    axes.plot(x, [*curve.values()], marker, color=color, label=label, **SOURCE)


def _place(key, values):
    return sparsity_position(values) if key == "k" else values


def sparsity_position(sparsities):
    """Place sparsities so that .9, .97 and .99 are told apart: -log10(1 - k); k = 1 at 2.5."""
    k = np.asarray(sparsities, float)
    return -np.log10(np.where(k < 1, 1 - k, 10**-2.5))
