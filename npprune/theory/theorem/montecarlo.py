"""Drawing layers and pruning them: the theorem's predictions against chance itself.

A layer of independent weights is drawn and its units pruned, many times.  The law of the weights
is known here, so nothing is sorted: with G the distribution function of |w| and x the magnitude at
which R - S is highest (exact.crossing), the survivors' mean minus the eliminated weights' mean of

    1{|w| > x}   has the expectation KS         G(|w|)   has AUC - 1/2         |w|   has the gap

because KS = R(x) - S(x) and AUC - 1/2 is the integral of R - S against dG. All three are unbiased
for the expected laws with n units, which the empirical KS is not: noise lifts it (noise.py).

Where no law is at hand, simulate_ks finds x itself.

Read next: npprune/studies/variants.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import signal, stats

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
        norms = _sums(magnitudes, p)
        ranks = law.cdf(magnitudes).mean(axis=0, dtype=np.float64)
        means = magnitudes.mean(axis=0, dtype=np.float64)
        for column, (k, peak) in enumerate(zip(fractions, peaks, strict=True)):
            above = np.count_nonzero(magnitudes > peak, axis=0) / d
            removed = smallest_units(norms, k)
            for part, values in enumerate((above, ranks, means)):
                found[draw, column, part] = values[~removed].mean() - values[removed].mean()
    return Distances(found[..., 0], 0.5 + found[..., 1], found[..., 2])


def _sums(magnitudes, p):
    """What ranks the units: T, or the largest magnitude.  Shapes: (d, n) -> (n,)"""
    return magnitudes.max(axis=0) if math.isinf(p) else powers(magnitudes, p).sum(axis=0)


class Estimate(NamedTuple):
    """An estimate and its standard error."""

    value: float
    error: float


def simulate_ks(sample, p, d, n, k, draws, rng):
    """The highest point of the expected R(x) - S(x), for any way to draw a layer's magnitudes.

    Shapes: sample(rng, (d, n)) -> magnitudes (d, n) -> Estimate

    For the cases without a law in closed form: heavy tails, lattices, dependence, unequal inputs.
    x runs over quantiles of a layer drawn first, half of them evenly spaced, half closing in on the
    largest 1/d of the weights, where the highest point lies for the heaviest tails.  The walk is
    averaged over the draws before its maximum is taken, so noise lifts it by an error or so.
    """
    require_norm(p)
    for name, value in (("d", d), ("n", n), ("draws", draws)):
        require_count(name, value)
    levels = np.concatenate([np.arange(1, 40) / 40, 1 - np.geomspace(1 / 40, 0.1 / d, 40)])
    x = np.unique(np.quantile(sample(rng, (d, n)), levels))
    walks = np.empty((draws, len(x)))
    for walk in walks:
        magnitudes = sample(rng, (d, n))
        removed = smallest_units(_sums(magnitudes, p), k)
        gone, kept = (
            np.cumsum(np.bincount(np.searchsorted(x, part.ravel()), minlength=len(x) + 1))
            for part in (magnitudes[:, removed], magnitudes[:, ~removed])
        )
        walk[:] = (gone / gone[-1] - kept / kept[-1])[:-1]
    top = walks.mean(axis=0).argmax()
    error = walks[:, top].std(ddof=min(1, draws - 1)) / math.sqrt(draws)
    return Estimate(float(walks[:, top].mean()), float(error))


def pareto(tail):
    """sample for P(|w| > x) = x^-tail, x >= 1: moments below the tail index only."""
    return lambda rng, shape: (1 - rng.random(shape)) ** (-1 / tail)


def autoregressive(r):
    """sample for |w|, w a stationary Gaussian AR(1) along each unit with correlation r."""

    def sample(rng, shape):
        noise = rng.standard_normal(shape)
        noise[1:] *= math.sqrt(1 - r * r)
        return np.abs(signal.lfilter([1.0], [1.0, -r], noise, axis=0))

    return sample


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
