"""The second layer: from which pixels its units are reached, by products of masks.

P = M1 @ M2 counts the paths from each pixel to each unit of the second layer.  Counts and not
P > 0: at 90 % sparsity nearly every pixel reaches nearly every unit by some path, and only how
many there are still tells near from far.  A pair of inputs then weighs the product of its paths:

    L_r = sum_i sum_{a != b, within r} P_ai P_bi / sum_i sum_{a != b} P_ai P_bi

The question is what the second layer adds to the first: does a unit of it gather units of the
first that look at the same place?  So M1 stays, and M2 is redrawn with its own marginals
(npprune/theory/connectivity/curveball.py).  Both sums are <Q, M2 M2^T>, with Q = M1^T K M1 and K
the matrix of the pixel pairs that count: Q is made once, and a draw costs one product.

Read next: npprune/theory/connectivity/convolution.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.theory.connectivity.shapes import pixel_coordinates


class PathPairs(NamedTuple):
    """Weighed pairs of pixels by pairs of first-layer units: those within r, and all.

    Shapes: near, all (n_1, n_1) float64, symmetric
    """

    near: np.ndarray
    all: np.ndarray


def path_pairs(images, r):
    """Q for the pairs within r pixels, and for all pairs.

    Shapes: images (n_1, H, W) bool, the first layer's -> PathPairs
    """
    places = pixel_coordinates(images.shape[1:])
    steps = np.abs(places[:, None] - places[None]).max(axis=2)
    M1 = images.reshape(len(images), -1).T.astype(np.float32)  # its products are whole: exact
    same = M1.T @ M1
    near = M1.T @ ((steps <= r).astype(np.float32) @ M1)
    inputs = M1.sum(axis=0, dtype=np.float64)
    return PathPairs(near.astype(np.float64) - same, np.outer(inputs, inputs) - same)


def path_share(paths, second):
    """L_r of the paths to the second layer's units.

    Shapes: PathPairs, second (n_2, n_1) bool: a unit of the second layer is a row -> float

    Raises InputError for a mask of other sizes and when no unit is reached from two pixels.
    """
    if second.shape[1:] != paths.near.shape[:1]:
        raise InputError(
            f"second mask of shape {second.shape}: the first layer has {len(paths.near)} units"
        )
    M2 = second.T.astype(np.float32)
    together = M2 @ M2.T
    total = np.vdot(paths.all, together)
    if not total > 0:
        raise InputError("no unit of the second layer is reached from two pixels: prune less")
    return float(np.vdot(paths.near, together) / total)
