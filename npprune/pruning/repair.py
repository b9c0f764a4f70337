"""Least squares after the cut: the weights that stay take over for those that were pruned.

Cutting leaves each unit with a sum that differs from what it was.  The difference can be made as
small as the kept weights allow, without labels and without training: it is a linear least-squares
problem for every unit.  All that it asks of the images is two small matrices for a layer,

    G = A^T A / N,   B = A^T Z / N,

where A is what the layer receives in the pruned network and Z the sums it gave in the dense one.
For a unit with the column b of B, the mean of (a . w - z)^2 over the images is

    w^T G w - 2 w^T b + what does not depend on w,

least where its gradient 2 (G w - b) is 0 in every weight that is kept.  The layers are refitted
first to last, so that each can also make up for what those before it got wrong; the output layer,
which is never cut, is refitted too.  A result is called calibrated and goes with the number of
training images that it saw; it saw no labels.

Left out: the ReLU.  Where the dense unit is off, any sum below 0 is as good as its own (Net-Trim,
Aghasi et al. 2017), which after ADMM gained nothing that could be told from chance.

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
    """Raise InputError unless counts has a number for each hidden layer, within what it has."""
    sizes = [of(W) for W in weights[:-1]]
    if len(counts) != len(sizes) or any(
        not 0 <= count <= size for count, size in zip(counts, sizes, strict=True)
    ):
        raise InputError(
            f"cannot cut {list(counts)} from hidden layers of {sizes}: give one count for each"
        )


def layer_by_layer(weights, X, fit):
    """Replace the layers first to last by what `fit` makes of each; returns the new weights.

    Shapes: weights L arrays (of the dense network), X (N, n_0) float32
    fit(l, W, G, B) -> (n_in, n_out), with G (n_in, n_in) and B (n_in, n_out)

    Z is what the dense network gives, A what the new one receives.  Damping adds the squared
    distance from the dense weights, d |w - w_dense|^2, to the error, so that
        G = A^T A / N + d I,   B = A^T Z / N + d W,   d = 0.01 mean of G's positive diagonal,
    and G is never singular: a pixel that is never lit keeps the weight that it had.  At most five
    arrays of a layer's outputs are in memory: 200 MB for 10,000 images and 1000 units.
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

    With Q the kept and P the cut inputs of a column, either of
        w_Q = (G_QQ)^-1 b_Q
        w   = v - G^-1[:, P] (G^-1[P, P])^-1 v_P,   v = G^-1 b
    is the solution.  The second: G w - b may differ from 0 in P only, so w = v + G^-1[:, P] m, and
    w_P = 0 gives m.  It is Optimal Brain Surgeon (Hassibi and Stork 1993, for one weight) removing
    the set P at once, and cheaper while less than half is cut.  Cost, by Cholesky factors: sum of
    min(|P|, |Q|)^3 / 3.  (Taking rows, then columns, is three times as fast as np.ix_.)
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

    Shapes: weights L arrays, uncut, masks L bool arrays (True = keep), X (N, n_0) float32
    -> L new arrays like weights, 0 where the masks are False

    For masks of whole units this is the reconstruction of each layer from the units that are left
    of the one before.  A layer whose inputs are all removed keeps its weights.  Raises InputError
    when masks and weights do not fit, or weights or images are not finite.
    """
    check_masks(weights, masks)
    return layer_by_layer(weights, X, lambda l, W, G, B: least_squares(G, B, masks[l]))
