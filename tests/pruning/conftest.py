"""What the tests of pruning share."""

import numpy as np
import pytest

from npprune.network.mlp import init_weights


@pytest.fixture
def small():
    """A 12-20-15-10-4 network in float64 and 60 images, one pixel of them dead."""
    rng = np.random.default_rng(5)
    weights = [W.astype(np.float64) for W in init_weights((12, 20, 15, 10, 4), rng)]
    X = rng.random((60, 12))
    X[:, 3] = 0
    return weights, X
