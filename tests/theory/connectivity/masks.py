"""Masks that tests of connectivity share: at random, and of blocks."""

import numpy as np


def random_images(seed, n, shape, density):
    """Shapes: shape (H, W) -> (n, H, W) bool"""
    return np.random.default_rng(seed).random((n, *shape)) < density


def blocks(corners, shape=(12, 10)):
    """Units that see 3 x 3 pixels each.  Shapes: corners (n, 2) -> (n, H, W) bool"""
    images = np.zeros((len(corners), *shape), bool)
    for image, (y, x) in zip(images, corners, strict=True):
        image[y : y + 3, x : x + 3] = True
    return images


def random_blocks(seed, n):
    """Shapes: -> (n, 12, 12) bool"""
    return blocks(np.random.default_rng(seed).integers(0, 10, (n, 2)), (12, 12))
