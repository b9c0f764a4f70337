"""One network's layers beside shuffles of themselves, and cut by groups instead of whole units.

Groups of b weights of a unit are pruned, b from 1 (which is weight pruning) to the fan-in (which is
unit pruning); the theorem has d = b there.  Beside it stands the layer with all entries shuffled,
which is exact at small sizes too, where a rate for large d cannot be.

Read next: npprune/studies/randomness/tables.py.
"""

import itertools
import math

import numpy as np

from npprune.streams import stream
from npprune.studies.randomness.layers import (
    SOURCE_K,
    SOURCE_NORM,
    hidden_layers,
    parting,
)
from npprune.theory.theorem.bounds import sharp_bound
from npprune.theory.theorem.distances import group_distances, layer_distances
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.nulls import NULLS, null_distances, p_value, shuffled_entries
from npprune.theory.theorem.rates import ks_constant, normal_gap

GROUP_FRACTIONS = (0.5, 0.9)


def null_rows(weights, draws, seed, epoch, layers=None):
    """Records of data/randomness_nulls.csv: three nulls of every layer, or of those named.

    Shapes: weights L arrays -> one record for each layer, null and distance

    Units are cut as the source cuts them.  mean and deviation are of the null; the p-value is
    one-sided, at least 1/(draws + 1).
    """
    rows = []
    for layer, W in hidden_layers(weights, layers):
        for null, k in itertools.product(NULLS, parting(W.shape[1], (SOURCE_K,))):
            cut = (SOURCE_NORM,), (k,)
            rng = stream(seed, f"null {null}", epoch, layer)
            drawn = null_distances(W, null, *cut, draws, rng)
            observed = layer_distances(W, *cut)
            for name, seen, by_chance in zip(drawn._fields, observed, drawn, strict=True):
                row = {"layer": layer, "null": null, "p": SOURCE_NORM, "k": k, "distance": name}
                row |= {"draws": draws, "observed": seen.item(), "mean": float(by_chance.mean())}
                row |= {"deviation": float(by_chance.std(ddof=min(1, draws - 1)))}
                rows.append(row | {"p_value": p_value(seen, by_chance).item()})
    return rows


def group_sizes(fan_in):
    """1, 4, 16, ... up to the fan-in, and the fan-in itself."""
    return sorted({2**i for i in range(0, fan_in.bit_length(), 2)} | {fan_in})


def group_rows(weights, seed, epoch, layers=None):
    """Records of data/randomness_groups.csv: distances by the size of the groups that are pruned.

    Shapes: weights L arrays -> one record for each layer, size and k
    """
    rows = []
    for layer, W in hidden_layers(weights, layers):
        constant = ks_constant(Empirical(W), SOURCE_NORM)
        mixed = _shuffled_matrix(W, stream(seed, "groups", epoch, layer))
        for size in group_sizes(len(W)):
            for k in parting(len(W) // size * W.shape[1], GROUP_FRACTIONS):
                row = {"layer": layer, "fan_in": len(W), "units": W.shape[1], "size": size, "k": k}
                row |= group_distances(W, size, k)._asdict()
                shuffled = group_distances(mixed, size, k)._asdict()
                row |= {f"shuffled_{name}": value for name, value in shuffled.items()}
                row |= {"rate_ks": normal_gap(k) * constant / math.sqrt(size)}
                rows.append(row | {"sharp_bound": sharp_bound(k, size)})
    return rows


def _shuffled_matrix(W, rng):
    """All magnitudes of W in random places.  Shapes: (n_in, n_out) -> the same"""
    drawn = shuffled_entries(W)(rng)
    by_unit = np.argsort(drawn.units, kind="stable")
    columns = drawn.values[by_unit].reshape(W.shape[1], W.shape[0])
    # Within a unit the stable sort left them ascending, which groups must not see.
    return rng.permuted(columns, axis=1).T.astype(np.float32)
