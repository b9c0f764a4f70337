"""Masks as images: a unit's column of the first layer's mask, laid out as the pixels are.

Read next: npprune/theory/connectivity/pairs.py.
"""

import numpy as np

from npprune.errors import InputError

LIVE = 0.01  # share of the images in which a pixel must be lit to count as live
BATCH = 5000  # images counted at once: 4 MB as bool


def unit_images(mask, image_shape, pixels=None):
    """Lay a first-layer mask out as images, without inputs outside `pixels`.

    Shapes: mask (n_pixels, n_units), pixels (H, W) or None -> (n_units, H, W), all bool, new

    Raises InputError for a mask of another size or not of bool.
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
    """Leave out the units with fewer than `fewest` inputs.

    Shapes: (n_units, H, W) -> (some, H, W)

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
    """Share of the images in which each pixel is not 0.  Shapes: (N, H, W) uint8 -> (H, W)"""
    lit = sum(
        np.count_nonzero(images[start : start + BATCH], axis=0)
        for start in range(0, len(images), BATCH)
    )
    return lit / len(images)
