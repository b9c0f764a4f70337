"""Which weights are pruned?  Histograms and distances for every layer.

Unit pruning removes whole columns, so some small weights stay and some large ones are pruned; the
source report calls that random.  Three numbers test it (npprune/theory/theorem):

    KS    largest difference of the two distribution functions     near 0 if random, 1 if sorted
    AUC   chance that a surviving weight is the larger of two      near .5 if random, 1 if sorted
    gap   mean magnitude of the survivors minus that of the eliminated

Read next: npprune/studies/prune/measure.py.
"""

import numpy as np

from npprune.pruning.masks import KINDS, layer_masks
from npprune.theory.theorem.checks import parting
from npprune.theory.theorem.distances import group_distances

K = 0.9  # the source's Figure 4
BINS = 60  # from 0 to the layer's largest weight, so that nothing is cut off
FRACTIONS = (0.1, 0.5, 0.9, 0.97)


def compare_magnitudes(weights):
    """Measure every hidden layer.  Shapes: weights L arrays -> {table: records}"""
    histograms, distances = [], []
    for kind in KINDS:
        masks = layer_masks(weights, K, kind)
        for layer, (W, mask) in enumerate(zip(weights[:-1], masks[:-1], strict=True), 1):
            known = {"layer": layer, "kind": kind}
            histograms += [known | {"k": K} | row for row in histogram(W, mask)]
            # A group of the whole fan-in is a unit, a group of one is a weight.
            size = len(W) if kind == "unit" else 1
            if possible := parting(W.size // size, FRACTIONS):
                found = group_distances(W, size, possible)
                distances += [
                    known | {"k": k, "ks": float(ks), "auc": float(auc), "mean_gap": float(gap)}
                    for k, ks, auc, gap in zip(possible, *found, strict=True)
                ]
    return {"magnitudes": histograms, "distances": distances}


def histogram(W, mask):
    """Count the magnitudes in BINS equal bins, from 0 to the largest.

    Shapes: W (n_in, n_out), mask bool, True = surviving -> BINS records
    """
    magnitudes = np.abs(W)
    edges = np.linspace(0, magnitudes.max(), BINS + 1)
    columns = {"left": edges[:-1], "right": edges[1:]}
    for name, part in (("all", ...), ("eliminated", ~mask), ("surviving", mask)):
        columns[name] = np.histogram(magnitudes[part], edges)[0]
    lines = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, line, strict=True)) for line in lines]
