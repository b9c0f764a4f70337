"""The one line from which both theorems follow, true of every layer and of every rule.

Definitions.  A layer has n units (columns) with d incoming weights each.  A rule eliminates r of
the units, k = r/n; it may look at anything.  Pick a unit at random: I = 1 if it is eliminated,
and N(A) is the share of its d magnitudes that lie in the set A.  R(A) and S(A) are the shares of
all eliminated and of all surviving magnitudes that lie in A.

Lemma (the identity).         R(A) - S(A) = Cov(I, N(A)) / (k (1-k)).

Proof.
  1. Every unit has d weights, so R(A) is the mean of N(A) over the eliminated units, that is
     R(A) = E[I N(A)] / k, and likewise S(A) = E[(1 - I) N(A)] / (1-k).
  2. R(A) - S(A) = { (1-k) E[I N] - k (E N - E[I N]) } / (k (1-k))
                 = { E[I N] - E I E N } / (k (1-k)).                                      QED

A mean of any function f of the magnitudes obeys the same line, E_R f - E_S f = Cov(I, mean of f
over the unit) / (k (1-k)).  Hence all three distances are readings of one covariance:

    KS takes A = [0, x] at the worst x,  AUC - 1/2 takes f = -(mid-rank),  the gap f = -|w|.

Read next: npprune/theory/theorem/bounds.py.
"""

import numpy as np


def both_sides(inside, removed):
    """R(A) - S(A) and Cov(I, N(A)) / (k (1-k)) for any set A of weights.

    Shapes: inside (n_in, n_out) bool, True = in A, removed (n,) bool -> two floats
    """
    share, k = inside.mean(axis=0), removed.mean()
    covariance = np.mean((removed - k) * (share - share.mean()))
    difference = inside[:, removed].mean() - inside[:, ~removed].mean()
    return float(difference), float(covariance / (k * (1 - k)))


def identity_residual(layer, removed):
    """The largest difference of the two sides over A = [0, x], x every magnitude of the layer.

    Shapes: SortedLayer, removed (n,) bool -> float, a rounding error

    Left, the two distribution functions; right, the covariance with the running sums of I - k.
    """
    gone, k = removed[layer.units], removed.mean()
    difference = np.cumsum(gone) / gone.sum() - np.cumsum(~gone) / (~gone).sum()
    covariance = (np.cumsum(gone) - k * np.arange(1, len(gone) + 1)) / len(gone)
    residual = difference - covariance / (k * (1 - k))
    return float(np.abs(residual[layer.last]).max())
