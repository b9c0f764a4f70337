"""What a convolution has besides locality.

    best-shift overlap  how alike two units are once one is moved over the other: weight sharing
    centroid spread     how far apart the units look: tiling

Read next: npprune/theory/connectivity/convolution.py.
"""

import numpy as np
from scipy import fft


def best_shift_overlaps(first, second):
    """Overlap of pairs of units, one moved over the other to where it fits best.

    Shapes: first, second (n, H, W) bool, no unit empty -> (n,) in (0, 1]

        max over d of sum_a A(a)B(a+d)/sqrt(|A||B|)
    is 1 for the same patch anywhere.  A product of transforms gives all d at once.
    """
    size = [fft.next_fast_len(2 * n - 1, real=True) for n in first.shape[1:]]
    A, B = (fft.rfft2(images.astype(np.float32), s=size) for images in (first, second))
    best = np.rint(fft.irfft2(A.conj() * B, s=size).max(axis=(1, 2)))
    return best / np.sqrt(first.sum(axis=(1, 2)) * second.sum(axis=(1, 2)))


def centroid_spread(images):
    """Root mean square distance of the units' centroids from their mean.

    Shapes: images (n_units, H, W) bool, no unit empty -> float

    For units of c of n pixels at random it is R sqrt((n-c)/(c(n-1))), R that distance of the pixels
    themselves; for small patches all over the image nearly R.
    """
    inputs = images.reshape(len(images), -1)
    places = np.indices(images.shape[1:]).reshape(2, -1).T.astype(np.float64)  # y and x
    centres = inputs @ places / inputs.sum(axis=1)[:, None]
    return float(np.sqrt(np.square(centres - centres.mean(axis=0)).sum(axis=1).mean()))
