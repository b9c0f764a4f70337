"""Scores recomputed as weights are pruned: what the last ones are worth shows only at the end.

A score judges each weight with all others present, but at 99 % nearly all of them are pruned.  So
cut a little, score what is left, and cut again, without training.

Read next: npprune/pruning/saliency.py.
"""

import numpy as np

from npprune.pruning.masks import smallest
from npprune.pruning.obd import obd_decay


def flow(weights):
    """Each weight's share of R = 1^T |W_1| ... |W_L| 1: how much passes through it.

    Shapes: weights -> like weights, each summing to R

        s_ij = u_i |w_ij| v_j,   u = 1^T |W_1| ... |W_{l-1}|,   v = |W_{l+1}| ... |W_L| 1
    What flows into a unit, sum_i s_ij = u_j v_j, flows out of it.
    Source: Tanaka, Kunin, Yamins and Ganguli 2020, eq. 2 and theorem 1.
    """
    absolute = [np.abs(W) for W in weights]
    v = [np.ones(weights[-1].shape[1], weights[-1].dtype)]
    for W in reversed(absolute):
        v.append(W @ v[-1])
    u = np.ones(len(weights[0]), weights[0].dtype)
    scores = []
    for W, v_out in zip(absolute, v[-2::-1], strict=True):
        scores.append(u[:, None] * W * v_out)
        u = u @ W
    return scores


# The density falls by the same factor each round, in all to FINEST.
FINEST = 1e-3


def in_rounds(weights, rescore, rounds):
    """Place of each weight in the order of removal when every round computes new scores.

    Shapes: weights, rescore(t, weights) -> L-1 arrays -> L-1 arrays of places 0, 1, ...

    Round t leaves the density FINEST^{t/rounds} of all hidden layers together.  The order serves
    every sparsity up to 1 - FINEST.
    """
    sizes = [W.size for W in weights[:-1]]
    n, ends = sum(sizes), np.cumsum(sizes)[:-1]
    flat = np.concatenate([W.ravel() for W in weights[:-1]])  # our copy, zeroed round by round

    def layers(array):
        parts = zip(np.split(array, ends), weights[:-1], strict=True)
        return [part.reshape(W.shape) for part, W in parts]

    current = [*layers(flat), weights[-1]]  # views: what is zeroed in flat is zero in them
    place, left = np.zeros(n), np.arange(n)
    for t in range(1, rounds + 1):
        scores = np.concatenate([s.ravel() for s in rescore(t, current)])[left]
        cut = smallest(scores, len(left) - round(n * FINEST ** (t / rounds)))
        gone = left[cut][np.argsort(scores[cut], kind="stable")]
        place[gone] = n - len(left) + np.arange(len(gone))
        flat[gone] = 0
        left, scores = left[~cut], scores[~cut]
    place[left[np.argsort(scores, kind="stable")]] = n - len(left) + np.arange(len(left))
    return layers(place)


def synflow(weights, X, y, rng):
    """Flow, recomputed in 100 rounds.

    The last weights of a layer, through which everything passes, are spared.
    Source: Tanaka et al. 2020, algorithm 1.
    """
    return in_rounds(weights, lambda t, weights: flow(weights)[:-1], rounds=100)


ROUNDS = 18  # chosen on MNIST's validation images, from 1 to 40


def obd_iterated(weights, X, y, rng):
    """Optimal Brain Damage, its h recomputed in 18 rounds, each on another 18th of the images.

    A network that is sure of its images (p near 0 or 1) has almost no curvature, which hides where
    the loss will be steep.
    Source: LeCun, Denker and Solla 1990, whose recipe is a loop; they retrain in every round.
    """
    return obd_decay_iterated(weights, X, y, rng, 0)


def obd_decay_iterated(weights, X, y, rng, penalty):
    """As obd_iterated, for the loss with its penalty (obd.obd_decay)."""

    def rescore(t, weights):
        return obd_decay(weights, X[(t - 1) % len(X) :: ROUNDS], None, None, penalty)

    return in_rounds(weights, rescore, ROUNDS)
