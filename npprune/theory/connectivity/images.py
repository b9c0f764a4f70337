"""Masks as images: a unit's column of the first layer's mask, laid out as the pixels are.

Read next: npprune/theory/connectivity/pairs.py.
"""

import numpy as np

from npprune.errors import InputError

LIVE = 0.01  # share of the images in which a pixel must be lit to count as live
BATCH = 5000  # images counted at once: 4 MB as bool


def unit_images(mask, image_shape, pixels=None):
    """Lay a first-layer mask out as one image a unit, on all pixels or on some.

    Shapes: mask (n_pixels, n_units) bool, image_shape (height, width), pixels None or (height,
    width) bool -> (n_units, height, width) bool, a new array

    What a unit keeps outside `pixels` is left out.  Raises InputError for a mask of another image
    size and for one that is not of bool.
    """
    mask = np.asarray(mask)
    height, width = image_shape
    if mask.ndim != 2 or len(mask) != height * width:
        raise InputError(
            f"mask of shape {mask.shape}: images of {height} x {width} need one of "
            f"{height * width} rows, the first layer's"
        )
    if mask.dtype != bool:
        raise InputError(f"mask of type {mask.dtype}: give one of bool, True = keep")
    images = mask.T.reshape(-1, height, width)
    return images.copy() if pixels is None else images & pixels


def with_inputs(images, fewest=2):
    """Leave out the units with fewer inputs than `fewest`: one input makes no pair.

    Shapes: (n_units, height, width) bool -> (some, height, width) bool

    Raises InputError when no unit is left.
    """
    left = images[images.sum(axis=(1, 2)) >= fewest]
    if not len(left):
        raise InputError(
            f"the mask leaves none of {len(images)} units {fewest} inputs or more: nothing to "
            "measure, prune less"
        )
    return left


def lit_share(images):
    """Share of the images in which each pixel is not 0.

    Shapes: images (N, height, width) uint8 -> (height, width) float64
    """
    lit = sum(
        np.count_nonzero(images[start : start + BATCH], axis=0)
        for start in range(0, len(images), BATCH)
    )
    return lit / len(images)
