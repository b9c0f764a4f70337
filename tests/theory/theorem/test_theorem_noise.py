"""The noise floor: what random elimination reads, measured on random elimination."""

import math

import numpy as np
import pytest
from sampling import SIGMAS

from npprune.theory.theorem.distances import distances_between, layer_distances, sort_layer
from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.noise import excess, noise_floor


def test_constants():
    """Kolmogorov's, and from his table: 5 % beyond 1.3581, 1 % beyond 1.6276."""
    size = math.sqrt(100 * 50 / 4)
    floor = np.array(noise_floor(100, 50, 0.5, 2.0)) * size
    assert floor == pytest.approx([0.868731, 0.260333, 0.288675, 2], abs=1e-6)
    assert noise_floor(100, 50, 0.5).gap_deviation * size == pytest.approx(1)
    assert excess(100, 50, 0.5) * size == pytest.approx(1.3581, abs=1e-4)
    assert excess(100, 50, 0.5, 0.01) * size == pytest.approx(1.6276, abs=1e-4)


def test_floor_of_random_elimination():
    """2000 random choices of 120 from 400 units: 4.5 sigma on each mean and deviation."""
    rng = np.random.default_rng(3)
    d, n, k, choices = 50, 400, 0.3, 2000
    picks = rng.permuted(np.tile(np.arange(n) < round(k * n), (choices, 1)), axis=1)
    W = rng.random((d, n), dtype=np.float32)
    found, floor = distances_between(sort_layer(W), picks), noise_floor(d, n, k, W.std())
    # The walk has 20,000 steps; its highest point is lower than a bridge's by about 1 %.
    assert found.ks.mean() == pytest.approx(floor.ks, rel=0.04)
    assert found.ks.std() == pytest.approx(floor.ks_deviation, rel=0.08)
    # One layer is fixed here, so its own spread between units moves the deviations by
    # 1/sqrt(2 n) = 3.5 % each, and 2000 choices by another 1.6 %.
    assert found.auc.std() == pytest.approx(floor.auc_deviation, rel=SIGMAS * 0.039)
    assert found.gap.std() == pytest.approx(floor.gap_deviation, rel=SIGMAS * 0.039)
    assert abs(found.auc.mean() - 0.5) < SIGMAS * floor.auc_deviation / math.sqrt(choices)


@pytest.mark.parametrize(
    ("n", "d", "k"), [(2, 100, 0.5), (10, 64, 0.5), (20, 16, 0.1), (60, 50, 0.9)]
)
def test_one_layer_exceeds_the_expected_ks_by_no_more_than_noise(n, d, k):
    """Most layers do exceed it; their mean by less than the floor, few of them by the excess."""
    law, rng = LAWS["gaussian"], np.random.default_rng(4)
    expected = expected_distances(law, 2, d, k, n).ks
    layers = (law.sample(rng, (d, n)) for _ in range(800))
    drawn = np.array([layer_distances(W, [2], [k]).ks.item() for W in layers])
    assert np.mean(drawn > expected) > 0.7
    assert 0.2 < (drawn.mean() - expected) / noise_floor(d, n, k).ks < 1
    for chance in (0.05, 0.5):
        assert np.mean(drawn > expected + excess(d, n, k, chance)) < chance
