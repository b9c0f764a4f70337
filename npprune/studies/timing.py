"""Is the pruned network faster?  Milliseconds for a forward pass, dense against sparse.

The rules, without which such a comparison says nothing:

- converting to a format is outside the timer; every contender's logits are first compared with
  those of the masked dense network;
- the contenders take turns, round by round, in random order, so that a pause of the machine hits
  all alike; medians and quartiles are given, and the minimum;
- the dense network is a contender in every comparison, at the same number of threads;
- BLAS runs on one thread, fixed before NumPy is imported, and threads share out panels of the
  batch, for dense and sparse alike.  With its own threads BLAS keeps a worker spinning for a tenth
  of a second after each product, which on a small machine spoils whatever is timed next.

The source report timed COO at every k, without a dense contender: its k = 0 is already sparse.

Read next: npprune/theory/theorem/__init__.py.
"""

import itertools
import math
import time
from typing import NamedTuple

import numpy as np

from npprune.inference import build
from npprune.lab.page import counted
from npprune.lab.records import select
from npprune.lab.style import (
    FORMAT,
    GREY,
    SOURCE,
    figure,
    shared_legend,
    sparsity_axis,
    sparsity_position,
)
from npprune.network.mlp import inputs, logits
from npprune.pruning.masks import KINDS, SPARSITIES, prune
from npprune.studies import source
from npprune.threads import cores, single_threaded_processes

CONTENDERS = ("dense", "coo", "csr", "csc", "compact", "auto")


class Grid(NamedTuple):
    """What is compared: at which sparsities and batch sizes, for how many seconds each."""

    sparsities: tuple = SPARSITIES
    batches: tuple = (1, 100, 1000)
    budget: float = 0.2

    def tasks(self):
        """Every comparison to make: (kind, k, batch, threads)."""
        threads = sorted({1, cores()})
        return list(itertools.product(KINDS, self.sparsities, self.batches, threads))


QUICK_GRID = Grid(sparsities=(0.9, 0.99), batches=(1, 100), budget=0.0)

# float32 sums in another order differ by some 1e-7 of the largest logit for each of five layers.
LOGIT_TOLERANCE = 1e-5


def run(weights, images, accuracies, grid, progress):
    """Time every contender at every sparsity, batch size and number of threads of a grid.

    Shapes: weights L arrays; images (N, height, width) uint8, N at least the largest batch;
    accuracies {(kind, k): test accuracy} -> records with the columns of data/timing.csv

    A fresh interpreter does the timing, because the threads of BLAS are fixed at its import.
    """
    records = []
    with single_threaded_processes() as child:
        for done, (kind, k, batch, threads) in enumerate(grid.tasks(), 1):
            X = inputs(images[:batch])
            pruned = prune(weights, k, kind)
            rows = child.submit(compare, pruned, X, threads, grid.budget).result()
            tail = {"test_accuracy": accuracies[kind, k]}
            records += [{"kind": kind, "k": k} | row | tail for row in rows]
            where = f"{kind}s, k = {k:g}, batch {batch}, {counted(threads, 'thread')}"
            progress(done, where)
    return records


def compare(weights, X, threads, budget):
    """Time all contenders on one network and one batch.

    Shapes: weights L arrays with zeros for what is pruned, X (batch, n_0) -> records
    """
    engines = {f: build(weights, f, threads, len(X)) for f in CONTENDERS}
    expected = logits(weights, X)
    for format, engine in engines.items():
        check_logits(format, engine(X), expected)
    seconds = interleave({f: lambda e=e: e(X) for f, e in engines.items()}, budget)
    dense = np.median(seconds["dense"])
    records = []
    for format, times in seconds.items():
        q1, median, q3 = np.percentile(times, (25, 50, 75)) * 1e3
        records.append(
            {
                "format": format,
                "threads": threads,
                "batch": len(X),
                "median_ms": median,
                "q1_ms": q1,
                "q3_ms": q3,
                "min_ms": min(times) * 1e3,
                "rounds": len(times),
                "speedup_over_dense": dense * 1e3 / median,
            }
        )
    return records


