"""Which way is the fastest here?  Measured when a plan is built, not guessed.

Where sparse overtakes dense depends on the batch, the caches and the processor, and differs from
layer to layer.  So every layer is tried dense, as CSR, as CSC, and as a dense core and a sparse
rest; then the mixture of the winners is tried as a whole, beside each format throughout; and
several threads beside one.  It takes a second or two for large batches, once.

Read next: npprune/inference/engine.py.
"""

import math
import time

import numpy as np

from npprune.inference.core import PickedOperator, by_weights_left, split
from npprune.inference.formats import operator
from npprune.inference.plan import PANEL, Plan
from npprune.pruning.compact import compact

PLAIN = ("csr", "csc", "dense")
SPARSE_BELOW = 0.4  # density; above it no sparse product is worth a trial
TRIALS = 6  # rounds at least, the fastest one counting
SETTLED = 0.03  # seconds at least
ELSEWHERE = 4 << 20  # bytes, several times a second-level cache
MARGIN = 1.05  # what is won by less may be lost again where caches are colder than in a trial
LARGEST_TRIAL = 2000  # images at most with which one thread and several are compared


def fastest_plan(weights, N, threads):
    """Lay a network out in whichever way is fastest with batches of N images.

    Shapes: weights L arrays (n_{l-1}, n_l) -> Plan

    One format throughout, or the units in order and each layer in a format of its own.  The
    mixture has to beat the others as a whole, and several threads to beat one.
    """
    weights = compact(weights)
    panel = min(math.ceil(N / threads), PANEL)
    best = Plan([operator(W, "dense") for W in weights])
    if any(np.count_nonzero(W) < SPARSE_BELOW * W.size for W in weights):
        ordered, pixels = by_weights_left(weights)
        first, *others = fastest_operators(ordered, panel)
        mixed = Plan([PickedOperator(first, pixels, len(weights[0])), *others])
        sparse = [Plan([operator(W, format) for W in weights]) for format in ("csr", "csc")]
        best = fastest([*sparse, best, mixed], panel)
    if threads == 1:
        return best
    return fastest([best, Plan(best.operators, threads)], min(N, LARGEST_TRIAL))


def fastest_operators(weights, N):
    """Give each layer the format that is fastest: plain, or a dense core and a sparse rest.

    Shapes: weights L arrays (n_{l-1}, n_l), units in order, N images a batch -> L operators
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
    """Seconds of each layer's product.  Shapes: layouts F lists of L operators, H L -> (F, L)"""
    products = [
        lambda A=A, H_T=H_T: A @ H_T
        for operators in layouts
        for A, H_T in zip(operators, H, strict=True)
    ]
    return fastest_times(products).reshape(len(layouts), len(H))


def fastest(plans, N):
    """Return the first of the plans, simple to elaborate, that is within MARGIN of the fastest."""
    X = np.ones((N, plans[0].n_in), plans[0].operators[0].dtype)
    seconds = fastest_times([lambda plan=plan: plan(X) for plan in plans])
    return plans[int((seconds <= MARGIN * seconds.min()).argmax())]


def fastest_times(functions):
    """Seconds of each function's fastest call.  Shapes: functions list of F -> (F,)

    They take turns, so that a pause of the machine hits all alike; the minimum has no pauses.
    Before each the near caches are emptied, as they are when a program does something else
    between two batches: weights kept warm would favour dense.
    """
    elsewhere = np.zeros(ELSEWHERE, np.uint8)
    for function in functions:
        function()  # once untimed: threads start, memory is asked for
    best = np.full(len(functions), np.inf)
    end = time.perf_counter() + SETTLED
    rounds = 0
    while rounds < TRIALS or time.perf_counter() < end:
        rounds += 1
        for i, function in enumerate(functions):
            elsewhere += 1
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best
