"""Every format at every sparsity, batch size and number of threads, in one comparison each.

Read next: npprune/studies/time/draw.py.
"""

import functools
import itertools

import numpy as np

from npprune.inference import build
from npprune.lab.outcome import outcome
from npprune.lab.records import select
from npprune.lab.stopwatch import check_logits, interleave
from npprune.lab.study import ALONE, Piece
from npprune.lab.trained import living_seeds, trained
from npprune.network.mlp import inputs, logits
from npprune.pruning.masks import KINDS, prune
from npprune.threads import cores

CONTENDERS = ("dense", "coo", "csr", "csc", "compact", "auto")


def order(config):
    """Weights come before units."""
    return {"kind": KINDS}


def pieces(run, dataset, form):
    """Yield a piece for each comparison: of kind, sparsity, batch size and number of threads."""
    network = functools.lru_cache(1)(functools.partial(trained, run, dataset, living_seeds(run)[0]))
    threads = sorted({1, cores()})
    for kind, k, batch, count in itertools.product(KINDS, form.sparsities, form.batches, threads):
        key = {"kind": kind, "k": k, "batch": batch, "threads": count}
        arguments = functools.partial(_arguments, run, dataset, network, key, form.budget)
        yield Piece("timing", key, compare, arguments, ALONE)


def _arguments(run, dataset, network, key, budget):
    pruned = prune(network(), key["k"], key["kind"])
    known = {"seed": living_seeds(run)[0], "criterion": "magnitude", "kind": key["kind"]}
    rows = select(run.read("sparsity"), k=key["k"], **known)
    worth = rows[0] if rows else outcome(pruned, dataset.validation, dataset.test)
    images = dataset.test.images
    X = inputs(images[np.arange(key["batch"]) % len(images)])  # few images are repeated
    return pruned, X, key, budget, worth["test_accuracy"]


def compare(weights, X, key, budget, test_accuracy):
    """Time all contenders on one network and one batch: {"timing": records}.

    Shapes: weights L arrays with zeros for what is pruned, X (batch, n_0)
    """
    threads = key["threads"]
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
                "kind": key["kind"],
                "k": key["k"],
                "format": format,
                "threads": threads,
                "batch": len(X),
                "median_ms": median,
                "q1_ms": q1,
                "q3_ms": q3,
                "min_ms": min(times) * 1e3,
                "rounds": len(times),
                "speedup_over_dense": dense * 1e3 / median,
                "test_accuracy": test_accuracy,
            }
        )
    return {"timing": records}
