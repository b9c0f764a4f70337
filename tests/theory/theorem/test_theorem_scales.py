"""Unit scales: the prediction for scaled units, and the measures of spread."""

import math

import numpy as np
import pytest
from scipy import special

from npprune.theory.theorem.distances import layer_distances, sort_layer
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.rates import normal_gap, rate
from npprune.theory.theorem.scales import (
    independent_spread,
    log_norm_variance,
    scale_model,
    scaled_distances,
    unit_spread,
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
    found = scale_model(W, sort_layer(W), 2).distances(2, 0.7) - OFFSET
    assert found == pytest.approx(observed, rel=0.03)
    dead = np.concatenate([W, np.zeros((200, 3), np.float32)], axis=1)
    again = scale_model(dead, sort_layer(dead), 2).distances(2, 0.7) - OFFSET
    assert again == pytest.approx(found, rel=1e-6)


def test_independent_spread_of_log_norms():
    assert independent_spread(LAWS["gaussian"], 2, 784) == pytest.approx(1 / (2 * 784))
    rng = np.random.default_rng(12)
    for name, p in (("gaussian", 2), ("uniform", 1), ("laplace", 1)):
        W = LAWS[name].sample(rng, (100, 10_000))
        spread = unit_spread(sort_layer(W), p)
        predicted = independent_spread(LAWS[name], p, 100)
        # The variance of 10,000 logarithms has relative error 1.4 %; the delta method 1 to 3 %.
        assert spread.log_variance == pytest.approx(predicted, rel=0.07)
        assert spread.independent == pytest.approx(predicted, rel=0.05)
        assert spread.effective_fan_in == pytest.approx(100, rel=0.1)
        assert spread.eta_squared == pytest.approx(1 / 100, rel=0.05)
        assert spread.design_effect == pytest.approx(1, rel=0.05)
        assert spread.dead == 0


def test_scales_show_in_the_effective_fan_in():
    rng = np.random.default_rng(13)
    W = LAWS["gaussian"].sample(rng, (400, 2000)) * even_scales(2000, 0.1)
    spread = unit_spread(sort_layer(W), 2)
    assert spread.log_variance == pytest.approx(0.01 + 1 / 800, rel=0.06)
    assert spread.effective_fan_in == pytest.approx(1 / (2 * spread.log_variance), rel=0.02)
    assert spread.design_effect > 5


def test_spread_by_definition_and_with_dead_units():
    W = np.random.default_rng(14).standard_normal((6, 5))
    W[:, 3] = 0
    spread = unit_spread(sort_layer(W), 2)
    live = np.delete(W, 3, axis=1)
    assert spread.dead == 1
    logs = np.log(np.linalg.norm(live, axis=0))
    assert spread.log_variance == pytest.approx(logs.var(ddof=1), rel=1e-5)
    squares = W**2
    eta = squares.mean(axis=0).var(ddof=1) / squares.var(ddof=1)
    assert spread.eta_squared == pytest.approx(eta, rel=1e-5)
    assert spread.design_effect == pytest.approx(6 * eta, rel=1e-5)
    assert log_norm_variance(np.array([0, 1, math.e])) == pytest.approx(0.5)


def test_tied_norms_have_infinite_effective_fan_in():
    W = np.array([[1, 2, 1], [2, 1, 2]], np.float32)
    spread = unit_spread(sort_layer(W), 2)
    assert spread.log_variance == 0
    assert spread.effective_fan_in == math.inf
