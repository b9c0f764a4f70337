"""Inputs that every benchmark shares: seeded, of the network's real size, no data set needed.

Dense products run on BLAS's threads and sparse ones on none of their own, so BLAS gets one thread,
too: times of one thread can be compared, and say which format does less work.  BLAS is told when it
is loaded, with NumPy, and never again; so it is told here, before anything imports NumPy.
"""

import os
import sys

import pytest

from npprune.threads import VARIABLES

TOLD = "numpy" not in sys.modules or all(os.environ.get(name) == "1" for name in VARIABLES)
os.environ.update(dict.fromkeys(VARIABLES, "1"))
THREADS = f"1, dense and sparse alike ({VARIABLES[0]}=1)"

import numpy as np  # noqa: E402

from npprune.network.mlp import HIDDEN, init_weights  # noqa: E402
from npprune.pruning.masks import prune  # noqa: E402

SIZES = (784, *HIDDEN, 10)


def pytest_configure(config):
    """Refuse to time dense products on threads that sparse ones do not have."""
    measured = not (config.getoption("benchmark_disable", False) or config.option.collectonly)
    if measured and not TOLD:
        raise pytest.UsageError(
            "NumPy was imported before the benchmarks, with threads of its own: run pytest on "
            f"benchmarks/ alone, or start it with {VARIABLES[0]}=1 and the like"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Say above the tables how many threads are compared."""
    terminalreporter.write_line(f"\nthreads: {THREADS}")


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config, machine_info):
    """Save it beside the times, so that a comparison with others of another number is noticed."""
    machine_info["threads"] = THREADS


@pytest.fixture(scope="session")
def weights():
    """An untrained network whose units differ in scale, as those of a trained one do.

    Times of most formats depend only on how many weights are left; "auto" also uses where they
    stand (npprune/inference/core.py), and equal units would leave them everywhere alike.
    """
    rng = np.random.default_rng(0)
    return [W * units(rng, len(W), 1) * units(rng, W.shape[1]) for W in init_weights(SIZES, rng)]


def units(rng, *shape):
    """Scales of units, float32, spread so that pruning leaves rows about as uneven as on MNIST."""
    return rng.lognormal(0, 0.2, shape).astype(np.float32)


@pytest.fixture(scope="session")
def pruned(weights):
    """Return the network pruned, made once for each kind and sparsity."""
    made = {}

    def get(kind, k):
        if (kind, k) not in made:
            made[kind, k] = prune(weights, k, kind)
        return made[kind, k]

    return get


@pytest.fixture(scope="session")
def batch_of():
    """Return a batch of made-up images, a fifth of the pixels lit as in MNIST."""

    def make(N):
        rng = np.random.default_rng(1)
        return rng.random((N, 784), np.float32) * (rng.random((N, 784)) < 0.2)

    return make
