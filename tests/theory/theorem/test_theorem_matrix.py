"""Bounds on one matrix, against all rules there are; units that differ in scale; the slope."""

import itertools
import math

import numpy as np
import pytest
from sampling import even_scales, small_layers

from npprune.theory.theorem import matrix
from npprune.theory.theorem.bounds import bound
from npprune.theory.theorem.distances import layer_distances
from npprune.theory.theorem.laws import LAWS, Empirical
from npprune.theory.theorem.rates import normal_gap


@pytest.mark.parametrize("W", small_layers())
@pytest.mark.parametrize("removed", [1, 3])
def test_it_is_the_largest_ks_of_all_rules(W, removed):
    n, k, magnitudes = W.shape[1], removed / W.shape[1], np.abs(W)
    shares = np.array([np.mean(magnitudes <= x, axis=0) for x in magnitudes.flat])
    walks = []
    for choice in itertools.combinations(range(n), removed):
        gone = np.isin(np.arange(n), choice)
        walks += [shares[:, gone].mean(axis=1) - shares[:, ~gone].mean(axis=1)]
    (found,) = matrix.matrix_bounds(W, [k])
    up, down = np.max(walks), -np.min(walks)
    assert (found.best, found.reverse) == pytest.approx((up, down), abs=1e-12)
    spread = shares.std(axis=1).max()
    assert found.variance == pytest.approx(spread / math.sqrt(k * (1 - k)), abs=1e-7)
    assert max(found[:2]) <= found.variance + 1e-9


GAUSSIAN_PEAK = math.sqrt(2 / (math.pi * math.e))  # the highest density of ln|g|


def test_peaks_of_log_densities():
    exact = {"gaussian": GAUSSIAN_PEAK, "laplace": 1 / math.e, "uniform": 1}
    for name, peak in exact.items():
        u = LAWS[name].quantile(np.linspace(5e-4, 1 - 1e-9, 2000))
        assert max(u * LAWS[name].pdf(u)) == pytest.approx(peak, abs=1e-5)
        W = LAWS[name].sample(np.random.default_rng(2), (500, 500))
        assert max(Empirical(W).heights) == pytest.approx(peak, rel=0.05)


@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_scale_bound_holds_and_is_the_deviation_of_the_shares(tau):
    """(2) of a drawn layer is 4 % below to 3 % above: at small tau the variances really add up."""
    rng, d, n = np.random.default_rng(3), 400, 2000
    peak = GAUSSIAN_PEAK
    W = rng.standard_normal((d, n)) * even_scales(n, tau)
    variance = matrix.matrix_bounds(W, [0.5])[0].variance
    assert 0.96 < variance / matrix.scale_bound(d, 0.5, peak, tau) < 1.03
    for k in (0.5, 0.9):
        assert layer_distances(W, [2], [k]).ks.item() < matrix.scale_bound(d, k, peak, tau)
    predicted = normal_gap(0.5) * peak * math.sqrt(tau**2 + 1 / (2 * d))
    assert layer_distances(W, [2], [0.5]).ks.item() == pytest.approx(predicted, rel=0.03)


def test_scale_bound_at_its_ends():
    assert matrix.scale_bound(100, 0.3, 0.5, 0) == bound(100, 0.3)
    assert matrix.scale_bound(10**9, 0.5, 1, 0.2) == pytest.approx(0.4)
    assert matrix.scale_bound(10, 0.5, 1, 5) == 1


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_slope_distances_by_their_definition(p):
    W = np.random.default_rng(4).standard_normal((12, 40)) * even_scales(40, 0.4)
    W = W.astype(np.float32)
    logs, magnitudes = np.log(np.linalg.norm(W, p, axis=0)), np.abs(W)
    gone = np.argsort(np.argsort(logs)) < 12
    ranks = np.argsort(np.argsort(magnitudes, axis=None)).reshape(W.shape) + 0.5

    def change(shares):
        """From the eliminated to the surviving units, along the line."""
        return (logs[~gone].mean() - logs[gone].mean()) * np.polyfit(logs, shares, 1)[0]

    walk = [change(np.mean(magnitudes <= x, axis=0)) for x in magnitudes.flat]
    auc, gap = 0.5 + change(ranks.mean(axis=0) / W.size), change(magnitudes.mean(axis=0))
    found = matrix.slope_distances(matrix.sort_live(W), p, 0.3)
    assert found == pytest.approx((np.abs(walk).max(), auc, gap), rel=1e-4)
    dead = np.concatenate([W, np.zeros((12, 3), np.float32)], axis=1)
    assert matrix.slope_distances(matrix.sort_live(dead), p, 0.3) == pytest.approx(found)
