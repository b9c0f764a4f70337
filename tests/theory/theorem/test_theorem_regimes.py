"""The limit beyond smooth laws of finite variance: lattices, tails, dependence, inputs."""

from math import inf

import numpy as np
import pytest
from sampling import SIGMAS, above_chance, mean_and_error

from npprune.theory.theorem.bounds import sharp_bound
from npprune.theory.theorem.distances import layer_distances
from npprune.theory.theorem.laws import LAWS, Empirical
from npprune.theory.theorem.montecarlo import autoregressive, loglog_slope, pareto, simulate_ks
from npprune.theory.theorem.rates import ks_constant, normal_gap, rate
from npprune.theory.theorem.regimes import ar1_factor, rate_exponent, unequal_inputs


# Values of |w|, each as often as it is likely, and the limit of sqrt(d) KS / A(k).
@pytest.mark.parametrize(
    ("values", "c"),
    [([1, 2], 0.5), (range(8), 0.4364), ([0, 0, 1, 1, 5], 0.3882), ([0] * 9 + [1], 0.3)],
)
def test_lattice_laws_obey_the_limit(values, c):
    """Ties are broken by the index of the unit, which is as good as at random."""
    assert ks_constant(Empirical(np.array([values])), 1) == pytest.approx(c, abs=6e-5)
    found = simulate_ks(lambda rng, shape: rng.choice(values, shape), 1, 1024, 2000, 0.5, 4,
                        np.random.default_rng(9)).value  # fmt: skip
    assert found * 32 == pytest.approx(normal_gap(0.5) * c, rel=0.03)
    assert found <= sharp_bound(0.5, 1024)


def test_ties_count_half_in_the_auc_of_a_law_with_an_atom():
    """|w| = 0 or uniform, each with chance 1/2: .0258; with G for the mid-distribution, .0161."""
    half = (np.arange(50_000) + 0.5) / 50_000
    law = Empirical(np.concatenate([np.zeros(50_000), half])[None])
    predicted = rate(law, 1, 256, 0.5).auc - 0.5
    assert predicted == pytest.approx(0.0258, abs=5e-5)
    rng, found = np.random.default_rng(3), []
    for _ in range(100):
        W = np.where(rng.random((256, 400)) < 0.5, 0, rng.random((256, 400), dtype=np.float32))
        found.append(layer_distances(W, [1], [0.5]).auc.item() - 0.5)
    mean, error = mean_and_error(found)
    expected = rate(law, 1, 256, 0.5, 400).auc - 0.5
    assert abs(mean - expected) < SIGMAS * error < 0.04 * expected


@pytest.mark.parametrize(
    ("tail", "p", "exponent"),
    [(inf, 2, 0.5), (5, 2, 0.5), (3, 2, 2 / 3), (2, 2, 1), (1, 2, 1), (3, 1, 0.5), (inf, inf, 1),
     (5, inf, 1), (1.5, 1, 2 / 3)],
)  # fmt: skip
def test_exponents(tail, p, exponent):
    assert rate_exponent(tail, p) == pytest.approx(exponent)


@pytest.mark.parametrize("tail", [8, 3, 2.5, 1])
def test_slopes_of_heavy_tails(tail):
    """p = 2, so beta = tail / 2; at these fan-ins the slopes are within .06 of their limits."""
    rng, fan_ins = np.random.default_rng(4), (64, 1024)
    found = [simulate_ks(pareto(tail), 2, d, 2000, 0.5, 2500 // d, rng) for d in fan_ins]
    slope = loglog_slope(fan_ins, *zip(*found, strict=True)).slope
    assert slope == pytest.approx(-rate_exponent(tail, 2), abs=0.09)


@pytest.mark.parametrize(("r", "limit", "above"), [(0.5, 0.705, False), (0.9, 1.685, True)])
def test_dependence_of_short_range_moves_the_constant_only(r, limit, above):
    """.70 and 1.69 over sqrt(d); the second is above the bound for independent weights."""
    constant = normal_gap(0.5) * ks_constant(LAWS["gaussian"], 2) * ar1_factor(r)
    assert constant == pytest.approx(limit, abs=6e-4)
    found = simulate_ks(autoregressive(r), 2, 1024, 2000, 0.5, 4, np.random.default_rng(5)).value
    assert found * 32 == pytest.approx(constant, rel=0.03)
    assert (found > sharp_bound(0.5, 1024)) is above


@pytest.mark.parametrize("p", [1, 2])
def test_unequal_inputs(p):
    """Lognormal scales of inputs: within 4.5 standard errors and 4 %, where pooling is 50 % off."""
    rng = np.random.default_rng(6)
    scales = np.exp(rng.standard_normal(784))[:, None]
    drawn = []
    for _ in range(8):
        W = rng.standard_normal((784, 600), dtype=np.float32) * scales
        drawn.append(above_chance(layer_distances(W, [p], [0.5])).ravel())
    mean, error = mean_and_error(drawn)
    found, pooled = (
        above_chance(prediction)
        for prediction in (unequal_inputs(W, p, 0.5), rate(Empirical(W), p, 784, 0.5))
    )
    ks = simulate_ks(lambda rng, shape: np.abs(rng.standard_normal(shape)) * scales, p, 784, 600,
                     0.5, 8, rng)  # fmt: skip
    mean[0], error[0] = ks  # without the noise of one layer
    # The next order is a third of the AUC at p = 2, whose sum few inputs carry.
    assert np.all(np.abs(mean - found) < SIGMAS * error + [0.04, 0.1, 0.04] * found)
    assert np.all(pooled[[0, 2]] > [1.5, 1.35] * found[[0, 2]])


def test_equal_inputs_are_the_limit_theorem():
    W = LAWS["laplace"].sample(np.random.default_rng(7), (300, 2000))
    found = above_chance(unequal_inputs(W, 1, 0.7))
    assert found == pytest.approx(above_chance(rate(LAWS["laplace"], 1, 300, 0.7)), rel=0.01)
