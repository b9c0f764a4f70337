"""How a network is run: which format each layer gets, how the batch is cut, on how many threads.

A plan is built once and called many times.  The batch is cut into panels that go through all
layers one after the other, so that a panel's activations stay in the cache, and the panels are
shared out over the threads; NumPy's and SciPy's kernels let go of the interpreter while they run,
so Python threads are enough.  Small batches stay in one piece: a thread costs some 50
microseconds to wake.

With format "auto" a short measurement on random activations, made when the plan is built, gives
each layer the fastest format for the batch size at hand.

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
from npprune.inference.formats import SPARSE, forward, operator
from npprune.pruning.compact import compact

FORMATS = ("dense", *SPARSE, "compact", "auto")
PANEL = 128  # images: a panel's activations (1000 x 128 x 4 bytes) fit the second-level cache
SMALLEST_PANEL = 25  # images: below this a second thread costs more than it brings
TRIALS = 7  # passes that "auto" times, the fastest one counting


class Plan:
    """A network ready to run: call it with X (N, n_0) float32 to get logits (N, classes)."""

    def __init__(self, operators, threads=1):
        """Take the operators of all layers, first to last."""
        self.operators, self.threads = operators, threads
        self.dense = all(isinstance(A, np.ndarray) for A in operators)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __call__(self, X):
        """Logits of a batch.

        Shapes: X (N, n_0), any float or integer dtype, float32 without a copy -> (N, classes)
        """
        n_in = self.operators[0].shape[1]
        X = np.asarray(X, self.operators[0].dtype)
        if X.ndim != 2 or X.shape[1] != n_in:
            raise InputError(f"inputs of shape {X.shape}: the network takes (images, {n_in})")
        panel = self._panel(len(X))
        if panel >= len(X):
            return forward(self.operators, X)
        logits = np.empty((len(X), self.operators[-1].shape[0]), X.dtype)

        def run(start):
            logits[start : start + panel] = forward(self.operators, X[start : start + panel])

        starts = range(0, len(X), panel)
        if self._pool is None:
            for start in starts:
                run(start)
        else:
            list(self._pool.map(run, starts))  # list() waits, and raises what a thread raised
        return logits

    def _panel(self, N):
        """Images a panel holds: the same number of panels for each thread, cut to fit the cache.

        A dense product already works in blocks that fit, so there only the threads count.
        """
        rounds = 1 if self.dense or N == 0 else math.ceil(N / (self.threads * PANEL))
        return max(math.ceil(N / (self.threads * rounds)), SMALLEST_PANEL)


def build(weights, format="auto", threads=1, batch=100):
    """Prepare a network for fast inference in one of FORMATS.

    Shapes: weights L arrays (n_{l-1}, n_l), a zero meaning pruned -> callable, X (N, n_0) ->
    logits (N, n_L)

    dense    the matrices as they are, zeros and all
    coo, csr, csc   hidden layers sparse; the output layer, never pruned, stays dense
    compact  dense, after units without incoming or outgoing weights are removed
    auto     units removed, then per layer the fastest format for batches of size `batch`
    Raises InputError for an unknown format or a number of threads below 1.
    """
    if format not in FORMATS:
        raise InputError(f"format {format!r}: give one of {', '.join(FORMATS)}")
    if threads < 1 or batch < 1:
        raise InputError(f"threads {threads}, batch {batch}: give at least 1 of each")
    if format in ("compact", "auto"):
        weights = compact(weights)
    if format == "auto":
        return Plan(fastest_operators(weights, min(math.ceil(batch / threads), PANEL)), threads)
    chosen = format if format in SPARSE else "dense"
    hidden = [operator(W, chosen) for W in weights[:-1]]
    return Plan([*hidden, operator(weights[-1], "dense")], threads)


def fastest_operators(weights, N):
    """Lay a network out, layer by layer, in whichever of dense, CSR and CSC is soonest done.

    Shapes: weights L arrays (n_{l-1}, n_l), N images a batch -> L operators (n_l, n_{l-1})

    A layer is timed as one of a whole network in its format, not over and over by itself: then
    its weights would still be in the cache, which favours dense where in use it waits for memory.
    A mixture of formats may still disappoint, so it has to beat each format used throughout.
    """
    H = [np.ones((N, len(W)), np.float32).T for W in weights[:1]]  # as X.T comes: not contiguous
    H += [np.ones((len(W), N), np.float32) for W in weights[1:]]
    contenders = [[operator(W, format) for W in weights] for format in ("dense", "csr", "csc")]
    products = [
        lambda A=A, H_T=H_T: A @ H_T
        for operators in contenders
        for A, H_T in zip(operators, H, strict=True)
    ]
    seconds = fastest_times(products).reshape(len(contenders), len(weights))
    mixed = [contenders[fastest][l] for l, fastest in enumerate(seconds.argmin(axis=0))]
    contenders.append(mixed)
    whole = [lambda operators=operators: forward(operators, H[0].T) for operators in contenders]
    return contenders[int(fastest_times(whole).argmin())]


def fastest_times(functions):
    """Seconds of each function's fastest call.  Shapes: functions list of F -> (F,)

    They take turns, so that a pause of the machine hits all alike; the minimum has no pauses.
    """
    best = np.full(len(functions), np.inf)
    for _ in range(TRIALS):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best
