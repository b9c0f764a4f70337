"""How random unit pruning is in one network: every layer beside what both theorems say of it.

    if its weights were independent   independent_*, inputs_ks, bound, sharp_bound, noise_*
    whatever they are                 best_rule, matrix_bound, identity
    if its units differ in scale      scale_*, predictor

The expectation for independent weights takes the layer's own law, whatever training has made of
it, so that a distance beyond it is dependence within units and no matter of the law.  inputs_ks
takes a law for each input, since a pixel that is never lit has a law of its own.

Read next: npprune/studies/randomness/rates.py.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from npprune.lab.histogram import histogram
from npprune.pruning.masks import unit_mask
from npprune.theory.theorem.bounds import bound, sharp_bound
from npprune.theory.theorem.distances import (
    Distances,
    SortedLayer,
    distances_by_norm,
    smallest_units,
    sort_layer,
    unit_norms,
)
from npprune.theory.theorem.exact import elimination
from npprune.theory.theorem.identity import identity_residual
from npprune.theory.theorem.laws import Empirical
from npprune.theory.theorem.matrix import matrix_bound, scale_bound, slope_distances
from npprune.theory.theorem.noise import noise_floor
from npprune.theory.theorem.rates import rate
from npprune.theory.theorem.regimes import unequal_inputs
from npprune.theory.theorem.scales import log_norm_variance, scale_model, unit_spread
from npprune.theory.theorem.yardsticks import yardsticks

NORMS = (1, 2, math.inf)
FRACTIONS = (0.1, 0.5, 0.9)
SOURCE_NORM, SOURCE_K = 2, 0.9  # the source cuts by the L2 norm; the k of its Figure 4
DENSITY_FRACTIONS = (0.5, 0.9)
DENSITY_LAYER = 2  # the layer of the source's Figure 4
GRID = {"points": 300, "scales": 100}  # KS within 0.3 % of the finer default, a sixth of the time
BINS = np.linspace(-1.5, 1.5, 61)  # of the log norms, less their mean; what is beyond, at the ends
FINITE_NORM = (
    "independent_v", "effective_fan_in", "design_effect", "dead",
    "inputs_ks", "scale_ks", "scale_bound",
)  # fmt: skip


class Cut(NamedTuple):
    """A layer, sorted and as it is, with the law of its weights, and how its units are pruned."""

    W: np.ndarray
    ordered: SortedLayer
    law: Empirical
    p: float
    k: float


def hidden_layers(weights, chosen=None):
    """Number and matrix of every layer but the last, which is never pruned, or of those chosen.

    Left out are those with nothing to compare: too few units to part, units of one weight, or
    magnitudes all equal.
    """
    return [
        (layer, W)
        for layer, W in enumerate(weights[:-1], 1)
        if (chosen is None or layer in chosen)
        and parting(W.shape[1], FRACTIONS)
        and len(W) > 1
        and np.ptp(np.abs(W)) > 0
    ]


def parting(n, fractions):
    """The fractions that leave neither group of n units empty."""
    return [k for k in fractions if 0 < round(k * n) < n]


def layer_rows(weights, norms=NORMS, fractions=FRACTIONS):
    """Records of data/randomness_layers.csv.

    Shapes: weights L arrays -> one record for each layer, norm and k
    """
    rows = []
    for layer, W in hidden_layers(weights):
        known = {"layer": layer, "fan_in": W.shape[0], "units": W.shape[1]}
        ordered, law, possible = sort_layer(W), Empirical(W), parting(W.shape[1], fractions)
        found = distances_by_norm(ordered, norms, possible)
        whatever = {k: _whatever_the_rule(W, k) for k in possible}
        for i, p in enumerate(norms):
            spread = _spread(ordered, p)
            model = None if math.isinf(p) else scale_model(W, ordered, p)
            for j, k in enumerate(possible):
                cut = Cut(W, ordered, law, p, k)
                row = known | {"p": p, "k": k}
                row |= Distances(*(float(part[i, j]) for part in found))._asdict()
                row |= _if_independent(cut, row["auc"]) | whatever[k] | _of_the_rule(cut)
                rows.append(row | spread | (_if_scaled(cut, model) if model else {}))
    return rows


def _if_independent(cut, auc):
    """What independent weights of the layer's law would have.

    independent_share is the part of (AUC - 1/2)^2 that independence gives: the squares add up, as
    V = tau^2 + v does.
    """
    d, n = cut.W.shape
    alone, floor = rate(cut.law, cut.p, d, cut.k, n), noise_floor(d, n, cut.k)
    return {
        "independent_ks": alone.ks,
        "independent_auc": alone.auc,
        "independent_share": ((alone.auc - 0.5) / (auc - 0.5)) ** 2 if auc > 0.5 else math.inf,
        "bound": bound(d, cut.k),
        "sharp_bound": sharp_bound(cut.k, d),
        "noise_ks": floor.ks,
        "noise_auc": floor.auc_deviation,
    }


def _whatever_the_rule(W, k):
    """Of all rules on this matrix the largest R - S, the largest S - R, and the bound on both."""
    found = matrix_bound(W, k)
    return {
        "best_rule": found.best,
        "reverse_rule": found.reverse,
        "matrix_bound": found.variance,
    }


def _of_the_rule(cut):
    """What is read off the units that this rule eliminates."""
    removed = smallest_units(unit_norms(cut.ordered, cut.p), cut.k)
    others = yardsticks(cut.ordered, removed)
    row = {
        "predictor": slope_distances(cut.W, cut.p, cut.k).ks,
        "identity": identity_residual(cut.ordered, removed),
    }
    for name in ("energy", "largest"):
        row |= {name: others[name].value, f"{name}_sorted": others[name].sorted}
    return row


def _spread(ordered, p):
    """How unequal the units are; the columns of finite norms are empty for p = infinity."""
    norms, empty = unit_norms(ordered, p), dict.fromkeys(FINITE_NORM, "")
    logs = np.log(norms[norms > 0])
    row = {
        "log_variance": log_norm_variance(norms),
        "skewness": float(stats.skew(logs)),
        "kurtosis": float(np.mean(ordered.values**4) / np.mean(ordered.values**2) ** 2),
    }
    if math.isinf(p):
        return row | empty
    spread = unit_spread(ordered, p)
    values = spread._asdict() | {"independent_v": spread.independent}
    return row | empty | {name: values[name] for name in FINITE_NORM if name in values}


def _if_scaled(cut, model):
    """What independent weights would have, were its units to differ in scale and no more.

    inputs_ks: were its inputs to have laws of their own, and its units none.
    """
    peak = float(model.law.heights.max())  # M, the highest density of ln|g|
    return {
        "inputs_ks": unequal_inputs(cut.W, cut.p, cut.k).ks,
        "scale_ks": model.distances(cut.p, cut.k, **GRID).ks,
        "scale_bound": scale_bound(cut.ordered.fan_in, cut.k, peak, model.tau),
    }


def norm_rows(weights):
    """Records of data/randomness_norms.csv: how many units have which L2 norm.

    Shapes: weights L arrays -> a record for each layer and bin of ln norm less its mean

    Units without a norm stand in the first bin.
    """
    rows = []
    for layer, W in hidden_layers(weights):
        norms = unit_norms(sort_layer(W), SOURCE_NORM)
        logs = np.log(norms, where=norms > 0, out=np.full(len(norms), -np.inf))
        logs -= logs[norms > 0].mean()
        counts, _ = np.histogram(np.clip(logs, BINS[0], BINS[-1]), BINS)
        for left, right, count in zip(BINS[:-1], BINS[1:], counts, strict=True):
            row = {"layer": layer, "left": float(left), "right": float(right)}
            rows.append(row | {"units": int(count)})
    return rows


def density_rows(weights):
    """Records of data/randomness_densities.csv: one layer's magnitudes, by bins, with e(m).

    Shapes: weights L arrays -> BINS records a fraction; layer 2, or the last one that is pruned

    expected_chance is the theorem's e(m) at the middle of the bin, for independent weights with
    the layer's own law, exactly for this fan-in.
    """
    rows = []
    for layer, W in hidden_layers(weights, {min(DENSITY_LAYER, len(weights) - 1)}):
        law = Empirical(W)
        for k in parting(W.shape[1], DENSITY_FRACTIONS):
            bins = histogram(W, unit_mask(W, k))
            middles = np.array([(row["left"] + row["right"]) / 2 for row in bins])
            chances = elimination(law, SOURCE_NORM, len(W), k, middles)
            for row, chance in zip(bins, chances, strict=True):
                rows.append({"layer": layer, "k": k} | row | {"expected_chance": float(chance)})
    return rows
