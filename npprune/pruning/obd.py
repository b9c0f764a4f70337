"""Optimal Brain Damage and its relatives: scores from the curvature of the loss.

To second order, removing a weight changes the loss by h w^2/2 - g w.  The published forms differ
in what they take for h, whether they take g as 0, and which loss was minimized.

Read next: npprune/pruning/iterative.py.
"""

import numpy as np

from npprune.pruning.curvature import (
    fisher_diagonal,
    hessian_diagonal,
    hessian_vector_product,
    lecun_diagonal,
)
from npprune.pruning.scores import gradients


def _half_square(diagonal, weights):
    return [h * np.square(W) / 2 for h, W in zip(diagonal[:-1], weights, strict=False)]


def obd(weights, X, y, rng):
    """OBD with the exact diagonal: h w^2/2.

    Source: LeCun, Denker and Solla 1990, step 4 of their recipe.
    """
    return _half_square(hessian_diagonal(weights, X, y), weights)


def obd_lecun(weights, X, y, rng):
    return _half_square(lecun_diagonal(weights, X), weights)


def fisher(weights, X, y, rng):
    """OBD with the squared gradients for h: w^2 E[g^2]/2.

    Source: Theis, Korshunova, Tejani and Huszar 2018, section 3.
    """
    return _half_square(fisher_diagonal(weights, X, y), weights)


def obd_taylor(weights, X, y, rng):
    """Change of the loss on removal, to second order: h w^2/2 - g w.

    Early stopping and decay keep a network from the minimum of its loss, so g is not 0.  A negative
    score predicts that the loss falls.
    """
    second = obd(weights, X, y, rng)
    first = gradients(weights, X, y)
    return [s - g * W for s, g, W in zip(second, first, weights, strict=False)]


def obd_decay(weights, X, y, rng, penalty):
    """OBD of what was minimized, loss and penalty: (h + lambda) w^2/2.

        (C + lambda w^2/2)'' = h + lambda
    Training ends at a minimum of this sum, where the slope is 0, as OBD supposes; the loss alone
    has the slope -lambda w there.  Where h is far below lambda the order is that of magnitude.
    Recipe.penalty (npprune/network/training.py) derives lambda.
    Source: LeCun, Denker and Solla 1990; that the minimized sum is taken is our reading of it.
    """
    h = hessian_diagonal(weights, X)
    return _half_square([d + d.dtype.type(penalty) for d in h], weights)


def grasp(weights, X, y, rng):
    """Gradient signal preservation, made for networks before training: w (Hg).

    Removing w changes |g|^2/2 by -w (Hg) to first order: cut where the gradient gains the most.
    Source: Wang, Zhang and Grosse 2020, eq. 8 (there with the opposite sign, largest cut).
    """
    Hg = hessian_vector_product(weights, X, y, gradients(weights, X, y))
    return [W * h for W, h in zip(weights[:-1], Hg, strict=False)]
