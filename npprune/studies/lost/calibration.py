"""Does a network know when it is unsure?  Expected calibration error, and one number that mends it.

A network that says .9 is calibrated if nine in ten such answers are right.  Trained networks say
too much; dividing their logits by a temperature T, chosen on validation images, changes no answer
and mends most of it.

Source: Guo, Pleiss, Sun and Weinberger 2017, sections 2 and 4.

Read next: npprune/studies/lost/measure.py.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from npprune.network.layers import log_softmax

BINS = 15
COLDEST, HOTTEST = 0.05, 20.0


def cross_entropy(Z, y, temperature=1.0):
    """Mean cross-entropy of logits at a temperature.  Shapes: Z (N, classes), y (N,) -> float."""
    return -float(log_softmax(Z / temperature)[np.arange(len(y)), y].mean(dtype=np.float64))


def best_temperature(Z, y):
    """The temperature of least cross-entropy.  Shapes: Z (N, classes), y (N,) -> float."""
    found = minimize_scalar(
        lambda t: cross_entropy(Z, y, np.exp(t)),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def calibration_error(Z, y, temperature=1.0):
    """Expected calibration error of logits at a temperature.

    Shapes: Z (N, classes), y (N,) -> float

        sum over bins of (n_b / N) |accuracy in b - mean confidence in b|,
    the confidence of an answer being its probability, in BINS bins of equal width.
    """
    log_p = log_softmax(Z / temperature)
    confidence = np.exp(log_p.max(axis=1)).astype(np.float64)
    right = log_p.argmax(axis=1) == y
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(y))
