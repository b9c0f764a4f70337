"""What a convolution has besides locality, and the companions of locality for weights.

    largest component   of a unit's inputs, the share in one connected piece
    best-shift overlap  how alike two units are once one is moved over the other: weight sharing
    centroid spread     how far apart the units look: tiling
    IPR and radius      for weights that are not masked: on how few pixels, and how close together

Read next: npprune/theory/connectivity/paths.py.
"""

import numpy as np
from scipy import fft, ndimage


def largest_components(images):
    """Share of each unit's inputs in its largest connected piece, diagonal steps included.

    Shapes: images (n_units, H, W) bool, at least one input a unit -> (n_units,) float64
    """
    within_a_unit = np.zeros((3, 3, 3), bool)
    within_a_unit[1] = True
    labels, count = ndimage.label(images, within_a_unit)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0  # the background
    return sizes[labels].max(axis=(1, 2)) / images.sum(axis=(1, 2))


def best_shift_overlaps(first, second):
    """Overlap of pairs of units, one moved over the other to where it fits best.

    Shapes: first, second (n, H, W) bool, at least one input a unit -> (n,) float64 in (0, 1]

        max over d of  sum_a A(a) B(a + d) / sqrt(|A| |B|)
    is 1 for the same patch anywhere.  The sum over all d at once is a product of transforms.
    """
    size = [fft.next_fast_len(2 * n - 1, real=True) for n in first.shape[1:]]
    A, B = (fft.rfft2(images.astype(np.float32), s=size) for images in (first, second))
    best = np.rint(fft.irfft2(A.conj() * B, s=size).max(axis=(1, 2)))
    return best / np.sqrt(first.sum(axis=(1, 2)) * second.sum(axis=(1, 2)))


def pixel_coordinates(image_shape):
    """y and x of each pixel, in pixels.  Shapes: -> (H * W, 2) float64"""
    return np.indices(image_shape).reshape(2, -1).T.astype(np.float64)


def centroid_spread(images):
    """Root mean square distance of the units' centroids from their mean, in pixels.

    Shapes: images (n_units, H, W) bool, at least one input a unit -> float

    For units that draw c of n pixels at random it is R sqrt((n - c) / (c (n - 1))), R the root mean
    square distance of the pixels from their mean; for small patches all over the image nearly R.
    """
    inputs = images.reshape(len(images), -1)
    centres = inputs @ pixel_coordinates(images.shape[1:]) / inputs.sum(axis=1)[:, None]
    return float(np.sqrt(np.square(centres - centres.mean(axis=0)).sum(axis=1).mean()))


def inverse_participation(W):
    """Inverse participation ratio of each unit: 1/n for n equal weights, 1 for a single one.

    Shapes: W (n_pixels, n_units) -> (n_units,)

        IPR = sum w^4 / (sum w^2)^2                               (Ingrosso and Goldt 2022)
    """
    squares = np.square(W)
    return np.square(squares).sum(axis=0) / np.square(squares.sum(axis=0))


def squared_radius(W, coordinates):
    """Weighted mean squared distance of each unit's pixels from their centroid, in pixels^2.

    Shapes: W (n_pixels, n_units), coordinates (n_pixels, 2) -> (n_units,)

        sum w^2 |r - r_bar|^2 / sum w^2,   r_bar = sum w^2 r / sum w^2
    """
    shares = np.square(W) / np.square(W).sum(axis=0)
    centres = shares.T @ coordinates
    return shares.T @ np.square(coordinates).sum(axis=1) - np.square(centres).sum(axis=1)


def shuffled_squared_radius(ipr, coordinates):
    """Expectation of squared_radius when a unit's weights are shuffled among its pixels.

    Shapes: ipr (n_units,), coordinates (n_pixels, 2) -> (n_units,)

    With shares p_a of sum 1, sum p |r|^2 - |sum p r|^2 has the mean  v - E|sum p (r - mean)|^2,
    v = mean |r - mean r|^2.  Two different pixels without replacement have the covariance
    -v/(n - 1), and sum p^2 = IPR, so it is  v (1 - IPR) n / (n - 1).
    """
    n = len(coordinates)
    return coordinates.var(axis=0).sum() * (1 - ipr) * n / (n - 1)
