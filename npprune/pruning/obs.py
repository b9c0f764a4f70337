"""Optimal Brain Surgeon, one weight after another, on each layer's squared error.

All units of a layer have the same G (npprune/pruning/repair.py), so one inverse serves them if they
lose inputs in the same order.

Left out: the cheapest weight next in each unit (ExactOBS): every unit then needs an inverse of its
own, an hour for 1000 units of 1000 inputs.

Read next: npprune/pruning/unit_obs.py.
"""

import numpy as np

from npprune.pruning.masks import smallest
from npprune.pruning.repair import check_counts, layer_by_layer, least_squares

BLOCK = 128


def remove_one(w, inverse, q):
    """Cut weight w_q of a unit and let the others make up for it: for reading and tests.

    Shapes: w (n,), inverse (n, n) = G^-1 -> new w, its cost

    The cost is w_q^2/(2 [G^-1]_qq), half of the mean squared error of the unit's sum; the others
    move by -w_q/[G^-1]_qq G^-1[:, q] (Hassibi and Stork 1993; exact here).
    """
    cost = w[q] ** 2 / (2 * inverse[q, q])
    new = w - w[q] / inverse[q, q] * inverse[:, q]
    new[q] = 0
    return new, cost


def sweep(W, G, count):
    """SparseGPT: cut `count` weights of a layer going once through the inputs.

    Shapes: W (n, m), G (n, n) positive definite -> new W (n, m), mask (n, m) bool

    With G^-1 = U^T U, U upper triangular, row i of U is G_i^-1[i, :]/sqrt(G_i^-1[i, i]), where G_i
    has lost the inputs before i.  For every unit that loses input i
        W[i:, j] -= U[i, i:] W[i, j]/U[i, i].
    Blocks of 128 inputs choose their share by w^2/U_ii^2 when the sweep reaches them.
    Source: Frantar and Alistarh 2023, algorithm 1.
    """
    U = np.linalg.cholesky(np.linalg.inv(G.astype(np.float64))).T
    W = W.astype(np.float64)
    n, m = W.shape
    mask = np.ones(W.shape, bool)
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        share = count * end // n - count * start // n  # adds up to count, exactly
        block = np.square(W[start:end] / U.diagonal()[start:end, None])
        mask[start:end] = ~smallest(block, share)
        errors = np.zeros((end - start, m))
        for i in range(start, end):
            errors[i - start] = np.where(mask[i], 0, W[i] / U[i, i])
            W[i:end] -= np.outer(U[i, i:end], errors[i - start])
        W[end:] -= U[start:end, end:].T @ errors
    return np.where(mask, W, 0), mask


def removals(G, W):
    """Remove inputs one by one, cheapest first, the rest making up for each.

    Shapes: G (n, n) positive definite, W (n, m) -> yields n pairs (input, its cost)

        q = argmin |W_i|^2/(2 [G^-1]_ii),   W <- W - G^-1[:, q] W[q]/[G^-1]_qq,
        G^-1 <- G^-1 - G^-1[:, q] G^-1[q, :]/[G^-1]_qq
    The last is the inverse of G without its row and column q (Schur complement).  Cost:
    n^2 (n + m).  In float64, as errors of n updates add up.
    """
    inverse, W = np.linalg.inv(G.astype(np.float64)), W.astype(np.float64)
    inputs = np.arange(len(G))  # what the rows of W and the inverse belong to
    left = np.ones(len(G), bool)
    for _ in range(len(G)):
        costs = np.full(len(inputs), np.inf)
        np.divide(np.einsum("im,im->i", W, W), 2 * inverse.diagonal(), out=costs, where=left)
        q = int(costs.argmin())
        yield inputs[q], costs[q]
        pull = inverse[:, q] / inverse[q, q]
        W -= np.outer(pull, W[q])
        inverse -= np.outer(pull, inverse[q])
        left[q] = False
        if left.mean() < 0.8:  # the copies that drop dead rows are paid for by smaller updates
            inputs, W, inverse = inputs[left], W[left], inverse[left][:, left]
            left = left[left]


def sparsegpt(weights, counts, X):
    """Cut by the sweep and refit what is left, layer after layer, on unlabelled images.

    Shapes: weights, counts L-1 integers, X (N, n_0) -> weights
    """
    check_counts(weights, counts)

    def fit(l, W, G, B):
        dense = np.linalg.solve(G, B)
        if l == len(weights) - 1:
            return dense
        return least_squares(G, B, sweep(dense, G, counts[l])[1])

    return layer_by_layer(weights, X, fit)
