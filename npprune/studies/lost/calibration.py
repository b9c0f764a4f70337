"""Does a network know when it is unsure?  Expected calibration error, and a remedy.

A network is calibrated if nine in ten of its answers with probability .9 are right.  Dividing
logits by a temperature T, chosen on validation images, changes no answer.

Source: Guo, Pleiss, Sun and Weinberger 2017, sections 2 and 4.

Read next: npprune/studies/lost/measure.py.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from npprune.network.layers import log_softmax

BINS = 15
COLDEST, HOTTEST = 0.05, 20.0


def cross_entropy(Z, y, temperature=1.0):
    """Mean cross-entropy at a temperature.  Shapes: Z (N, classes), y (N,)"""
    return -float(log_softmax(Z / temperature)[np.arange(len(y)), y].mean(dtype=np.float64))


def best_temperature(Z, y):
    """Temperature of least cross-entropy, above 1 for a network that is too sure."""
    found = minimize_scalar(
        lambda t: cross_entropy(Z, y, np.exp(t)),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def calibration_error(Z, y, temperature=1.0):
    """Expected calibration error.  Shapes: as in cross_entropy

        sum over bins of (n_b / N) |accuracy in b - mean confidence in b|

    Confidence is the answer's probability; bins have equal width.
    """
    log_p = log_softmax(Z / temperature)
    confidence = np.exp(log_p.max(axis=1)).astype(np.float64)
    right = log_p.argmax(axis=1) == y
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(y))
