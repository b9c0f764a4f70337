"""How fast unit pruning approaches random elimination: the limit theorem and its constants.

Setting.  A layer W (d, n) has fan-in d and n units, its COLUMNS; entries are independent with one
law, G its distribution function, Y = |w|^p, mu = E Y, sigma^2 = Var Y.  The r = round(k n) units
with the smallest sum T = sum_i |w_i|^p go, ties at random.  R and S are the expected laws of |w|
among the eliminated and the surviving weights, z is the k-quantile of the normal law and phi its
density, A(k) = phi(z) / (k (1-k)).

Let p < infinity and 0 < sigma < infinity.  As d grows, uniformly in x,

    sqrt(d) (R(x) - S(x))  ->  A(k) E[mu - Y; |w| <= x] / sigma.                       (1)

Three readings of this one line, A_n(k) for A(k) with n units (normal_gap):

    KS = TV          ~ A(k) c_p / sqrt(d)      c_p = E(mu - Y)_+ / sigma  <= 1/2
    AUC - 1/2        ~ A(k) a_p / sqrt(d)      a_p = Cov(G*(|w|), Y) / sigma
    E_S|w| - E_R|w|  ~ A(k) m_p / sqrt(d)      m_p = Cov(|w|, Y) / sigma

with the mid-distribution G*(x) = G(x) - P(|w| = x)/2, so that ties count half in AUC; the gap needs
E|w|^2 < infinity.  For p = infinity the rate is 1/d, exactly: see infinity_norm.

Proof: "The limit" in the report's appendix, which is npprune/studies/randomness/tell.md.

Read next: npprune/theory/theorem/regimes.py.
"""

import functools
import math

import numpy as np
from scipy import special, stats

from npprune.theory.theorem.checks import (
    require_count,
    require_fraction,
    require_norm,
    require_units,
)
from npprune.theory.theorem.distances import Distances

# Nodes and weights on [-1, 1]; finding them costs an eigenvalue problem, so once will do.
gauss_legendre = functools.lru_cache(np.polynomial.legendre.leggauss)


def normal_gap(k, n=None):
    """A(k), the gap between the means of a standard normal above and below its k-quantile.

    phi(z)/(1-k) - (-phi(z)/k) = phi(z) / (k (1-k)).  With n units, r = round(k n) of them removed,
    a unit goes if its T is below the r-th smallest of the n - 1 others'; the level of that one, V,
    is the r-th smallest of n - 1 uniform numbers, which is Beta(r, n - r).  E V is r/n, so only
    phi(z) changes, into E phi(z(V)), lower by about r(n-r)/n^2 / (2 n phi(z)): a share of order
    1/n for a fixed k, but of order 1/ln n for a fixed r.
    """
    require_fraction(k)
    if n is None:
        return float(stats.norm.pdf(special.ndtri(k))) / (k * (1 - k))
    k = require_units(n, k) / n
    levels, weights = levels_of(k, n)
    return float(weights @ stats.norm.pdf(special.ndtri(levels))) / (k * (1 - k))


def levels_of(k, n=None, nodes=64):
    """Levels V of the deciding unit, and their weights: k alone without n, else Beta(r, n - r).

    Shapes: -> levels (nodes,), weights (nodes,) summing to 1 (one node without n)

    Gauss-Legendre over all but 1e-13 of either end of the Beta law.
    """
    if n is None:
        return np.array([k]), np.array([1.0])
    beta = stats.beta(round(k * n), n - round(k * n))
    low, high = beta.ppf(1e-13), beta.isf(1e-13)
    points, weights = gauss_legendre(nodes)
    levels = low + (high - low) * (points + 1) / 2
    weights = weights * beta.pdf(levels)
    return levels, weights / weights.sum()


def ks_constant(law, p):
    """c_p = E(mu - Y)_+ / sigma, from the part of the law below mu^(1/p)."""
    require_norm(p, finite=True)
    mean = law.moment(p)
    crossing = mean ** (1 / p)
    below = mean * law.cdf(crossing) - law.partial_moment(p, crossing)
    return float(below / law.deviation(p))


def auc_constant(law, p):
    """a_p = Cov(G*(|w|), Y) / sigma, a quarter of Gini's mean difference of Y over sigma."""
    require_norm(p, finite=True)
    return float(law.rank_covariance(p) / law.deviation(p))


def gap_constant(law, p):
    """m_p = Cov(|w|, Y) / sigma, in units of the law's scale."""
    require_norm(p, finite=True)
    return float((law.moment(p + 1) - law.moment(1) * law.moment(p)) / law.deviation(p))


def rate(law, p, d, k, n=None):
    """The theorem's prediction for fan-in d: KS, AUC and mean gap, for any p up to infinity.

    First order in 1/sqrt(d) for finite p, exact for p = infinity and many units; exact.py has p =
    infinity for n units.  Raises InputError for d or n below 1 and for k outside (0, 1).
    """
    require_norm(p)
    require_count("d", d)
    if math.isinf(p):
        return infinity_norm(law, d, k)
    size = normal_gap(k, n) / math.sqrt(d)
    return Distances(
        size * ks_constant(law, p), 0.5 + size * auc_constant(law, p), size * gap_constant(law, p)
    )


def infinity_norm(law, d, k):
    """Exact distances when units are ranked by their largest weight: the rate is 1/d.

    A unit goes if all its d magnitudes are at most t, and k = G(t)^d, so G(t) = q = k^(1/d).
    Given that, each of them is F cut off at t: R = F/q on [0, t].  Hence at t
        R - S = 1 - (q - k)/(1 - k) = (1 - q)/(1 - k)  ~  ln(1/k) / ((1 - k) d),
    which is KS.  Below t both laws are multiples of F, so a survivor lies above t with chance KS
    and otherwise ties in law: AUC = 1/2 + KS/2.  Neither depends on F, if it is continuous.  The
    gap is (E|w| - E[|w|; |w| <= t]/q) / (1 - k).
    """
    require_count("d", d)
    require_fraction(k)
    log_q = math.log(k) / d
    ks = -math.expm1(log_q) / (1 - k)
    below = law.partial_moment(1, law.quantile(math.exp(log_q))) / math.exp(log_q)
    return Distances(ks, 0.5 + ks / 2, float(law.moment(1) - below) / (1 - k))
