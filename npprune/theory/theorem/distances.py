"""How far the magnitudes of eliminated weights are from those of surviving ones, in one layer.

Walk along all sorted magnitudes: up by 1/(number eliminated) at an eliminated weight, down by
1/(number surviving) at a surviving one.  The walk is R(x) - S(x): the shares of the eliminated and
of the surviving weights that are at most x.

    KS         its highest point in absolute value
    AUC-1/2    the area under it, each of the d n weights 1/(d n) wide: the gap of mean ranks
    mean gap   the area under it against x: mean surviving minus mean eliminated magnitude

Read next: npprune/studies/source.py.
"""

import math
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.pruning.masks import smallest
from npprune.theory.theorem.checks import require_layer, require_norm, require_units


class Distances(NamedTuple):
    """KS, AUC and the gap of means.

    AUC is the chance that a surviving weight is larger than an eliminated one, ties counting half.
    Weight pruning without ties has KS = AUC = 1; random elimination KS near 0 and AUC near 1/2.
    """

    ks: float
    auc: float
    gap: float


class SortedLayer(NamedTuple):
    """A layer's magnitudes in ascending order, with their midranks in (0, 1) and units.

    Shapes: values, ranks float64, units int64, last bool, all (d n,)

    last marks the ends of runs that are equal as float32.
    """

    values: np.ndarray
    ranks: np.ndarray
    units: np.ndarray
    last: np.ndarray
    fan_in: int
    n_units: int

    def unit_means(self, terms):
        """Mean over each unit.  Shapes: (d n,) -> (n,)"""
        return np.bincount(self.units, weights=terms, minlength=self.n_units) / self.fan_in


def sort_layer(W):
    """Sort a layer.  Shapes: W (n_in, n_out) -> SortedLayer

    Raises InputError as require_layer does.
    """
    W = require_layer(W)
    units = np.broadcast_to(np.arange(W.shape[1]), W.shape)
    return sort_magnitudes(np.abs(W).ravel(), units.ravel(), *W.shape)


def sort_magnitudes(magnitudes, units, fan_in, n_units):
    """Sort magnitudes with their units.

    Shapes: magnitudes (d n,) >= 0, units (d n,) ints below 2^32 -> SortedLayer

    The bits of a float32 >= 0 are in the order of its value.  So 64-bit numbers, these bits before
    the unit's, sort by magnitude and carry the unit along.
    """
    bits = magnitudes.astype(np.float32).view(np.uint32)
    keys = bits.astype(np.uint64) << np.uint64(32)
    keys |= units.astype(np.uint64)
    keys.sort()
    values = (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)
    last = np.append(values[1:] != values[:-1], True)
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    middles = (starts + ends + 1) / 2
    ranks = np.repeat(middles / len(values), ends - starts + 1)
    units = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return SortedLayer(values.astype(np.float64), ranks, units, last, fan_in, n_units)


def powers(magnitudes, p):
    """magnitudes**p; for whole p by products, since np.power takes ten times as long."""
    if p != int(p):
        return magnitudes**p
    return math.prod([magnitudes] * int(p))


def unit_norms(layer, p):
    """The p-norm of every unit, p up to infinity.  Shapes: SortedLayer -> (n,)"""
    require_norm(p)
    if math.isinf(p):
        norms = np.zeros(layer.n_units)
        # Of repeated indices NumPy assigns the last, which in ascending order is the largest.
        norms[layer.units] = layer.values
        return norms
    return (layer.unit_means(powers(layer.values, p)) * layer.fan_in) ** (1 / p)


def smallest_units(norms, k):
    """The round(k n) units of smallest norm, ties by index.  Shapes: (n,) -> (n,) bool

    Raises InputError as require_units does.
    """
    return smallest(norms, require_units(len(norms), k))


def distances_between(layer, choices):
    """Distances for several choices of units.

    Shapes: choices (c, n) bool, True = eliminated -> (c,) each
    """
    ranks, magnitudes = layer.unit_means(layer.ranks), layer.unit_means(layer.values)
    removed = np.count_nonzero(choices, axis=1)
    kept = layer.n_units - removed
    # (c, n) weights that average over the kept units and subtract the average over the removed.
    contrast = np.where(choices, -1 / removed[:, None], 1 / kept[:, None])
    ks = [kolmogorov_smirnov(layer, choice) for choice in choices]
    return Distances(np.array(ks), 0.5 + contrast @ ranks, contrast @ magnitudes)


def kolmogorov_smirnov(layer, removed):
    """The highest point of |R(x) - S(x)|, exactly.  Shapes: removed (n,) bool -> float

    All steps are times n_removed n_kept d: whole numbers, rounded in the last division alone.
    """
    n_removed = np.count_nonzero(removed)
    n_kept = layer.n_units - n_removed
    highest = n_removed * n_kept * layer.fan_in
    steps = np.where(removed, n_kept, -n_removed)
    steps = steps.astype(np.int32 if highest < 2**31 else np.int64)
    walk = steps.take(layer.units, mode="clip")  # no index is out of range, and checking costs
    np.cumsum(walk, out=walk)
    top, bottom = walk.argmax(), walk.argmin()
    # Inside a run of equal magnitudes the walk has no meaning.  The rare case that the highest
    # point falls inside one is met by looking at the ends of runs only.
    if not (layer.last[top] and layer.last[bottom]):
        walk = walk[layer.last]
        top, bottom = walk.argmax(), walk.argmin()
    return float(max(walk[top], -walk[bottom]) / highest)


def layer_distances(W, norms, fractions):
    """Distances in a layer pruned by each norm at each fraction.

    Shapes: norms (P,), fractions (K,) -> (P, K) each
    """
    return distances_by_norm(sort_layer(W), norms, fractions)


def distances_by_norm(layer, norms, fractions):
    """As layer_distances, for a sorted layer."""
    lengths = [unit_norms(layer, p) for p in norms]
    choices = [smallest_units(length, k) for length in lengths for k in fractions]
    found = distances_between(layer, np.array(choices))
    return Distances(*(part.reshape(len(norms), len(fractions)) for part in found))


def group_distances(W, size, fractions):
    """Distances when groups of `size` weights of a unit are pruned by their L2 norm.

    Shapes: fractions (K,) -> (K,) each

    Size 1 is weight pruning, n_in unit pruning; the theorem has d = size.  The last n_in mod size
    weights of a unit are left out.  Raises InputError for a size outside 1..n_in.
    """
    W = require_layer(W)
    if not 1 <= size <= W.shape[0]:
        raise InputError(f"group size {size}: give a number from 1 to the fan-in, {W.shape[0]}")
    rows = W.shape[0] // size
    groups = W[: rows * size].reshape(rows, size, -1).transpose(1, 0, 2).reshape(size, -1)
    return Distances(*(part[0] for part in layer_distances(groups, [2], fractions)))
