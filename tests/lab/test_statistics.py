"""Intervals and corrections against SciPy, by brute force, and by what they promise."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_ind, ttest_rel

from npprune.lab.statistics import (
    LEVEL,
    NO_LOSS,
    holm,
    no_worse,
    paired_differences,
    paired_interval,
    sure_signs,
    welch_interval,
)


def test_the_interval_is_that_of_the_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.3, 1, (2, 7))
    expected = ttest_rel(a, b)
    low, high = expected.confidence_interval(1 - LEVEL)
    assert paired_interval(a - b) == pytest.approx((np.mean(a - b), low, high, expected.pvalue))


def test_the_interval_of_two_samples_is_that_of_welchs_test():
    rng = np.random.default_rng(4)
    for n, m in ((2, 2), (3, 9), (10, 4)):
        one, other = rng.normal(0.3, 1, n), rng.normal(0, 3, m)
        expected = ttest_ind(one, other, equal_var=False)
        low, high = expected.confidence_interval(1 - LEVEL)
        mean = np.mean(one) - np.mean(other)
        assert welch_interval(one, other) == pytest.approx((mean, low, high, expected.pvalue))
        assert welch_interval(one, [0.3]) == paired_interval(one - 0.3)
    assert welch_interval([0.5, 0.5], [0.25, 0.25]) == (0.25, 0.25, 0.25, 0)


def test_no_worse_is_said_by_the_whole_interval():
    rng = np.random.default_rng(3)
    for _ in range(200):
        differences = rng.normal(0, NO_LOSS, 5)
        assert no_worse(differences) == (paired_interval(differences).low > -NO_LOSS)
    assert no_worse([-0.9 * NO_LOSS])
    assert not no_worse([-1.1 * NO_LOSS])
    assert not no_worse([])


def test_one_difference_says_nothing_and_equal_ones_all():
    assert paired_interval([0.5]) == (0.5, -math.inf, math.inf, 1)
    assert paired_interval([0.5, 0.5]) == (0.5, 0.5, 0.5, 0)
    assert paired_interval([0.0, 0.0]).p == 1


def test_holm_rejects_what_its_steps_reject():
    """Holm's procedure written out: smallest first, against LEVEL / m, LEVEL / (m - 1), ..."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        p = rng.random(6) ** 4
        rejected = set()
        for step, i in enumerate(np.argsort(p)):
            if p[i] > LEVEL / (6 - step):
                break
            rejected.add(i)
        assert set(np.flatnonzero(holm(p) <= LEVEL)) == rejected
    assert holm([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.04])
    assert len(holm([])) == 0


def test_signs_are_sure_only_after_the_correction_for_their_number():
    up, weak, flat = [1.0, 1.1, 0.9, 1.0], [1.0, 0.1, 0.9, 0.6], [1.0, -1.0, 0.5, -0.5]
    assert sure_signs([up, flat, [-x for x in up]]) == [1, 0, -1]
    assert sure_signs([weak]) == [1]
    assert sure_signs([weak, flat, flat, flat]) == [0] * 4
    assert sure_signs([[1.0], [2.0]]) == [0, 0]
    assert sure_signs([]) == []


def test_differences_are_of_the_seeds_that_both_have():
    rows = [{"seed": seed, "loss": loss} for seed, loss in ((2, 5.0), (0, 1.0), (1, 2.0))]
    others = [{"seed": seed, "loss": 1.0} for seed in (3, 2, 0)]
    assert paired_differences(rows, others, "loss") == [0.0, 4.0]
