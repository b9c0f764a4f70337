"""Milliseconds against sparsity for each format, by batch size and kind.

Read next: npprune/studies/time/tell.py.
"""

from npprune.lab import style
from npprune.lab.page import counted
from npprune.lab.records import select
from npprune.pruning.masks import KINDS
from npprune.studies import source


def milliseconds(path, title, about, rows):
    """Draw the records of data/timing.csv that were taken at the largest number of threads."""
    threads = max(row["threads"] for row in rows)
    batches = sorted({row["batch"] for row in rows})
    rounds = [row["rounds"] for row in rows]
    title = (
        f"{title} ({about.origin()})\n{counted(threads, 'thread')}; "
        f"bands: quartiles of {min(rounds)} to {max(rounds)} rounds"
    )
    rows, size = select(rows, threads=threads), (4 * len(batches), 7)
    with style.figure(path, title, len(KINDS), len(batches), size, sharex=True, squeeze=False) as (
        drawn,
        grid,
    ):
        for kind, line in zip(KINDS, grid, strict=True):
            for batch, axes in zip(batches, line, strict=True):
                _panel(axes, select(rows, kind=kind, batch=batch))
                if batch == 100 and kind == "weight" and source.comparable(about.config):
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


def _panel(axes, rows):
    for format, look in style.FORMAT.items():
        here = sorted(select(rows, format=format), key=lambda row: row["k"])
        x = style.sparsity_position([row["k"] for row in here])
        axes.plot(x, [row["median_ms"] for row in here], **look)
        quartiles = ([row[name] for row in here] for name in ("q1_ms", "q3_ms"))
        axes.fill_between(x, *quartiles, color=look["color"], alpha=0.2, linewidth=0)
    axes.set_yscale("log")
