"""What a weight is worth, by what is easy to see: its size, its input, the slope of the loss.

A criterion scores every weight of the hidden layers; the smallest are cut (budgets.py decides how
many of each layer).

Read next: npprune/pruning/curvature.py.
"""

import numpy as np

from npprune.network.mlp import activations, loss_and_gradients
from npprune.pruning.calibration import mean_over_images


def magnitude(weights, X, y, rng):
    """Size of the weight: |w|, the source report's criterion."""
    return [np.abs(W) for W in weights[:-1]]


def random(weights, X, y, rng):
    """The control: a random order, without ties."""
    sizes = [W.size for W in weights[:-1]]
    order = rng.permutation(sum(sizes)).astype(np.float64)  # float32 would tie above 2^24
    parts = np.split(order, np.cumsum(sizes)[:-1])
    return [part.reshape(W.shape) for part, W in zip(parts, weights, strict=False)]


def lamp(weights, X, y, rng):
    """Layer-adaptive magnitude: the weight's share of what would be left with it.

        s_u = w_u^2 / sum of w_v^2 over u and the weights after it
    in ascending order of |w|, ties by index.  Between layers the scores compare, since each layer's
    last weight has the score 1.  Source: Lee, Park, Mo, Ahn and Shin 2021, section 3.
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

    Its square is w^2 times the diagonal of A^T A/N: OBD on the layer's own squared error.
    """

    def total(X, y):
        return [np.square(H).sum(axis=0) for H in activations(weights, X)[:-2]]

    energy = mean_over_images(total, X)
    return [np.abs(W) * np.sqrt(e)[:, None] for e, W in zip(energy, weights, strict=False)]


def wanda(weights, X, y, rng):
    """Wanda as published: compared within each unit; here the place within its column.

    With a layer-wise budget every unit keeps the same number of weights, give or take one.
    Source: Sun, Liu, Bair and Kolter 2024, eq. 1 and section 3.
    """
    scores = wanda_layer(weights, X, y, rng)
    places = [s.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") for s in scores]
    return [(p / len(p)).astype(s.dtype) for p, s in zip(places, scores, strict=True)]


def gradients(weights, X, y):
    """Gradient of the mean loss in batches.  Shapes: weights, X (N, n_0), y (N,) -> like weights"""

    def total(X, y):
        return [dW * len(X) for dW in loss_and_gradients(weights, X, y)[1]]

    return mean_over_images(total, X, y)


def taylor(weights, X, y, rng):
    """Change of the loss on removal, to first order: |g w|.

    Source: Molchanov, Mallya, Tyree, Frosio and Kautz 2019, section 3.1 (there squared).
    """
    return [np.abs(g * W) for g, W in zip(gradients(weights, X, y)[:-1], weights, strict=False)]


def snip(weights, X, y, rng):
    """Connection sensitivity: |g w|/sum |g w|, meant for initial weights and a global budget.

    Source: Lee, Ajanthan and Torr 2019, eqs. 5-6.
    """
    scores = taylor(weights, X, y, rng)
    total = sum(s.sum() for s in scores)
    return [s / total if total > 0 else s for s in scores]
