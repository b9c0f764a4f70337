"""How fast unit pruning approaches random elimination: the limit theorem and its constants.

Entries of W (d, n) are independent with one law; Y = |w|^p, mu = E Y, sigma^2 = Var Y.  The units
of smallest T = sum_i |w_i|^p go, ties at random.  R and S are the expected laws of |w| among
eliminated and surviving weights.  As d grows, for finite p and sigma > 0, uniformly in x,

    sqrt(d)(R(x) - S(x)) -> A(k) E[mu-Y; |w|<=x]/sigma.                                  (1)

Proof: "The limit" in npprune/studies/randomness/tell.md.

Read next: npprune/theory/theorem/regimes.py.
"""

import functools
import math

import numpy as np
from scipy import special, stats

from npprune.theory.theorem import checks
from npprune.theory.theorem.distances import Distances

# Nodes and weights on [-1, 1]; finding them costs an eigenvalue problem, so once will do.
gauss_legendre = functools.lru_cache(np.polynomial.legendre.leggauss)


def normal_gap(k, n=None):
    """A(k), the gap between the means of a standard normal above and below its k-quantile z.

    A(k) = phi(z)/(1-k) + phi(z)/k = phi(z)/(k(1-k)), phi its density.  With n units, one goes if
    its T is below the r-th smallest of the others'.  That one's level V is the r-th smallest of n-1
    uniform numbers: Beta(r, n-r), E V = r/n.  So phi(z) becomes E phi(z(V)), lower by about
    r(n-r)/n^2/(2n phi(z)): a share of order 1/n for a fixed k, 1/ln n for a fixed r.
    """
    checks.require_fraction(k)
    k = k if n is None else checks.require_units(n, k) / n
    levels, weights = levels_of(k, n)
    return float(weights @ stats.norm.pdf(special.ndtri(levels))) / (k * (1 - k))


def levels_of(k, n=None, nodes=64):
    """Levels V of the deciding unit, and their weights: k alone without n, else Beta(r, n-r).

    Shapes: -> levels, weights, (1,) or (nodes,)
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
    """c_p = E(mu-Y)_+/sigma <= 1/2, from the law below mu^(1/p)."""
    checks.require_norm(p, finite=True)
    mean = law.moment(p)
    crossing = mean ** (1 / p)
    below = mean * law.cdf(crossing) - law.partial_moment(p, crossing)
    return float(below / law.deviation(p))


def auc_constant(law, p):
    """a_p = Cov(G*(|w|), Y)/sigma, Gini's mean difference of Y over 4 sigma."""
    checks.require_norm(p, finite=True)
    return float(law.rank_covariance(p) / law.deviation(p))


def gap_constant(law, p):
    """m_p = Cov(|w|, Y)/sigma, where E|w|^2 is finite."""
    checks.require_norm(p, finite=True)
    return float((law.moment(p + 1) - law.moment(1) * law.moment(p)) / law.deviation(p))


def rate(law, p, d, k, n=None):
    """The prediction for fan-in d, any p up to infinity.

    By (1), with E phi(z(V)) for phi(z) where n is given,

        KS = TV ~ A(k)c_p/sqrt(d), AUC-1/2 ~ A(k)a_p/sqrt(d), E_S|w| - E_R|w| ~ A(k)m_p/sqrt(d).

    p = infinity is exact for many units.  Raises InputError as checks.py does.
    """
    checks.require_norm(p)
    checks.require_count("d", d)
    if math.isinf(p):
        return infinity_norm(law, d, k)
    size = normal_gap(k, n) / math.sqrt(d)
    return Distances(
        size * ks_constant(law, p), 0.5 + size * auc_constant(law, p), size * gap_constant(law, p)
    )


def infinity_norm(law, d, k):
    """Exact distances when units are ranked by their largest weight: the rate is 1/d.

    A unit goes if all its d magnitudes are at most t; k = G(t)^d, so G(t) = q = k^(1/d).  Given
    that, each is G cut off at t: R = G/q on [0, t].  Hence at t
        KS = R - S = 1 - (q-k)/(1-k) = (1-q)/(1-k) ~ ln(1/k)/((1-k)d).
    Below t both laws are multiples of G, so a survivor lies above t with chance KS and otherwise
    ties in law: AUC = 1/2 + KS/2.  Neither depends on G, if continuous.  The gap is
    (E|w| - E[|w|; |w|<=t]/q)/(1-k).
    """
    checks.require_count("d", d)
    checks.require_fraction(k)
    log_q = math.log(k) / d
    ks = -math.expm1(log_q) / (1 - k)
    below = law.partial_moment(1, law.quantile(math.exp(log_q))) / math.exp(log_q)
    return Distances(ks, 0.5 + ks / 2, float(law.moment(1) - below) / (1 - k))
