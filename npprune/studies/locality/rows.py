"""One mask measured, and set against chance: the records of the locality study.

The test is of L_2, the share of a unit's pairs of inputs that are at most 2 pixels apart in both
directions, against masks with the same numbers of inputs a unit and of units a pixel.  It takes all
draws; the other measures are taken of about 10 of them, for their mean and spread.

Read next: npprune/studies/locality/study.py.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import false_discovery_control

from npprune.errors import InputError
from npprune.theory.connectivity.curveball import FORGOTTEN, serial_draws
from npprune.theory.connectivity.images import with_inputs
from npprune.theory.connectivity.nulls import correlated
from npprune.theory.connectivity.pairs import (
    mean_pair_distance,
    near_pairs,
    padded,
    pair_correlation,
    pair_counts,
    pairs,
    share_within,
)
from npprune.theory.connectivity.paths import path_pairs, path_share
from npprune.theory.connectivity.shapes import (
    best_shift_overlaps,
    centroid_spread,
    inverse_participation,
    largest_components,
    pixel_coordinates,
    shuffled_squared_radius,
    squared_radius,
)
from npprune.theory.theorem.nulls import p_value

R = 2
RADII = (1, 2, 3, 4, 5)
LOOKS = 10  # draws of which everything is measured
OVERLAPS = 100  # pairs of units whose overlap is measured
LEVEL, FEWEST = 0.05, 3  # for the share of units that are local by themselves
REACH = 12  # pixels up to which g(d) is kept


def measures(images, S, sample):
    """Everything that is measured of a mask, by name.

    Shapes: images (n_units, H, W) bool, S their pair counts, sample (2, m) pairs of units
    """
    values = {f"l{r}": share_within(S, r) for r in RADII}
    overlaps = best_shift_overlaps(*images[sample]) if sample.size else [np.nan]
    return values | {
        "distance": mean_pair_distance(S),
        "component": float(largest_components(images).mean()),
        "overlap": float(np.mean(overlaps)),
        "spread": centroid_spread(images),
    }


class Walk(NamedTuple):
    """What draws of the main null had.

    Shapes: observed, of the mask itself, totals, of all draws, and settled, of those that have
    forgotten the mask: near pairs; above (n_units,): draws in which a unit had at least as many as
    observed; looks: the measures of some settled draws; expected (2H - 1, 2W - 1): the mean of
    their pair counts
    """

    observed: int
    totals: np.ndarray
    settled: np.ndarray
    above: np.ndarray
    looks: list
    expected: np.ndarray


def walk(images, sample, draws, rng):
    """Draw from the main null, walking from the observed mask both ways.

    Shapes: images (n_units, H, W) bool, sample (2, m) pairs of units -> Walk
    """
    _, H, W = images.shape
    state = padded(images, R)
    observed, above = near_pairs(state, R), np.zeros(len(images), int)
    totals, settled, looks, expected = [], [], [], 0.0
    forgotten = min(FORGOTTEN, draws // 4)
    every = max(1, (draws - 2 * forgotten) // LOOKS)
    for age, walker in serial_draws(state, draws, rng):
        near = near_pairs(walker, R)
        above += near >= observed
        totals.append(near.sum())
        if age > forgotten:
            settled.append(totals[-1])
            if len(settled) % every == 0:
                drawn = np.ascontiguousarray(walker[:, :H, :W])
                S_drawn = pair_counts(drawn)
                looks.append(measures(drawn, S_drawn, sample))
                expected = expected + S_drawn
    found = observed.sum(), np.array(totals), np.array(settled)
    return Walk(*found, above, looks, expected / len(looks))


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
    S = pair_counts(images)
    found, drawn = measures(images, S, sample), walk(images, sample, draws, rng)
    null = {f"null_{name}": float(np.mean([look[name] for look in drawn.looks])) for name in found}
    null |= {f"sd_{name}": float(np.std([look[name] for look in drawn.looks])) for name in found}
    shares = drawn.settled / pairs(images).sum()
    null |= {"null_l2": float(shares.mean()), "sd_l2": float(shares.std())}
    record = {
        "units": len(images),
        "inputs": float(everything.sum() / len(everything)),
        **found,
        **null,
        "ratio": quotient(found["l2"], null["null_l2"]),
        "z": _z(found["l2"], null["null_l2"], null["sd_l2"]),
        "draws": draws,
        "p_value": float(p_value(drawn.observed, drawn.totals)),
        "local_units": local_units(images, (1 + drawn.above) / (draws + 1)),
    }
    return record, S, drawn.expected


def quotient(value, null):
    """value / null; NaN where the null has nothing, as in masks of a few weights."""
    return value / null if null else float("nan")


def _z(value, mean, deviation):
    return (value - mean) / deviation if deviation else float("nan")


def local_units(images, p):
    """Share of the units with 3 inputs or more that are local by themselves.

    Shapes: images (n_units, H, W), p (n_units,) -> float, NaN if there is no such unit

    Benjamini and Hochberg's correction for the many units, at the level .05.
    """
    tested = images.sum(axis=(1, 2)) >= FEWEST
    if not tested.any():
        return float("nan")
    return float(np.mean(false_discovery_control(p[tested]) <= LEVEL))


def uniform_share(pixels):
    """L_2 of units that draw their inputs uniformly from a set of pixels: exact."""
    return share_within(pair_counts(pixels[None]), R)


def correlated_row(images, correlations, pixels, draws, rng):
    """L_2 of units drawn by the correlation of the data: mean and deviation.

    Shapes: images (n_units, H, W) bool within pixels (H, W), correlations (H*W, H*W)
    """
    images = with_inputs(images)
    shares = []
    for _ in range(draws):
        drawn = padded(correlated(images, correlations, pixels, rng), R)
        shares.append(near_pairs(drawn, R).sum() / pairs(images).sum())
    return {"correlated_l2": float(np.mean(shares)), "correlated_sd": float(np.std(shares))}


def path_row(images, second, draws, rng):
    """The second layer: L_2 of its paths to the pixels, and what its own null gives.

    Shapes: images (n_1, H, W) bool, second (n_1, n_2) bool
    """
    paths = path_pairs(images, R)
    rows = np.ascontiguousarray(second.T)
    observed, used = path_share(paths, rows), rows[rows.any(axis=1)]
    forgotten = min(FORGOTTEN, draws // 4)
    drawn = [(age, path_share(paths, walker)) for age, walker in serial_draws(used, draws, rng)]
    shares = np.array([share for age, share in drawn if age > forgotten])
    mean, deviation = float(shares.mean()), float(shares.std())
    return {
        "l2": observed,
        "null_l2": mean,
        "sd_l2": deviation,
        "ratio": quotient(observed, mean),
        "z": _z(observed, mean, deviation),
        "draws": draws,
        "p_value": float(p_value(observed, np.array([share for _, share in drawn]))),
    }


def weight_row(W, pixels):
    """How concentrated the weights of units are, without any mask: means over the units.

    Shapes: W (n_pixels, n_units), pixels (H, W) bool
    """
    W = W[pixels.ravel()].astype(np.float64)
    W = W[:, W.any(axis=0)]
    if not W.size:
        raise InputError("no unit has a weight on these pixels: nothing to measure")
    coordinates = pixel_coordinates(pixels.shape)[pixels.ravel()]
    ipr = inverse_participation(W)
    return {
        "pixels_used": len(W),
        "ipr": float(ipr.mean()),
        "squared_radius": float(squared_radius(W, coordinates).mean()),
        "shuffled_squared_radius": float(shuffled_squared_radius(ipr, coordinates).mean()),
    }


def map_rows(S, expected):
    """g(d) up to a reach, the half of the plane that determines the other."""
    g = pair_correlation(S, expected)
    H, W = (n // 2 for n in S.shape)
    return [
        {"dy": dy, "dx": dx, "g": round(float(g[H + dy, W + dx]), 6)}
        for dy in range(min(REACH, H) + 1)
        for dx in range(-min(REACH, W), min(REACH, W) + 1)
    ]
