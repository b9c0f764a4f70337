"""How a network is run: how the batch is cut, and on how many threads.

The batch is cut into panels that go through all layers one after the other, so that a panel's
activations stay in the cache.  Threads share the panels: NumPy's and SciPy's kernels let go of the
interpreter while they run.

Read next: npprune/inference/core.py.
"""

import functools
import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from npprune.errors import InputError
from npprune.inference.formats import forward

PANEL = 256  # images: two layers' activations (1000 x 256 x 4 bytes each) stay in the caches
LANES = 4  # float32 numbers in a register, as the sparse kernels use it
SMALLEST_PANEL = 24  # images: below this a second thread costs more than it brings


@functools.cache
def _helpers(count, process):
    """Threads shared by a process's plans; a forked child has none of its parent's."""
    return ThreadPoolExecutor(count, "npprune")


class Plan:
    """A network ready to run; `threads` does not count BLAS's own.

    After a product a BLAS thread keeps its core busy for a tenth of a second, so a plan on all
    cores is much slower right after a dense network (20 ms instead of 8).  The cure is to start
    Python with OPENBLAS_NUM_THREADS=1; OPENBLAS_THREAD_TIMEOUT=4 helps in part (12 ms).
    """

    def __init__(self, operators, threads=1):
        self.operators, self.threads = operators, threads
        self.n_in, self.dtype = operators[0].shape[1], operators[0].dtype
        self.dense = all(isinstance(A, np.ndarray) for A in operators)

    def __call__(self, X):
        """Logits of a batch.

        Shapes: X (N, n_0), any float or integer dtype -> (N, classes) in the dtype of the weights

        Raises InputError if that dtype cannot hold X, or X has another shape.
        """
        X = self._as_inputs(X)
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
        running = [self._ask(run) for _ in range(self.threads - 1)]
        run()
        for other in filter(None, running):
            other.result()  # waits, and raises what went wrong there
        return logits

    def _ask(self, run):
        try:
            return _helpers(self.threads - 1, os.getpid()).submit(run)
        except RuntimeError:  # no more threads are allowed, or the interpreter is about to end
            return None

    def _as_inputs(self, X):
        X, dtype = np.asarray(X), self.dtype
        if X.dtype == dtype:
            return X
        if X.dtype.kind not in "biuf":
            raise InputError(f"inputs of type {X.dtype}: give {dtype}")
        try:
            with np.errstate(over="raise"):
                return X.astype(dtype, copy=False)
        except FloatingPointError as error:
            raise InputError(f"inputs of type {X.dtype} that {dtype} cannot hold") from error

    def _panel(self, N):
        """Images a panel: one panel a thread if dense, else as few as keep each within PANEL.

        Rounded up to whole registers, which spares sparse kernels split loads.
        """
        rounds = 1 if self.dense else max(1, math.ceil(N / (self.threads * PANEL)))
        registers = math.ceil(N / (self.threads * rounds * LANES))
        return max(registers * LANES, SMALLEST_PANEL)
