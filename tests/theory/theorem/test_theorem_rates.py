"""The rate and its constants: exact distances tend to them, and to no others."""

import math

import numpy as np
import pytest

from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.rates import infinity_norm, normal_gap, rate


@pytest.mark.parametrize(
    ("k", "value"),
    [
        (0.5, 1.595769),
        (0.25, 1.694832),
        (0.1, 1.949982),
        (0.05, 2.171),
        (0.03, 2.338),
        (0.01, 2.692),
    ],
)
def test_normal_gap_values_and_symmetry(k, value):
    assert normal_gap(k) == pytest.approx(value, abs=5e-4)
    assert normal_gap(k) == pytest.approx(normal_gap(1 - k), rel=1e-12)


def test_normal_gap_is_the_gap_between_two_means():
    rng = np.random.default_rng(0)
    x = np.sort(rng.standard_normal(400_000))
    gap = x[100_000:].mean() - x[:100_000].mean()
    assert gap == pytest.approx(normal_gap(0.25), rel=0.01)


def test_finite_number_of_units_lowers_the_gap_by_one_over_n():
    for n in (100, 400, 1600):
        lost = 1 - normal_gap(0.5, n) / normal_gap(0.5)
        assert lost * n == pytest.approx(math.pi / 4, rel=0.02)
    # n = 2: V is Beta(1, 1), and E phi(z(V)) = integral phi^2 = 1 / (2 sqrt(pi)).
    assert normal_gap(0.5, 2) == pytest.approx(4 / (2 * math.sqrt(math.pi)), rel=1e-6)


@pytest.mark.parametrize(("n", "removed"), [(2, 1), (5, 1), (50, 49), (400, 2)])
def test_gap_of_few_units_is_that_of_their_normal_scores(n, removed):
    scores = np.sort(np.random.default_rng(1).standard_normal((8_000_000 // n, n)))
    gaps = scores[:, removed:].mean(axis=1) - scores[:, :removed].mean(axis=1)
    error = gaps.std() / math.sqrt(len(gaps))
    assert abs(gaps.mean() - normal_gap(removed / n, n)) < 4.5 * error < 0.01 * gaps.mean()


# Laplace p = 4 is left out: E Y^3 / sigma^3 is so large that d = 1024 is still 10 % off its limit.
CASES = [(name, p) for name in LAWS for p in (1, 2, 4) if (name, p) != ("laplace", 4)]


@pytest.mark.parametrize(("name", "p"), CASES)
def test_exact_distances_reach_the_rate_and_no_rate_two_per_cent_off(name, p):
    """At k = 1/2 the first correction is of relative order 1/d; it is extrapolated away."""
    law = LAWS[name]
    near, far = (np.array(expected_distances(law, p, d, 0.5)) - (0, 0.5, 0) for d in (512, 1024))
    limit = 2 * far - near * math.sqrt(512 / 1024)
    ratio = limit / (np.array(rate(law, p, 1024, 0.5)) - (0, 0.5, 0))
    assert ratio == pytest.approx(1, abs=0.002)
    for wrong in (0.98, 1.02):
        assert np.all(np.abs(ratio / wrong - 1) > 0.002)


def test_correction_carries_the_factor_z():
    """d (exact - rate) tends to 0 at k = 1/2 and to a constant elsewhere."""
    law = LAWS["gaussian"]

    def correction(k, d):
        return d * (expected_distances(law, 2, d, k).ks - rate(law, 2, d, k).ks)

    assert correction(0.5, 6400) == pytest.approx(correction(0.5, 1600) / 2, rel=0.02)
    assert correction(0.9, 6400) == pytest.approx(correction(0.9, 1600), rel=0.05)
    assert abs(correction(0.9, 6400)) > 0.1


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_infinity_norm_equals_quadrature_for_every_law(name, k):
    for d in (1, 2, 16, 784):
        formula = infinity_norm(LAWS[name], d, k)
        assert expected_distances(LAWS[name], math.inf, d, k) == pytest.approx(formula, rel=1e-6)
        assert formula.ks == pytest.approx((1 - k ** (1 / d)) / (1 - k), rel=1e-9)
    limit = math.log(1 / k) / (1 - k)
    assert 1e6 * infinity_norm(LAWS[name], 10**6, k).ks == pytest.approx(limit, rel=1e-5)


def test_infinity_norm_gap_of_uniform_weights():
    q = 0.5 ** (1 / 16)
    assert infinity_norm(LAWS["uniform"], 16, 0.5).gap == pytest.approx(1 - q, rel=1e-9)


def test_slopes_of_the_prediction():
    law = LAWS["gaussian"]
    slopes = [
        math.log(rate(law, p, 4096, 0.5).ks / rate(law, p, 64, 0.5).ks) / math.log(64)
        for p in (2, math.inf)
    ]
    assert slopes == pytest.approx([-0.5, -1], abs=0.002)
