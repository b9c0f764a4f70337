"""One mask measured, and set against chance: the records of the locality study.

The test is of L_2, the share of a unit's pairs of inputs that are at most 2 pixels apart in both
directions, against masks with the same numbers of inputs a unit and of units a pixel.  It is taken
both ways: over all pairs, so that a unit with many inputs counts more, and as the mean over units.
It takes all draws; the other measures are taken of about 10 of them, for their mean.

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
    """Say whether any unit has two inputs.  Shapes: (n_units, H, W) bool -> bool"""
    return bool((images.sum(axis=(1, 2)) >= 2).any())


def measures(images, sample):
    """Tiling and sharing of a mask, by name, and its pair counts S(d).

    Shapes: images (n_units, H, W) bool, sample (2, m) pairs of units
    """
    overlaps = shapes.best_shift_overlaps(*images[sample]) if sample.size else [np.nan]
    found = {"overlap": float(np.mean(overlaps)), "spread": shapes.centroid_spread(images)}
    return found, pairs.pair_counts(images)


def walk(images, sample, draws, rng):
    """Draw from the main null, walking from the observed mask both ways.

    Shapes: images (n_units, H, W) bool, sample (2, m) pairs of units -> near (draws, n_units), the
    near pairs of each unit, settled (draws,) bool, whether a draw has forgotten the mask, and the
    measures of some settled draws
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

    Shapes: images (n_units, H, W) bool

    Units with fewer than two inputs make no pairs and stay out of the null too.  Near the observed
    mask a walk still resembles it, so means and spreads leave out its first rounds; the p-value,
    of a serial test, takes all.  Raises InputError when no unit has two inputs.
    """
    everything, images = images, with_inputs(images)
    order = rng.permutation(len(images))
    half = min(OVERLAPS, len(images) // 2)
    sample = order[: 2 * half].reshape(2, half)
    found, S = measures(images, sample)
    observed = pairs.near_pairs(pairs.padded(images, R), R)
    near, settled, looks = walk(images, sample, draws, rng)
    drawn = {name: np.mean([values[name] for values, _ in looks]) for name in found}
    row = {"units": len(images), "inputs": float(everything.sum() / len(everything))}
    row |= {"draws": draws, "p_value": float(p_value(observed.sum(), near.sum(axis=1)))}
    row |= _shares(observed, near[settled], pairs.pairs(images))
    row |= found | {f"null_{name}": float(value) for name, value in drawn.items()}
    return row, S, np.mean([counts for _, counts in looks], axis=0)


def _shares(observed, near, count):
    """L_2 over all pairs, and its mean over units, each beside its null.

    Shapes: observed (n_units,) near pairs, near (draws, n_units) of the null, count (n_units,)
    """
    drawn = near.sum(axis=1) / count.sum()
    l2, null = float(observed.sum() / count.sum()), float(drawn.mean())
    unit_l2, unit_null = float(np.mean(observed / count)), float(np.mean(near / count))
    return {
        "l2": l2, "null_l2": null, "sd_l2": float(drawn.std()), "ratio": quotient(l2, null),
        "unit_l2": unit_l2, "null_unit_l2": unit_null, "unit_ratio": quotient(unit_l2, unit_null),
    }  # fmt: skip


def quotient(value, null):
    """value / null; NaN where the null has nothing, as in masks of a few weights."""
    return value / null if null else float("nan")


def share(images):
    """L_2, the share of the pairs that are near.  Shapes: images (n_units, H, W) bool

    Of units that draw their inputs uniformly from a set of pixels it is that of the set.
    """
    return pairs.share_within(pairs.pair_counts(images), R)


def correlated_row(images, correlations, pixels, draws, rng, exponent=1):
    """L_2 of units drawn by a power of the correlation of the data: mean and deviation.

    Shapes: images (n_units, H, W) bool within pixels (H, W), correlations (H*W, H*W)
    """
    images = with_inputs(images)
    shares = []
    for _ in range(draws):
        drawn = pairs.padded(nulls.correlated(images, correlations, pixels, rng, exponent), R)
        shares.append(pairs.near_pairs(drawn, R).sum() / pairs.pairs(images).sum())
    return {"correlated_l2": float(np.mean(shares)), "correlated_sd": float(np.std(shares))}


def map_rows(S, expected):
    """g(d) up to a reach, the half of the plane that determines the other."""
    g = pairs.pair_correlation(S, expected)
    H, W = (n // 2 for n in S.shape)
    return [
        {"dy": dy, "dx": dx, "g": round(float(g[H + dy, W + dx]), 6)}
        for dy in range(min(REACH, H) + 1)
        for dx in range(-min(REACH, W), min(REACH, W) + 1)
    ]
