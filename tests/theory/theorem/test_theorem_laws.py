"""The laws' closed forms and the constants against quadrature, and a layer's own law."""

import math

import numpy as np
import pytest
from scipy import integrate

from npprune.theory.theorem.laws import LAWS, Empirical
from npprune.theory.theorem.rates import auc_constant, gap_constant, ks_constant


def integral(law, function, split):
    """E function(|w|) by adaptive quadrature, cut at a kink and where nothing is left."""
    end = float(law.quantile(1 - 1e-16)) * 2 if law.name != "uniform" else 1.0
    parts = {"points": [split], "limit": 300, "epsabs": 1e-13}
    return integrate.quad(lambda x: function(x) * law.pdf(x), 0, end, **parts)[0]


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("p", [0.3, 0.5, 1, 2, 3.7, 4, 8])
def test_constants_equal_their_defining_integrals(law, p):
    mean = integral(law, lambda x: x**p, 1)
    deviation = math.sqrt(integral(law, lambda x: (x**p - mean) ** 2, 1))
    first = integral(law, lambda x: x, 1)
    kink = mean ** (1 / p)
    c = integral(law, lambda x: max(mean - x**p, 0), kink) / deviation
    a = integral(law, lambda x: (law.cdf(x) - 0.5) * x**p, 1) / deviation
    m = integral(law, lambda x: (x - first) * x**p, 1) / deviation
    assert ks_constant(law, p) == pytest.approx(c, abs=1e-8)
    assert auc_constant(law, p) == pytest.approx(a, abs=1e-8)
    assert gap_constant(law, p) == pytest.approx(m, abs=1e-8)
    assert ks_constant(law, p) <= 0.5


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_samples_follow_the_law(law):
    sample = law.sample(np.random.default_rng(5), (200, 500))
    assert (sample.dtype, sample.shape) == (np.float32, (200, 500))
    assert sample.min() >= 0
    # 4.5 standard errors of the mean of U = G(|w|), uniform, and of U^2.
    ranks = law.cdf(sample.astype(np.float64))
    assert abs(ranks.mean() - 1 / 2) < 4.5 / math.sqrt(12e5)
    assert abs(np.mean(ranks**2) - 1 / 3) < 4.5 * math.sqrt(4 / 45 / 1e5)
    assert law.quantile(law.cdf(0.7)) == pytest.approx(0.7)


def test_empirical_law_tends_to_the_law_it_was_drawn_from():
    law = LAWS["laplace"]
    own = Empirical(law.sample(np.random.default_rng(6), (500, 800)))
    for constant in (ks_constant, auc_constant, gap_constant):
        assert constant(own, 2) == pytest.approx(constant(law, 2), rel=0.02)
    x = np.array([0.1, 0.5, 1, 2, 4])
    assert own.cdf(x) == pytest.approx(law.cdf(x), abs=0.004)
    assert own.pdf(x) == pytest.approx(law.pdf(x), rel=0.1)
    assert own.quantile(0.5) == pytest.approx(math.log(2), rel=0.01)


def test_empirical_moments_are_sums_over_the_layer():
    own = Empirical(np.array([[0.0, -1.0], [2.0, 2.0], [-3.0, 0.0]], np.float32))
    assert own.moment(2) == pytest.approx(18 / 6)
    assert own.cdf(2) == pytest.approx(5 / 6)
    assert own.partial_moment(2, 2) == pytest.approx(9 / 6)
    # Midranks of 0 0 1 2 2 3 over 6 are 1/6 1/6 5/12 2/3 2/3 11/12.
    ranks = np.array([2, 2, 5, 8, 8, 11]) / 12
    covariance = np.mean((ranks - 0.5) * np.array([0, 0, 1, 2, 2, 3]))
    assert own.rank_covariance(1) == pytest.approx(covariance)
