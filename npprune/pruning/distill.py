"""Distillation: the dense network's opinions as targets for the pruned one.

A label names one class.  The dense network's probabilities softmax(Z/T) also say which classes an
image resembles, more clearly at a temperature T above 1.

Source: Hinton, Vinyals and Dean 2015, section 2.

Read next: npprune/pruning/lottery.py.
"""

import functools

import numpy as np

from npprune.network.layers import LOWEST_LOGIT, log_softmax


def soft_targets(Z, temperature):
    """softmax(Z/T).  Shapes: Z (N, classes) -> (N, classes)"""
    return np.exp(np.maximum(log_softmax(Z / Z.dtype.type(temperature)), LOWEST_LOGIT))


def soft_cross_entropy(Z, Q, temperature):
    """Mean cross-entropy of the softened logits under soft targets, and its gradient.

    Shapes: Z, Q (N, classes) -> loss (scalar), dZ (N, classes)

        loss = -(T^2/N) sum_n sum_j Q_nj log p_nj      with p = softmax(Z/T)
    d log p_j/dZ_c = ([j == c] - p_c)/T, and each row of Q sums to 1, hence
        dZ = T (p - Q)/N
    Without T^2 it would be (p - Q)/(T N), and p - Q is itself about 1/T as large as at T = 1: T^2
    makes up for both.
    """
    T = Z.dtype.type(temperature)
    log_p = log_softmax(Z / T)
    loss = -np.square(T) * (Q * log_p).sum(axis=1).mean()
    dZ = np.exp(np.maximum(log_p, LOWEST_LOGIT))
    dZ -= Q
    dZ *= T / len(Z)
    return loss, dZ


class Distillation:
    """Mixes (1 - share) of the loss on labels and share of the loss on soft targets."""

    def __init__(self, logits, temperature, share):
        self.targets = soft_targets(logits, temperature)
        self.temperature, self.share = temperature, share

    def blend(self, indices):
        return functools.partial(self._mix, self.targets[indices])

    def _mix(self, Q, Z, dZ, loss, scale):
        soft, d_soft = soft_cross_entropy(Z, Q, self.temperature)
        dZ *= dZ.dtype.type(1 - self.share)
        d_soft *= dZ.dtype.type(self.share * scale * len(Z))
        dZ += d_soft
        return (1 - self.share) * loss + self.share * float(soft)
