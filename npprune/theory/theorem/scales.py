"""Why a trained layer departs from the theorem: its units differ in scale, and how much.

Training gives units scales of their own: w_ij = s_j g_ij with g independent, ln s normal and
SD(ln s) = tau.  The log norm, less its mean over units,

    L = ln||w_j||_p - mean = ln s_j + noise,   Var L = V = tau^2 + v,

has a spread tau^2 that does not fall with d.

Read next: npprune/theory/theorem/matrix.py.
"""

import math

import numpy as np
from scipy import special, stats

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_count, require_fraction, require_norm
from npprune.theory.theorem.distances import Distances, powers, unit_norms
from npprune.theory.theorem.laws import Empirical


def independent_spread(law, p, d):
    """v = sigma^2/(p^2 mu^2 d), the spread of ln||w||_p that independence alone gives.

    By the delta method: ln||w||_p = ln(T)/p, Var T = d sigma^2, E T = d mu.  Gaussian, p = 2:
    v = 1/(2d).
    """
    require_norm(p, finite=True)
    require_count("d", d)
    return (law.deviation(p) / (p * law.moment(p))) ** 2 / d


def scaled_distances(law, p, d, k, tau, points=1000, scales=500):
    """Distances by (scaled), for unit scales of spread tau (median 1) over g of the given law.

    A unit goes if L <= z sqrt(V).  Given s and one weight s m, L is normal with variance v and mean
    ln s + (m^p - mu)/(p mu d), whose last term is small.  So with u = (z sqrt(V) - ln s)/sqrt(v)

        e = Phi(u) + phi(u)/sqrt(v) (mu - m^p)/(p mu d).

    Averaged over s, with G and E the law of g,

        k(1-k)(R(x)-S(x)) = E_s[G(x/s)(Phi(u)-k)]
                          + E_s[phi(u)/sqrt(v) E[mu-Y; |g|<=x/s]]/(p mu d).          (scaled)

    tau = 0 gives rates.py.  As d grows KS does not fall to 0 but, for small tau, to A(k) tau sup x
    f(x), f the density of |w| in the layer.  Gaussian g and p = 2 are like an untrained layer of
    fan-in 1/(2V): KS = .4839 A(k) sqrt(V).

    Raises InputError as rates.rate does, and for tau below 0.
    """
    require_fraction(k)
    if not 0 <= tau < math.inf:
        raise InputError(f"tau = {tau}: give the standard deviation of ln s, a number from 0 up")
    v = independent_spread(law, p, d)
    normal = special.ndtri((np.arange(scales) + 0.5) / scales)
    log_s = tau * (normal / normal.std())[:, None] if tau else np.zeros((1, 1))
    low, high = math.log(law.quantile(1e-6)), math.log(law.quantile(1 - 1e-9))
    log_x, step = np.linspace(low - 6 * tau, high + 6 * tau, points, retstep=True)
    x, inside = np.exp(log_x), np.exp(log_x - log_s)  # (points,), (scales, points)

    mean = law.moment(p)
    u = (special.ndtri(k) * math.sqrt(tau**2 + v) - log_s) / math.sqrt(v)
    gone = special.ndtr(u)
    # Minus its own mean, k up to the grid of scales, so that the walk returns to 0 exactly.
    between_units = (gone - gone.mean()) * law.cdf(inside)
    deficit = mean * law.cdf(inside) - law.partial_moment(p, inside)
    within_units = stats.norm.pdf(u) / math.sqrt(v) * deficit / (p * mean * d)
    walk = np.mean(between_units + within_units, axis=0) / (k * (1 - k))
    # x f(x) is the density of ln x over the whole layer.
    log_density = np.mean(law.pdf(inside) * inside, axis=0)
    auc, gap = step * (walk @ log_density), step * (walk @ x)
    return Distances(float(np.abs(walk).max()), 0.5 + float(auc), float(gap))


def unit_scales(W, layer, p):
    """Measure the law of g and tau in a layer.

    Shapes: W (n_in, n_out), layer the same, sorted -> (law, tau)

    Units brought to their geometric mean norm give the law of g; tau^2 = V - v.  For v, entries are
    divided by their unit's norm, so that scales do not count twice:
    sigma^2/mu^2 = mean_j(mean_i |w|^2p/(mean_i |w|^p)^2) - 1.  Dead units (norm 0) are left out.
    Raises InputError with fewer than 2 live units, or where all |w| are equal.
    """
    require_norm(p, finite=True)
    terms = powers(layer.values, p)
    means, squares = layer.unit_means(terms), layer.unit_means(terms * terms)
    live = live_units(means, "a spread of norms")
    if layer.values[0] == layer.values[-1]:
        raise InputError("all magnitudes are equal: a constant layer has no variance to share out")
    norms = unit_norms(layer, p)
    cv_squared = np.mean(squares[live] / means[live] ** 2) - 1
    independent = float(cv_squared) / (p * p * layer.fan_in)
    own = Empirical(W[:, live] / norms[live] * np.exp(np.log(norms[live]).mean()))
    return own, math.sqrt(max(0.0, log_norm_variance(norms) - independent))


def live_units(norms, purpose):
    """Say which norms are above 0; raises InputError where there are fewer than 2."""
    live = norms > 0
    if np.count_nonzero(live) < 2:
        raise InputError(
            f"{np.count_nonzero(live)} of {len(live)} units have a weight other than 0: "
            f"{purpose} needs at least 2"
        )
    return live


def log_norm_variance(norms):
    """V, unbiased, over live units.  Shapes: (n,) -> float"""
    return float(np.log(norms[norms > 0]).var(ddof=1))
