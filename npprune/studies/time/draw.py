"""Milliseconds against sparsity for each format, by batch size and kind.

Read next: npprune/studies/time/tell.py.
"""

import itertools

import numpy as np

from npprune.lab import style
from npprune.lab.records import columns, select
from npprune.lab.words import counted
from npprune.pruning.masks import KINDS
from npprune.studies import source


def milliseconds(path, config, rows):
    """Draw times at the largest number of threads, a column for each batch size."""
    threads = max(row["threads"] for row in rows)
    batches = sorted({row["batch"] for row in rows})
    rows, size = select(rows, threads=threads), (4 * len(batches), 7)
    with style.figure(path, len(KINDS), len(batches), size, sharex=True, squeeze=False) as (
        drawn,
        grid,
    ):
        for kind, line in zip(KINDS, grid, strict=True):
            for batch, axes in zip(batches, line, strict=True):
                _panel(axes, select(rows, kind=kind, batch=batch))
                if batch == 100 and kind == "weight" and source.comparable(config):
                    theirs = source.curve("coo_ms", kind)
                    label = f"{source.NAME}: PyTorch COO, its machine"
                    style.published(axes, "k", theirs, "D", style.GREY, label)
                axes.set_title(f"{kind}s pruned, batch {batch}")
                style.sparsity_axis(axes, sorted({row["k"] for row in rows}))
        for axes in grid[:, 0]:
            axes.set_ylabel("milliseconds a batch (log scale)")
        for axes in grid[0]:
            axes.set_xlabel("")
        style.shared_legend(drawn, ncols=4)


# The lines of the right panel: pruned weights as CSR and auto, units removed as compact.
SHOWN = {
    "weights, CSR": ("weight", "csr", style.BLUE, "o"),
    "weights, auto": ("weight", "auto", style.GREEN, "^"),
    "units removed": ("unit", "compact", style.RED, "s"),
}


def overview(path, config, rows, accuracies):
    """Draw what pruning costs in accuracy and what it saves in time.

    Times are of the largest batch of up to 100 on one thread.
    """
    batch = max((row["batch"] for row in rows if row["batch"] <= 100), default=rows[0]["batch"])
    rows = select(rows, batch=batch, threads=min(row["threads"] for row in rows))
    with style.figure(path, columns=2, size=(7.4, 3.7)) as (_, (left, right)):
        for kind, criterion in itertools.product(KINDS, ("magnitude", "random")):
            here = select(accuracies, kind=kind, criterion=criterion)
            chance = criterion == "random"
            label = f"{kind}s at random" if chance else f"smallest {kind}s"
            look = {"label": label, "linestyle": ":" if chance else "-"}
            style.band(left, here, "k", "test_accuracy", style.KIND[kind] | look)
        left.set(ylabel="test accuracy", ylim=(0, 1.02))
        for label, (kind, format, color, marker) in SHOWN.items():
            here = select(rows, kind=kind, format=format)
            k, speedups = columns(here, "k", "speedup_over_dense")
            times = 1 / np.array(speedups)
            right.plot(style.sparsity_position(k), times, color=color, marker=marker, label=label)
        right.axhline(1, color=style.BLACK, linestyle="--", label="the dense network")
        style.log_axis(right.yaxis)
        right.set_ylabel(f"time, dense = 1, {counted(batch, 'image')} at once")
        for axes in (left, right):
            style.sparsity_axis(axes, sorted({row["k"] for row in accuracies}))
            axes.legend(loc="lower left", fontsize=8, labelspacing=0.3, handlelength=1.6)


def _panel(axes, rows):
    for format, look in style.FORMAT.items():
        here = select(rows, format=format)
        k, medians, *quartiles = columns(here, "k", "median_ms", "q1_ms", "q3_ms")
        x = style.sparsity_position(k)
        axes.plot(x, medians, **look)
        axes.fill_between(x, *quartiles, color=look["color"], alpha=0.2, linewidth=0)
    axes.set_yscale("log")
