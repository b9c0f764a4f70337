"""Unit scales: the prediction for scaled units, and the measures of spread."""

import math

import numpy as np
import pytest
from sampling import SIGMAS, above_chance, even_scales, mean_and_error

from npprune.theory.theorem import scales
from npprune.theory.theorem.distances import layer_distances, sort_layer, unit_norms
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.rates import normal_gap, rate


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_without_scales_it_is_the_theorem(law, p, k):
    found = above_chance(scales.scaled_distances(law, p, 300, k, 0.0))
    assert found == pytest.approx(above_chance(rate(law, p, 300, k)), rel=2e-3)


@pytest.mark.parametrize("tau", [0.1, 0.4])
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_prediction_for_scaled_units(law, tau):
    """Within 4.5 standard errors, plus 1.5 % for what the prediction leaves out.

    Twenty layers of 300 units at even scales.  A prediction 10 % off is told apart, as small-tau
    linearisation without the pooled density would be at tau = .4.
    """
    rng = np.random.default_rng(11)
    scale = even_scales(300, tau).astype(np.float32)
    layers = (law.sample(rng, (200, 300)) * scale for _ in range(20))
    drawn = [above_chance(layer_distances(W, [2], [0.5])).ravel() for W in layers]
    mean, error = mean_and_error(drawn)
    predicted = above_chance(scales.scaled_distances(law, 2, 200, 0.5, tau))
    allowed = SIGMAS * error + 0.015 * predicted
    assert np.all(np.abs(mean - predicted) < allowed)
    assert np.any(np.abs(mean - 1.1 * predicted) > allowed)


def test_scaled_part_does_not_fall_with_fan_in():
    law = LAWS["gaussian"]
    narrow, wide = (scales.scaled_distances(law, 2, d, 0.5, 0.1).ks for d in (10**4, 10**6))
    assert wide == pytest.approx(narrow, rel=0.01)
    # The limit A tau sup x f(x), with f spread a little by the scales themselves.
    assert wide == pytest.approx(normal_gap(0.5) * 0.1 * 0.4839, rel=0.02)


def test_prediction_from_a_layer_alone():
    """The layer's law and scales are not given here, only its weights; dead units drop out."""
    law, rng = LAWS["uniform"], np.random.default_rng(15)
    W = law.sample(rng, (200, 400)) * even_scales(400, 0.3).astype(np.float32)
    observed = above_chance(layer_distances(W, [2], [0.7])).ravel()
    dead = np.concatenate([W, np.zeros((200, 3), np.float32)], axis=1)
    for whole in (W, dead):
        own, tau = scales.unit_scales(whole, sort_layer(whole), 2)
        assert tau == pytest.approx(0.3, rel=0.02)
        found = above_chance(scales.scaled_distances(own, 2, 200, 0.7, tau))
        assert found == pytest.approx(observed, rel=0.03)


@pytest.mark.parametrize(("name", "p"), [("gaussian", 2), ("uniform", 1), ("laplace", 1)])
def test_independent_spread_of_log_norms(name, p):
    W = LAWS[name].sample(np.random.default_rng(12), (100, 10_000))
    predicted = scales.independent_spread(LAWS[name], p, 100)
    layer = sort_layer(W)
    # The variance of 10,000 logarithms has relative error 1.4 %; the delta method 1 to 3 %.
    assert scales.log_norm_variance(unit_norms(layer, p)) == pytest.approx(predicted, rel=0.05)
    _, tau = scales.unit_scales(W, layer, p)
    assert tau**2 < 0.07 * predicted


def test_spreads_by_their_definition():
    assert scales.independent_spread(LAWS["gaussian"], 2, 784) == pytest.approx(1 / (2 * 784))
    assert scales.log_norm_variance(np.array([0, 1, math.e])) == pytest.approx(0.5)
    same = np.array([[1, 2, 1], [2, 1, 2]], np.float32)
    assert scales.unit_scales(same, sort_layer(same), 2)[1] == 0
