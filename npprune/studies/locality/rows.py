"""One mask measured and set against chance.

L_2 is the share of a unit's pairs of inputs at most 2 pixels apart in both directions, taken over
all pairs and as the mean over units.  The null keeps the numbers of inputs a unit and of units a
pixel.

Shapes, in all functions: images (n_units, H, W) bool, sample (2, m) pairs of units

Read next: npprune/studies/locality/transplant.py.
"""

import numpy as np

from npprune.theory.connectivity import nulls, pairs, shapes
from npprune.theory.connectivity.curveball import FORGOTTEN, serial_draws
from npprune.theory.connectivity.images import with_inputs
from npprune.theory.theorem.nulls import p_value

R = 2
LOOKS = 10  # draws of which everything is measured
OVERLAPS = 100  # pairs of units whose overlap is measured
REACH = 12  # pixels up to which g(d) is kept


def has_pairs(images):
    return bool((images.sum(axis=(1, 2)) >= 2).any())


def measures(images, sample):
    """Tiling and sharing of a mask, by name, and its pair counts S(d)."""
    overlaps = shapes.best_shift_overlaps(*images[sample]) if sample.size else [np.nan]
    found = {"overlap": float(np.mean(overlaps)), "spread": shapes.centroid_spread(images)}
    return found, pairs.pair_counts(images)


def walk(images, sample, draws, rng):
    """Draw from the main null, walking both ways from the observed mask.

    Shapes: -> near pairs (draws, n_units); settled (draws,) bool: the mask is forgotten; measures
    of some draws
    """
    _, H, W = images.shape
    forgotten = min(FORGOTTEN, draws // 4)
    every = max(1, (draws - 2 * forgotten) // LOOKS)
    near, settled, looks = [], [], []
    for age, walker in serial_draws(pairs.padded(images, R), draws, rng):
        near.append(pairs.near_pairs(walker, R))
        settled.append(age > forgotten)
        if settled[-1] and sum(settled) % every == 0:
            looks.append(measures(np.ascontiguousarray(walker[:, :H, :W]), sample))
    return np.array(near), np.array(settled), looks


def mask_row(images, draws, rng):
    """A mask and its main null: (record, S(d), its mean under the null).

    Units with fewer than two inputs are left out.  Means and spreads leave out a walk's first
    rounds, which resemble the mask; the p-value, of a serial test, does not.
    Raises InputError when no unit has two inputs.
    """
    everything, images = images, with_inputs(images)
    order = rng.permutation(len(images))
    half = min(OVERLAPS, len(images) // 2)
    sample = order[: 2 * half].reshape(2, half)
    found, S = measures(images, sample)
    observed = pairs.near_pairs(pairs.padded(images, R), R)
    near, settled, looks = walk(images, sample, draws, rng)
    drawn = {name: np.mean([values[name] for values, _ in looks]) for name in found}
    row = {
        "units": len(images), "inputs": float(everything.sum() / len(everything)),
        "draws": draws, "p_value": float(p_value(observed.sum(), near.sum(axis=1))),
        **_shares(observed, near[settled], pairs.pairs(images)),
        **found, **{f"null_{name}": float(value) for name, value in drawn.items()},
    }  # fmt: skip
    return row, S, np.mean([counts for _, counts in looks], axis=0)


def _shares(observed, near, count):
    drawn = near.sum(axis=1) / count.sum()
    l2, null = float(observed.sum() / count.sum()), float(drawn.mean())
    unit_l2, unit_null = float(np.mean(observed / count)), float(np.mean(near / count))
    return {
        "l2": l2, "null_l2": null, "sd_l2": float(drawn.std()), "ratio": quotient(l2, null),
        "unit_l2": unit_l2, "null_unit_l2": unit_null, "unit_ratio": quotient(unit_l2, unit_null),
    }  # fmt: skip


def quotient(value, null):
    return value / null if null else float("nan")


def share(images):
    return pairs.share_within(pairs.pair_counts(images), R)


def correlated_row(images, correlations, pixels, draws, rng, exponent=1):
    """L_2 of units drawn by a power of the data's correlation.

    Shapes: pixels (H, W) bool, correlations (H*W, H*W)
    """
    images = with_inputs(images)
    shares = []
    for _ in range(draws):
        drawn = pairs.padded(nulls.correlated(images, correlations, pixels, rng, exponent), R)
        shares.append(pairs.near_pairs(drawn, R).sum() / pairs.pairs(images).sum())
    return {"correlated_l2": float(np.mean(shares)), "correlated_sd": float(np.std(shares))}


def map_rows(S, expected):
    """g(d) on half of the plane, which determines the other."""
    g = pairs.pair_correlation(S, expected)
    H, W = (n // 2 for n in S.shape)
    return [
        {"dy": dy, "dx": dx, "g": round(float(g[H + dy, W + dx]), 6)}
        for dy in range(min(REACH, H) + 1)
        for dx in range(-min(REACH, W), min(REACH, W) + 1)
    ]
