"""Chance against theory.  Every check is a z-test at 4.5 sigma with a fixed seed.

Under the truth one such check fails with probability 7e-6.  Its companion shows that the same
check, with the same draws, rejects the constant made 2 % larger or smaller.
"""

import math

import numpy as np
import pytest

from npprune.theory.theorem.distances import layer_distances
from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.montecarlo import loglog_slope, simulate

OFFSET = np.array([0, 0.5, 0])
SIGMAS = 4.5


def mean_and_error(drawn):
    """Shapes: Distances of (draws, 1) arrays -> KS, AUC - 1/2, gap: means (3,), errors (3,)"""
    drawn = np.reshape(drawn, (3, -1))
    return drawn.mean(axis=1) - OFFSET, drawn.std(axis=1, ddof=1) / math.sqrt(drawn.shape[1])


# (law, d, p, k): the exact distances at n = 500 units, to about 0.3 % in 800 draws.
SHARP = [
    ("gaussian", 16, 2, 0.5),
    ("gaussian", 16, 1, 0.5),
    ("uniform", 16, 2, 0.5),
    ("laplace", 16, 1, 0.9),
    ("uniform", 16, math.inf, 0.5),
]


@pytest.mark.parametrize(("name", "d", "p", "k"), SHARP)
def test_simulation_meets_the_exact_value_and_rejects_two_per_cent(name, d, p, k):
    drawn = simulate(LAWS[name], p, d, 500, [k], 800, np.random.default_rng(21))
    mean, error = mean_and_error(drawn)
    exact = np.array(expected_distances(LAWS[name], p, d, k, 500)) - OFFSET
    assert np.all(np.abs(mean - exact) < SIGMAS * error)
    for wrong in (0.98, 1.02):
        assert np.any(np.abs(mean - wrong * exact) > SIGMAS * error)


# n = 1000; the means of 8 to 20 draws and their standard errors, computed independently.
TABLE = [
    ("gaussian", 16, 2, 0.5, (0.1454, 0.0922, 0.2250), (0.0010, 0.0008, 0.0014)),
    ("gaussian", 100, 2, 0.5, (0.0557, 0.0358, 0.0897), (0.0006, 0.0004, 0.0008)),
    ("gaussian", 784, 2, 0.5, (0.01995, 0.01309, 0.03250), (0.00040, 0.00019, 0.00031)),
    ("gaussian", 784, 2, 0.9, (0.02435, 0.01581, 0.03993), (0.00040, 0.00028, 0.00040)),
    ("gaussian", 784, 1, 0.5, (0.02369, 0.01583, 0.03462), (0.00026, 0.00016, 0.00029)),
    ("uniform", 784, 2, 0.5, (0.02510, 0.01593, 0.01592), (0.00027, 0.00023, 0.00023)),
    ("uniform", 784, 1, 0.5, (0.02515, 0.01647, 0.01646), (0.00035, 0.00020, 0.00020)),
    ("uniform", 16, math.inf, 0.5, (0.0864, 0.0431, 0.0431), (0.0007, 0.0009, 0.0009)),
]


@pytest.mark.parametrize(("name", "d", "p", "k", "table", "table_error"), TABLE)
def test_measured_distances_repeat_an_independent_computation(name, d, p, k, table, table_error):
    """Empirical distances, KS with its upward noise, as a study would measure them."""
    rng = np.random.default_rng(22)
    drawn = [layer_distances(LAWS[name].sample(rng, (d, 1000)), [p], [k]) for _ in range(8)]
    mean, error = mean_and_error(np.transpose(drawn, (1, 0, 2, 3)))
    assert np.all(np.abs(mean - table) < SIGMAS * np.hypot(error, table_error))


def test_simulation_is_unbiased_where_the_empirical_distance_is_not():
    """p = infinity at d = 256: the distance, .0054, is half the noise of 100 units."""
    law, rng = LAWS["uniform"], np.random.default_rng(23)
    exact = expected_distances(law, math.inf, 256, 0.5, 100).ks
    mean, error = mean_and_error(simulate(law, math.inf, 256, 100, [0.5], 200, rng))
    assert abs(mean[0] - exact) < SIGMAS * error[0]
    layers = (law.sample(rng, (256, 100)) for _ in range(20))
    empirical = [layer_distances(W, [math.inf], [0.5]).ks for W in layers]
    assert np.mean(empirical) > 1.5 * exact


@pytest.mark.parametrize(("p", "slope"), [(2, -0.5), (math.inf, -1.0)])
def test_slope_on_logarithmic_axes(p, slope):
    """The slope of the exact values lies within 4.5 sigma of the measured one; -1 or -1/2 not."""
    law, fan_ins, rng = LAWS["gaussian"], [16, 64, 256], np.random.default_rng(24)
    found = [mean_and_error(simulate(law, p, d, 1000, [0.5], 30, rng)) for d in fan_ins]
    means, errors = (np.array(part)[:, 1] for part in zip(*found, strict=True))
    measured = loglog_slope(fan_ins, means, errors)
    exact = np.array([expected_distances(law, p, d, 0.5, 1000).auc - 0.5 for d in fan_ins])
    expected = loglog_slope(fan_ins, exact, errors * exact / means)
    assert abs(measured.slope - expected.slope) < SIGMAS * measured.half_width / 1.96
    assert expected.slope == pytest.approx(slope, abs=0.015)
    other = -1.5 - slope
    assert abs(measured.slope - other) > SIGMAS * measured.half_width / 1.96


def test_slope_of_an_exact_power_and_its_interval():
    d = np.array([16, 64, 256, 1024])
    assert loglog_slope(d, 3 / np.sqrt(d), 0.1 / d).slope == pytest.approx(-0.5, rel=1e-12)
    # Two points with relative error r: the slope's deviation is sqrt(2) r / ln(d2/d1).
    two = loglog_slope([10, 100], [1, 0.1], [0.05, 0.005])
    assert two.half_width == pytest.approx(1.959964 * math.sqrt(2) * 0.05 / math.log(10), rel=1e-6)


def test_distance_does_not_depend_on_the_number_of_units():
    """AUC of 50 and of 2000 units differ by the exact 1/n alone."""
    law, rng = LAWS["gaussian"], np.random.default_rng(25)
    for n, draws in ((50, 2000), (2000, 50)):
        mean, error = mean_and_error(simulate(law, 2, 32, n, [0.5], draws, rng))
        exact = np.array(expected_distances(law, 2, 32, 0.5, n)) - OFFSET
        assert np.all(np.abs(mean - exact) < SIGMAS * error)
