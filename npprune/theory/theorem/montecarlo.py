"""Drawing layers and pruning them: the theorem's predictions against chance itself.

simulate needs the law of the weights, simulate_ks only a way to draw them.

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
    """Unbiased estimates of the expected distances, from `draws` layers of the given law.

    Shapes: fractions (K,) -> (draws, K) each

    Let R - S be highest at x.  Survivors' less eliminated weights' mean of 1{|w|>x}, G(|w|) and |w|
    has the expectation KS, AUC-1/2 and the gap: KS = R(x) - S(x), AUC-1/2 is the integral of R - S
    against dG.  Raises InputError as checks.py does.
    """
    _require(p, d=d, n=n, draws=draws)
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


def _require(p, **counts):
    require_norm(p)
    for name, value in counts.items():
        require_count(name, value)


def _sums(magnitudes, p):
    return magnitudes.max(axis=0) if math.isinf(p) else powers(magnitudes, p).sum(axis=0)


class Estimate(NamedTuple):
    """A mean and its standard error."""

    value: float
    error: float


def simulate_ks(sample, p, d, n, k, draws, rng):
    """The highest point of the expected R(x) - S(x).

    Shapes: sample(rng, (d, n)) -> magnitudes (d, n)

    x runs over quantiles of a first layer, half of them near the largest 1/d of the weights, where
    the point lies for the heaviest tails.  Noise lifts it by an error or so.
    """
    _require(p, d=d, n=n, draws=draws)
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
    """sample for P(|w| > x) = x^-tail, x >= 1."""
    return lambda rng, shape: (1 - rng.random(shape)) ** (-1 / tail)


def autoregressive(r):
    """sample for |w|, w a Gaussian AR(1) within each unit, along its inputs, with correlation r."""

    def sample(rng, shape):
        noise = rng.standard_normal(shape)
        noise[1:] *= math.sqrt(1 - r * r)
        return np.abs(signal.lfilter([1.0], [1.0, -r], noise, axis=0))

    return sample


class Slope(NamedTuple):
    """A slope, and the half-width of its 95 % confidence interval."""

    slope: float
    half_width: float


def loglog_slope(d, means, errors):
    """The slope of ln(mean) on ln(d).  Shapes: d, means, errors (points,) -> Slope

    ln(mean) has the error error/mean, so its weight is w = (mean/error)^2; the slope has variance
    1/sum w(x-xbar)^2.  Raises InputError with fewer than 2 fan-ins or a mean or error not above 0.
    """
    x, means, errors = np.log(d), np.asarray(means), np.asarray(errors)
    if len(np.unique(x)) < 2 or not (np.all(means > 0) and np.all(errors > 0)):
        raise InputError("a slope needs at least 2 fan-ins, and means and errors above 0")
    weights = (means / errors) ** 2
    x = x - np.average(x, weights=weights)
    information = np.sum(weights * x * x)
    slope = np.sum(weights * x * np.log(means)) / information
    return Slope(float(slope), float(stats.norm.ppf(0.975) / math.sqrt(information)))
