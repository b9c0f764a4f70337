"""What KS, AUC and the mean gap read when the elimination is truly at random.

The number of units n never enters the rate; it enters here.  If r = k n whole units of independent
weights go at random, the two samples hold N_R = k n d and N_S = (1-k) n d weights, and

    sqrt(N_R N_S / (N_R + N_S)) = sqrt(n d k (1-k))

is the one number that sets the noise.  The walk R(x) - S(x), scaled by it, tends to a Brownian
bridge, whose highest point in absolute value has mean sqrt(pi/2) ln 2 = .8687 and variance
pi^2/12 - (pi/2) ln^2 2 = .2603^2 (Kolmogorov).  The area under a bridge has variance 1/12, which
is AUC; the gap of two means has variance Var|w| / (n d k (1-k)).

KS cannot be negative, so noise biases it upwards; AUC and the gap are unbiased, and AUC is the
statistic for tests.  Signal and noise both fall as 1/sqrt(d): their ratio,
c_p phi(z) sqrt(n) / (.8687 sqrt(k (1-k))), does not depend on d.  So wide layers come closer to
random elimination, yet with n beyond 50 or so it stays detectable that they are not random.

Read next: npprune/theory/theorem/scales.py.
"""

import math
from typing import NamedTuple

from npprune.theory.theorem.checks import require_count, require_units


class NoiseFloor(NamedTuple):
    """Mean and standard deviation of KS, and standard deviations of AUC and the mean gap."""

    ks: float
    ks_deviation: float
    auc_deviation: float
    gap_deviation: float


def noise_floor(d, n, k, deviation=1.0):
    """The noise of the three distances for fan-in d, n units and the fraction k removed at random.

    deviation is the standard deviation of |w|, for the gap.  Raises InputError for d or n below 1
    and where round(k n) is 0 or n.
    """
    require_count("d", d)
    removed = require_units(n, k)
    size = math.sqrt(d * removed * (n - removed) / n)
    kolmogorov = math.sqrt(math.pi / 2) * math.log(2)
    return NoiseFloor(
        kolmogorov / size,
        math.sqrt(math.pi**2 / 12 - kolmogorov**2) / size,
        1 / (math.sqrt(12) * size),
        deviation / size,
    )
