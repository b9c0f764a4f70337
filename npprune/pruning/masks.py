"""Which weights stay: boolean arrays, True = keep, always an exact number of them.

Pruning the fraction k of n weights removes exactly round(k n) (Python's round: a half goes to the
even number).  Every hidden layer is pruned by itself, at the same k; the output layer never is.
The random masks are the controls, which any criterion must beat.

Read next: npprune/pruning/compact.py.
"""

import numpy as np

from npprune.errors import InputError

KINDS = ("weight", "unit")


def check_sparsity(k):
    """Return k as a float in [0, 1], or raise InputError."""
    try:
        value = float(k)
    except (TypeError, ValueError):
        value = np.nan
    if not 0 <= value <= 1:
        raise InputError(f"sparsity {k}: give the fraction to prune as a number from 0 to 1")
    return value


def smallest(scores, count):
    """Mark the `count` smallest scores; among equal ones, those with the lowest index.

    Shapes: scores, any shape -> bool, same shape, exactly `count` True

    A threshold alone would mark too many when scores tie.
    """
    if np.isnan(scores).any():
        raise InputError("the scores to prune by contain NaN: the weights or the data are broken")
    marked = np.zeros(scores.shape, bool)
    if count == 0:
        return marked
    threshold = np.partition(scores, count - 1, axis=None)[count - 1]
    np.less(scores, threshold, out=marked)
    ties = np.flatnonzero(scores == threshold)
    marked.flat[ties[: count - np.count_nonzero(marked)]] = True
    return marked


def weight_mask(W, k):
    """Keep the weights of largest magnitude: all but round(k n).

    Shapes: W (n_in, n_out) -> bool (n_in, n_out)
    """
    return ~smallest(np.abs(W), round(check_sparsity(k) * W.size))


def unit_mask(W, k):
    """Keep the units, columns of W, of largest L2 norm: all but round(k n_out).

    Shapes: W (n_in, n_out) -> bool (n_in, n_out), each column all True or all False
    """
    with np.errstate(over="ignore"):  # of weights above 1e19 the norm is infinite, and so a tie
        norms = np.linalg.norm(W, axis=0)
    cut = smallest(norms, round(check_sparsity(k) * W.shape[1]))
    return np.broadcast_to(~cut, W.shape).copy()


def random_weight_mask(W, k, rng):
    """The control for weight_mask: every set of round(k n) weights is equally likely to be cut."""
    return weight_mask(rng.permutation(W.size).reshape(W.shape), k)


def random_unit_mask(W, k, rng):
    """The control for unit_mask, as random_weight_mask is for weight_mask."""
    return np.broadcast_to(random_weight_mask(W[:1], k, rng), W.shape).copy()


def layer_masks(weights, k, kind, rng=None):
    """Masks for a whole network, by magnitude, or at random with an rng.

    Shapes: weights -> L bool arrays, the output layer's all True

    Raises InputError for a kind other than "weight" and "unit".
    """
    if kind not in KINDS:
        raise InputError(f"pruning kind {kind!r}: give one of {', '.join(KINDS)}")
    by_magnitude, at_random = {
        "weight": (weight_mask, random_weight_mask),
        "unit": (unit_mask, random_unit_mask),
    }[kind]
    hidden = [by_magnitude(W, k) if rng is None else at_random(W, k, rng) for W in weights[:-1]]
    return [*hidden, np.ones(weights[-1].shape, bool)]


def check_masks(weights, masks):
    """Raise InputError unless each layer has a mask of its shape."""
    shapes, needed = [np.shape(mask) for mask in masks], [W.shape for W in weights]
    if shapes != needed:
        raise InputError(
            f"masks of shapes {shapes} for weights of shapes {needed}: give one mask for each "
            f"layer, of its shape"
        )


def apply_masks(weights, masks):
    """Zero what the masks do not keep.  Shapes: weights, masks L bool arrays -> weights"""
    return [np.where(mask, W, W.dtype.type(0)) for W, mask in zip(weights, masks, strict=True)]


def prune(weights, k, kind):
    """Prune by magnitude, layer by layer: as the source report does.

    Shapes: weights -> weights
    """
    return apply_masks(weights, layer_masks(weights, k, kind))


def sparsity(weights):
    """Fraction of zeros among the hidden weights; 1 where compacting has left none."""
    hidden = weights[:-1]
    return 1 - sum(np.count_nonzero(W) for W in hidden) / max(sum(W.size for W in hidden), 1)
