"""Is it more than chance?  Three shuffles of a layer, and p-values against them.

    entries   all magnitudes: the theorem's independence, with the layer's own law
    inputs    each input's magnitudes (a row of W): keeps what is special to an input, such as a
              pixel that is never lit
    scales    all entries, each unit's L2 norm taken away and given back: keeps only that units
              differ in scale

Read next: npprune/theory/theorem/montecarlo.py.
"""

import math

import numpy as np

from npprune.errors import InputError
from npprune.theory.theorem import distances
from npprune.theory.theorem.checks import require_count, require_layer
from npprune.theory.theorem.scales import live_units, log_norm_variance


def shuffled_entries(W):
    """Return draw(rng) -> SortedLayer with all magnitudes of W (n_in, n_out) shuffled."""
    layer = distances.sort_layer(W)
    return lambda rng: layer._replace(units=shuffled(layer.units, rng))


def shuffled(labels, rng):
    """Shuffle the last axis of labels (small ints >= 0) by sorting random numbers above them."""
    low = (1 << int(labels.max()).bit_length()) - 1
    keys = rng.integers(0, 2**64, labels.shape, np.uint64)
    keys &= np.uint64(2**64 - 1 - low)
    keys |= labels.astype(np.uint64)
    keys.sort(axis=-1)
    return (keys & np.uint64(low)).astype(np.int64)


def shuffled_inputs(W):
    """As shuffled_entries, but each input's magnitudes among the units."""
    layer = distances.sort_layer(W)
    order = np.abs(W).ravel().argsort(kind="stable")
    labels = np.broadcast_to(np.arange(W.shape[1]), W.shape)
    return lambda rng: layer._replace(units=shuffled(labels, rng).ravel()[order])


def shuffled_scales(W):
    """As shuffled_entries, but keeping the units' L2 scales.

    Shuffled entries bring a spread of log norms V_0 of their own.  So the scales shrink, s -> s^c,
    c = sqrt(1 - V_0/V), and the norms spread by c^2 V + V_0 = V as before.  Dead units stay 0.
    Raises InputError with fewer than 2 live units.
    """
    W = require_layer(W)
    norms = np.linalg.norm(W.astype(np.float64), axis=0)
    live = live_units(norms, "shuffling between scales")
    logs = np.log(norms, where=live, out=np.zeros_like(norms))
    logs[live] -= logs[live].mean()
    unscaled = distances.sort_layer(np.abs(W) / np.where(live, norms, 1))
    movable = live[unscaled.units]
    variance = log_norm_variance(norms)

    def draw(rng):
        units = unscaled.units.copy()
        units[movable] = shuffled(units[movable], rng)
        mixed = unscaled._replace(units=units)
        own = log_norm_variance(distances.unit_norms(mixed, 2))
        shrink = math.sqrt(max(0.0, 1 - own / variance)) if variance else 0.0
        scale = np.where(live, np.exp(shrink * logs), 0)
        return distances.sort_magnitudes(unscaled.values * scale[units], units, *W.shape)

    return draw


NULLS = {"entries": shuffled_entries, "inputs": shuffled_inputs, "scales": shuffled_scales}


def null_distances(W, null, norms, fractions, draws, rng):
    """Distances in `draws` shuffles, pruned by each norm at each fraction.

    Shapes: norms (P,), fractions (K,) -> (draws, P, K) each

    Raises InputError for a null not in NULLS, or no draws.
    """
    if null not in NULLS:
        raise InputError(f"null {null!r}: give one of {', '.join(NULLS)}")
    require_count("draws", draws)
    draw = NULLS[null](require_layer(W))
    found = [distances.distances_by_norm(draw(rng), norms, fractions) for _ in range(draws)]
    return distances.Distances(*(np.array(part) for part in zip(*found, strict=True)))


def p_value(observed, null):
    """(1 + #{null >= observed})/(B+1), one-sided.

    Shapes: observed (...), null (B, ...) -> (...)

    Exact for entries and inputs (Phipson and Smyth 2010).  Test by AUC: KS is blunter.
    """
    return (1 + np.count_nonzero(null >= observed, axis=0)) / (len(null) + 1)
