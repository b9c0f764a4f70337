"""Milliseconds against sparsity for each format, by batch size and kind.

Read next: npprune/studies/time/tell.py.
"""

import itertools

from npprune.lab import style
from npprune.lab.records import mean_by, select
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
                    label = f"{source.NAME}: PyTorch COO, its machine"
                    look = {"color": style.GREY, "label": label} | style.SOURCE
                    theirs = source.curve("coo_ms", kind)
                    x = style.sparsity_position([*theirs])
                    axes.plot(x, [*theirs.values()], "D", **look)
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
            k, *found = mean_by(here, "k", "test_accuracy")
            style.band(left, style.sparsity_position(k), *found, style.KIND[kind] | look)
        left.set(ylabel="test accuracy", ylim=(0, 1.02))
        for label, (kind, format, color, marker) in SHOWN.items():
            here = sorted(select(rows, kind=kind, format=format), key=lambda row: row["k"])
            x = style.sparsity_position([row["k"] for row in here])
            times = [1 / row["speedup_over_dense"] for row in here]
            right.plot(x, times, color=color, marker=marker, label=label)
        right.axhline(1, color=style.BLACK, linestyle="--", label="the dense network")
        right.set_yscale("log")
        style.plain_ticks(right.yaxis, *right.get_ylim())
        right.set_ylabel(f"time, dense = 1, {counted(batch, 'image')} at once")
        for axes in (left, right):
            style.sparsity_axis(axes, sorted({row["k"] for row in accuracies}))
            axes.legend(loc="lower left", fontsize=8, labelspacing=0.3, handlelength=1.6)


def _panel(axes, rows):
    for format, look in style.FORMAT.items():
        here = sorted(select(rows, format=format), key=lambda row: row["k"])
        x = style.sparsity_position([row["k"] for row in here])
        axes.plot(x, [row["median_ms"] for row in here], **look)
        quartiles = ([row[name] for row in here] for name in ("q1_ms", "q3_ms"))
        axes.fill_between(x, *quartiles, color=look["color"], alpha=0.2, linewidth=0)
    axes.set_yscale("log")