def check_logits(name, found, expected):
    """Raise RuntimeError unless a contender's logits are those of the masked dense network.

    Shapes: found, expected (N, classes)
    """
    error = np.abs(found - expected).max()
    if error > LOGIT_TOLERANCE * max(np.abs(expected).max(), 1):
        raise RuntimeError(f"{name}: its logits differ from the dense ones by {error}")


def interleave(contenders, budget, fewest=3, most=100):
    """Call every contender once a round, in random order, until the budget (seconds) is spent.

    contenders {name: function without arguments} -> {name: list of seconds}
    """
    rng = np.random.default_rng(0)
    names = list(contenders)
    for name in names:
        contenders[name]()  # once untimed: first calls allocate
    seconds = {name: [] for name in names}
    end = time.perf_counter() + budget
    while len(seconds[names[0]]) < most and (
        time.perf_counter() < end or len(seconds[names[0]]) < fewest
    ):
        for name in rng.permutation(names):
            start = time.perf_counter()
            contenders[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def break_even(rows):
    """The sparsity from which on a format is faster than dense, or None if it never is.

    rows are the records of one format, kind, batch size and number of threads.  Interpolated where
    the speedup crosses 1, linearly in log speedup and log density, between the last measured k
    that is slower and the next one; above it every measured k is faster.
    """
    rows = sorted((row for row in rows if row["k"] < 1), key=lambda row: row["k"])
    slower = [i for i, row in enumerate(rows) if row["speedup_over_dense"] < 1]
    if not slower:
        return 0.0
    if slower[-1] == len(rows) - 1:
        return None
    below, above = rows[slower[-1]], rows[slower[-1] + 1]
    y0, y1 = (math.log(row["speedup_over_dense"]) for row in (below, above))
    x0, x1 = (math.log(1 - row["k"]) for row in (below, above))
    return 1 - math.exp(x0 + (x1 - x0) * -y0 / (y1 - y0))


def plot(records, path, title):
    """Draw time against sparsity for each format, by batch size and kind: the source's Figure 5.

    records are those of data/timing.csv, at the largest number of threads; PNG written to path.
    """
    threads = max(row["threads"] for row in records)
    batches = sorted({row["batch"] for row in records})
    with figure(path, len(KINDS), len(batches), (4 * len(batches), 7), sharex=True) as (
        drawn,
        grid,
    ):
        rounds = [row["rounds"] for row in records]
        bands = f"bands: quartiles of {min(rounds)} to {max(rounds)} rounds"
        drawn.suptitle(f"{title}\n{counted(threads, 'thread')}; {bands}")
        for kind, row in zip(KINDS, grid, strict=True):
            for batch, axes in zip(batches, row, strict=True):
                for format, look in FORMAT.items():
                    rows = select(records, kind=kind, batch=batch, threads=threads, format=format)
                    rows.sort(key=lambda r: r["k"])
                    x = sparsity_position([r["k"] for r in rows])
                    axes.plot(x, [r["median_ms"] for r in rows], **look)
                    axes.fill_between(
                        x, [r["q1_ms"] for r in rows], [r["q3_ms"] for r in rows],
                        color=look["color"], alpha=0.2, linewidth=0,
                    )  # fmt: skip
                if batch == 100 and kind == "weight":
                    axes.plot(
                        sparsity_position(source.SPARSITIES), source.COO_MILLISECONDS, "D",
                        color=GREY, label=f"{source.NAME}: PyTorch COO, its machine", **SOURCE,
                    )  # fmt: skip
                axes.set_yscale("log")
                axes.set_title(f"{kind}s pruned, batch {batch}")
                sparsity_axis(axes, sorted({r["k"] for r in records}))
        for axes in grid[:, 0]:
            axes.set_ylabel("milliseconds a batch (log scale)")
        for axes in grid[0]:
            axes.set_xlabel("")
        shared_legend(drawn, ncols=4)
