"""Unit scales: the prediction for scaled units, and the measures of spread."""

import math

import numpy as np
import pytest
from scipy import special

from npprune.theory.theorem.distances import layer_distances, sort_layer, unit_norms
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.rates import normal_gap, rate
from npprune.theory.theorem.scales import (
    independent_spread,
    log_norm_variance,
    scaled_distances,
    unit_scales,
)

OFFSET = np.array([0, 0.5, 0])


def even_scales(n, tau):
    """Unit scales at even quantiles of their law, so that drawing them adds no noise."""
    normal = special.ndtri((np.arange(n) + 0.5) / n)
    return np.exp(tau * normal / normal.std()).astype(np.float32)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_without_scales_it_is_the_theorem(name, p, k):
    found = scaled_distances(LAWS[name], p, 300, k, 0.0) - OFFSET
    assert found == pytest.approx(np.array(rate(LAWS[name], p, 300, k)) - OFFSET, rel=2e-3)


@pytest.mark.parametrize("tau", [0.1, 0.4])
@pytest.mark.parametrize("name", LAWS)
def test_prediction_for_scaled_units(name, tau):
    """Within 4.5 standard errors, plus 1.5 % for what the prediction leaves out.

    Twenty layers of 300 units at even scales.  A prediction 10 % off is told apart, as small-tau
    linearisation without the pooled density would be at tau = .4.
    """
    law, rng = LAWS[name], np.random.default_rng(11)
    scale = even_scales(300, tau)
    drawn = [layer_distances(law.sample(rng, (200, 300)) * scale, [2], [0.5]) for _ in range(20)]
    drawn = np.array(drawn)[:, :, 0, 0] - OFFSET
    mean, error = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / math.sqrt(20)
    predicted = scaled_distances(law, 2, 200, 0.5, tau) - OFFSET
    allowed = 4.5 * error + 0.015 * predicted
    assert np.all(np.abs(mean - predicted) < allowed)
    assert np.any(np.abs(mean - 1.1 * predicted) > allowed)


def test_scaled_part_does_not_fall_with_fan_in():
    law = LAWS["gaussian"]
    narrow, wide = (scaled_distances(law, 2, d, 0.5, 0.1).ks for d in (10**4, 10**6))
    assert wide == pytest.approx(narrow, rel=0.01)
    # The limit A tau sup x f(x), with f spread a little by the scales themselves.
    assert wide == pytest.approx(normal_gap(0.5) * 0.1 * 0.4839, rel=0.02)


def test_prediction_from_a_layer_alone():
    """The layer's law and scales are not given here, only its weights; dead units drop out."""
    law, rng = LAWS["uniform"], np.random.default_rng(15)
    W = law.sample(rng, (200, 400)) * even_scales(400, 0.3)
    observed = np.array(layer_distances(W, [2], [0.7]))[:, 0, 0] - OFFSET
    dead = np.concatenate([W, np.zeros((200, 3), np.float32)], axis=1)
    for matrix in (W, dead):
        own, tau = unit_scales(matrix, sort_layer(matrix), 2)
        assert tau == pytest.approx(0.3, rel=0.02)
        found = np.array(scaled_distances(own, 2, 200, 0.7, tau)) - OFFSET
        assert found == pytest.approx(observed, rel=0.03)


@pytest.mark.parametrize(("name", "p"), [("gaussian", 2), ("uniform", 1), ("laplace", 1)])
def test_independent_spread_of_log_norms(name, p):
    W = LAWS[name].sample(np.random.default_rng(12), (100, 10_000))
    predicted = independent_spread(LAWS[name], p, 100)
    layer = sort_layer(W)
    # The variance of 10,000 logarithms has relative error 1.4 %; the delta method 1 to 3 %.
    assert log_norm_variance(unit_norms(layer, p)) == pytest.approx(predicted, rel=0.05)
    _, tau = unit_scales(W, layer, p)
    assert tau**2 < 0.07 * predicted


def test_spreads_by_their_definition():
    assert independent_spread(LAWS["gaussian"], 2, 784) == pytest.approx(1 / (2 * 784))
    assert log_norm_variance(np.array([0, 1, math.e])) == pytest.approx(0.5)
    same = np.array([[1, 2, 1], [2, 1, 2]], np.float32)
    assert unit_scales(same, sort_layer(same), 2)[1] == 0
