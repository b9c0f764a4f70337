"""Every criterion by its name, and what it needs to know: one call scores a network.

    looks at             criterion
    nothing              random
    the weight           magnitude, lamp
    the other layers     synflow
    its inputs           wanda, wanda-layer
    the gradient         taylor, snip, fisher
    the curvature        obd, obd-lecun, obd-taylor, obd-decay, grasp
    the same, in rounds  obd-iterated, obd-decay-iterated

Read next: npprune/pruning/unit_saliency.py.
"""

from typing import NamedTuple

from npprune.errors import InputError
from npprune.pruning import iterative, obd, scores
from npprune.pruning.calibration import check_images, check_weights


class Criterion(NamedTuple):
    """A function (weights, X, y, rng) -> scores, and which of X, y and rng it needs.

    If it needs the training's penalty, that is a fifth argument.
    """

    function: object
    needs: tuple = ()


CRITERIA = {
    "magnitude": Criterion(scores.magnitude),
    "random": Criterion(scores.random, ("rng",)),
    "lamp": Criterion(scores.lamp),
    "taylor": Criterion(scores.taylor, ("X", "y")),
    "snip": Criterion(scores.snip, ("X", "y")),
    "fisher": Criterion(obd.fisher, ("X", "y")),
    "obd": Criterion(obd.obd, ("X",)),
    "obd-lecun": Criterion(obd.obd_lecun, ("X",)),
    "obd-taylor": Criterion(obd.obd_taylor, ("X", "y")),
    "obd-decay": Criterion(obd.obd_decay, ("X", "penalty")),
    "obd-iterated": Criterion(iterative.obd_iterated, ("X",)),
    "obd-decay-iterated": Criterion(iterative.obd_decay_iterated, ("X", "penalty")),
    "wanda": Criterion(scores.wanda, ("X",)),
    "wanda-layer": Criterion(scores.wanda_layer, ("X",)),
    "grasp": Criterion(obd.grasp, ("X", "y")),
    "synflow": Criterion(iterative.synflow),
}


def score(criterion, weights, X=None, y=None, rng=None, criteria=CRITERIA, penalty=None):
    """Score every weight of the hidden layers; the smallest are worth the least.

    Shapes: weights, X (N, n_0), y (N,) -> L-1 arrays like hidden weights

    Raises InputError for an unknown criterion, a missing argument, and weights or images that are
    not finite.
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
