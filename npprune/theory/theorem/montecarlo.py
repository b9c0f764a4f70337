"""Drawing layers and pruning them: the theorem's predictions against chance itself.

A layer of independent weights is drawn and its units pruned, many times.  The law of the weights
is known here, so nothing is sorted: with G the distribution function of |w| and x the magnitude at
which R - S is highest (exact.crossing), the survivors' mean minus the eliminated weights' mean of

    1{|w| > x}   has the expectation KS         G(|w|)   has AUC - 1/2         |w|   has the gap

because KS = R(x) - S(x) and AUC - 1/2 is the integral of R - S against dG.  All three are unbiased
for the expected laws with n units, which the empirical KS is not: noise lifts it (noise.py), and
in wide layers it would bury the 1/d of p = infinity.  A choice of units needs only the units' sums.

Read next: npprune/studies/magnitudes.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_count, require_norm
from npprune.theory.theorem.distances import Distances, powers, smallest_units
from npprune.theory.theorem.exact import crossing


def simulate(law, p, d, n, fractions, draws, rng):
    """Unbiased estimates of the expected KS, AUC and gap, from `draws` layers of the given law.

    Shapes: fractions (K,) -> Distances of (draws, K) arrays

    Raises InputError for d, n or draws below 1 and where round(k n) is 0 or n.
    """
    require_norm(p)
    for name, value in (("d", d), ("n", n), ("draws", draws)):
        require_count(name, value)
    peaks = [crossing(law, p, d, k, n) for k in fractions]
    found = np.empty((draws, len(fractions), 3))
    for draw in range(draws):
        magnitudes = law.sample(rng, (d, n))
        norms = magnitudes.max(axis=0) if math.isinf(p) else powers(magnitudes, p).sum(axis=0)
        ranks = law.cdf(magnitudes).mean(axis=0, dtype=np.float64)
        means = magnitudes.mean(axis=0, dtype=np.float64)
        for column, (k, peak) in enumerate(zip(fractions, peaks, strict=True)):
            above = np.count_nonzero(magnitudes > peak, axis=0) / d
            removed = smallest_units(norms, k)
            for part, values in enumerate((above, ranks, means)):
                found[draw, column, part] = values[~removed].mean() - values[removed].mean()
    return Distances(found[..., 0], 0.5 + found[..., 1], found[..., 2])


class Slope(NamedTuple):
    """A slope on logarithmic axes, and half the width of its 95 % confidence interval."""

    slope: float
    half_width: float


def loglog_slope(d, means, errors):
    """The slope of ln(mean) on ln(d), weighted by the means' standard errors.

    Shapes: d, means, errors (points,) -> Slope

    The error of ln(mean) is error/mean, so the weights are (mean/error)^2, and the variance of
    the weighted least-squares slope is 1 / sum w (x - xbar)^2, with no estimate of the scatter.
    Raises InputError with fewer than 2 fan-ins or where a mean or an error is not above 0.
    """
    x, means, errors = np.log(d), np.asarray(means), np.asarray(errors)
    if len(np.unique(x)) < 2 or not (np.all(means > 0) and np.all(errors > 0)):
        raise InputError("a slope needs at least 2 fan-ins, and means and errors above 0")
    weights = (means / errors) ** 2
    x = x - np.average(x, weights=weights)
    information = np.sum(weights * x * x)
    slope = np.sum(weights * x * np.log(means)) / information
    return Slope(float(slope), float(stats.norm.ppf(0.975) / math.sqrt(information)))
