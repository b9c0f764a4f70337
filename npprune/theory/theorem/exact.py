"""The expected distances at any fan-in, exactly: what rates.py tends to, and Monte Carlo meets.

Everything follows from e(m), the chance that a unit is eliminated given that one of its weights has
magnitude m.  A unit goes if T = sum of |w|^p is at most a threshold t, so with H_d the distribution
function of T

    e(m) = H_{d-1}(t - m^p),      t = H_d^{-1}(k),

with many units, and averaged over the Beta law of rates.levels_of with n.  The laws of T:

    Gaussian, p = 2     chi-square with d degrees of freedom
    Laplace, p = 1      Gamma(d)
    any law, p = inf    T = max |w| is below t with chance G(t)^d
    any other           convolution by fast Fourier transform on a lattice

By identity.py R(x) - S(x) = E[e(|w|) - k; |w| <= x] / (k (1-k)), and the distances come from it by
Gauss-Legendre quadrature:

    KS       = E[e - k; |w| <= x] / (k (1-k))   at the crossing x, where e(x) = k
    AUC - 1/2 = (k/2 - E[e G]) / (k (1-k))
    gap       = (k E|w| - E[e |w|]) / (k (1-k))

Closed forms are good to 1e-6 and better; the lattice agrees with them to 1e-5 of the distance for
d = 4 to 784.

Read next: npprune/theory/theorem/noise.py.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from npprune.theory.theorem.checks import (
    require_count,
    require_fraction,
    require_norm,
    require_units,
)
from npprune.theory.theorem.distances import Distances
from npprune.theory.theorem.rates import gauss_legendre, levels_of

LATTICE = 2**18  # points; 2 MB as float64, two transforms of about 5 ms


class Removal(NamedTuple):
    """Who is eliminated, at each of L levels V of the deciding unit.

    Shapes: end (L,), chance(m) for m (L, points) or (1, points) -> e(m), (L, points)
    """

    end: np.ndarray  # the largest magnitude that an eliminated unit can hold
    chance: Callable


def removal(law, p, d, levels):
    """Return e(m) for thresholds H_d^{-1}(V), and the magnitude at which each reaches 0.

    Shapes: levels (L,) -> Removal
    """
    if math.isinf(p) or d == 1:
        # One weight is its own maximum, so d = 1 is this case whatever the norm.
        end = np.asarray(law.quantile(levels ** (1 / d)), dtype=float)
        inside = levels ** (1 - 1 / d)
        return Removal(end, lambda m: np.where(m <= end[:, None], inside[:, None], 0.0))
    if (law.name, p) == ("gaussian", 2):
        threshold, others = stats.chi2(d).ppf(levels), stats.chi2(d - 1).cdf
    elif (law.name, p) == ("laplace", 1):
        threshold, others = stats.gamma(d).ppf(levels), stats.gamma(d - 1).cdf
    else:
        threshold, others = _by_convolution(law, p, d, levels)
    # Beyond the 1 - 1e-16 quantile a law has nothing left to integrate.
    end = np.minimum(threshold ** (1 / p), law.quantile(1 - 1e-16))
    return Removal(end, lambda m: others(threshold[:, None] - m**p))


def _by_convolution(law, p, d, levels):
    """H_d^{-1} at the levels, and H_{d-1}, for a law of T without a closed form."""
    edges, below_d, below_others, shift = _lattice(law, p, d)
    threshold = np.interp(levels, below_d, edges) + shift
    return threshold, lambda t: np.interp(t, edges, below_others, left=0.0)


@functools.lru_cache(maxsize=4)  # one lattice serves every k
def _lattice(law, p, d):
    """H_d and H_{d-1} on a lattice, from powers of a Fourier transform.

    Shapes: -> edges, H_d, H_{d-1} (LATTICE,) float64, shift

    Y is rounded to multiples of h, so that P(T <= (j + 1/2) h) is a running sum.  The lattice
    reaches beyond every sum that matters, and nothing wraps round.  Rounding moves the mean of Y
    by -shift; H_d moves by d times it, H_{d-1} by d - 1 times, so a threshold needs one shift back.
    """
    largest = float(law.quantile(1 - 1e-12)) ** p
    reach = min(d * largest, d * law.moment(p) + 12 * math.sqrt(d) * law.deviation(p) + largest)
    h = reach / (LATTICE - 2)
    edges = (np.arange(LATTICE) + 0.5) * h
    masses = np.diff(law.cdf(edges ** (1 / p)), prepend=0.0)
    shift = law.moment(p) - masses @ (edges - h / 2)
    transform = np.fft.rfft(masses)
    others = transform ** (d - 1)
    below_d = np.cumsum(np.fft.irfft(others * transform, LATTICE))
    below_others = np.cumsum(np.fft.irfft(others, LATTICE))
    return edges, below_d, below_others, shift


def crossing(law, p, d, k, n=None):
    """The magnitude at which e(m) = k, where R(x) - S(x) is highest: near mu^(1/p) for finite p."""
    k = _check(p, d, k, n)
    levels, weights = levels_of(k, n)
    return _crossing(removal(law, p, d, levels), weights, k)


def expected_distances(law, p, d, k, n=None):
    """KS (= TV), AUC and mean gap between the expected laws of eliminated and surviving weights.

    Shapes: -> Distances of floats.  Without n, for many units; with n, for that many.

    Raises InputError for d or n below 1, p not above 0, k outside (0, 1), or no unit removed.
    """
    k = _check(p, d, k, n)
    levels, weights = levels_of(k, n)
    rule = removal(law, p, d, levels)
    peak = _crossing(rule, weights, k)
    m, mass = _quadrature(law, rule, rule.end)
    _, mass_to_peak = _quadrature(law, rule, np.minimum(rule.end, peak))
    # One excess over chance a level, each then averaged over the levels.
    ks = mass_to_peak.sum(axis=1) - levels * law.cdf(peak)
    auc = levels / 2 - np.sum(mass * law.cdf(m), axis=1)
    gap = levels * law.moment(1) - np.sum(mass * m, axis=1)
    ks, auc, gap = (float(weights @ part) / (k * (1 - k)) for part in (ks, auc, gap))
    return Distances(ks, 0.5 + auc, gap)


def _quadrature(law, rule, end, points=400):
    """Gauss-Legendre nodes on [0, end], and the mass e g dm at each.

    Shapes: end (L,) -> nodes (L, points), masses (L, points)

    m = end sin(a) flattens the root with which e reaches 0 at its end when d is small.
    """
    x, weights = gauss_legendre(points)
    angle = (x + 1) * math.pi / 4
    m = end[:, None] * np.sin(angle)
    dm = end[:, None] * np.cos(angle) * weights * math.pi / 4
    return m, rule.chance(m) * law.pdf(m) * dm


def _crossing(rule, weights, k):
    def excess(m):
        return weights @ rule.chance(np.array([[m]]))[:, 0] - k

    return optimize.brentq(excess, 0.0, 2 * rule.end.max(), xtol=1e-12)


def _check(p, d, k, n=None):
    """Check the arguments; return the fraction really removed, round(k n)/n where n is given."""
    require_norm(p)
    require_count("d", d)
    require_fraction(k)
    return k if n is None else require_units(n, k) / n
