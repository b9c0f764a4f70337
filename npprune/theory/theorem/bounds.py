"""Theorem 1: the sharp bound on how far unit pruning is from random elimination.

A unit's magnitudes are independent, of any laws, the same in every unit.  Units may depend on each
other; the rule may be any function of the layer.  For expected R and S, averaged over inputs,

    TV(R, S) <= B_d(k) = max over q of {E[N; top k] - kq}/(k(1-k)),   dN ~ Bin(d, q).

E[N; top k] is k times the mean of N over its largest values, of chance k in all.  Proof: "Theorem
1" in npprune/studies/randomness/tell.md.

Read next: npprune/theory/theorem/laws.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_count, require_fraction


class WorstCase(NamedTuple):
    """B_d(k); small weights have chance q, at least j of them eliminate a unit."""

    bound: float
    q: float
    j: int


def worst_case(k, d):
    """B_d(k), the two-valued law that attains it, and its rule.

    E[N; top k] = min over t of {kt + E(N-t)_+}; the d+1 values of N suffice for t.  For each of
    them the right side less kq is convex in q.  A least of convex functions has its maxima where
    two of them cross, that is where the top k ends between two values:

        P(Bin(d,q) >= j) = k, so q = q_j is the k-quantile of Beta(j, d-j+1), j = 1..d.

    There, with b = P(Bin(d-1,q) = j-1),

        E[N; N >= j/d] - kq = q P(Bin(d-1,q) >= j-1) - q P(Bin(d,q) >= j) = q(1-q)b
                            = (1-q)(j/d) P(Bin(d,q) = j).

    So B_d(k) is the largest of d numbers.  For j = d the rule is that of the largest weight.

    For k <= 1/2 the best j is at least d/2, and from there the value rises, then falls (seen at 200
    fan-ins, not proved): the search narrows.  Raises InputError for k outside (0, 1) or below
    1e-200, where SciPy fails, and d below 1.
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
    """B_d(k), the least upper bound on TV(R, S), hence on KS.

    As n grows, every norm with p < infinity attains it on weights of two sizes.  B_d(k) = B_d(1-k),
    and sqrt(d) B_d(k) -> A(k)/2, the largest constant possible in rates.py.

    It FAILS when a unit's weights depend on each other, or units have laws of their own, as after
    training (matrix.py).  Raises InputError as worst_case does.
    """
    return worst_case(k, d).bound


def bound(d, k):
    """1/(2 sqrt(k(1-k)d)), at most 1: Cauchy and Schwarz with Var N <= 1/(4d).

    For large d it is 1.25 B_d at k = 1/2, 1.7 at .9.
    """
    require_count("d", d)
    require_fraction(k)
    return min(1.0, 0.5 / math.sqrt(k * (1 - k) * d))
