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

Read next: npprune/studies/records.py.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from npprune.errors import InputError
from npprune.inference.formats import SPARSE, forward, operator
from npprune.pruning.compact import compact

FORMATS = ("dense", *SPARSE, "compact", "auto")
PANEL = 128  # images: a panel's activations (1000 x 128 x 4 bytes) fit the second-level cache
SMALLEST_PANEL = 25  # images: below this a second thread costs more than it brings
TRIALS = 5  # products timed per layer and format for "auto", the fastest one counting


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
        """Images a panel holds: an equal share for each thread, cut to fit the cache if sparse.

        A dense product already works in blocks that fit, so there only the threads count.
        """
        share = max(-(-N // self.threads), SMALLEST_PANEL)
        return share if self.dense else min(share, PANEL)


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
        share = min(-(-batch // threads), PANEL)
        return Plan([fastest_operator(W, share) for W in weights], threads)
    chosen = format if format in SPARSE else "dense"
    hidden = [operator(W, chosen) for W in weights[:-1]]
    return Plan([*hidden, operator(weights[-1], "dense")], threads)


def fastest_operator(W, N):
    """Lay a layer out in whichever of dense, CSR and CSC multiplies N columns soonest.

    Shapes: W (n_in, n_out) -> A (n_out, n_in)

    The contenders take turns, so that a pause of the machine hits all alike; the minimum is the
    time without pauses.
    """
    contenders = [operator(W, format) for format in ("dense", "csr", "csc")]
    H_T = np.random.default_rng(0).random((W.shape[0], N), np.float32)
    best = [np.inf] * len(contenders)
    for _ in range(TRIALS):
        for i, A in enumerate(contenders):
            start = time.perf_counter()
            A @ H_T
            best[i] = min(best[i], time.perf_counter() - start)
    return contenders[int(np.argmin(best))]
