"""Inputs that every benchmark shares: seeded, of the network's real size, no data set needed."""

import numpy as np
import pytest

from npprune.network.mlp import HIDDEN, init_weights
from npprune.pruning.masks import prune

SIZES = (784, *HIDDEN, 10)


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
