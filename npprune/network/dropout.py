"""Dropout of the pixels: each image is learned with other pixels missing every time.

The pixels left are made brighter, so that the first layer's sums keep the mean of whole images:

    X' = X M / (1 - p)   with M = 0 with chance p, else 1   ->   E[X'] = X

Left out: dropout of hidden units, because a network of few weights needs them all.

Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, section 4.

Read next: npprune/pruning/retrain.py.
"""

import numpy as np


def drop(X, p, rng):
    """Replace X by X' in place.  Shapes: X float32, any shape; p in [0, 1)"""
    X *= rng.random(X.shape, np.float32) >= p
    X *= np.float32(1 / (1 - p))
