"""Do the scores tell the truth?  Their ranks beside the true change of the loss.

The oracle (npprune/pruning/oracle.py) removes one weight or unit at a time and measures.  A score
that foretold this perfectly would have the rank correlation 1 with it.  That need not make it the
best to prune by: removals are made together, and their costs do not add up.

The change has a sign: a network that was stopped early, or trained with weight decay, is not at a
minimum of its loss, and some weights are better removed.  Most scores only judge how much the loss
moves, so their ranks are also compared with those of |change|.

The cheap curvatures stand beside the exact diagonal of the Hessian in the same way, over every
weight of a layer: how well they correlate, and the ratio of their sums (1: right on average).

Read next: npprune/studies/criteria/measure.py.
"""

import math

import numpy as np
from scipy.stats import pearsonr, spearmanr

from npprune.network.mlp import inputs
from npprune.pruning.curvature import fisher_diagonal, hessian_diagonal, lecun_diagonal
from npprune.pruning.oracle import sample_places, unit_oracle, weight_oracle
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream

ALL_LAYERS = 0  # in the column of layers, which are counted from 1


def agreement(material, images, places):
    """Rank correlations of scores and curvatures with what they stand for, on a few images.

    -> {"criteria_curvature": records, "criteria_oracle": records}; `places` weights are drawn from
    each hidden layer, units are all taken
    """
    weights, X, y = material.weights, inputs(material.images[:images]), material.labels[:images]
    drawn = sample_places(weights, places, stream(material.seed, "oracle"))
    layers = np.array([l for l, _, _ in drawn])
    changes = weight_oracle(weights, X, y, drawn)

    def sampled(scores):
        return np.array([scores[l][i, j] for l, i, j in drawn])

    rows = list(_ranks("weight", CRITERIA, material, X, y, changes, layers, sampled))
    by_layer = unit_oracle(weights, X, y)
    layers = np.repeat(np.arange(len(by_layer)), [len(c) for c in by_layer])
    changes = np.concatenate(by_layer)
    rows += _ranks("unit", UNIT_CRITERIA, material, X, y, changes, layers, np.concatenate)
    # The table by which a piece is known to be done comes last.
    return {"criteria_curvature": list(_curvatures(weights, X, y)), "criteria_oracle": rows}


def _ranks(kind, criteria, material, X, y, changes, layers, sampled):
    """Spearman's correlation of every criterion with the changes of the loss, by layer and in all.

    sampled(scores) picks what the changes belong to, in their order.
    """
    for criterion in criteria:
        rng = stream(material.seed, "random masks")
        known = material.weights, X, y, rng, criteria, material.penalty
        scores = sampled(score(criterion, *known))
        for layer in (ALL_LAYERS, *np.unique(layers) + 1):
            here = (layers == layer - 1) | (layer == ALL_LAYERS)
            yield {
                "kind": kind,
                "criterion": criterion,
                "layer": int(layer),
                "count": int(here.sum()),
                "spearman": correlation(spearmanr, scores[here], changes[here]),
                "spearman_absolute": correlation(spearmanr, scores[here], np.abs(changes[here])),
            }


def correlation(kind, a, b):
    """A correlation of scipy.stats; not a number where all of one are equal, and so have no order.

    Shapes: a, b (n,) -> float
    """
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(kind(a, b).statistic)


def _curvatures(weights, X, y):
    """Each cheap curvature against the exact diagonal, layer by layer."""
    exact = hessian_diagonal(weights, X)
    for name, diagonal in (
        ("lecun", lecun_diagonal(weights, X)),
        ("fisher", fisher_diagonal(weights, X, y)),
    ):
        for layer, (h, cheap) in enumerate(zip(exact, diagonal, strict=True), 1):
            h, cheap = h.ravel().astype(np.float64), cheap.ravel().astype(np.float64)
            yield {
                "curvature": name,
                "layer": layer,
                "pearson": correlation(pearsonr, h, cheap),
                "spearman": correlation(spearmanr, h, cheap),
                "ratio": float(cheap.sum() / h.sum()) if h.any() else math.nan,
            }
