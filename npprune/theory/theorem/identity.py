"""The one line from which both theorems follow, true of every layer and of every rule.

A rule, which may look at anything, eliminates a fraction k of the units.  For a unit picked at
random, I = 1 if it is eliminated, and N(A) is the share of its magnitudes in the set A.  R(A) and
S(A) are such shares of all eliminated and all surviving magnitudes.

    R(A) - S(A) = Cov(I, N(A))/(k(1-k))

Read next: npprune/theory/theorem/bounds.py.
"""

import numpy as np


def both_sides(inside, removed):
    """R(A) - S(A) and Cov(I, N(A))/(k(1-k)) for any set A of weights.

    Shapes: inside (n_in, n_out) bool, True = in A, removed (n,) bool -> floats

    Proof.  All units have d weights, so R(A) is the mean of N over the eliminated units,
    R(A) = E[I N]/k, and likewise S(A) = E[(1-I)N]/(1-k).  The difference is
        {(1-k)E[I N] - k(E N - E[I N])}/(k(1-k)) = {E[I N] - E I E N}/(k(1-k)).

    Likewise E_R f - E_S f = Cov(I, mean of f over the unit)/(k(1-k)) for any f(|w|).  KS takes
    A = [0, x] at the worst x, AUC-1/2 takes f = -(mid-rank), the gap f = -|w|.
    """
    share, k = inside.mean(axis=0), removed.mean()
    covariance = np.mean((removed - k) * (share - share.mean()))
    difference = inside[:, removed].mean() - inside[:, ~removed].mean()
    return float(difference), float(covariance / (k * (1 - k)))


def identity_residual(layer, removed):
    """The largest difference of the two sides over A = [0, x].

    Shapes: removed (n,) bool -> float, a rounding error
    """
    gone, k = removed[layer.units], removed.mean()
    difference = np.cumsum(gone) / gone.sum() - np.cumsum(~gone) / (~gone).sum()
    covariance = (np.cumsum(gone) - k * np.arange(1, len(gone) + 1)) / len(gone)
    residual = difference - covariance / (k * (1 - k))
    return float(np.abs(residual[layer.last]).max())
