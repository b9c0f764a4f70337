"""The limit beyond smooth laws of finite variance: lattices, atoms, tails, dependence, inputs."""

import math

import numpy as np
import pytest

from npprune.theory.theorem.bounds import sharp_bound
from npprune.theory.theorem.distances import layer_distances
from npprune.theory.theorem.laws import LAWS, Empirical
from npprune.theory.theorem.montecarlo import (
    autoregressive,
    loglog_slope,
    pareto,
    simulate_ks,
)
from npprune.theory.theorem.rates import auc_constant, ks_constant, normal_gap, rate
from npprune.theory.theorem.regimes import ar1_factor, rate_exponent, unequal_inputs

# Values of |w|, each as often as it is likely, and sqrt(d) KS / A(k) in the limit.
LATTICES = {
    "two values": ([1, 2], 0.5),
    "integers": (list(range(8)), 0.4364),
    "three values": ([0, 0, 1, 1, 5], 0.3882),
    "zeros": ([0] * 9 + [1], 0.3),
}


def lattice_distances(values, d, k):
    """KS and AUC - 1/2 exactly, p = 1, ties at random, by convolution."""
    sizes, counts = np.unique(values, return_counts=True)
    chances = counts / counts.sum()
    one = np.zeros(d * sizes[-1] + 1)
    one[sizes] = chances
    transform = np.fft.rfft(one, 2 * len(one))

    def sums(terms):
        return np.maximum(np.fft.irfft(transform**terms, 2 * len(one))[: len(one)], 0)

    whole, others = sums(d), sums(d - 1)
    t = np.searchsorted(np.cumsum(whole), k)
    split = (k - whole[:t].sum()) / whole[t]
    below = np.concatenate([[0], np.cumsum(others)])
    e = np.array([below[t - m] + split * others[t - m] for m in sizes])
    walk = np.cumsum(chances * (e - k)) / (k * (1 - k))
    middles = np.cumsum(chances) - chances / 2
    return walk.max(), -np.sum(middles * chances * (e - k)) / (k * (1 - k))


@pytest.mark.parametrize("name", LATTICES)
@pytest.mark.parametrize("k", [0.5, 0.9])
def test_lattice_laws_obey_the_limit(name, k):
    values, c = LATTICES[name]
    law, d = Empirical(np.array([values])), 4096
    ks, auc = lattice_distances(values, d, k)
    scale = math.sqrt(d) / normal_gap(k)
    assert ks_constant(law, 1) == pytest.approx(c, abs=6e-5)
    assert ks * scale == pytest.approx(ks_constant(law, 1), rel=0.015)
    assert auc * scale == pytest.approx(auc_constant(law, 1), rel=0.015)
    assert ks <= sharp_bound(k, d)


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
    error = np.std(found) / math.sqrt(len(found))
    expected = rate(law, 1, 256, 0.5, 400).auc - 0.5
    assert abs(np.mean(found) - expected) < 4.5 * error < 0.04 * expected


def test_exponents():
    cases = ((math.inf, 2, 0.5), (5, 2, 0.5), (3, 2, 2 / 3), (2, 2, 1), (1, 2, 1), (3, 1, 0.5))
    for tail, p, exponent in (*cases, (math.inf, math.inf, 1), (5, math.inf, 1), (1.5, 1, 2 / 3)):
        assert rate_exponent(tail, p) == pytest.approx(exponent)


@pytest.mark.parametrize("tail", [8, 3, 2.5, 1])
def test_slopes_of_heavy_tails(tail):
    """p = 2, so beta = tail / 2; at these fan-ins the slopes are within .06 of their limits."""
    rng, fan_ins = np.random.default_rng(4), (64, 1024)
    found = [simulate_ks(pareto(tail), 2, d, 2000, 0.5, 2500 // d, rng) for d in fan_ins]
    slope = loglog_slope(fan_ins, *zip(*found, strict=True)).slope
    assert slope == pytest.approx(-rate_exponent(tail, 2), abs=0.09)


@pytest.mark.parametrize("r", [0.5, 0.9])
def test_dependence_of_short_range_moves_the_constant_only(r):
    """.70 and 1.69 over sqrt(d); the second is above the bound for independent weights."""
    limit = normal_gap(0.5) * ks_constant(LAWS["gaussian"], 2) * ar1_factor(r)
    assert limit == pytest.approx({0.5: 0.705, 0.9: 1.685}[r], abs=6e-4)
    rng = np.random.default_rng(5)
    found = simulate_ks(autoregressive(r), 2, 1024, 2000, 0.5, 4, rng)
    assert found.value * 32 == pytest.approx(limit, rel=0.03)
    assert (found.value > sharp_bound(0.5, 1024)) is (r == 0.9)


@pytest.mark.parametrize("p", [1, 2])
def test_unequal_inputs(p):
    """Lognormal scales of inputs: within 4.5 standard errors and 4 %, where pooling is 50 % off."""
    rng = np.random.default_rng(6)
    scales = np.exp(rng.standard_normal(784))[:, None]
    drawn = []
    for _ in range(8):
        W = rng.standard_normal((784, 600), dtype=np.float32) * scales
        here = layer_distances(W, [p], [0.5])
        drawn.append((here.auc.item() - 0.5, here.gap.item()))
    mean, error = np.mean(drawn, axis=0), np.std(drawn, axis=0) / math.sqrt(8)
    found, pooled = unequal_inputs(W, p, 0.5), rate(Empirical(W), p, 784, 0.5)
    # The next order is a third of the AUC at p = 2, whose sum few inputs carry.
    assert abs(mean[1] - found.gap) < 4.5 * error[1] + 0.04 * found.gap
    assert abs(mean[0] - found.auc + 0.5) < 4.5 * error[0] + 0.1 * (found.auc - 0.5)
    assert pooled.gap > 1.35 * found.gap
    assert pooled.ks > 1.5 * found.ks
    ks = simulate_ks(lambda rng, shape: np.abs(rng.standard_normal(shape)) * scales, p, 784, 600,
                     0.5, 8, rng)  # fmt: skip
    assert abs(ks.value - found.ks) < 4.5 * ks.error + 0.04 * found.ks


def test_units_may_depend_on_each_other():
    """Units in identical pairs: the constant of independent units, 4 % apart at most."""

    def pairs(rng, shape):
        return np.repeat(np.abs(rng.standard_normal((shape[0], shape[1] // 2))), 2, axis=1)

    found = simulate_ks(pairs, 2, 64, 2000, 0.5, 40, np.random.default_rng(8))
    assert found.value == pytest.approx(rate(LAWS["gaussian"], 2, 64, 0.5).ks, rel=0.04)
    assert found.value < sharp_bound(0.5, 64)


def test_equal_inputs_are_the_limit_theorem():
    W = LAWS["laplace"].sample(np.random.default_rng(7), (300, 2000))
    found, predicted = unequal_inputs(W, 1, 0.7), rate(LAWS["laplace"], 1, 300, 0.7)
    assert np.subtract(found, (0, 0.5, 0)) == pytest.approx(
        np.subtract(predicted, (0, 0.5, 0)), rel=0.01
    )
