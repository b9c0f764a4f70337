"""The bound: never broken, attained where it says so, and wrong if it were 2 % smaller."""

import math

import numpy as np
import pytest

from npprune.theory.theorem.bounds import bound, divergence_bound, variance_bound
from npprune.theory.theorem.exact import elimination, expected_distances
from npprune.theory.theorem.laws import LAWS


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("p", [0.5, 1, 2, math.inf])
def test_expected_distance_never_exceeds_the_bound(name, p):
    for d in (1, 2, 16, 256):
        for k in (0.02, 0.5, 0.9):
            assert expected_distances(LAWS[name], p, d, k).ks <= bound(d, k) * (1 + 1e-9)


def test_bound_holds_for_any_number_of_units():
    law = LAWS["gaussian"]
    for n in (2, 3, 10, 1000):
        for k in (0.34, 0.5, 0.6):
            removed = round(k * n) / n
            assert expected_distances(law, 2, 5, k, n).ks <= bound(5, removed)


def test_bound_is_attained_by_one_weight_at_one_half():
    """Weight pruning: KS = 1 = 1/(2 sqrt(1/4)).  A constant 2 % smaller would be broken here."""
    exact = expected_distances(LAWS["uniform"], 2, 1, 0.5).ks
    assert exact == pytest.approx(variance_bound(1, 0.5), rel=1e-9)
    assert exact > 0.98 * variance_bound(1, 0.5)


def test_divergence_bound_is_attained_by_the_infinity_norm():
    d, k = 50, 0.3
    q = k ** (1 / d)
    assert math.log(1 / q) == pytest.approx(divergence_bound(d, k), rel=1e-12)


def test_projection_inequality_behind_the_bound():
    """d Var e / (k (1-k)) <= 1, and tends to phi(z)^2 / (k (1-k)): 2/pi at k = 1/2."""
    law, u = LAWS["gaussian"], (np.arange(20_000) + 0.5) / 20_000
    for k, limit in ((0.5, 2 / math.pi), (0.1, 0.342)):
        e = elimination(law, 2, 784, k, law.quantile(u))
        assert e.mean() == pytest.approx(k, rel=1e-4)
        share = 784 * e.var() / (k * (1 - k))
        assert share < 1
        assert share == pytest.approx(limit, rel=0.05)


def test_kl_of_eliminated_weights_stays_below_its_bound():
    law, u = LAWS["gaussian"], (np.arange(20_000) + 0.5) / 20_000
    for d in (2, 16, 200):
        for k in (0.1, 0.5, 0.9):
            ratio = elimination(law, 2, d, k, law.quantile(u)) / k
            kl = np.mean(ratio * np.log(np.maximum(ratio, 1e-300)))
            assert 0 < kl <= divergence_bound(d, k)


def test_which_of_the_three_is_smallest():
    assert bound(100, 0.5) == variance_bound(100, 0.5) == pytest.approx(0.1)
    for k, first in ((0.27, False), (0.30, True), (0.70, True), (0.73, False)):
        assert (bound(100, k) == variance_bound(100, k)) is first
    assert bound(100, 0.1) == pytest.approx(math.sqrt(math.log(10) / 200) / 0.9)
    assert bound(100, 0.1) == pytest.approx(bound(100, 0.9))
    assert bound(1, 0.01) == 1.0


def test_bound_holds_for_rules_that_are_not_norms():
    """Two magnitudes, d odd, k = 1/2: eliminate by majority, all 2^d units by name.

    TV is then .798 of the bound for large d, the most that any norm reaches, and 1 at d = 1.
    """
    for d in (1, 3, 5, 7, 9, 11, 13):
        units = (np.arange(2**d)[:, None] >> np.arange(d)) & 1
        eliminated = units.sum(axis=1) < d / 2
        small = 1 - units[eliminated].mean(), 1 - units[~eliminated].mean()
        tv = abs(small[0] - small[1])
        exact = math.comb(d - 1, (d - 1) // 2) / 2 ** (d - 1)
        assert tv == pytest.approx(exact)
        assert math.sqrt(2 / math.pi) * 0.999 < tv / bound(d, 0.5) <= 1 + 1e-12


def test_bound_fails_when_weights_of_a_unit_depend_on_each_other():
    """Units of one magnitude each: KS = 1 at any fan-in.  Independence is not a formality."""
    magnitudes = np.linspace(0.1, 1, 40)
    unit = magnitudes * np.ones((100, 1))
    eliminated = magnitudes < 0.5
    assert unit[:, eliminated].max() < unit[:, ~eliminated].min()
    assert bound(100, eliminated.mean()) < 0.2
