"""One network's layers beside shuffles of themselves.

Read next: npprune/studies/randomness/tables.py.
"""

import itertools

from npprune.streams import stream
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM, hidden_layers
from npprune.theory.theorem.checks import parting
from npprune.theory.theorem.distances import layer_distances
from npprune.theory.theorem.nulls import NULLS, null_distances, p_value


def null_rows(weights, draws, seed, epoch, layers=None):
    """Records for each layer, null and distance.  Shapes: weights L arrays

    The p-value is one-sided, at least 1/(draws + 1).
    """
    rows = []
    for layer, W in hidden_layers(weights, layers):
        for null, k in itertools.product(NULLS, parting(W.shape[1], (SOURCE_K,))):
            cut = (SOURCE_NORM,), (k,)
            rng = stream(seed, f"null {null}", epoch, layer)
            drawn = null_distances(W, null, *cut, draws, rng)
            observed = layer_distances(W, *cut)
            for name, seen, by_chance in zip(drawn._fields, observed, drawn, strict=True):
                rows.append({
                    "layer": layer, "null": null, "p": SOURCE_NORM, "k": k, "distance": name,
                    "draws": draws, "observed": seen.item(), "mean": float(by_chance.mean()),
                    "deviation": float(by_chance.std(ddof=min(1, draws - 1))),
                    "p_value": p_value(seen, by_chance).item(),
                })  # fmt: skip
    return rows
