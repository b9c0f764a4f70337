"""Theorem 1: the sharp bound on how far unit pruning is from random elimination.

Here d is any number, and the law need have no moments.

Setting, beyond identity.py.  The magnitudes of a unit are independent, not necessarily of one law,
and every unit has the same such law; units may depend on each other at will.  The rule may be any
norm or any function of the whole layer.  R and S are expected laws, averaged over the inputs.

Theorem 1.   TV(R, S) <= B_d(k) = max over q of { E[N; top k] - k q } / (k (1-k)),

where d N ~ Bin(d, q), and E[N; top k] is the mean of N over its largest values, of chance k in
all.  The bound is attained, as n grows, by every norm with p < infinity on weights of two sizes,
the small one with chance q*, the maximizing q.  Proof: "Theorem 1" in the report's appendix, which
is npprune/studies/randomness/tell.md.

Corollaries.  (a) B_d(k) = B_d(1-k).  (b) By Cauchy and Schwarz, Var N <= 1/(4d) alone gives
TV <= 1 / (2 sqrt(k (1-k) d)), larger than B_d by 1.25 at k = 1/2 and 1.7 at .9 for large d.
(c) sqrt(d) B_d(k) -> A(k)/2 = phi(z) / (2 k (1-k)): the largest constant that rates.py can have.

It FAILS when the weights of a unit depend on each other, or when units have laws of their own, as
training makes them (matrix.py).

Read next: npprune/theory/theorem/laws.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_count, require_fraction


class WorstCase(NamedTuple):
    """B_d(k) and who attains it: the small weight has chance q, j of them eliminate a unit."""

    bound: float
    q: float
    j: int


def worst_case(k, d):
    """B_d(k), the two-valued law that attains it, and its rule.  Shapes: -> WorstCase

    E[N; top k] = min over t of { k t + E(N - t)_+ }, where t may be restricted to the d + 1 values
    of N.  For each of them the right side less k q is convex in q.  A least of convex functions has
    its maxima where two of them cross, that is where the top k ends between two values:

        P(Bin(d, q) >= j) = k,  so that q = q_j is the k-quantile of Beta(j, d - j + 1),  j = 1..d.

    There, with b = P(Bin(d-1, q) = j - 1),

        E[N; N >= j/d] - k q = q P(Bin(d-1, q) >= j-1) - q P(Bin(d, q) >= j) = q (1-q) b
                             = (1-q) (j/d) P(Bin(d, q) = j).

    So B_d(k) is the largest of d explicit numbers; the rule that attains it eliminates the units
    with at least j small weights.  For j = d that is the rule of the largest weight.

    For k <= 1/2 the best j is at least d/2, and from there the value rises with j and then falls
    (seen for every j at 200 fan-ins up to 3000 and k down to 1e-100, not proved).  So it is closed
    in on: 65 values of j, evenly spaced, then those between the neighbours of the best.  Raises
    InputError for k outside (0, 1) or below 1e-200, where SciPy's quantiles fail, and d below 1.
    """
    require_count("d", d)
    require_fraction(k)
    if k < 1e-200:
        raise InputError(f"k = {k}: give a fraction of at least 1e-200")
    # By symmetry the smaller of k and 1 - k, of which no digit is lost.
    tail = min(k, 1 - k)
    first, last, spacing = (int(d) + 1) // 2, int(d), math.inf
    while spacing > 1:
        j = np.unique(np.linspace(first, last, 65).round())
        q = special.betaincinv(j, d - j + 1, tail)
        value = (1 - q) * (j / d) * stats.binom.pmf(j, d, q) / (tail * (1 - tail))
        best = value.argmax()
        spacing = np.diff(j, append=j[-1]).max()
        first, last = j[max(best - 1, 0)], j[min(best + 1, len(j) - 1)]
    attained, q, j = min(1.0, float(value[best])), float(q[best]), int(j[best])
    return WorstCase(attained, q, j) if k <= 0.5 else WorstCase(attained, 1 - q, int(d) + 1 - j)


def sharp_bound(k, d):
    """B_d(k), the least upper bound on TV(R, S), hence on KS, for the fan-in d.

    k is the fraction of units really removed, r/n.  Good to 1e-9 and better.  Raises InputError
    for k outside (0, 1) and d below 1.
    """
    return worst_case(k, d).bound


def bound(d, k):
    """1 / (2 sqrt(k (1-k) d)), at most 1: corollary (b), from the variance of N alone."""
    require_count("d", d)
    require_fraction(k)
    return min(1.0, 0.5 / math.sqrt(k * (1 - k) * d))
