"""What a weight is worth, by what is easy to see: its size, its input, the slope of the loss.

A criterion gives every weight of the hidden layers a score; those with the smallest scores are cut
(npprune/pruning/budgets.py decides how many of each layer).  All have one signature.  Here:

    looks at         criterion
    nothing          random
    the weight       magnitude, lamp
    its input        wanda, wanda-layer
    the gradient     taylor, snip

SNIP was made to prune a network before it is trained.

Read next: npprune/pruning/curvature.py.
"""

import numpy as np

from npprune.network.mlp import activations, loss_and_gradients
from npprune.pruning.calibration import mean_over_images


def magnitude(weights, X, y, rng):
    """Size of the weight: |w|, the criterion of the report."""
    return [np.abs(W) for W in weights[:-1]]


def random(weights, X, y, rng):
    """Places in a random order of all weights: the control, with no ties and so no bias."""
    sizes = [W.size for W in weights[:-1]]
    order = rng.permutation(sum(sizes)).astype(np.float64)  # float32 would tie above 2^24
    parts = np.split(order, np.cumsum(sizes)[:-1])
    return [part.reshape(W.shape) for part, W in zip(parts, weights, strict=False)]


def lamp(weights, X, y, rng):
    """Layer-adaptive magnitude: the weight's share of what would be left with it.

        s_u = w_u^2 / sum over v of w_v^2, |w_v| >= |w_u|, in the same layer
    Within a layer the order is that of magnitude; between layers the scores compare, since the
    last weight of any layer has the score 1.  Source: Lee, Park, Mo, Ahn and Shin 2021, section 3.
    """
    scores = []
    for W in weights[:-1]:
        squares = np.square(W, dtype=np.float64).ravel()  # float32 sums lose the small ones
        order = np.argsort(squares, kind="stable")[::-1]
        left = np.cumsum(squares[order])
        s = np.zeros_like(squares)
        np.divide(squares[order], left, out=left, where=left > 0)
        s[order] = left
        scores.append(s.reshape(W.shape))
    return scores


def wanda_layer(weights, X, y, rng):
    """Weight times the size of its input: |w_ij| sqrt(E[a_i^2]), compared within the layer.

    Its square is w^2 times the diagonal of A^T A / N: OBD on the layer's own squared error.
    """

    def total(X, y):
        return [np.square(H).sum(axis=0) for H in activations(weights, X)[:-2]]

    energy = mean_over_images(total, X)
    return [np.abs(W) * np.sqrt(e)[:, None] for e, W in zip(energy, weights, strict=False)]


def wanda(weights, X, y, rng):
    """Wanda as published: the same, compared within each unit; here the place within its column.

    With a layer-wise budget every unit then keeps the same number of weights, give or take one.
    Source: Sun, Liu, Bair and Kolter 2024, eq. 1 and section 3.
    """
    scores = wanda_layer(weights, X, y, rng)
    places = [s.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") for s in scores]
    return [(p / len(p)).astype(s.dtype) for p, s in zip(places, scores, strict=True)]


def gradients(weights, X, y):
    """Gradient of the mean loss, as `mlp.loss_and_gradients`, in batches.

    Shapes: weights L arrays, X (N, n_0), y (N,) integers -> L arrays like weights
    """

    def total(X, y):
        return [dW * len(X) for dW in loss_and_gradients(weights, X, y)[1]]

    return mean_over_images(total, X, y)


def taylor(weights, X, y, rng):
    """Change of the loss on removal, to first order: |g w|.

    Source: Molchanov, Mallya, Tyree, Frosio and Kautz 2019, section 3.1 (there squared).
    """
    return [np.abs(g * W) for g, W in zip(gradients(weights, X, y)[:-1], weights, strict=False)]


def snip(weights, X, y, rng):
    """Connection sensitivity: |g w| / sum |g w|, meant for initial weights and a global budget.

    The order is that of `taylor`; the sum only makes it a share.
    Source: Lee, Ajanthan and Torr 2019, eqs. 5-6.
    """
    scores = taylor(weights, X, y, rng)
    total = sum(s.sum() for s in scores)
    return [s / total if total > 0 else s for s in scores]
