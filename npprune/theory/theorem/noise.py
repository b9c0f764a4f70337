"""What KS, AUC and the mean gap read when the elimination is truly at random.

Noise biases KS upwards, as it cannot be negative; AUC and the gap are unbiased, so tests use AUC.
The number of units n matters here at first order, in the rate hardly.

Read next: npprune/theory/theorem/scales.py.
"""

import math
from typing import NamedTuple

from scipy import special

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_count, require_units


class NoiseFloor(NamedTuple):
    """The mean of KS, and standard deviations."""

    ks: float
    ks_deviation: float
    auc_deviation: float
    gap_deviation: float


def noise_floor(d, n, k, deviation=1.0):
    """The noise of the distances when a fraction k of n units of fan-in d goes at random.

    The samples hold N_R = knd and N_S = (1-k)nd independent weights.  R(x) - S(x), times
    sqrt(N_R N_S/(N_R+N_S)) = sqrt(ndk(1-k)), tends to a Brownian bridge.  Its highest point in
    absolute value has mean sqrt(pi/2) ln 2 = .8687 and variance pi^2/12 - (pi/2) ln^2 2 = .2603^2
    (Kolmogorov).  The area under it (AUC) has variance 1/12.  The gap has variance
    Var|w|/(ndk(1-k)), Var|w| = deviation^2.  Raises InputError as checks.py does.
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

    For n units of independent weights and large d, up to terms of smaller order than 1/sqrt(d), the
    KS* of one layer and the expected KS obey

        E KS* <= KS + .8687/sqrt(ndk(1-k))                                   any n,
        P(KS* > KS + u/sqrt(ndk(1-k))) <= P(bridge's highest point > u)      n large.

    Proof: "One drawn layer" in npprune/studies/randomness/tell.md.  Raises InputError as
    checks.py does, and for a chance outside (0, 1).
    """
    if not 0 < chance < 1:
        raise InputError(f"chance = {chance}: give a probability above 0 and below 1")
    # The gap's deviation, for Var|w| = 1, is 1 / sqrt(n d k (1-k)).
    return float(special.kolmogi(chance)) * noise_floor(d, n, k).gap_deviation
