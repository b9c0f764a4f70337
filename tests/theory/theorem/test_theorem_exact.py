"""Exact references: against identities, adaptive quadrature and each other."""

import copy
import math

import numpy as np
import pytest
from sampling import above_chance
from scipy import integrate, stats

from npprune.theory.theorem.exact import crossing, expected_distances, removal
from npprune.theory.theorem.laws import LAWS


@pytest.mark.parametrize("d", [2, 5, 100, 784])
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_gaussian_distances_equal_adaptive_quadrature(d, k):
    threshold = stats.chi2(d).ppf(k)
    rest = stats.chi2(d - 1)

    def excess(m):
        return (rest.cdf(threshold - m * m) - k) * 2 * stats.norm.pdf(m)

    def integral(function):
        kink = min(math.sqrt(threshold), 12)
        return integrate.quad(function, 0, 12, points=[kink], epsabs=1e-12, limit=300)[0]

    tv = integral(lambda m: abs(excess(m))) / 2
    auc = -integral(lambda m: excess(m) * math.erf(m / math.sqrt(2)))
    gap = -integral(lambda m: excess(m) * m)
    found = above_chance(expected_distances(LAWS["gaussian"], 2, d, k))
    assert found == pytest.approx(np.array([tv, auc, gap]) / (k * (1 - k)), abs=1e-6)
    # The gap of w^2 by (1) is a chi-square density with d + 2 degrees of freedom.
    square = -integral(lambda m: excess(m) * m * m)
    assert square == pytest.approx(2 * stats.chi2(d + 2).pdf(threshold), abs=1e-9)


@pytest.mark.parametrize(("name", "p"), [("gaussian", 2), ("laplace", 1)])
def test_lattice_agrees_with_the_closed_forms(name, p):
    """A law under another name is not recognised, and goes through the lattice."""
    lattice = copy.copy(LAWS[name])
    lattice.name = "renamed"
    for d, tolerance in ((2, 3e-5), (4, 1e-5), (64, 1e-5), (784, 2e-5), (4096, 2e-4)):
        for k in (0.1, 0.9):
            exact, found = (
                above_chance(expected_distances(law, p, d, k)) for law in (LAWS[name], lattice)
            )
            assert found == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_weight_pruning_is_fan_in_one(law, p):
    """Eliminated below the k-quantile, surviving above: KS = AUC = 1 whatever the norm."""
    below = float(law.partial_moment(1, law.quantile(0.3)))
    gap = (law.moment(1) - below) / 0.7 - below / 0.3
    assert expected_distances(law, p, 1, 0.3) == pytest.approx((1, 1, gap), rel=1e-6)


def test_two_units_exactly():
    """n = 2, d = 1: the smaller of two uniforms has mean 1/3, the larger 2/3, and AUC is 5/6."""
    found = expected_distances(LAWS["uniform"], 2, 1, 0.5, 2)
    # R = 1 - (1-x)^2 and S = x^2, so R - S = 2 x (1 - x), at most 1/2.
    assert found == pytest.approx((1 / 2, 5 / 6, 1 / 3), abs=1e-3)


def test_elimination_falls_below_k_at_the_crossing_near_the_mean():
    law, peak = LAWS["gaussian"], crossing(LAWS["gaussian"], 2, 100, 0.3)
    m = np.array([[0, peak - 0.01, peak, peak + 0.01, 4]])
    chances = removal(law, 2, 100, np.array([0.3])).chance(m)[0]
    assert np.all(np.diff(chances) < 0)
    assert chances[2] == pytest.approx(0.3, abs=1e-9)
    assert peak == pytest.approx(1, abs=0.02)
