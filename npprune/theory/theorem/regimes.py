"""Which rate when: what changes when an assumption of the limit theorem is dropped.

    the law of Y = |w|^p            KS falls like     the constant
    finite variance                 d^-1/2            A(k) c_p                        (rates.py)
    tail index beta, 1 < beta < 2   d^-1/beta         E(mu - Y)_+ g(z) / (k (1-k))
    beta < 1, and p = infinity      d^-1              (ln(1/k) / (1-k) for p = infinity)
    a law of its own for each input d^-1/2            unequal_inputs
    dependence of short range       d^-1/2            long-run covariances, ar1_factor
    units that differ in scale      not at all        A(k) M tau                     (matrix.py)

A tail index beta means P(Y > y) ~ y^-beta; if |w| has the tail index alpha, beta = alpha / p; g is
the density of the stable limit of (T - d mu) / d^(1/beta), z its k-quantile.  At beta = 1 and 2 the
powers are the same up to logarithms.

Dependence.  Let the weights of a unit be a stationary sequence that mixes fast enough for the
central limit theorem.  Then the proof of rates.py holds with long-run covariances:

    sqrt(d) (R(x) - S(x)) -> -A(k) sum_h Cov(Y_0, 1{|w_h| <= x}) / sqrt(sum_h Cov(Y_0, Y_h)).

The rate stays; the constant may exceed A(k)/2, hence the bound of Theorem 1.

Derivation of heavy tails: "Which rate when" in npprune/studies/randomness/tell.md.

Read next: npprune/theory/theorem/exact.py.
"""

import math

import numpy as np

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_layer, require_norm
from npprune.theory.theorem.distances import Distances, powers, sort_magnitudes
from npprune.theory.theorem.rates import normal_gap


def rate_exponent(tail, p):
    """a in KS ~ d^-a, for |w| of the given tail index (infinity: all moments) and the p-norm.

    1/2 for beta > 2, 1/beta between 1 and 2, 1 below and for p = infinity; beta = tail / p.
    """
    require_norm(p)
    if not tail > 0:
        raise InputError(f"tail = {tail}: give a tail index above 0, or infinity")
    return 1.0 if math.isinf(p) else min(1.0, max(0.5, p / tail))


def ar1_factor(r):
    """How many times the KS of independent weights: Gaussian AR(1) within units, p = 2.

    w_(h+1) = r w_h + sqrt(1-r^2) noise.  w^2 - 1 is the second Hermite polynomial, whose
    covariance with any f(w_h) is r^(2h) times that with f(w_0).  Both sums over h therefore carry
    sum_h r^(2|h|) = (1 + r^2)/(1 - r^2), one of them under a root.
    """
    if not -1 < r < 1:
        raise InputError(f"r = {r}: give a correlation above -1 and below 1")
    return math.sqrt((1 + r * r) / (1 - r * r))


def unequal_inputs(W, p, k):
    """First-order distances for independent weights whose law depends on the input, from a layer.

    Shapes: W (n_in, n_out), row i a sample of the law of input i, p finite -> Distances of floats

    With Y_i, mu_i, sigma_i for input i and s^2 = sum_i sigma_i^2, under Lindeberg's condition the
    two sums of rates.py, step 2, are jointly normal in the limit; their covariance over s is
        d s (R(x) - S(x))  ~  A(k) sum_i E[mu_i - Y_i; |w_i| <= x],
    R and S being averages over the inputs.  Expectations are means along a row of W, so the sum
    is one walk over the sorted magnitudes, up by mu_i - Y_ij; its highest point gives KS, and the
    areas under it AUC and the gap (see distances.py).  Pooling the inputs' laws, as Empirical
    does, counts the spread between inputs as noise of T, which it is not.
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
