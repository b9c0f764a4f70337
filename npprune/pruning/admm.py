"""Choosing the cut and the weights together: ADMM on each layer's squared error.

With G and B of npprune/pruning/repair.py, and s_j the logits' sensitivity to unit j, the problem

    minimise  sum_j s_j^2 (w_j^T G w_j - 2 w_j^T b_j)   with a given number of the w_ij zero

cannot be solved exactly.  ADMM (alternating direction method of multipliers) splits it in two.

Source: Boza 2024, "Fast and effective weight update for pruned large language models".

Read next: npprune/pruning/obs.py.
"""

import numpy as np

from npprune.pruning.calibration import check_images, check_weights
from npprune.pruning.curvature import logit_sensitivity
from npprune.pruning.masks import smallest
from npprune.pruning.repair import check_counts, layer_by_layer, least_squares

# Chosen on MNIST's validation images.  PENALTY is for inputs scaled to mean square 1.
ROUNDS, RISE, PENALTY = 20, 15, 0.3
SENSITIVITY_IMAGES = 2000


def iterate(W, G, B, choose, rounds=ROUNDS):
    """Alternate between a dense copy D and a sparse copy S of a layer's weights.

    Shapes: W, B (n, m), G (n, n) positive definite, choose(t, D + U) -> mask (n, m) bool
    -> D, S (n, m), last mask

    From D = W, U = 0, in each round:
        S <- D + U where the mask is True, else 0
        U <- U + D - S
        D <- (G + rho I)^-1 (B + rho (S - U))
    D fits the layer, S is sparse, and their summed difference U pulls them together.  rho is
    PENALTY, inputs scaled so that G's diagonal is 1.  While the mask stays, D and S converge to the
    masked least squares.  Cost: 2 n^2 m operations a round.
    """
    size = np.sqrt(G.diagonal())[:, None]
    scaled = G / size / size.T
    F = np.linalg.inv(scaled + PENALTY * np.eye(len(G), dtype=G.dtype))
    start = F @ (B / size)
    D = W * size
    U = np.zeros_like(D)
    for t in range(1, rounds + 1):
        U += D
        mask = choose(t, U)
        S = np.where(mask, U, U.dtype.type(0))
        U -= S
        D = start + PENALTY * (F @ (S - U))
    return D / size, S / size, mask


def admm_mask(W, G, B, count, sensitivity):
    """Choose which `count` weights of a layer to cut: the smallest s_j sqrt(G_ii) |D + U|.

    Shapes: W, B (n, m), G (n, n), sensitivity (m,) -> mask (n, m) bool

    The cut grows over 15 rounds.  Multiplying column j of the problem by s_j multiplies its D, S
    and U, so s matters only between units.
    """

    def choose(t, V):
        part = 1 - (1 - min(1, t / RISE)) ** 3  # as in gradual.py
        return ~smallest(np.abs(V) * sensitivity, round(part * count))

    return iterate(W, G, B, choose)[2]


def admm(weights, counts, X):
    """Cut a given number of weights of each hidden layer and refit the rest, without labels.

    Shapes: weights, counts L-1 integers, X (N, n_0) -> weights

    Raises InputError for counts that do not fit, or weights or images that are not finite.
    """
    check_counts(weights, counts)
    check_weights(weights)
    check_images(weights, X)
    sensitivity = _with_a_trace(logit_sensitivity(weights, X[:SENSITIVITY_IMAGES]))

    def fit(l, W, G, B):
        if l == len(weights) - 1:
            return np.linalg.solve(G, B)
        return least_squares(G, B, admm_mask(W, G, B, counts[l], sensitivity[l]))

    return layer_by_layer(weights, X, fit)


def _with_a_trace(sensitivity):
    """Add a little, so that weights of units with sensitivity 0 do not tie."""
    return [s + 1e-3 * s.mean() for s in sensitivity]
