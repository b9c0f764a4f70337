"""Least squares after the cut: the weights that stay take over for those that were pruned.

Cutting changes each unit's sum.  Making the difference as small as the kept weights allow is a
least-squares problem for every unit, without labels or training.

Left out: the ReLU.  Where the dense unit is off, any sum below 0 is as good as its own (Net-Trim,
Aghasi et al. 2017); after ADMM that gained nothing beyond chance.

Read next: npprune/pruning/admm.py.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from npprune.errors import InputError
from npprune.network.layers import affine, relu
from npprune.pruning.calibration import check_images, check_weights
from npprune.pruning.masks import check_masks

# Share of the mean of G's positive diagonal that is added to it (as in SparseGPT).
DAMPING = 0.01


def check_counts(weights, counts, of=np.size):
    """Raise InputError unless counts has a number for each hidden layer, within its size."""
    sizes = [of(W) for W in weights[:-1]]
    if len(counts) != len(sizes) or any(
        not 0 <= count <= size for count, size in zip(counts, sizes, strict=True)
    ):
        raise InputError(
            f"cannot cut {list(counts)} from hidden layers of {sizes}: give one count for each"
        )


def layer_by_layer(weights, X, fit):
    """Replace the layers first to last by what `fit` makes of each.

    Shapes: weights (dense), X (N, n_0), fit(l, W, G, B) -> (n_in, n_out), G (n_in, n_in),
    B (n_in, n_out) -> weights

        G = A^T A/N + d I,   B = A^T Z/N + d W,   d = 0.01 mean of G's positive diagonal
    A is what the layer receives in the pruned network, so that it also makes up for errors before
    it; Z its sums in the dense one.  Damping adds d |w - w_dense|^2 to the error: G is never
    singular, and a pixel that is never lit keeps its weight.
    """
    # The condition number of G is 6,000 to 30,000 (MNIST, k = .9), by which rounding is magnified:
    # float32 instead of float64, or another number of threads, moves weights by up to 5e-4 of the
    # largest, in directions that the images hardly show.  Logits move by 1e-4 of the largest, the
    # loss by 2e-6 or less, no answer of 10,000; float64 would take twice the memory for it.
    check_weights(weights)
    check_images(weights, X)
    H = A = X
    new = []
    for l, W in enumerate(weights):
        Z = affine(H, W)
        G, B = A.T @ A / len(X), A.T @ Z / len(X)
        diagonal = G.diagonal()
        damping = DAMPING * float(diagonal[diagonal > 0].mean()) if diagonal.any() else 1.0
        G[np.diag_indices_from(G)] += damping
        B += damping * W
        new.append(fit(l, W, G, B).astype(W.dtype))
        A, H = relu(affine(A, new[-1])), relu(Z)
    return new


def least_squares(G, B, mask):
    """Minimise w^T G w - 2 w^T b for every column, with weights only where the mask is True.

    Shapes: G (n, n) positive definite, B (n, m), mask (n, m) bool -> (n, m), 0 outside the mask

    With G = A^T A/N and b = A^T z/N this is, but for a constant, the mean of (a . w - z)^2, least
    where its gradient 2 (G w - b) is 0 in every kept weight.  With Q the kept and P the cut inputs
    of a column, the solution is
        w_Q = (G_QQ)^-1 b_Q                                 or
        w   = v - G^-1[:, P] (G^-1[P, P])^-1 v_P,   v = G^-1 b.
    The second: G w - b may differ from 0 in P only, so w = v + G^-1[:, P] m, and w_P = 0 gives m.
    It is Optimal Brain Surgeon (Hassibi and Stork 1993, for one weight) removing the set P at once,
    and cheaper while less than half is cut.  Cost, by Cholesky factors: sum of min(|P|, |Q|)^3/3.
    """
    solution = np.zeros_like(B)
    kept = mask.sum(axis=0)
    mostly = np.flatnonzero(2 * kept > len(G))
    if len(mostly):
        inverse = np.linalg.inv(G)
        solution[:, mostly] = inverse @ B[:, mostly]
    for j in mostly:
        P = np.flatnonzero(~mask[:, j])
        if len(P):
            factor = cho_factor(inverse[P][:, P], overwrite_a=True, check_finite=False)
            solution[:, j] -= inverse[:, P] @ cho_solve(factor, solution[P, j], check_finite=False)
            solution[P, j] = 0
    for j in np.flatnonzero((kept > 0) & (2 * kept <= len(G))):
        Q = np.flatnonzero(mask[:, j])
        factor = cho_factor(G[Q][:, Q], overwrite_a=True, check_finite=False)
        solution[Q, j] = cho_solve(factor, B[Q, j], check_finite=False)
    return solution


def refit(weights, masks, X):
    """Fit the kept weights to the dense network's sums, on unlabelled images.

    Shapes: weights, uncut, masks L bool arrays, X (N, n_0) -> weights

    A layer whose inputs are all removed keeps its weights.  Raises InputError when masks and
    weights do not fit, or weights or images are not finite.
    """
    check_masks(weights, masks)
    return layer_by_layer(weights, X, lambda l, W, G, B: least_squares(G, B, masks[l]))
