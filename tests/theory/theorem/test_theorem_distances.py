"""Distances in one layer: every number against its definition, ties included."""

import math

import numpy as np
import pytest
from sampling import small_layers
from scipy import stats

from npprune.pruning.masks import unit_mask
from npprune.theory.theorem import distances


def normal(seed, shape):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("W", small_layers())
def test_distances_equal_their_definitions(W):
    rng = np.random.default_rng(2)
    layer, magnitudes = distances.sort_layer(W), np.abs(W).astype(np.float64)
    for _ in range(20):
        removed = rng.permutation(W.shape[1]) < rng.integers(1, W.shape[1])
        low, high = magnitudes[:, removed].ravel(), magnitudes[:, ~removed].ravel()
        ks = stats.ks_2samp(low, high, method="asymp")
        wins = np.sign(high[:, None] - low[None, :])
        found = distances.distances_between(layer, removed[None])
        assert found.ks[0] == pytest.approx(ks.statistic, abs=1e-12)
        assert found.auc[0] == pytest.approx(0.5 + wins.mean() / 2, abs=1e-12)
        assert found.gap[0] == pytest.approx(high.mean() - low.mean(), abs=1e-6)


@pytest.mark.parametrize("shape", [(100, 80), (2, 100_000)])  # whole numbers below and above 2^31
def test_ks_agrees_with_scipy_on_a_large_layer(shape):
    W = normal(3, shape)
    removed = distances.smallest_units(distances.unit_norms(distances.sort_layer(W), 2), 0.4)
    ours = distances.kolmogorov_smirnov(distances.sort_layer(W), removed)
    scipys = stats.ks_2samp(np.abs(W[:, removed]).ravel(), np.abs(W[:, ~removed]).ravel())
    assert ours == pytest.approx(scipys.statistic, abs=1e-12)


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, 4, math.inf])
def test_unit_norms(p):
    W = normal(5, (11, 6))
    W[:, 2] = 0
    expected = np.abs(W).max(axis=0) if math.isinf(p) else (np.abs(W) ** p).sum(axis=0) ** (1 / p)
    assert distances.unit_norms(distances.sort_layer(W), p) == pytest.approx(expected, rel=1e-5)


def test_choice_of_units_is_that_of_unit_pruning():
    W = normal(6, (40, 25))
    norms = distances.unit_norms(distances.sort_layer(W), 2)
    for k in (0.1, 0.5, 0.9):
        assert np.array_equal(~unit_mask(W, k)[0], distances.smallest_units(norms, k))


def test_layer_distances_have_one_entry_a_norm_and_fraction():
    W = normal(7, (30, 50))
    found = distances.layer_distances(W, [1, 2, math.inf], [0.2, 0.8])
    assert found.ks.shape == found.auc.shape == found.gap.shape == (3, 2)
    single = distances.layer_distances(W, [2], [0.8])
    assert [part[1, 1] for part in found] == pytest.approx([part[0, 0] for part in single])


def test_groups_join_weight_pruning_and_unit_pruning():
    W = normal(8, (48, 60))
    alone = distances.group_distances(W, 1, [0.5, 0.9])
    assert [*alone.ks, *alone.auc] == pytest.approx([1] * 4)
    found = distances.group_distances(W, 48, [0.5, 0.9])
    whole = distances.layer_distances(W, [2], [0.5, 0.9])
    assert all((a == b[0]).all() for a, b in zip(found, whole, strict=True))
    ks = [distances.group_distances(W, size, [0.5]).ks[0] for size in (1, 2, 4, 8, 16, 48)]
    assert ks == sorted(ks, reverse=True)
