"""How a network is run: which format each layer gets, how the batch is cut, on how many threads.

A plan is built once and called many times.  The batch is cut into panels that go through all
layers one after the other, so that a panel's activations stay in the cache, and the panels are
shared out over the threads; NumPy's and SciPy's kernels let go of the interpreter while they run,
so Python threads are enough.  Small batches stay in one piece: a thread costs some 50
microseconds to wake.

With format "auto" a short measurement, made when the plan is built, gives each layer the fastest
format for the batch size at hand: dense, sparse, or a dense core and a sparse rest.

BLAS has threads of its own, which a running process cannot change; `threads` counts the panels'
threads only.  Whoever wants exactly `threads` cores busy starts Python with
OPENBLAS_NUM_THREADS=1.

Read next: npprune/inference/storage.py.
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from npprune.errors import InputError
from npprune.inference.core import PickedOperator, by_weights_left, split
from npprune.inference.formats import SPARSE, forward, operator
from npprune.pruning.compact import compact

FORMATS = ("dense", *SPARSE, "compact", "auto")
PLAIN = ("csr", "csc", "dense")
PANEL = 256  # images: two layers' activations (1000 x 256 x 4 bytes each) stay in the caches
LANES = 4  # float32 numbers in a register, as the sparse kernels use it
SMALLEST_PANEL = 24  # images: below this a second thread costs more than it brings
TRIALS = 4  # rounds at least that "auto" times, the fastest one counting
SPARSE_BELOW = 0.4  # density; above it no sparse product is worth a trial
SETTLED = 0.05  # seconds at least
ELSEWHERE = 4 << 20  # bytes, several times a second-level cache
MARGIN = 1.05  # what is won by less may be lost again where caches are colder than in a trial
LARGEST_TRIAL = 2000  # images at most with which one thread and several are compared


class Plan:
    """A network ready to run: call it with X (N, n_0) float32 to get logits (N, classes)."""

    def __init__(self, operators, threads=1):
        """Take the operators of all layers, first to last."""
        self.operators, self.threads = operators, threads
        self.n_in = operators[0].shape[1]
        self.dense = all(isinstance(A, np.ndarray) for A in operators)
        self._others = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def __call__(self, X):
        """Logits of a batch.

        Shapes: X (N, n_0), any float or integer dtype, float32 without a copy -> (N, classes)
        """
        X = np.asarray(X, self.operators[0].dtype)
        if X.ndim != 2 or X.shape[1] != self.n_in:
            raise InputError(f"inputs of shape {X.shape}: the network takes (images, {self.n_in})")
        panel = self._panel(len(X))
        if panel >= len(X):
            return forward(self.operators, X)
        logits = np.empty((len(X), self.operators[-1].shape[0]), X.dtype)

        starts = iter(range(0, len(X), panel))  # each panel goes to whoever asks first

        def run():
            for start in starts:
                logits[start : start + panel] = forward(self.operators, X[start : start + panel])

        # The calling thread works too: it is awake, and the system leaves it where it is.
        running = [self._others.submit(run) for _ in range(self.threads - 1)]
        run()
        for other in running:
            other.result()  # waits, and raises what went wrong there
        return logits

    def _panel(self, N):
        """Images a panel holds: the same number of panels for each thread, cut to fit the cache.

        A dense product already works in blocks that fit, so there only the threads count.  Rows of
        whole registers spare the sparse kernels loads across cache lines: 128 images take a
        seventh less time each than 125.
        """
        rounds = 1 if self.dense or N == 0 else math.ceil(N / (self.threads * PANEL))
        registers = math.ceil(N / (self.threads * rounds * LANES))
        return max(registers * LANES, SMALLEST_PANEL)


def build(weights, format="auto", threads=1, batch=100):
    """Prepare a network for fast inference in one of FORMATS.

    Shapes: weights L arrays (n_{l-1}, n_l), a zero meaning pruned -> callable, X (N, n_0) ->
    logits (N, n_L)

    dense    the matrices as they are, zeros and all
    coo, csr, csc   hidden layers sparse; the output layer, never pruned, stays dense
    compact  dense, after units without incoming or outgoing weights are removed
    auto     whatever is soonest done with batches of size `batch`: see fastest_plan
    Raises InputError for an unknown format or a number of threads below 1.
    """
    if format not in FORMATS:
        raise InputError(f"format {format!r}: give one of {', '.join(FORMATS)}")
    if threads < 1 or batch < 1:
        raise InputError(f"threads {threads}, batch {batch}: give at least 1 of each")
    if format == "auto":
        return fastest_plan(weights, batch, threads)
    if format == "compact":
        weights = compact(weights)
    chosen = format if format in SPARSE else "dense"
    hidden = [operator(W, chosen) for W in weights[:-1]]
    return Plan([*hidden, operator(weights[-1], "dense")], threads)


def fastest_plan(weights, N, threads):
    """Lay a network out in whichever way is soonest done with batches of N images.

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
        best = soonest([*sparse, best, mixed], panel)
    if threads == 1:
        return best
    return soonest([best, Plan(best.operators, threads)], min(N, LARGEST_TRIAL))


def fastest_operators(weights, N):
    """Give each layer the format that is soonest done: plain, or a dense core and a sparse rest.

    Shapes: weights L arrays (n_{l-1}, n_l), units in order, N images a batch -> L operators
    """
    H = [np.ones((len(W), N), np.float32) for W in weights]
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


def soonest(plans, N):
    """Return the first of the plans, simple to elaborate, that is within MARGIN of the fastest."""
    X = np.ones((N, plans[0].n_in), np.float32)
    seconds = fastest_times([lambda plan=plan: plan(X) for plan in plans])
    return plans[int((seconds <= MARGIN * seconds.min()).argmax())]


def fastest_times(functions):
    """Seconds of each function's fastest call.  Shapes: functions list of F -> (F,)

    They take turns, so that a pause of the machine hits all alike; the minimum has no pauses.
    Before each the near caches are emptied, as they are when a program does something else
    between two batches: weights kept warm would favour dense.
    """
    elsewhere = np.zeros(ELSEWHERE, np.uint8)
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
