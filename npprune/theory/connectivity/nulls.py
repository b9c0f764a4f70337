"""The other nulls, each with something of its own kept or destroyed.

    relabelled   the pixels change places, all units alike: keeps which units share inputs and how
                 often a pixel is used, destroys the geometry of the image
    correlated   every unit draws one pixel as often as that is used, and the others in proportion
                 to a power of their correlation with it in the data: is a mask more local than its
                 inputs are?  Which power is a choice, and the answer can hang on it: try several.

The untrained network's mask is a null too: its units draw their inputs uniformly.

Read next: npprune/theory/connectivity/shapes.py.
"""

import numpy as np

from npprune.errors import InputError


def relabelled(images, pixels, rng):
    """Let the pixels of a set change places at random, in all units alike.

    Shapes: images (n_units, H, W) bool, pixels (H, W) bool -> images like those given
    """
    places = np.flatnonzero(pixels)
    moved = images.reshape(len(images), -1).copy()
    moved[:, places] = moved[:, rng.permutation(places)]
    return moved.reshape(images.shape)


def correlation(X):
    """Absolute correlation of the pixels over images, 0 for a pixel that never changes.

    Shapes: X (N, n_pixels) float32 -> (n_pixels, n_pixels), 1 on the diagonal of live pixels
    """
    centred = X - X.mean(axis=0)
    covariance = centred.T @ centred
    deviation = np.sqrt(np.diag(covariance))
    scale = np.outer(deviation, deviation)
    return np.abs(np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0))


def correlated(images, correlations, pixels, rng, exponent=1):
    """Draw each unit as one pixel and others by their correlation with it.

    Shapes: images (n_units, H, W) bool, correlations (H*W, H*W), pixels (H, W) bool -> images

    The first pixel is drawn as often as the units use it; c - 1 more follow without replacement,
    each in proportion to correlation^exponent with the first among those that are left.  The higher
    the exponent, the closer they are; at 0 they are drawn uniformly.
    """
    used = images.sum(axis=0).ravel() * pixels.ravel()
    seeds = rng.choice(used.size, len(images), p=used / used.sum())
    chosen = pixels.ravel()
    weights = correlations[seeds][:, chosen].astype(np.float64) ** exponent
    weights[np.flatnonzero(chosen) == seeds[:, None]] = np.inf
    return _draw(images, pixels, weights, rng)


def _draw(images, pixels, weights, rng):
    """Draw as many pixels for each unit as it has inputs, by weights, without replacement.

    Shapes: images (n_units, H, W), pixels (H, W) bool, weights (n_units or 1, pixels in the set)

    Let every pixel arrive after an exponential time of mean 1 / weight: those that come first are
    a sample in which each next one is drawn in proportion to the weights that are left.
    """
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
