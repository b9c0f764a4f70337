"""Laws of the magnitude |w|: Gaussian, uniform and Laplace in closed form, and a layer's own.

G is the distribution function, g the density, Y = |w|^p.

    moment(p)              mu = E Y
    partial_moment(p, x)   E[Y; |w|<=x]
    deviation(p)           sigma of Y
    rank_covariance(p)     Cov(G*(|w|), Y), G*(x) = G(x) - P(|w|=x)/2: ties count half

Named laws have scale 1.

Read next: npprune/theory/theorem/rates.py.
"""

import math

import numpy as np
from scipy import special

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_layer


class Law:
    name = ""

    def deviation(self, p):
        return math.sqrt(self.moment(2 * p) - self.moment(p) ** 2)


class Gaussian(Law):
    """w standard normal: g(x) = sqrt(2/pi) exp(-x^2/2)."""

    name = "gaussian"

    def pdf(self, x):
        return math.sqrt(2 / math.pi) * np.exp(-np.square(x) / 2)

    def cdf(self, x):
        return special.erf(x / math.sqrt(2))

    def quantile(self, u):
        return math.sqrt(2) * special.erfinv(u)

    def moment(self, p):
        """w^2/2 is Gamma(1/2), hence E|w|^p = 2^(p/2) Gamma((p+1)/2)/sqrt(pi)."""
        return 2 ** (p / 2) * math.gamma((p + 1) / 2) / math.sqrt(math.pi)

    def partial_moment(self, p, x):
        """Weighting Gamma(1/2) by |w|^p turns it into Gamma((p+1)/2)."""
        return self.moment(p) * special.gammainc((p + 1) / 2, np.square(x) / 2)

    def rank_covariance(self, p):
        """mu(1/2 - I_half((p+1)/2, 1/2)), I the regularised incomplete beta function.

        For two independent copies Cov(G, Y) = E|Y-Y'|/4.  In polar coordinates
            E|Y-Y'| = E r^p (4/pi) integral_0^(pi/4) (cos^p - sin^p).
        u = sin^2 makes both parts incomplete beta functions; their factor B(1/2, (p+1)/2) and
        E r^p = 2^(p/2) Gamma(1+p/2) combine into mu.
        """
        return self.moment(p) * (0.5 - special.betainc((p + 1) / 2, 0.5, 0.5))

    def sample(self, rng, shape):
        return np.abs(rng.standard_normal(shape, dtype=np.float32))


class Uniform(Law):
    """w uniform on [-1, 1], the network's initial law: g(x) = 1 on [0, 1]."""

    name = "uniform"

    def pdf(self, x):
        return np.where(np.asarray(x) <= 1, 1.0, 0.0)

    def cdf(self, x):
        return np.minimum(x, 1.0)

    def quantile(self, u):
        return np.asarray(u, dtype=float)

    def moment(self, p):
        return 1 / (p + 1)

    def partial_moment(self, p, x):
        return np.minimum(x, 1.0) ** (p + 1) / (p + 1)

    def rank_covariance(self, p):
        """G = |w|: 1/(p+2) - 1/(2(p+1)) = p/(2(p+1)(p+2))."""
        return p / (2 * (p + 1) * (p + 2))

    def sample(self, rng, shape):
        return rng.random(shape, dtype=np.float32)


class Laplace(Law):
    """w Laplace: g(x) = exp(-x)."""

    name = "laplace"

    def pdf(self, x):
        return np.exp(-np.asarray(x))

    def cdf(self, x):
        return -np.expm1(-np.asarray(x))

    def quantile(self, u):
        return -np.log1p(-np.asarray(u))

    def moment(self, p):
        return math.gamma(p + 1)

    def partial_moment(self, p, x):
        return math.gamma(p + 1) * special.gammainc(p + 1, x)

    def rank_covariance(self, p):
        """E[(1 - e^-x)x^p] - mu/2 = Gamma(p+1) (1/2 - 2^-(p+1))."""
        return math.gamma(p + 1) * (0.5 - 2.0 ** -(p + 1))

    def sample(self, rng, shape):
        return rng.standard_exponential(shape, dtype=np.float32)


class Empirical(Law):
    """The law of a layer's own magnitudes, or of any matrix of equally likely values.

    The density is a histogram of ln|w|, because scales.py needs x g(x), the density of ln|w|.  It
    leaves out zeros, and is too rough for exact.expected_distances.  Give rates.py W itself,
    scales.py the weights over their unit's norm.  Raises InputError where all are equal.
    """

    name = "empirical"
    bins = 256

    def __init__(self, W):
        self.values = np.sort(np.abs(require_layer(W)), axis=None).astype(np.float64)
        if self.values[0] == self.values[-1]:
            raise InputError("all magnitudes are equal: a constant layer has no law to compare")
        logs = np.log(self.values[self.values > 0])
        # The smallest 0.1 % reach far to the left on a logarithmic axis and carry no mass.
        low, high = logs[len(logs) // 1000], logs[-1]
        counts, self.edges = np.histogram(logs, self.bins, (low, max(high, low + 1e-6)))
        self.heights = counts / (len(self.values) * (self.edges[1] - self.edges[0]))

    def pdf(self, x):
        x = np.asarray(x, dtype=float)
        centres = (self.edges[1:] + self.edges[:-1]) / 2
        return np.interp(np.log(x), centres, self.heights, left=0, right=0) / x

    def cdf(self, x):
        return np.searchsorted(self.values, x, side="right") / len(self.values)

    def quantile(self, u):
        return np.quantile(self.values, u)

    def moment(self, p):
        return np.mean(self.values**p)

    def partial_moment(self, p, x):
        sums = np.concatenate([[0.0], np.cumsum(self.values**p)])
        return sums[np.searchsorted(self.values, x, side="right")] / len(self.values)

    def rank_covariance(self, p):
        """Ties need no care: of equal Y only the ranks' sum counts."""
        ranks = (np.arange(len(self.values)) + 0.5) / len(self.values)
        return np.mean((ranks - 0.5) * self.values**p)


LAWS = {law.name: law for law in (Gaussian(), Uniform(), Laplace())}
