"""How random is unit pruning in one network?  Every layer beside what both theorems say.

    if its weights were independent   independent_*, bound, sharp_bound
    whatever they are                 best_rule, matrix_bound, identity
    if its units differ in scale      scale_bound, predictor

The expectation for independent weights uses the layer's own law, so a distance beyond it is
dependence within units.

Read next: npprune/studies/randomness/rates.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from npprune.theory.theorem.bounds import bound, sharp_bound
from npprune.theory.theorem.distances import (
    Distances,
    SortedLayer,
    distances_by_norm,
    smallest_units,
    sort_layer,
    unit_norms,
)
from npprune.theory.theorem.identity import identity_residual
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.matrix import matrix_bounds, scale_bound, slope_distances, sort_live
from npprune.theory.theorem.rates import rate
from npprune.theory.theorem.scales import log_norm_variance, unit_scales
from npprune.theory.theorem.yardsticks import yardsticks

NORMS = (1, 2, math.inf)
FRACTIONS = (0.1, 0.5, 0.9)
SOURCE_NORM, SOURCE_K = 2, 0.9  # the source cuts by the L2 norm; the k of its Figure 4


class Cut(NamedTuple):
    ordered: SortedLayer
    live: SortedLayer  # without dead units
    law: Empirical
    p: float
    k: float


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


def parting(n, fractions):
    return [k for k in fractions if 0 < round(k * n) < n]


def layer_rows(weights, norms=NORMS, fractions=FRACTIONS):
    """Records for each layer, norm and k.  Shapes: weights L arrays"""
    rows = []
    for layer, W in hidden_layers(weights):
        known = {"layer": layer, "fan_in": W.shape[0], "units": W.shape[1]}
        ordered, law, possible = sort_layer(W), Empirical(W), parting(W.shape[1], fractions)
        found = distances_by_norm(ordered, norms, possible)
        whatever, live = matrix_bounds(W, possible), sort_live(W)
        for i, p in enumerate(norms):
            spread = _spread(ordered, p)
            scales = None if math.isinf(p) else unit_scales(W, ordered, p)
            for j, k in enumerate(possible):
                cut = Cut(ordered, live, law, p, k)
                row = known | {"p": p, "k": k}
                row |= Distances(*(float(part[i, j]) for part in found))._asdict()
                row |= _if_independent(cut) | _whatever_the_rule(whatever[j])
                row |= _of_the_rule(cut) | spread
                rows.append(row | {"scale_bound": _if_scaled(cut, *scales) if scales else ""})
    return rows


def _if_independent(cut):
    d, n = cut.ordered.fan_in, cut.ordered.n_units
    alone = rate(cut.law, cut.p, d, cut.k, n)
    return {
        "independent_ks": alone.ks,
        "independent_auc": alone.auc,
        "bound": bound(d, cut.k),
        "sharp_bound": sharp_bound(cut.k, d),
    }


def _whatever_the_rule(found):
    return {"best_rule": found.best, "reverse_rule": found.reverse, "matrix_bound": found.variance}


def _of_the_rule(cut):
    removed = smallest_units(unit_norms(cut.ordered, cut.p), cut.k)
    others = yardsticks(cut.ordered, removed)
    row = {
        "predictor": slope_distances(cut.live, cut.p, cut.k).ks,
        "identity": identity_residual(cut.ordered, removed),
    }
    for name in ("energy", "largest"):
        row |= {name: others[name].value, f"{name}_sorted": others[name].sorted}
    return row


def _spread(ordered, p):
    norms = unit_norms(ordered, p)
    return {
        "log_variance": log_norm_variance(norms),
        "skewness": float(stats.skew(np.log(norms[norms > 0]))),
        "kurtosis": float(np.mean(ordered.values**4) / np.mean(ordered.values**2) ** 2),
    }


def _if_scaled(cut, law, tau):
    peak = float(law.heights.max())  # M, the highest density of ln|g|
    return scale_bound(cut.ordered.fan_in, cut.k, peak, tau)
