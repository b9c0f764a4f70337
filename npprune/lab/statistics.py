"""Is one thing better than another?  Paired differences, and many of them at once.

Networks of different seeds differ more than the things compared: so one difference a seed, and an
interval for their mean.  Holm's correction keeps the chance of even one false claim among many
below LEVEL.

Read next: npprune/lab/words.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit  # scipy.stats takes a second to import

LEVEL = 0.05
POINT = 0.01  # of accuracy, a percentage point: the loss at which pruned networks are compared
NO_LOSS = 0.001  # of accuracy: what is no worse by more than this is "at no loss"


class Paired(NamedTuple):
    """Mean, its interval, and the two-sided p-value of "the mean is 0"."""

    mean: float
    low: float
    high: float
    p: float


def paired_differences(rows, others, column="test_accuracy"):
    """One thing's column minus another's, for each seed that has both.

    Shapes: rows, others: one record a seed -> list, by seed
    """
    one, other = ({row["seed"]: row[column] for row in group} for group in (rows, others))
    return [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]


def paired_interval(differences):
    """Student's interval, of confidence 1 - LEVEL, for the mean of paired differences.

    Shapes: differences (n,) -> Paired

        mean +- t s / sqrt(n),  s^2 = sum (d - mean)^2 / (n - 1),  t of n - 1 degrees of freedom
    It assumes independent, normal differences.  For n = 1 it is infinite.
    """
    differences = np.asarray(differences, float)
    n, mean = len(differences), float(differences.mean())
    if n < 2:
        return Paired(mean, -math.inf, math.inf, 1.0)
    return _student(mean, differences.var(ddof=1) / n, n - 1)


def welch_interval(one, other):
    """Interval for the difference of the means of two independent samples, by Welch's t (1947).

    Shapes: one (n,), other (m,) -> Paired; a sample of one number counts as known exactly

        variance v = s_1^2/n + s_2^2/m,  v^2/(s_1^4/(n^2 (n-1)) + ...) degrees of freedom
    """
    if min(len(one), len(other)) < 2:
        return paired_interval(np.subtract(one, other))
    variances = np.array([np.var(sample, ddof=1) / len(sample) for sample in (one, other)])
    freedom = [len(one) - 1, len(other) - 1]
    total = variances.sum()
    degrees = total**2 / (variances**2 / freedom).sum() if total else 1
    return _student(float(np.mean(one) - np.mean(other)), total, degrees)


def _student(mean, variance, degrees):
    error = math.sqrt(variance)
    if error == 0:
        return Paired(mean, mean, mean, float(mean == 0))
    margin = stdtrit(degrees, 1 - LEVEL / 2) * error
    return Paired(mean, mean - margin, mean + margin, float(2 * stdtr(degrees, -abs(mean) / error)))


def no_worse(differences, margin=NO_LOSS):
    """Say whether the whole interval for the mean of paired differences is above -margin.

    Shapes: differences (n,) -> bool; n = 0: False; n = 1: by the difference itself
    """
    if len(differences) < 2:
        return bool(len(differences)) and differences[0] > -margin
    return paired_interval(differences).low > -margin


def sure_signs(differences):
    """Say which way several mean differences surely go, by Holm's correction.

    differences: a list for each -> list of 1, -1, or 0 (not sure)
    """
    paired = [paired_interval(each) for each in differences]
    adjusted = holm([each.p for each in paired])
    signs = np.sign([each.mean for each in paired])
    return np.where(adjusted <= LEVEL, signs, 0).astype(int).tolist()


def holm(p_values):
    """P-values that may each be compared with LEVEL.

    Shapes: p_values (m,) -> (m,)

        the i-th smallest times m - i + 1, no smaller than the one before it, at most 1
    Source: Holm 1979, section 3.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)
