"""Chance against theory.  Every check is a z-test at 4.5 sigma with a fixed seed.

Under the truth one such check fails with probability 7e-6.  Its companion shows that the same
check, with the same draws, rejects the constant made 2 % larger or smaller.
"""

import math

import numpy as np
import pytest
from sampling import SIGMAS, above_chance, mean_and_error

from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.montecarlo import loglog_slope, simulate


# To about 0.3 % in so many draws, however many units the layers have.
@pytest.mark.parametrize(
    ("name", "d", "p", "k", "n", "draws"),
    [
        ("gaussian", 16, 2, 0.5, 500, 800),
        ("gaussian", 16, 1, 0.5, 500, 800),
        ("uniform", 16, 2, 0.5, 500, 800),
        ("laplace", 16, 1, 0.9, 500, 800),
        ("uniform", 16, math.inf, 0.5, 500, 800),
        ("gaussian", 32, 2, 0.5, 50, 2000),
        ("gaussian", 32, 2, 0.5, 2000, 50),
    ],
)
def test_simulation_meets_the_exact_value_and_rejects_two_per_cent(name, d, p, k, n, draws):
    drawn = simulate(LAWS[name], p, d, n, [k], draws, np.random.default_rng(21))
    mean, error = mean_and_error(above_chance(drawn)[..., 0].T)
    exact = above_chance(expected_distances(LAWS[name], p, d, k, n))
    assert np.all(np.abs(mean - exact) < SIGMAS * error)
    for wrong in (0.98, 1.02):
        assert np.any(np.abs(mean - wrong * exact) > SIGMAS * error)


def test_slope_and_its_interval_are_those_of_weighted_least_squares():
    d = np.array([16, 64, 256, 1024])
    means, errors = np.array([0.2, 0.11, 0.04, 0.03]), np.array([0.01, 0.002, 0.003, 0.001])
    fitted, covariance = np.polyfit(np.log(d), np.log(means), 1, w=means / errors, cov="unscaled")
    half_width = 1.959964 * math.sqrt(covariance[0, 0])
    assert loglog_slope(d, means, errors) == pytest.approx((fitted[0], half_width), rel=1e-6)
    assert loglog_slope(d, 3 / np.sqrt(d), 0.1 / d).slope == pytest.approx(-0.5, rel=1e-12)
