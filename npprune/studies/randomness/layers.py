"""How random unit pruning is in one network: every layer against the theorem and three nulls.

Four tables come from one set of weights.

    layers      KS, AUC and gap of every layer, norm and k, beside what the theorem expects of
                independent weights with the same law, its bound, and the spread of the units
    nulls       the same distances in shuffled layers, and p-values against them
    groups      the distances when groups of b weights of a unit are pruned, b from 1 (which is
                weight pruning) to the fan-in (which is unit pruning)
    densities   one layer's magnitudes, eliminated and surviving: the source report's Figure 4,
                with the theorem's e(m) beside it

The expectation for independent weights takes the layer's own law, whatever training has made of
it, so that a distance beyond it is dependence within units and no matter of the law.

Read next: npprune/studies/randomness/rates.py.
"""

import math

import numpy as np

from npprune.pruning.masks import unit_mask
from npprune.streams import stream
from npprune.studies.magnitudes import histogram
from npprune.theory.theorem.bounds import bound
from npprune.theory.theorem.distances import (
    Distances,
    distances_by_norm,
    group_distances,
    layer_distances,
    sort_layer,
    unit_norms,
)
from npprune.theory.theorem.exact import elimination
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.noise import noise_floor
from npprune.theory.theorem.nulls import NULLS, null_distances, p_value, shuffled_entries
from npprune.theory.theorem.rates import ks_constant, normal_gap, rate
from npprune.theory.theorem.scales import log_norm_variance, scale_model, unit_spread

NORMS = (1, 2, math.inf)
FRACTIONS = (0.1, 0.5, 0.9)
SOURCE_NORM = 2  # the source prunes the units of smallest L2 norm
GROUP_FRACTIONS = DENSITY_FRACTIONS = (0.5, 0.9)
DENSITY_LAYER = 2  # the layer of the source's Figure 4
GRID = {"points": 300, "scales": 100}  # KS within 0.3 % of the finer default, a sixth of the time


def parting(n, fractions):
    """The fractions that leave neither group of n units empty."""
    return [k for k in fractions if 0 < round(k * n) < n]


def layer_rows(weights):
    """Records of data/randomness_layers.csv: every layer but the last, which is never pruned.

    Shapes: weights L arrays -> one record for each layer, norm and k

    independent_share is the part of (AUC - 1/2)^2 that independence gives.
    """
    rows = []
    for layer, W in enumerate(weights[:-1], 1):
        d, n = W.shape
        fractions = parting(n, FRACTIONS)
        sorted_layer, law = sort_layer(W), Empirical(W)
        found = distances_by_norm(sorted_layer, NORMS, fractions)
        for i, p in enumerate(NORMS):
            spread = _spread(sorted_layer, p)
            model = None if math.isinf(p) else scale_model(W, sorted_layer, p)
            for j, k in enumerate(fractions):
                alone, floor = rate(law, p, d, k, n), noise_floor(d, n, k)
                ks, auc, gap = (float(part[i, j]) for part in found)
                row = {"layer": layer, "fan_in": d, "units": n, "p": p, "k": k}
                row |= {"ks": ks, "auc": auc, "gap": gap}
                row |= {f"independent_{name}": value for name, value in alone._asdict().items()}
                row |= {"bound": bound(d, k)}
                row |= {"noise_ks": floor.ks, "noise_auc": floor.auc_deviation}
                row |= {"independent_share": _share(alone.auc, auc)}
                rows.append(row | spread | _scaled(model, p, k))
    return rows


def _share(expected, observed):
    """((expected - 1/2) / (observed - 1/2))^2: the squares add up, as V = tau^2 + v does."""
    return ((expected - 0.5) / (observed - 0.5)) ** 2 if observed > 0.5 else math.inf


def _spread(layer, p):
    """The spread of a sorted layer's units as columns, most of them empty for p = infinity."""
    names = ("independent_v", "effective_fan_in", "design_effect", "dead")
    if math.isinf(p):
        return {"log_variance": log_norm_variance(unit_norms(layer, p))} | dict.fromkeys(names, "")
    spread = unit_spread(layer, p)
    values = spread.independent, spread.effective_fan_in, spread.design_effect, spread.dead
    return {"log_variance": spread.log_variance} | dict(zip(names, values, strict=True))


def _scaled(model, p, k):
    """What the scales of the units alone predict, as columns; empty without a model."""
    names = (f"scale_{name}" for name in Distances._fields)
    if model is None:
        return dict.fromkeys(names, "")
    return dict(zip(names, model.distances(p, k, **GRID), strict=True))


def null_rows(weights, draws, seed, epoch, layers=None):
    """Records of data/randomness_nulls.csv: three nulls of every layer, or of those named.

    Shapes: weights L arrays -> one record for each layer, null, norm, k and distance

    mean and deviation are of the null; the p-value is one-sided, at least 1/(draws + 1).
    """
    rows = []
    for layer, W in enumerate(weights[:-1], 1):
        if layers is not None and layer not in layers:
            continue
        fractions = parting(W.shape[1], FRACTIONS)
        observed = layer_distances(W, NORMS, fractions)
        for null in NULLS:
            rng = stream(seed, f"null {null}", epoch, layer)
            drawn = null_distances(W, null, NORMS, fractions, draws, rng)
            for name, here, there in zip(drawn._fields, observed, drawn, strict=True):
                chances = p_value(here, there)
                for i, p in enumerate(NORMS):
                    for j, k in enumerate(fractions):
                        row = {"layer": layer, "null": null, "p": p, "k": k, "distance": name}
                        row |= {"draws": draws, "observed": float(here[i, j])}
                        row |= {"mean": float(there[:, i, j].mean())}
                        row |= {"deviation": float(there[:, i, j].std(ddof=min(1, draws - 1)))}
                        rows.append(row | {"p_value": float(chances[i, j])})
    return rows


def group_sizes(fan_in):
    """1, 2, 4, ... up to the fan-in, and the fan-in itself."""
    return sorted({2**i for i in range(fan_in.bit_length())} | {fan_in})


def group_rows(weights, seed, epoch, layers=None):
    """Records of data/randomness_groups.csv: distances by the size of the groups that are pruned.

    The theorem has d = size here.  Beside it stands the layer with all entries shuffled, which is
    exact at small sizes too, where a rate for large d cannot be.
    """
    rows = []
    for layer, W in enumerate(weights[:-1], 1):
        if layers is not None and layer not in layers:
            continue
        constant = ks_constant(Empirical(W), SOURCE_NORM)
        mixed = _shuffled_matrix(W, stream(seed, "groups", epoch, layer))
        for size in group_sizes(len(W)):
            for k in parting(len(W) // size * W.shape[1], GROUP_FRACTIONS):
                found = group_distances(W, size, k)
                row = {"layer": layer, "fan_in": len(W), "units": W.shape[1], "size": size, "k": k}
                row |= found._asdict()
                shuffled = group_distances(mixed, size, k)
                row |= {f"shuffled_{name}": value for name, value in shuffled._asdict().items()}
                row |= {"rate_ks": normal_gap(k) * constant / math.sqrt(size)}
                rows.append(row | {"bound": bound(size, k)})
    return rows


def _shuffled_matrix(W, rng):
    """All magnitudes of W in random places.  Shapes: (n_in, n_out) -> the same"""
    drawn = shuffled_entries(W)(rng)
    by_unit = np.argsort(drawn.units, kind="stable")
    columns = drawn.values[by_unit].reshape(W.shape[1], W.shape[0])
    # Within a unit the stable sort left them ascending, which groups must not see.
    return rng.permuted(columns, axis=1).T.astype(np.float32)


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
