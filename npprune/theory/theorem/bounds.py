"""A bound on how far unit pruning is from random elimination, for every law, norm and size.

rates.py says what happens for large d under a law with moments.  Here nothing is assumed but that
the weights of a unit are independent with one law F: F may have no moments, the rule that picks
the units may be any norm or any function of the whole layer, and d and n any numbers from 1 up.
R, S are the expected laws of |w| among eliminated and surviving weights; k is the fraction of
units removed.

Theorem.   TV(R, S) <= 1 / (2 sqrt(k (1-k) d)),        KL(R || F) <= ln(1/k) / d.

Proof.  Pick a unit at random; I = 1 if it is eliminated, so E I = k and Var I = k (1-k).  Put
e_i(m) = P(I = 1 | |w_i| = m).  The functions e_i(|w_i|) - k of independent arguments are
uncorrelated, and they are the orthogonal projections of I - k on functions of one weight, so by
Bessel's inequality (Hoeffding's decomposition)

    sum_i Var e_i(|w_i|) <= Var I = k (1-k).

Let e be the mean of the e_i (for a norm they are all equal).  Squares are convex, so
Var e <= k (1-k) / d.  By Bayes' rule dR/dF - dS/dF = (e - k) / (k (1-k)), therefore

    TV(R, S) = E|e - k| / (2 k (1-k)) <= sqrt(Var e) / (2 k (1-k)) <= 1 / (2 sqrt(k (1-k) d)).

For KL: the law of a whole eliminated unit has density P(I = 1 | unit)/k <= 1/k with respect to
F^d, so its divergence from F^d is at most ln(1/k).  Divergence from a product law is at least the
sum of those of the margins, and convex; hence KL(R || F) <= ln(1/k)/d.                        QED

With Pinsker's inequality and F = k R + (1-k) S, so that TV(R, S) = TV(R, F)/(1-k),

    TV(R, S) <= sqrt(ln(1/k) / (2 d)) / (1-k),    and with R and S exchanged the same for 1-k.

The first bound is the smallest of the three for k between .285 and .715, the other two outside.
If e decreases, as it does for every norm, then dR/dS decreases too, one crossing separates the two
laws and KS(R, S) = TV(R, S) exactly.

How sharp: at d = 1, k = 1/2 the first bound is attained; for large d and k = 1/2 no norm comes
nearer to it than A(1/2)/2 = .798 of it (rates.py, c_p <= 1/2); KL is attained by p = infinity.
With independent weights of different laws per input the same holds for R, S, F averaged over the
inputs.  It FAILS when the weights of a unit depend on each other, as training makes them: the
functions e_i are then correlated, and no power of d need appear (scales.py).

The bound is on expected laws.  The distance measured in one layer also has the noise of noise.py.

Read next: npprune/theory/theorem/exact.py.
"""

import math

from npprune.theory.theorem.checks import require_count, require_fraction


def variance_bound(d, k):
    """1 / (2 sqrt(k (1-k) d)): from the variance of the decision."""
    require_count("d", d)
    require_fraction(k)
    return 0.5 / math.sqrt(k * (1 - k) * d)


def divergence_bound(d, k):
    """ln(1/k) / d: the most that KL(R || F) can be; with 1 - k for k, the most for S."""
    require_count("d", d)
    require_fraction(k)
    return math.log(1 / k) / d


def bound(d, k):
    """The least upper bound on TV(R, S), hence on KS, that the theorem gives; never above 1.

    Raises InputError for d below 1 and for k outside (0, 1).
    """
    by_removed = math.sqrt(divergence_bound(d, k) / 2) / (1 - k)
    by_kept = math.sqrt(divergence_bound(d, 1 - k) / 2) / k
    return min(1.0, variance_bound(d, k), by_removed, by_kept)
