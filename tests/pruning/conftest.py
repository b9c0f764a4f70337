"""What the tests of pruning share."""

import numpy as np
import pytest

from npprune.network.mlp import init_weights
from npprune.pruning import gradual


def double_precision(sizes, rng):
    return [W.astype(np.float64) for W in init_weights(sizes, rng)]


@pytest.fixture
def small():
    """A 12-20-15-10-4 network in float64 and 60 images, one pixel of them dead."""
    rng = np.random.default_rng(5)
    weights, X = double_precision((12, 20, 15, 10, 4), rng), rng.random((60, 12))
    X[:, 3] = 0
    return weights, X


@pytest.fixture
def toy():
    """A 5-7-6-4-3 network in float64, 20 images, labels; no sum is near a kink."""
    rng = np.random.default_rng(3)
    weights = double_precision((5, 7, 6, 4, 3), rng)
    return weights, rng.random((20, 5)), rng.integers(0, 3, 20)


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def often(monkeypatch):
    """Schedules change the masks every 4 steps: 4 or 5 times in an epoch of the tiny data."""
    monkeypatch.setattr(gradual, "EVERY", 4)
