"""How random is unit pruning in one network?  Every layer beside what both theorems say.

    if its weights were independent   independent_*, bound, sharp_bound
    whatever they are                 best_rule, matrix_bound, identity
    if its units differ in scale      scale_bound, predictor

The expectation for independent weights uses the layer's own law, so a distance beyond it is
dependence within units.

Read next: npprune/studies/randomness/rates.py.
"""

import math

import numpy as np
from scipy import stats

from npprune.theory.theorem import distances
from npprune.theory.theorem.bounds import bound, sharp_bound
from npprune.theory.theorem.checks import parting
from npprune.theory.theorem.identity import identity_residual
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.matrix import matrix_bounds, scale_bound, slope_distances, sort_live
from npprune.theory.theorem.rates import rate
from npprune.theory.theorem.scales import log_norm_variance, unit_scales
from npprune.theory.theorem.yardsticks import yardsticks

NORMS = (1, 2, math.inf)
FRACTIONS = (0.1, 0.5, 0.9)
SOURCE_NORM, SOURCE_K = 2, 0.9  # the source cuts by the L2 norm; the k of its Figure 4


def hidden_layers(weights, chosen=None):
    """(number, matrix) of every hidden layer, or of those chosen.

    Left out: layers with too few units or dead ones, units of one weight, or equal magnitudes.
    """
    return [
        (layer, W)
        for layer, W in enumerate(weights[:-1], 1)
        if (chosen is None or layer in chosen)
        and parting(W.shape[1], FRACTIONS)
        and len(W) > 1
        and W.any(axis=0).all()
        and np.ptp(np.abs(W)) > 0
    ]


def layer_rows(weights, norms=NORMS, fractions=FRACTIONS):
    """Records for each layer, norm and k.  Shapes: weights L arrays"""
    rows = []
    for layer, W in hidden_layers(weights):
        d, n = W.shape
        ordered, live, law = distances.sort_layer(W), sort_live(W), Empirical(W)
        kurtosis = float(np.mean(ordered.values**4) / np.mean(ordered.values**2) ** 2)
        possible = parting(n, fractions)
        found = distances.distances_by_norm(ordered, norms, possible)
        any_rule = matrix_bounds(W, possible)
        for i, p in enumerate(norms):
            lengths = distances.unit_norms(ordered, p)
            log_variance = log_norm_variance(lengths)
            skewness = float(stats.skew(np.log(lengths[lengths > 0])))
            if not math.isinf(p):
                of_units, tau = unit_scales(W, ordered, p)
                peak = float(of_units.heights.max())  # M, the highest density of ln|g|
            for j, k in enumerate(possible):
                removed = distances.smallest_units(lengths, k)
                ks, auc, gap = (float(part[i, j]) for part in found)
                independent, best = rate(law, p, d, k, n), any_rule[j]
                of_rule = yardsticks(ordered, removed)
                energy, largest = of_rule["energy"], of_rule["largest"]
                rows.append({
                    "layer": layer, "fan_in": d, "units": n, "p": p, "k": k,
                    "ks": ks, "auc": auc, "gap": gap,
                    "independent_ks": independent.ks, "independent_auc": independent.auc,
                    "bound": bound(d, k), "sharp_bound": sharp_bound(k, d),
                    "best_rule": best.best, "reverse_rule": best.reverse,
                    "matrix_bound": best.variance,
                    "predictor": slope_distances(live, p, k).ks,
                    "identity": identity_residual(ordered, removed),
                    "energy": energy.value, "energy_sorted": energy.sorted,
                    "largest": largest.value, "largest_sorted": largest.sorted,
                    "log_variance": log_variance, "skewness": skewness, "kurtosis": kurtosis,
                    "scale_bound": "" if math.isinf(p) else scale_bound(d, k, peak, tau),
                })  # fmt: skip
    return rows
