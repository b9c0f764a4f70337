"""Every format at every sparsity, batch size and number of threads.

Read next: npprune/studies/time/draw.py.
"""

import functools
import itertools

import numpy as np

from npprune.inference.engine import FORMATS, build
from npprune.inference.plan import Plan
from npprune.lab.outcome import outcome
from npprune.lab.records import select
from npprune.lab.stopwatch import batch_of, check_logits, interleave
from npprune.lab.study import ALONE, Later, Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import logits
from npprune.pruning.masks import KINDS, prune
from npprune.threads import cores

HOPELESS = 3  # times as slow as dense: stops after half of the budget (lab/stopwatch.py)


def order(config):
    return {"kind": KINDS}


def pieces(run, dataset, form):
    seed, network = living_networks(run, dataset)[0]
    X = batch_of(dataset.test.images, max(form.batches))
    for kind, k in itertools.product(KINDS, form.sparsities):
        key = {"kind": kind, "k": k}
        pruned = Later(lambda k, kind: prune(network(), k, kind), k, kind)
        known = select(run.read("sparsity"), seed=seed, criterion="magnitude", **key)
        about = Later(_accuracy, known, pruned, dataset)
        yield Piece("timing", key, compare, (pruned, X, form.batches, form.budget, about), ALONE)


def _accuracy(known, pruned, dataset):
    worth = known[0] if known else outcome(pruned(), dataset.validation, dataset.test)
    return {"test_accuracy": worth["test_accuracy"]}


def compare(weights, X, batches, budget, about):
    """Time all contenders.  Shapes: weights L arrays, X (images, n_0), the largest batch or more

    about {column: value} ends each record
    """
    plans = {format: build(weights, format) for format in FORMATS if format != "auto"}
    records = []
    for N, threads in itertools.product(batches, sorted({1, cores()})):
        engines = {format: Plan(plan.operators, threads) for format, plan in plans.items()}
        engines["auto"] = build(weights, "auto", threads, N)
        batch = X[:N]
        check = functools.partial(check_logits, expected=logits(weights, batch))
        calls = {name: functools.partial(engine, batch) for name, engine in engines.items()}
        seconds = interleave(calls, budget, hopeless=HOPELESS, check=check)
        records += [
            {"format": format, "threads": threads, "batch": N}
            | _summary(seconds[format], seconds["dense"])
            | about
            for format in FORMATS
        ]
    return {"timing": records}


def _summary(seconds, dense):
    q1, median, q3 = np.percentile(seconds, (25, 50, 75)) * 1e3
    return {
        "median_ms": median,
        "q1_ms": q1,
        "q3_ms": q3,
        "min_ms": min(seconds) * 1e3,
        "rounds": len(seconds),
        "speedup_over_dense": np.median(dense) * 1e3 / median,
    }
