"""Which way is the fastest here?  Measured when a plan is built, not guessed.

Where sparse overtakes dense depends on the batch, the caches and the processor, and differs from
layer to layer.  Each layer is tried dense, as CSR, as CSC, and as a dense core and a sparse rest;
then the mixture of the winners runs against each format throughout.

Read next: npprune/inference/engine.py.
"""

import itertools
import math
import time

import numpy as np

from npprune.inference.core import PickedOperator, by_weights_left, split
from npprune.inference.formats import operator
from npprune.inference.plan import PANEL, SMALLEST_PANEL, Plan
from npprune.pruning.compact import compact

PLAIN = ("csr", "csc", "dense")
SPARSE_BELOW = 0.4  # density; above it no sparse product is worth a trial
TRIALS = 5  # rounds at least, the fastest one counting
SETTLED = 0.06  # seconds at least
HOPELESS, PATIENCE = 1.5, 0.04  # times as slow as the fastest, after so many seconds: sits out
# Bytes, more than several second-level caches, and as many as a third-level one: written before
# each trial of a layer, and of a plan.
ELSEWHERE = 4 << 20, 32 << 20
MARGIN = 1.05  # what is won by less may be lost again where caches are colder than in a trial
LARGEST_TRIAL = 1000  # images at most; a larger batch is only more panels


def fastest_plan(weights, N, threads):
    """Lay a network out in whichever way is fastest with batches of N images.

    Shapes: weights -> Plan

    Several threads are used unless one is faster by more than MARGIN: where they seem equal, the
    second core may have been busy.
    """
    weights = compact(weights)
    dense = [operator(W, "dense") for W in weights]
    layouts = [dense]
    if any(np.count_nonzero(W) < SPARSE_BELOW * W.size for W in weights):
        ordered, pixels = by_weights_left(weights)
        first, *others = fastest_operators(ordered, min(math.ceil(N / threads), PANEL))
        mixed = [PickedOperator(first, pixels, len(weights[0])), *others]
        csr, csc = ([operator(W, format) for W in weights[:-1]] for format in ("csr", "csc"))
        layouts = [[*csr, dense[-1]], [*csc, dense[-1]], dense, mixed]
    counts = {threads if N > SMALLEST_PANEL else 1, 1}
    plans = [Plan(layout, n) for n in sorted(counts, reverse=True) for layout in layouts]
    return fastest(plans, N) if len(plans) > 1 else plans[0]


def fastest_operators(weights, N):
    """Give each layer its fastest format: plain, or a dense core and a sparse rest.

    Shapes: weights, units in order, N images a panel -> L operators
    """
    H = [np.ones((len(W), N), W.dtype) for W in weights]
    layouts = [[operator(W, format) for W in weights] for format in PLAIN]
    csr, _, dense = layer_times(layouts, H)
    costs = zip(weights, dense, csr, strict=True)
    layouts.append(
        [split(W, d / max(W.size, 1), s / max(np.count_nonzero(W), 1)) for W, d, s in costs]
    )
    return [layouts[i][l] for l, i in enumerate(layer_times(layouts, H).argmin(axis=0))]


def layer_times(layouts, H):
    """Seconds of each product.  Shapes: layouts F lists of L operators, H L (n_in, N) -> (F, L)"""
    products = [
        [lambda A=A, H_T=H_T: A @ H_T for A, H_T in zip(operators, H, strict=True)]
        for operators in layouts
    ]
    return fastest_times(products, ELSEWHERE[0])


def fastest(plans, N):
    X = np.ones((min(N, LARGEST_TRIAL), plans[0].n_in), plans[0].dtype)
    seconds = fastest_times([[lambda plan=plan: plan(X)] for plan in plans], ELSEWHERE[1])
    return plans[int((seconds <= MARGIN * seconds.min()).argmax())]


def fastest_times(rivals, elsewhere):
    """Seconds of each function's fastest call; those of a column are rivals.

    Shapes: rivals F lists of L functions, elsewhere bytes -> (F, L)

    They take turns, so that a pause of the machine hits all alike.  Before each call, so many
    bytes are written elsewhere: weights kept warm in the caches would favour dense.
    """
    for function in itertools.chain(*rivals):
        function()  # once untimed: threads start, memory is asked for
    best = np.full((len(rivals), len(rivals[0])), np.inf)
    total, other = np.zeros_like(best), np.zeros(elsewhere, np.uint8)
    end, rounds = time.perf_counter() + SETTLED, 0
    while rounds < TRIALS or time.perf_counter() < end:
        hopeless = (best > HOPELESS * best.min(axis=0)) & (total > PATIENCE)
        for i, l in np.argwhere(~hopeless):
            other += 1
            start = time.perf_counter()
            rivals[i][l]()
            seconds = time.perf_counter() - start
            best[i, l], total[i, l] = min(best[i, l], seconds), total[i, l] + seconds
        rounds += 1
    return best
