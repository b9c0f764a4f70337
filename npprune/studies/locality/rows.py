"""One mask measured, and set against chance: the records of the locality study.

The test is of L_2, the share of a unit's pairs of inputs that are at most 2 pixels apart in both
directions, against masks with the same numbers of inputs a unit and of units a pixel.  It takes all
draws; the other measures are taken of about 10 of them, for their mean and spread.

Read next: npprune/studies/locality/measure.py.
"""

import numpy as np
from scipy.stats import false_discovery_control

from npprune.theory.connectivity import nulls, pairs, shapes
from npprune.theory.connectivity.curveball import FORGOTTEN, serial_draws
from npprune.theory.connectivity.images import LIVE, with_inputs
from npprune.theory.connectivity.paths import path_pairs, path_share
from npprune.theory.theorem.nulls import p_value

R = 2
RADII = (1, 2, 3, 4, 5)
LOOKS = 10  # draws of which everything is measured
OVERLAPS = 100  # pairs of units whose overlap is measured
LEVEL, FEWEST = 0.05, 3  # for the share of units that are local by themselves
REACH = 12  # pixels up to which g(d) is kept
FIELDS = 100  # units that are pictured


def has_pairs(images):
    """Say whether any unit has two inputs.  Shapes: (n_units, H, W) bool -> bool"""
    return bool((images.sum(axis=(1, 2)) >= 2).any())


def measures(images, sample):
    """Everything that is measured of a mask, by name, and its pair counts S(d).

    Shapes: images (n_units, H, W) bool, sample (2, m) pairs of units
    """
    S = pairs.pair_counts(images)
    overlaps = shapes.best_shift_overlaps(*images[sample]) if sample.size else [np.nan]
    found = {f"l{r}": pairs.share_within(S, r) for r in RADII}
    found["distance"] = pairs.mean_pair_distance(S)
    found["component"] = float(shapes.largest_components(images).mean())
    found["overlap"] = float(np.mean(overlaps))
    found["spread"] = shapes.centroid_spread(images)
    return found, S


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
    observed, (found, S) = pairs.near_pairs(pairs.padded(images, R), R), measures(images, sample)
    near, settled, looks = walk(images, sample, draws, rng)
    drawn = {name: [values[name] for values, _ in looks] for name in found}
    drawn["l2"] = near.sum(axis=1)[settled] / pairs.pairs(images).sum()
    null = {f"null_{name}": float(np.mean(values)) for name, values in drawn.items()}
    null |= {f"sd_{name}": float(np.std(values)) for name, values in drawn.items()}
    p_units = (1 + (near >= observed).sum(axis=0)) / (draws + 1)
    row = {"units": len(images), "inputs": float(everything.sum() / len(everything))}
    row |= found | null | _against(found["l2"], null["null_l2"], null["sd_l2"])
    row |= {"draws": draws, "p_value": float(p_value(observed.sum(), near.sum(axis=1)))}
    row["local_units"] = local_units(images, p_units)
    return row, S, np.mean([counts for _, counts in looks], axis=0)


def _against(value, mean, deviation):
    return {
        "ratio": quotient(value, mean),
        "z": (value - mean) / deviation if deviation else float("nan"),
    }


def quotient(value, null):
    """value / null; NaN where the null has nothing, as in masks of a few weights."""
    return value / null if null else float("nan")


def local_units(images, p):
    """Share of the units with 3 inputs or more that are local by themselves.

    Shapes: images (n_units, H, W), p (n_units,) -> float, NaN if there is no such unit

    Benjamini and Hochberg's correction for the many units, at the level .05.
    """
    tested = images.sum(axis=(1, 2)) >= FEWEST
    if not tested.any():
        return float("nan")
    return float(np.mean(false_discovery_control(p[tested]) <= LEVEL))


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


def path_row(images, second, draws, rng):
    """The second layer: L_2 of its paths to the pixels, and what its own null gives.

    Shapes: images (n_1, H, W) bool, second (n_1, n_2) bool
    """
    paths, used = path_pairs(images, R), np.ascontiguousarray(second[:, second.any(axis=0)].T)
    forgotten = min(FORGOTTEN, draws // 4)
    drawn = [(age, path_share(paths, walker)) for age, walker in serial_draws(used, draws, rng)]
    settled = [share for age, share in drawn if age > forgotten]
    observed, mean, deviation = (
        path_share(paths, used),
        float(np.mean(settled)),
        float(np.std(settled)),
    )
    p = float(p_value(observed, np.array([share for _, share in drawn])))
    row = {"l2": observed, "null_l2": mean, "sd_l2": deviation}
    return row | _against(observed, mean, deviation) | {"draws": draws, "p_value": p}


def weight_row(W, pixels):
    """How concentrated the weights of units are, without any mask: means over the units.

    Shapes: W (n_pixels, n_units), pixels (H, W) bool -> record; None for one pixel or no weight
    """
    W = W[pixels.ravel()].astype(np.float64)
    W = W[:, W.any(axis=0)]
    if len(W) < 2 or not W.size:
        return None
    coordinates = shapes.pixel_coordinates(pixels.shape)[pixels.ravel()]
    ipr = shapes.inverse_participation(W)
    radius = shapes.squared_radius(W, coordinates)
    shuffled = shapes.shuffled_squared_radius(ipr, coordinates)
    row = {"ipr": ipr, "squared_radius": radius, "shuffled_squared_radius": shuffled}
    return {"pixels_used": len(W)} | {name: float(each.mean()) for name, each in row.items()}


def map_rows(S, expected):
    """g(d) up to a reach, the half of the plane that determines the other."""
    g = pairs.pair_correlation(S, expected)
    H, W = (n // 2 for n in S.shape)
    return [
        {"dy": dy, "dx": dx, "g": round(float(g[H + dy, W + dx]), 6)}
        for dy in range(min(REACH, H) + 1)
        for dx in range(-min(REACH, W), min(REACH, W) + 1)
    ]


def dark_row(images, lit):
    """Shares of the inputs on dark and on dead pixels, and of the pixels that are such.

    Shapes: images (n_units, H, W) bool, lit (H, W) share of the images in which a pixel is lit
    """
    regions = {"dark": lit < LIVE, "dead": lit == 0}
    row = {f"{k}_share": images[:, region].sum() / images.sum() for k, region in regions.items()}
    row |= {f"{k}_pixels": region.mean() for k, region in regions.items()}
    return {name: float(share) for name, share in row.items()}


def pixel_rows(images, lit):
    """How often each pixel is kept, beside how often it is lit.  Shapes: as dark_row"""
    rate = images.mean(axis=0)
    return [
        {"y": y, "x": x, "kept": round(rate[y, x], 6), "lit": round(lit[y, x], 6)}
        for y, x in np.ndindex(rate.shape)
    ]


def field_rows(images, weights):
    """Inputs of the units with most of them: for each a picture, one line a row.

    Shapes: images (n_units, H, W) bool, weights (H * W, n_units)

    A picture has . where there is no input, the sign of the weight where there is.
    """
    most = np.argsort(-images.sum(axis=(1, 2)), kind="stable")[:FIELDS]
    signs = np.sign(weights).T.reshape(images.shape) * images
    shown = np.array([*".+-"])[signs[most].astype(int)]
    pictures = ("/".join("".join(line) for line in picture) for picture in shown)
    return [{"unit": int(u), "picture": p} for u, p in zip(most, pictures, strict=True)]
