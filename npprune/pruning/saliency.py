"""What a weight is worth: the published answers, each a few lines, all with one signature.

A criterion gives every weight of the hidden layers a score; those with the smallest scores are cut
(npprune/pruning/budgets.py decides how many of each layer).  The scores fall into families:

    looks at             criterion
    nothing              random
    the weight           magnitude, lamp
    the other layers     synflow
    its inputs           wanda, wanda-layer
    the gradient         taylor, snip, fisher
    the curvature        obd, obd-lecun, obd-taylor, obd-decay, grasp
    the same, in rounds  obd-iterated, obd-decay-iterated, obd-rounds

SNIP, GraSP and SynFlow were made to prune a network before it is trained: give them its initial
weights, or the trained ones to see what they are worth there.

Left out: criteria that train while they score (dynamic surgery, variational dropout).

Read next: npprune/pruning/unit_saliency.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.network.mlp import activations
from npprune.pruning.calibration import check_images, check_weights, mean_over_images
from npprune.pruning.curvature import (
    fisher_diagonal,
    gradients,
    hessian_diagonal,
    hessian_vector_product,
    lecun_diagonal,
)
from npprune.pruning.iterative import obd_decay_iterated, obd_iterated, obd_rounds, synflow


class Criterion(NamedTuple):
    """A scoring function (weights, X, y, rng) -> scores, and which of X, y and rng it needs.

    One that needs the penalty of the training takes it as a fifth argument.
    """

    function: object
    needs: tuple = ()


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


def fisher(weights, X, y, rng):
    """OBD with the empirical Fisher in the Hessian's place: w^2 E[g^2] / 2.

    Source: Theis, Korshunova, Tejani and Huszar 2018, section 3.
    """
    return _half_square(fisher_diagonal(weights, X, y), weights)


def obd(weights, X, y, rng):
    """Optimal Brain Damage with the exact diagonal: h w^2 / 2.

    Source: LeCun, Denker and Solla 1990, step 4 of their recipe.
    """
    return _half_square(hessian_diagonal(weights, X, y), weights)


def obd_lecun(weights, X, y, rng):
    """OBD with the recursion for h that was published with it, in one shot: h w^2 / 2."""
    return _half_square(lecun_diagonal(weights, X), weights)


def obd_taylor(weights, X, y, rng):
    """Change of the loss on removal, to second order: h w^2 / 2 - g w.

    A trained network is not at a minimum of its loss (it is stopped early, and weight decay holds
    it away), so g is not 0.
    A negative score says that the loss would fall.
    """
    second = obd(weights, X, y, rng)
    first = gradients(weights, X, y)
    return [s - g * W for s, g, W in zip(second, first, weights, strict=False)]


def obd_decay(weights, X, y, rng, penalty):
    """OBD of what was minimized, the loss and the penalty of the decay: (h + lambda) w^2 / 2.

        (C + lambda w^2 / 2)'' = h + lambda
    Training that has ended sits at a minimum of this sum, where it has no slope, as OBD supposes;
    the loss alone has the slope -lambda w there.  Where h is far below lambda the order is that of
    magnitude.  npprune/network/training.py derives lambda from a recipe (Recipe.penalty).
    Source: LeCun, Denker and Solla 1990; that the minimized sum is taken is our reading of it.
    """
    h = hessian_diagonal(weights, X)
    return _half_square([d + d.dtype.type(penalty) for d in h], weights)


def _half_square(diagonal, weights):
    """Return h w^2 / 2 for the hidden layers."""
    return [h * np.square(W) / 2 for h, W in zip(diagonal[:-1], weights, strict=False)]


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


def grasp(weights, X, y, rng):
    """Gradient signal preservation: w (Hg), the change of |g|^2 / 2 as the weight grows.

    Removing w changes |g|^2 / 2 by -w (Hg) to first order: cut where the gradient gains the most.
    Source: Wang, Zhang and Grosse 2020, eq. 8 (there with the opposite sign, largest cut).
    """
    Hg = hessian_vector_product(weights, X, y, gradients(weights, X, y))
    return [W * h for W, h in zip(weights[:-1], Hg, strict=False)]


CRITERIA = {
    "magnitude": Criterion(magnitude),
    "random": Criterion(random, ("rng",)),
    "lamp": Criterion(lamp),
    "taylor": Criterion(taylor, ("X", "y")),
    "snip": Criterion(snip, ("X", "y")),
    "fisher": Criterion(fisher, ("X", "y")),
    "obd": Criterion(obd, ("X",)),
    "obd-lecun": Criterion(obd_lecun, ("X",)),
    "obd-taylor": Criterion(obd_taylor, ("X", "y")),
    "obd-decay": Criterion(obd_decay, ("X", "penalty")),
    "obd-iterated": Criterion(obd_iterated, ("X",)),
    "obd-decay-iterated": Criterion(obd_decay_iterated, ("X", "penalty")),
    "obd-rounds": Criterion(obd_rounds, ("X",)),
    "wanda": Criterion(wanda, ("X",)),
    "wanda-layer": Criterion(wanda_layer, ("X",)),
    "grasp": Criterion(grasp, ("X", "y")),
    "synflow": Criterion(synflow),
}


def score(criterion, weights, X=None, y=None, rng=None, criteria=CRITERIA, penalty=None):
    """Score every weight of the hidden layers; the smallest are worth the least.

    Shapes: weights L arrays, X (N, n_0) float32, y (N,) integers, penalty a number (obd_decay)
    -> L-1 arrays shaped as the hidden weights

    Raises InputError for a criterion that does not exist or lacks what it needs, and for weights
    or images that are not finite.
    """
    if criterion not in criteria:
        raise InputError(f"criterion {criterion!r}: give one of {', '.join(criteria)}")
    function, needs = criteria[criterion]
    given = {"X": ("images", X), "y": ("labels", y), "rng": ("a random generator", rng)}
    given["penalty"] = ("the penalty of the training", penalty)
    for name in needs:
        if given[name][1] is None:
            raise InputError(f"criterion {criterion!r} needs {given[name][0]}: none were given")
    check_weights(weights)
    if "X" in needs:
        check_images(weights, X)
    return function(weights, X, y, rng, *([penalty] if "penalty" in needs else []))
