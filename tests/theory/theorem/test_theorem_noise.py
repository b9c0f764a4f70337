"""The noise floor: what random elimination reads, measured on random elimination."""

import math

import numpy as np
import pytest

from npprune.theory.theorem.distances import distances_between, sort_layer
from npprune.theory.theorem.noise import noise_floor


def test_constants():
    floor = noise_floor(100, 50, 0.5)
    size = math.sqrt(100 * 50 / 4)
    assert floor.ks * size == pytest.approx(0.868731, abs=1e-6)
    assert floor.ks_deviation * size == pytest.approx(0.260333, abs=1e-6)
    assert floor.auc_deviation * size == pytest.approx(0.288675, abs=1e-6)
    assert noise_floor(100, 50, 0.5, 2.0).gap_deviation * size == pytest.approx(2)


def test_floor_of_random_elimination():
    """2000 random choices of 120 from 400 units: 4.5 sigma on each mean and deviation."""
    rng = np.random.default_rng(3)
    d, n, k, choices = 50, 400, 0.3, 2000
    picks = np.zeros((choices, n), bool)
    for pick in picks:
        pick[rng.choice(n, round(k * n), replace=False)] = True
    W = rng.random((d, n), dtype=np.float32)
    found, floor = distances_between(sort_layer(W), picks), noise_floor(d, n, k, W.std())
    # The walk has 20,000 steps; its highest point is lower than a bridge's by about 1 %.
    assert found.ks.mean() == pytest.approx(floor.ks, rel=0.04)
    assert found.ks.std() == pytest.approx(floor.ks_deviation, rel=0.08)
    # One layer is fixed here, so its own spread between units moves the deviations by
    # 1/sqrt(2 n) = 3.5 % each, and 2000 choices by another 1.6 %.
    assert found.auc.std() == pytest.approx(floor.auc_deviation, rel=4.5 * 0.039)
    assert found.gap.std() == pytest.approx(floor.gap_deviation, rel=4.5 * 0.039)
    assert abs(found.auc.mean() - 0.5) < 4.5 * floor.auc_deviation / math.sqrt(choices)
