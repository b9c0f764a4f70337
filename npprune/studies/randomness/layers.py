"""How random unit pruning is in one network: every layer beside what the theorem expects of it.

The expectation for independent weights takes the layer's own law, whatever training has made of
it, so that a distance beyond it is dependence within units and no matter of the law.

Read next: npprune/studies/randomness/shuffles.py.
"""

import math

import numpy as np

from npprune.lab.histogram import histogram
from npprune.pruning.masks import unit_mask
from npprune.theory.theorem.bounds import bound
from npprune.theory.theorem.distances import Distances, distances_by_norm, sort_layer, unit_norms
from npprune.theory.theorem.exact import elimination
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.noise import noise_floor
from npprune.theory.theorem.rates import rate
from npprune.theory.theorem.scales import log_norm_variance, scale_model, unit_spread

NORMS = (1, 2, math.inf)
FRACTIONS = (0.1, 0.5, 0.9)
SOURCE_NORM = 2  # the source prunes the units of smallest L2 norm
DENSITY_FRACTIONS = (0.5, 0.9)
DENSITY_LAYER = 2  # the layer of the source's Figure 4
GRID = {"points": 300, "scales": 100}  # KS within 0.3 % of the finer default, a sixth of the time
SPREAD = ("log_variance", "independent_v", "effective_fan_in", "design_effect", "dead")


def hidden_layers(weights, chosen=None):
    """Number and matrix of every layer but the last, which is never pruned, or of those chosen."""
    layers = list(enumerate(weights[:-1], 1))
    return [(layer, W) for layer, W in layers if chosen is None or layer in chosen]


def parting(n, fractions):
    """The fractions that leave neither group of n units empty."""
    return [k for k in fractions if 0 < round(k * n) < n]


def prefixed(prefix, distances):
    """Distances as columns."""
    return {f"{prefix}_{name}": value for name, value in distances._asdict().items()}


def layer_rows(weights):
    """Records of data/randomness_layers.csv.

    Shapes: weights L arrays -> one record for each layer, norm and k

    independent_share is the part of (AUC - 1/2)^2 that independence gives.
    """
    rows = []
    for layer, W in hidden_layers(weights):
        d, n = W.shape
        fractions = parting(n, FRACTIONS)
        ordered, law = sort_layer(W), Empirical(W)
        found = distances_by_norm(ordered, NORMS, fractions)
        for i, p in enumerate(NORMS):
            scaled = None if math.isinf(p) else scale_model(W, ordered, p)
            for j, k in enumerate(fractions):
                observed = Distances(*(float(part[i, j]) for part in found))
                alone, floor = rate(law, p, d, k, n), noise_floor(d, n, k)
                row = {"layer": layer, "fan_in": d, "units": n, "p": p, "k": k}
                row |= observed._asdict() | prefixed("independent", alone) | {"bound": bound(d, k)}
                row |= {"noise_ks": floor.ks, "noise_auc": floor.auc_deviation}
                row |= {"independent_share": _share(alone.auc, observed.auc)} | _spread(ordered, p)
                model = scaled.distances(p, k, **GRID) if scaled else Distances("", "", "")
                rows.append(row | prefixed("scale", model))
    return rows


def _share(expected, observed):
    """((expected - 1/2) / (observed - 1/2))^2: the squares add up, as V = tau^2 + v does."""
    return ((expected - 0.5) / (observed - 0.5)) ** 2 if observed > 0.5 else math.inf


def _spread(layer, p):
    """The spread of a sorted layer's units as columns, most of them empty for p = infinity."""
    if math.isinf(p):
        return dict.fromkeys(SPREAD, "") | {"log_variance": log_norm_variance(unit_norms(layer, p))}
    spread = unit_spread(layer, p)
    values = spread._asdict() | {"independent_v": spread.independent}
    return {name: values[name] for name in SPREAD}


def density_rows(weights):
    """Records of data/randomness_densities.csv: one layer's magnitudes, by bins, with e(m).

    Shapes: weights L arrays -> BINS records a fraction; layer 2, or the last one that is pruned

    expected_chance is the theorem's e(m) at the middle of the bin, for independent weights with
    the layer's own law, exactly for this fan-in.
    """
    layer = min(DENSITY_LAYER, len(weights) - 1)
    W = weights[layer - 1]
    law, rows = Empirical(W), []
    for k in parting(W.shape[1], DENSITY_FRACTIONS):
        bins = histogram(W, unit_mask(W, k))
        middles = np.array([(row["left"] + row["right"]) / 2 for row in bins])
        chances = elimination(law, SOURCE_NORM, len(W), k, middles)
        for row, chance in zip(bins, chances, strict=True):
            rows.append({"layer": layer, "k": k} | row | {"expected_chance": float(chance)})
    return rows
