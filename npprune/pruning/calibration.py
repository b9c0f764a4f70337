"""Means over images, a batch at a time.

In batches, memory holds only one batch's activations.

Read next: npprune/pruning/scores.py.
"""

import numpy as np

from npprune.errors import InputError

# Enough images for the matrix products to run at full speed, few enough for ten backward passes
# side by side (500 x 10 x 1000 x 4 bytes = 20 MB) to stay near the cache.
BATCH = 500


def check_weights(weights):
    """Raise InputError when a weight is not finite."""
    for l, W in enumerate(weights, 1):
        if not np.isfinite(W).all():
            raise InputError(
                f"the weights of layer {l} contain NaN or infinity: load a whole checkpoint, or "
                f"train again with a lower learning rate"
            )


def check_images(weights, X):
    """Raise InputError unless X is at least one row of finite inputs for this network."""
    if X is None or np.ndim(X) != 2 or len(X) == 0 or X.shape[1] != len(weights[0]):
        shape = None if X is None else np.shape(X)
        raise InputError(
            f"images of shape {shape}: give at least one row of {len(weights[0])} inputs"
        )
    if not np.isfinite(X).all():
        raise InputError("the images contain NaN or infinity: give pixels scaled to [0, 1]")


def mean_over_images(total, X, y=None):
    """Mean over the images of what `total` sums over a batch.

    Shapes: X (N, n_0), y (N,) or None, total(X, y) -> list of arrays -> list of arrays
    """
    sums = None
    for start in range(0, len(X), BATCH):
        batch = slice(start, start + BATCH)
        terms = total(X[batch], None if y is None else y[batch])
        if sums is None:
            sums = terms
        else:
            for so_far, term in zip(sums, terms, strict=True):
                so_far += term
    for array in sums:
        array /= len(X)
    return sums
