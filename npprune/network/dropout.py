"""Dropout of the pixels: each image is learned with other holes in it every time.

If each pixel may be missing, none can be relied on, and what is learned is what many of them say
together.  The images that are classified later are whole, so the pixels that are left are made
brighter: the sums that the first layer takes have the same mean with and without holes.

    X' = X M / (1 - p)   with M = 0 with chance p, else 1   ->   E[X'] = X (1 - p) / (1 - p) = X

Left out: dropout of hidden units.  In a network of which few weights are left they are all needed.

Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, section 4.

Read next: npprune/pruning/retrain.py.
"""

import numpy as np


def drop(X, p, rng):
    """Set each number to 0 with chance p and divide the others by 1 - p; writes into X.

    Shapes: X any shape, float32, p in [0, 1)
    """
    X *= rng.random(X.shape, np.float32) >= p
    X *= np.float32(1 / (1 - p))
