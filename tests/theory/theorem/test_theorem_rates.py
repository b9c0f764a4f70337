"""The rate and its constants: exact distances tend to them, and to no others."""

import math

import numpy as np
import pytest
from sampling import SIGMAS, above_chance, mean_and_error

from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.rates import infinity_norm, normal_gap, rate


def test_normal_gap_values_and_symmetry():
    fractions = (0.5, 0.25, 0.1, 0.05, 0.03, 0.01)
    found = [normal_gap(k) for k in fractions]
    assert found == pytest.approx([1.595769, 1.694832, 1.949982, 2.171, 2.338, 2.692], abs=5e-4)
    assert found == pytest.approx([normal_gap(1 - k) for k in fractions], rel=1e-12)
    # Two units: V is Beta(1, 1), and E phi(z(V)) = integral phi^2 = 1 / (2 sqrt(pi)).
    assert normal_gap(0.5, 2) == pytest.approx(4 / (2 * math.sqrt(math.pi)), rel=1e-6)


@pytest.mark.parametrize(("n", "removed"), [(2, 1), (5, 1), (50, 49), (400, 2)])
def test_gap_of_few_units_is_that_of_their_normal_scores(n, removed):
    scores = np.sort(np.random.default_rng(1).standard_normal((8_000_000 // n, n)))
    gaps = scores[:, removed:].mean(axis=1) - scores[:, :removed].mean(axis=1)
    mean, error = mean_and_error(gaps)
    assert abs(mean - normal_gap(removed / n, n)) < SIGMAS * error < 0.01 * mean


# Laplace p = 4 is left out: E Y^3 / sigma^3 is so large that d = 1024 is still 10 % off its limit.
CASES = [(name, p) for name in LAWS for p in (1, 2, 4) if (name, p) != ("laplace", 4)]


@pytest.mark.parametrize(("name", "p"), CASES)
def test_exact_distances_reach_the_rate_and_no_rate_two_per_cent_off(name, p):
    """At k = 1/2 the first correction is of relative order 1/d; it is extrapolated away."""
    law = LAWS[name]
    near, far = (above_chance(expected_distances(law, p, d, 0.5)) for d in (512, 1024))
    limit = 2 * far - near * math.sqrt(512 / 1024)
    ratio = limit / above_chance(rate(law, p, 1024, 0.5))
    assert ratio == pytest.approx(1, abs=0.002)
    for wrong in (0.98, 1.02):
        assert np.all(np.abs(ratio / wrong - 1) > 0.002)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_infinity_norm_equals_quadrature_for_every_law(law, k):
    for d in (1, 2, 16, 784):
        formula = infinity_norm(law, d, k)
        assert expected_distances(law, math.inf, d, k) == pytest.approx(formula, rel=1e-6)
        assert rate(law, math.inf, d, k) == formula
        assert formula.ks == pytest.approx((1 - k ** (1 / d)) / (1 - k), rel=1e-9)
    limit = math.log(1 / k) / (1 - k)
    assert 1e6 * infinity_norm(law, 10**6, k).ks == pytest.approx(limit, rel=1e-5)
