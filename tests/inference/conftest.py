"""What tests of inference share."""

import numpy as np
import pytest

from npprune.inference import auto
from npprune.network.mlp import init_weights


@pytest.fixture(autouse=True)
def _short_trials(monkeypatch):
    """Plans of format "auto" are tried out for no longer than it takes to be right, not fast."""
    monkeypatch.setattr(auto, "SETTLED", 0)
    monkeypatch.setattr(auto, "TRIALS", 1)


@pytest.fixture(scope="session")
def weights():
    """A 30-40-25-10 network."""
    return init_weights((30, 40, 25, 10), np.random.default_rng(1))
