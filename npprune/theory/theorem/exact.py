"""The expected distances at any fan-in, exactly: what rates.py tends to, and Monte Carlo meets.

e(m) is the chance that a unit is eliminated given that one of its weights has magnitude m.  A unit
goes if T = sum |w|^p is at most t, so with H_d the distribution function of T

    e(m) = H_{d-1}(t - m^p),   t = H_d^{-1}(k),

for many units; for n, averaged over the levels V of rates.levels_of.

Read next: npprune/theory/theorem/noise.py.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from npprune.theory.theorem import checks
from npprune.theory.theorem.distances import Distances
from npprune.theory.theorem.rates import gauss_legendre, levels_of

LATTICE = 2**18  # points; 2 MB as float64, two transforms of about 5 ms


class Removal(NamedTuple):
    """e(m) at L levels V.  Shapes: end (L,), chance(m) for m (L or 1, points) -> (L, points)"""

    end: np.ndarray  # the largest magnitude that an eliminated unit can hold
    chance: Callable


def removal(law, p, d, levels):
    """e(m) for thresholds H_d^{-1}(V), and the magnitude at which each reaches 0.

    Shapes: levels (L,) -> Removal

    T is chi-square with d degrees of freedom (Gaussian, p = 2) or Gamma(d) (Laplace, p = 1).  For
    p = infinity T = max |w| is below t with chance G(t)^d.  Others: convolution.
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
        edges, below_d, below_others, shift = _lattice(law, p, d)
        threshold = np.interp(levels, below_d, edges) + shift
        others = functools.partial(np.interp, xp=edges, fp=below_others, left=0.0)
    # Beyond the 1 - 1e-16 quantile a law has nothing left to integrate.
    end = np.minimum(threshold ** (1 / p), law.quantile(1 - 1e-16))
    return Removal(end, lambda m: others(threshold[:, None] - m**p))


@functools.lru_cache(maxsize=4)  # one lattice serves every k
def _lattice(law, p, d):
    """H_d and H_{d-1} on a lattice, from powers of a Fourier transform.

    Y is rounded to multiples of h, so P(T <= (j + 1/2)h) is a running sum.  The reach lets nothing
    wrap round.  Rounding moves the mean of Y by -shift: H_d moves by d times it, H_{d-1} by d-1
    times, so a threshold needs one shift back.
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
    """Where e(m) = k and R(x) - S(x) is highest: near mu^(1/p) for finite p."""
    k, _, weights, rule = _rule(law, p, d, k, n)
    return _crossing(rule, weights, k)


def expected_distances(law, p, d, k, n=None):
    """Distances between the expected laws, for n units, or for many without n; TV = KS.

    By identity.py R(x) - S(x) = E[e(|w|)-k; |w|<=x]/(k(1-k)).  KS is its value at the crossing, and
        AUC-1/2 = (k/2 - E[eG])/(k(1-k)),   gap = (k E|w| - E[e|w|])/(k(1-k)).

    Good to 1e-6; on the lattice to 1e-5 of the distance, for d = 4 to 784.  Raises InputError as
    checks.py does.
    """
    k, levels, weights, rule = _rule(law, p, d, k, n)
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
    """m = end sin(a) flattens the root with which e reaches 0 for small d."""
    x, weights = gauss_legendre(points)
    angle = (x + 1) * math.pi / 4
    m = end[:, None] * np.sin(angle)
    dm = end[:, None] * np.cos(angle) * weights * math.pi / 4
    return m, rule.chance(m) * law.pdf(m) * dm


def _crossing(rule, weights, k):
    def excess(m):
        return weights @ rule.chance(np.array([[m]]))[:, 0] - k

    return optimize.brentq(excess, 0.0, 2 * rule.end.max(), xtol=1e-12)


def _rule(law, p, d, k, n):
    """-> fraction of n units nearest k, levels, weights, Removal."""
    checks.require_norm(p)
    checks.require_count("d", d)
    checks.require_fraction(k)
    k = k if n is None else checks.require_units(n, k) / n
    levels, weights = levels_of(k, n)
    return k, levels, weights, removal(law, p, d, levels)
