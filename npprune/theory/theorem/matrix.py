"""Theorem 2: what bounds the distance in a trained layer, whose weights depend on each other.

N_j(x) is the share of unit j's magnitudes up to x.  On any matrix, for every rule that eliminates r
of n units, and every x,

    R(x) - S(x) <= (mean of the r largest N_j(x)) - (mean of the others)              (best)
                <= sd_j N_j(x)/sqrt(k(1-k)).                                      (variance)

S(x) - R(x) obeys (best) with the r smallest, and (variance).

Read next: npprune/theory/theorem/yardsticks.py.
"""

import math
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.theory.theorem import checks, distances


class MatrixBound(NamedTuple):
    """Of all rules the largest R - S, the largest S - R, and the bound (variance) on both."""

    best: float
    reverse: float
    variance: float


def matrix_bounds(W, fractions):
    """The sup over x of (best), both ways round, and of (variance), exactly.

    Shapes: fractions (K,) -> K bounds

    Proof of Theorem 2.  R(x) - S(x) is the mean of N_j(x) over the eliminated units less that over
    the others.  The r largest make it largest: (best), whose sup is the KS of that choice at the
    best x.  By identity.py it is Cov(I, N(x))/(k(1-k)) too, and Var I = k(1-k): Cauchy and Schwarz
    give (variance).

    Sort every unit.  N_j(x) >= l/d exactly if the l-th smallest magnitude of unit j is at most x,
    so the sum of the r largest d N_j(x) is sum_l min(r, #{j: l-th smallest <= x}).  Sort the l-th
    smallest of all units too: then it is the number of entries up to x in the first r columns.  So
    (best) is the walk of distances.py in the matrix sorted both ways, r columns eliminated.  For
    (variance): sum_j (d N_j(x))^2 is the sum of 2l-1 over all entries up to x.
    """
    W = checks.require_layer(W)
    d, n = W.shape
    eliminated = [checks.require_units(n, k) for k in fractions]
    ordered = np.sort(np.abs(W).T, axis=1)
    levels = distances.sort_layer(ordered)
    squares = np.cumsum(2.0 * levels.units + 1) / n
    means = np.arange(1, d * n + 1) / n
    variance = ((squares - means**2)[levels.last]).max() / d**2
    both = distances.sort_layer(np.sort(np.ascontiguousarray(ordered.T), axis=1))
    column = np.arange(n)
    return [
        MatrixBound(
            distances.kolmogorov_smirnov(both, column < r),
            distances.kolmogorov_smirnov(both, column >= n - r),
            math.sqrt(max(0.0, variance) / (r / n * (1 - r / n))),
        )
        for r in eliminated
    ]


def scale_bound(d, k, peak, tau):
    """sqrt((1/(4d) + M^2 tau^2)/(k(1-k))), at most 1: for units that differ in scale alone.

    w_ij = s_j g_ij, all independent, |g| of law G and density g, SD(ln s) = tau,
    M = peak = sup u g(u), the highest density of ln|g|.  Given s_j, N_j(x) has
    variance at most 1/(4d) and mean G(x/s_j).  That mean has a slope of at most M in ln s_j, so a
    variance of at most M^2 tau^2.  Add the two and use (variance), for expected laws.
    """
    checks.require_count("d", d)
    checks.require_fraction(k)
    if not (tau >= 0 and peak >= 0):
        raise InputError(f"peak = {peak}, tau = {tau}: give two numbers from 0 up")
    return min(1.0, math.sqrt((0.25 / d + (peak * tau) ** 2) / (k * (1 - k))))


def sort_live(W):
    """Sort the units that are not all 0.  Shapes: W (n_in, n_out) -> SortedLayer"""
    W = checks.require_layer(W)
    return distances.sort_layer(W[:, np.any(W, axis=0)])


def slope_distances(live, p, k):
    """The part of a layer's distances that is linear in its units' log norms L_j.

    `live` has no dead units.  N_j(x), mean rank and mean magnitude are replaced by their
    least-squares lines in L_j.
    """
    norms = distances.unit_norms(live, p)
    removed = distances.smallest_units(norms, k)
    logs = np.log(norms)
    logs -= logs.mean()
    if not logs.any():
        raise InputError("all units have one norm: there is no slope on it")
    step = logs[~removed].mean() - logs[removed].mean()
    slopes = logs * (step / (logs @ logs))
    walk = np.cumsum(slopes[live.units])[live.last] / live.fan_in
    return distances.Distances(
        float(np.abs(walk).max()),
        0.5 + float(slopes @ live.unit_means(live.ranks)),
        float(slopes @ live.unit_means(live.values)),
    )
