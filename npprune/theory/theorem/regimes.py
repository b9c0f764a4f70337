"""Which rate when: what changes when an assumption of the limit theorem is dropped.

    assumption                  KS falls like   constant
    Y of finite variance        d^-1/2          A(k)c_p (rates.py)
    tail index 1 < beta < 2     d^-1/beta       E(mu-Y)_+ g(z)/(k(1-k))
    beta < 1, or p = infinity   d^-1
    inputs of different laws    d^-1/2          unequal_inputs
    short-range dependence      d^-1/2          ar1_factor
    units of different scales   not             A(k) tau sup x f(x) (scales.py)

Read next: npprune/theory/theorem/exact.py.
"""

import math

import numpy as np

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_layer, require_norm
from npprune.theory.theorem.distances import Distances, powers, sort_magnitudes
from npprune.theory.theorem.rates import normal_gap


def rate_exponent(tail, p):
    """a in KS ~ d^-a, for the tail index of |w| (infinity: all moments) and the p-norm.

    beta = tail/p is the tail index of Y: P(Y > y) ~ y^-beta; at 1 and 2 there are logarithms
    besides.  g is the density of the stable limit of (T - d mu)/d^(1/beta), z its k-quantile.

    Derivation: "Which rate when" in npprune/studies/randomness/tell.md.
    """
    require_norm(p)
    if not tail > 0:
        raise InputError(f"tail = {tail}: give a tail index above 0, or infinity")
    return 1.0 if math.isinf(p) else min(1.0, max(0.5, p / tail))


def ar1_factor(r):
    """How many times the KS of independent weights: Gaussian AR(1) within units, p = 2.

    If a unit's weights are stationary and mix fast enough for the central limit theorem,

        sqrt(d)(R(x)-S(x)) -> -A(k) sum_h Cov(Y_0, 1{|w_h|<=x})/sqrt(sum_h Cov(Y_0, Y_h)).

    This may exceed A(k)/2, hence Theorem 1's bound.  For w_(h+1) = r w_h + sqrt(1-r^2) noise:
    w^2 - 1 is the second Hermite polynomial, whose covariance with any f(w_h) is r^(2h) times that
    with f(w_0).  So both sums carry sum_h r^(2|h|) = (1+r^2)/(1-r^2), one under a root.
    """
    if not -1 < r < 1:
        raise InputError(f"r = {r}: give a correlation above -1 and below 1")
    return math.sqrt((1 + r * r) / (1 - r * r))


def unequal_inputs(W, p, k):
    """First-order distances for independent weights whose law depends on the input.

    Shapes: W (n_in, n_out), row i a sample of the law of input i -> floats

    With s^2 = sum_i sigma_i^2, under Lindeberg's condition T and N(x) are jointly normal in the
    limit; their covariance gives, R and S averaged over inputs,
        d s (R(x)-S(x)) ~ A(k) sum_i E[mu_i-Y_i; |w_i|<=x].
    With means along the rows of W the sum is a walk over the sorted magnitudes, up by mu_i-Y_ij.
    Pooled laws (Empirical) would count the spread between inputs as noise of T.
    """
    require_norm(p, finite=True)
    W = require_layer(W)
    magnitudes = np.abs(W).astype(np.float64)
    terms = powers(magnitudes, p)
    deficits = terms.mean(axis=1, keepdims=True) - terms
    spread = math.sqrt(terms.var(axis=1).sum())
    if not spread:
        raise InputError("the magnitudes of every input are equal: no unit is smaller than another")
    placed = sort_magnitudes(magnitudes.ravel(), np.arange(W.size), *W.shape)
    steps = deficits.ravel()[placed.units] * (normal_gap(k, W.shape[1]) / (W.size * spread))
    walk = np.cumsum(steps)[placed.last]
    return Distances(
        float(np.abs(walk).max()),
        0.5 - float(steps @ placed.ranks),
        -float(steps @ placed.values),
    )
