"""The three nulls: what each keeps, what each destroys, and the level of the tests."""

import math

import numpy as np
import pytest
from sampling import SIGMAS

from npprune.theory.theorem import nulls
from npprune.theory.theorem.distances import layer_distances, unit_norms
from npprune.theory.theorem.scales import log_norm_variance


def layer(seed, d=40, n=60, tau=0.0):
    rng = np.random.default_rng(seed)
    scale = np.exp(tau * rng.standard_normal(n))
    return (rng.standard_normal((d, n)) * scale).astype(np.float32)


@pytest.mark.parametrize("shuffle", [nulls.shuffled_entries, nulls.shuffled_inputs])
def test_shuffles_keep_all_magnitudes_and_the_size_of_units(shuffle):
    W = layer(1)
    drawn = shuffle(W)(np.random.default_rng(2))
    assert np.array_equal(drawn.values, np.sort(np.abs(W), axis=None))
    assert np.all(np.bincount(drawn.units) == 40)


def test_shuffling_inputs_keeps_each_input():
    """With one distinct range of magnitudes an input, every unit gets one of each."""
    W = (np.random.default_rng(3).random((7, 9)) + 2 * np.arange(7)[:, None]).astype(np.float32)
    drawn = nulls.shuffled_inputs(W)(np.random.default_rng(4))
    of_inputs = np.sort(drawn.units.reshape(7, 9), axis=1)
    assert np.array_equal(of_inputs, np.tile(np.arange(9), (7, 1)))


@pytest.mark.parametrize("shuffle", [nulls.shuffled_entries, nulls.shuffled_inputs])
def test_each_position_gets_each_unit_equally_often(shuffle):
    """2 inputs x 3 units, 6000 draws: 4.5 sigma on every count."""
    draw, rng = shuffle(np.arange(1, 7, dtype=np.float32).reshape(2, 3)), np.random.default_rng(5)
    units = np.array([draw(rng).units for _ in range(6000)])
    counts = np.array([np.bincount(column, minlength=3) for column in units.T])
    assert np.all(np.abs(counts - 2000) < SIGMAS * math.sqrt(6000 * 2 / 9))


def test_scales_null_keeps_the_spread_of_norms():
    W = layer(6, d=100, n=200, tau=0.2)
    observed = log_norm_variance(np.linalg.norm(W, axis=0))
    draw, rng = nulls.shuffled_scales(W), np.random.default_rng(7)
    spreads = [log_norm_variance(unit_norms(draw(rng), 2)) for _ in range(20)]
    assert np.mean(spreads) == pytest.approx(observed, rel=0.03)


def test_scales_null_explains_scaled_units_and_the_others_do_not():
    W, rng = layer(8, d=200, n=300, tau=0.15), np.random.default_rng(9)
    observed = layer_distances(W, [2], [0.5]).auc
    drawn = {name: nulls.null_distances(W, name, [2], [0.5], 60, rng).auc for name in nulls.NULLS}
    p = {name: nulls.p_value(observed, auc).item() for name, auc in drawn.items()}
    assert p["entries"] == p["inputs"] == pytest.approx(1 / 61)
    assert p["scales"] > 1 / 61
    assert drawn["scales"].mean() - 0.5 == pytest.approx(observed.item() - 0.5, rel=0.04)


@pytest.mark.parametrize("null", ["entries", "inputs"])
def test_p_values_are_uniform_for_independent_weights(null):
    """150 independent layers, 19 draws: the share with p <= .2 is .2 within 4.5 sigma."""
    rng = np.random.default_rng(10)
    small = 0
    for seed in range(150):
        W = layer(100 + seed, d=8, n=12)
        found = nulls.null_distances(W, null, [2], [0.5], 19, rng)
        small += nulls.p_value(layer_distances(W, [2], [0.5]).auc, found.auc).item() <= 0.2
    assert abs(small / 150 - 0.2) < SIGMAS * math.sqrt(0.2 * 0.8 / 150)


def test_p_value_counts_ties_and_is_never_zero():
    null = np.array([[0.1], [0.2], [0.2], [0.3]])
    assert nulls.p_value(np.array([0.2]), null) == pytest.approx([4 / 5])
    assert nulls.p_value(np.array([0.9]), null) == pytest.approx([1 / 5])


def test_each_draw_has_one_entry_a_norm_and_fraction():
    rng = np.random.default_rng(12)
    found = nulls.null_distances(layer(11), "entries", [1, 2, math.inf], [0.3, 0.6], 4, rng)
    assert found.ks.shape == (4, 3, 2)


def test_dead_units_stay_dead_among_scales():
    W = layer(13)
    W[:, [4, 20]] = 0
    norms = unit_norms(nulls.shuffled_scales(W)(np.random.default_rng(14)), 2)
    assert np.flatnonzero(norms == 0).tolist() == [4, 20]
    assert np.isfinite(norms).all()


@pytest.mark.parametrize("null", nulls.NULLS)
def test_constant_layer_is_no_different_from_any_shuffle(null):
    W = np.full((6, 8), 0.5, np.float32)
    found = nulls.null_distances(W, null, [2], [0.5], 5, np.random.default_rng(16))
    assert np.all(found.ks == 0)
    assert nulls.p_value(layer_distances(W, [2], [0.5]).ks, found.ks).item() == 1
