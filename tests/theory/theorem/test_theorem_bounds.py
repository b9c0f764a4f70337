"""The sharp bound: its maximum, its limits, and that nothing exceeds it."""

import itertools
import math

import numpy as np
import pytest
from sampling import mean_and_error
from scipy import stats

from npprune.theory import sharp_bound
from npprune.theory.theorem.bounds import bound, worst_case
from npprune.theory.theorem.rates import normal_gap


def top_k_excess(q, k, d):
    """(E[N; top k] - k q) / (k (1-k)) from the definition: the largest values of N first."""
    values = np.arange(d, -1, -1) / d
    chances = stats.binom.pmf(np.arange(d, -1, -1), d, q)
    left = np.clip(k - np.concatenate([[0], np.cumsum(chances)[:-1]]), 0, chances)
    return (left @ values - k * q) / (k * (1 - k))


def test_bound_is_the_maximum_over_q():
    """A grid of q comes near it from below, and the maximizing q attains it."""
    for d, k in itertools.product((1, 2, 3, 5, 12, 40), (0.003, 0.2, 0.5, 0.7, 0.99)):
        found = worst_case(k, d)
        grid = [top_k_excess(q, k, d) for q in np.linspace(0.002, 0.998, 400)]
        assert max(grid) <= found.bound * (1 + 1e-12)
        assert max(grid) > found.bound * (1 - 0.02)
        assert top_k_excess(found.q, k, d) == pytest.approx(found.bound, rel=1e-10)
        assert stats.binom.sf(found.j - 1, d, found.q) == pytest.approx(k, rel=1e-10)


def test_search_misses_no_j():
    """Against every j, at fan-ins and fractions drawn at random."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        d, k = int(np.exp(rng.uniform(0, 9))), float(10 ** rng.uniform(-9, math.log10(0.5)))
        j = np.arange(1, d + 1)
        q = stats.beta.ppf(k, j, d - j + 1)
        every = q * (1 - q) * stats.binom.pmf(j - 1, d - 1, q) / (k * (1 - k))
        assert sharp_bound(k, d) == pytest.approx(every.max(), rel=1e-10)


def test_symmetry_limit_and_extremes():
    for d, k in itertools.product((1, 2, 7, 784), (1e-6, 0.1, 0.3, 0.5)):
        assert sharp_bound(k, d) == pytest.approx(sharp_bound(1 - k, d), rel=1e-9)
        assert sharp_bound(k, d) <= bound(d, k) * (1 + 1e-12)
    for k in (0.5, 0.9, 0.01):
        assert 1000 * sharp_bound(k, 10**6) == pytest.approx(normal_gap(k) / 2, rel=1e-5)
    assert sharp_bound(1e-150, 3) == pytest.approx(1)
    assert 0 < sharp_bound(1e-200, 10**5) < 0.1


def test_simple_bound():
    found = [1000 * bound(10**6, k) for k in (0.5, 0.25, 0.1, 0.01)]
    assert found == pytest.approx([1, 1.155, 1.667, 5.025], abs=6e-4)


@pytest.mark.parametrize(("k", "d"), [(0.5, 3), (0.9, 16), (0.1, 40)])
def test_two_sizes_attain_it_within_monte_carlo_error(k, d):
    """4.5 standard errors, which are small enough to reject a bound 3 % off.

    Of n units k n have j small weights or more on average only.  If m do, |m - k n| units are on
    the wrong side by one small weight of d: on average the gap loses E|m - k n| / (2 d n k (1-k)).
    """
    worst, rng = worst_case(k, d), np.random.default_rng(1)
    n = 2000
    small = -np.sort(-rng.binomial(d, worst.q, (400, n)) / d)  # the smallest norm first
    gaps = small[:, : round(k * n)].mean(axis=1) - small[:, round(k * n) :].mean(axis=1)
    mean, error = mean_and_error(gaps)
    mean += 1 / (d * math.sqrt(2 * math.pi * n * k * (1 - k)))
    assert abs(mean - worst.bound) < 4.5 * error < 0.01 * worst.bound
    for wrong in (0.97, 1.03):
        assert abs(mean - wrong * worst.bound) > 4.5 * error


def exact_variation(chances, rule, k):
    """TV(R, S) by listing all units.  Shapes: chances, rule (values,) * d -> float"""
    excess, inputs = chances * (rule / k - (1 - rule) / (1 - k)), range(chances.ndim)
    of_input = [excess.sum(axis=tuple({*inputs} - {i})) for i in inputs]
    return np.abs(np.mean(of_input, axis=0)).sum() / 2


def test_no_law_and_no_rule_exceeds_it():
    """Laws that differ from input to input; rules at random, by norm, and the best for a set."""
    rng, closest = np.random.default_rng(2), 0.0
    for _ in range(1500):
        d, sizes = rng.integers(1, 6), rng.integers(2, 5)
        laws = rng.dirichlet(np.full(sizes, rng.choice([0.3, 1, 5])), d)
        if rng.random() < 0.5:
            laws[:] = laws[0]
        places = np.indices((sizes,) * d)
        by_norm = (np.sort(rng.random(sizes))[places] ** rng.choice([0.5, 1, 2, 8])).sum(axis=0)
        at_random, noise = rng.random((2, *by_norm.shape))
        scores = at_random, by_norm, 1e-9 * noise - (places == rng.integers(sizes)).sum(axis=0)
        chances = np.prod([laws[i][places[i]] for i in range(d)], axis=0)
        for score in scores:
            order = np.argsort(score, axis=None)
            before = np.cumsum(chances.ravel()[order])
            last = rng.integers(len(order))
            rule, k = np.zeros(chances.shape), before[last]
            rule.ravel()[order[: last + 1]] = 1
            if 1e-6 < k < 1 - 1e-6:
                ratio = exact_variation(chances, rule, k) / sharp_bound(float(k), int(d))
                assert ratio <= 1 + 1e-9
                closest = max(closest, ratio if d > 1 else 0)
    assert closest > 0.97
