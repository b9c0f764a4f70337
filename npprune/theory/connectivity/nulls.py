"""The other nulls, each with something of its own kept or destroyed.

    relabelled   keeps shared inputs and the use of pixels, destroys the image's geometry
    correlated   draws pixels by their correlation: is a mask more local than its inputs are?

Read next: npprune/theory/connectivity/shapes.py.
"""

import numpy as np

from npprune.errors import InputError


def relabelled(images, pixels, rng):
    """Let the `pixels` change places at random, in all units alike.

    Shapes: images (n_units, H, W), pixels (H, W), bool -> images
    """
    places = np.flatnonzero(pixels)
    moved = images.reshape(len(images), -1).copy()
    moved[:, places] = moved[:, rng.permutation(places)]
    return moved.reshape(images.shape)


def correlation(X):
    """Absolute correlation of the pixels, 0 for one that never changes.

    Shapes: X (N, n_pixels) float32 -> (n_pixels, n_pixels)
    """
    centred = X - X.mean(axis=0)
    covariance = centred.T @ centred
    deviation = np.sqrt(np.diag(covariance))
    scale = np.outer(deviation, deviation)
    return np.abs(np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0))


def correlated(images, correlations, pixels, rng, exponent=1):
    """Draw each unit as one pixel and others by their correlation with it.

    Shapes: images (n_units, H, W), correlations (H*W, H*W), pixels (H, W) bool -> images

    The first pixel is drawn as often as the units use it; the others follow without replacement, in
    proportion to correlation^exponent.  Answers can depend on the exponent: try several.
    """
    used = images.sum(axis=0).ravel() * pixels.ravel()
    seeds = rng.choice(used.size, len(images), p=used / used.sum())
    chosen = pixels.ravel()
    weights = correlations[seeds][:, chosen].astype(np.float64) ** exponent
    weights[np.flatnonzero(chosen) == seeds[:, None]] = np.inf
    return _draw(images, pixels, weights, rng)


def _draw(images, pixels, weights, rng):
    """Sample without replacement: the first of exponential arrival times of mean 1/weight."""
    counts = images.reshape(len(images), -1).sum(axis=1)
    places = np.flatnonzero(pixels)
    if counts.max(initial=0) > len(places):
        raise InputError(
            f"a unit with {counts.max()} inputs among {len(places)} pixels: restrict the mask to "
            "the pixels that are drawn from"
        )
    times = rng.standard_exponential((len(images), len(places)))
    with np.errstate(divide="ignore"):
        times /= weights
    order = times.argsort(axis=1)
    first = np.arange(len(places)) < counts[:, None]
    drawn = np.zeros((len(images), pixels.size), bool)
    drawn[np.nonzero(first)[0], places[order[first]]] = True
    return drawn.reshape(images.shape)
