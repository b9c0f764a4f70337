"""Is one thing better than another?  Paired differences, and many of them at once.

Networks of different seeds differ more than what is compared in them, so things are compared
within each seed: a difference for each, and an interval for their mean.  Where many things are
compared with one, some would look better by chance; Holm's correction keeps the chance of even one
false claim below the level.

Read next: npprune/report.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import t

LEVEL = 0.05
NO_LOSS = 0.001  # of accuracy: what is no worse by more than this is "at no loss"


class Paired(NamedTuple):
    """Mean of paired differences, its interval, and the two-sided p-value of "the mean is 0"."""

    mean: float
    low: float
    high: float
    p: float


def paired_differences(rows, others, column="test_accuracy"):
    """One thing's column minus another's, in each seed that has both.

    Shapes: rows and others, records with a seed, one a seed -> list, by seed
    """
    one, other = ({row["seed"]: row[column] for row in group} for group in (rows, others))
    return [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]


def paired_interval(differences):
    """Student's interval, of confidence 1 - LEVEL, for the mean of paired differences.

    Shapes: differences (n,) -> Paired

        mean +- t s / sqrt(n),  s^2 = sum (d - mean)^2 / (n - 1),  t of n - 1 degrees of freedom
    supposes differences that are independent and normal.  One alone says nothing: its interval is
    endless.
    """
    differences = np.asarray(differences, float)
    n, mean = len(differences), float(differences.mean())
    if n < 2:
        return Paired(mean, -math.inf, math.inf, 1.0)
    error = differences.std(ddof=1) / math.sqrt(n)
    if error == 0:
        return Paired(mean, mean, mean, float(mean == 0))
    margin = t.ppf(1 - LEVEL / 2, n - 1) * error
    return Paired(mean, mean - margin, mean + margin, float(2 * t.sf(abs(mean) / error, n - 1)))


def no_worse(differences, margin=NO_LOSS):
    """Say whether the mean of paired differences is above -margin, by its whole interval.

    Shapes: differences (n,) -> bool; False for none.  Of one alone, it is the difference itself.
    """
    if len(differences) < 2:
        return bool(len(differences)) and differences[0] > -margin
    return paired_interval(differences).low > -margin


def sure_signs(differences):
    """Say which way each of several means of paired differences surely goes, by Holm's correction.

    differences lists lists, one for each comparison -> a list of 1, -1, or 0 where it is not sure
    """
    paired = [paired_interval(each) for each in differences]
    adjusted = holm([each.p for each in paired])
    return [
        int(np.sign(each.mean)) if p <= LEVEL else 0
        for each, p in zip(paired, adjusted, strict=True)
    ]


def holm(p_values):
    """P-values that may be held against LEVEL one by one, although there are many of them.

    Shapes: p_values (m,) -> (m,)

        the i-th smallest times m - i + 1, no smaller than the one before it, at most 1
    Source: Holm 1979, section 3.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)
