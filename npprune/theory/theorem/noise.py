"""What KS, AUC and the mean gap read when the elimination is truly at random.

The number of units n never enters the rate; it enters here.  If r = k n whole units of independent
weights go at random, the two samples hold N_R = k n d and N_S = (1-k) n d weights, and

    sqrt(N_R N_S / (N_R + N_S)) = sqrt(n d k (1-k))

is the one number that sets the noise.  The walk R(x) - S(x), scaled by it, tends to a Brownian
bridge, whose highest point in absolute value has mean sqrt(pi/2) ln 2 = .8687 and variance
pi^2/12 - (pi/2) ln^2 2 = .2603^2 (Kolmogorov).  The area under a bridge has variance 1/12, which
is AUC; the gap of two means has variance Var|w| / (n d k (1-k)).

KS cannot be negative, so noise biases it upwards; AUC and the gap are unbiased, and AUC is the
statistic for tests.

Theorem (one layer).  With KS the expected distance for n units of independent weights, and KS* that
of one layer, for d large, up to terms of smaller order than 1/sqrt(d),

    E KS* <= KS + .8687 / sqrt(n d k (1-k))                                            any n,
    P(KS* > KS + u / sqrt(n d k (1-k))) <= P(highest point of a bridge > u)         n large.

Proof: "One drawn layer" in the report's appendix, which is npprune/studies/randomness/tell.md.

Read next: npprune/theory/theorem/scales.py.
"""

import math
from typing import NamedTuple

from scipy import special

from npprune.errors import InputError
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


def excess(d, n, k, chance=0.05):
    """How far the KS of one layer may exceed the expected KS, but for the given chance.

    The quantile of the highest point of a bridge (Kolmogorov) over sqrt(n d k (1-k)).  Raises
    InputError as noise_floor does, and for a chance outside (0, 1).
    """
    if not 0 < chance < 1:
        raise InputError(f"chance = {chance}: give a probability above 0 and below 1")
    # The gap's deviation, for Var|w| = 1, is 1 / sqrt(n d k (1-k)).
    return float(special.kolmogi(chance)) * noise_floor(d, n, k).gap_deviation
