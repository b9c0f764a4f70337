"""How many to cut from each layer, when the whole network may lose the fraction k.

    layer-wise   the same fraction of every layer
    global       the smallest scores of all hidden layers together
    erk          small layers keep a larger share
    lamp         what LAMP would cut of each layer

Counts are exact: round(k n_l) of each layer for layer-wise, else round(k n) in all.

Read next: npprune/pruning/oracle.py.
"""

import warnings

import numpy as np

from npprune.errors import InputError
from npprune.pruning.masks import check_sparsity, smallest
from npprune.pruning.scores import lamp


def layer_wise(scores, weights, k):
    """Cut round(k n_l) of each layer's n_l; a budget returns for each layer how many to cut."""
    return [round(k * s.size) for s in scores]


def all_together(scores, weights, k):
    """Cut the round(k n) smallest scores of all layers; of equal ones the earlier layer's."""
    everything = np.concatenate([s.ravel() for s in scores])
    cut = smallest(everything, round(k * everything.size))
    ends = np.cumsum([s.size for s in scores])[:-1]
    return [int(np.count_nonzero(part)) for part in np.split(cut, ends)]


def erk(scores, weights, k):
    """Erdos-Renyi: density_l = e (n_in + n_out)/(n_in n_out), at most 1, e set by the total.

    Where a layer would be more than full, e is computed again for the others.
    Source: Evci et al. 2020, section 3 (ERK; no kernel here).
    """
    sizes = np.array([s.size for s in scores])
    shapes = np.array([W.shape for W in weights[: len(scores)]])
    ratio = shapes.sum(axis=1) / shapes.prod(axis=1)
    keep = sizes.sum() - round(k * sizes.sum())
    full = np.zeros(len(sizes), bool)
    while True:
        # 1e-300, since 0 / 0 is to be 0 where every layer is full.
        e = (keep - sizes[full].sum()) / max((ratio * sizes)[~full].sum(), 1e-300)
        over = ~full & (e * ratio > 1)
        if not over.any():
            break
        full |= over
    return _exactly(sizes - np.where(full, sizes, e * ratio * sizes), round(k * sizes.sum()))


def _exactly(counts, total):
    floors = np.floor(counts + 1e-9).astype(int)
    up = np.argsort(floors - counts, kind="stable")[: total - floors.sum()]
    floors[up] += 1
    return [int(count) for count in floors]


def lamp_counts(scores, weights, k):
    """LAMP's counts; a unit counts with its incoming L2 norm."""
    if scores[0].ndim == 1:
        weights = [np.linalg.norm(W, axis=0) for W in weights]
    return all_together(lamp(weights, None, None, None), weights, k)


BUDGETS = {"layer-wise": layer_wise, "global": all_together, "erk": erk, "lamp": lamp_counts}


def budget_masks(budget, scores, weights, k):
    """Masks for a whole network: how many by the budget, which by the scores.

    Shapes: scores L-1 arrays (n_in, n_out) of weights or (n_out,) of units, weights -> L bool
    arrays, True = keep, the output layer whole

    Warns when a layer is emptied at k < 1: every logit is then 0.  Raises InputError for an unknown
    budget, k outside [0, 1] or NaN scores.
    """
    if budget not in BUDGETS:
        raise InputError(f"budget {budget!r}: give one of {', '.join(BUDGETS)}")
    counts = BUDGETS[budget](scores, weights, check_sparsity(k))
    return cut_masks(scores, counts, weights)


def cut_masks(scores, counts, weights):
    """Masks that cut a given number of the smallest scores of each hidden layer.

    Shapes: as budget_masks, counts L-1 integers
    """
    masks = []
    for s, count, W in zip(scores, counts, weights, strict=False):
        masks.append(np.broadcast_to(~smallest(s, count), W.shape).copy())
    empty = [l for l, (s, count) in enumerate(zip(scores, counts, strict=True), 1)
             if count == s.size]  # fmt: skip
    if empty and sum(counts) < sum(s.size for s in scores):
        warnings.warn(
            f"layer {', '.join(map(str, empty))} is left with nothing, so every logit is 0: "
            f"use a smaller k or the budget 'erk'",
            stacklevel=3,
        )
    return [*masks, np.ones(weights[-1].shape, bool)]
