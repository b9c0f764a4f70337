"""Pairs of paths to the second layer, against the product of the masks."""

import itertools

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.theory.connectivity.paths import path_pairs, path_share


def brute_share(images, second, r):
    n, H, W = images.shape
    P = images.reshape(n, -1).T.astype(int) @ second.T.astype(int)  # pixels x units
    near = total = 0
    for a, b in itertools.permutations(range(H * W), 2):
        pairs = (P[a] * P[b]).sum()
        total += pairs
        if max(abs(a // W - b // W), abs(a % W - b % W)) <= r:
            near += pairs
    return near / total


@pytest.mark.parametrize("r", [1, 2])
def test_share_is_that_of_the_product_of_the_masks(r):
    rng = np.random.default_rng(1)
    images, second = rng.random((9, 5, 6)) < 0.2, rng.random((7, 9)) < 0.4
    found = path_share(path_pairs(images, r), second)
    assert found == pytest.approx(brute_share(images, second, r), rel=1e-12)


def test_units_that_gather_neighbours_are_more_local_than_those_that_do_not():
    """First-layer units of one pixel each: the second layer's mask is then the product."""
    images = np.eye(36, dtype=bool).reshape(36, 6, 6)
    blocks = np.zeros((4, 6, 6), bool)
    for i, (y, x) in enumerate(itertools.product((0, 3), repeat=2)):
        blocks[i, y : y + 3, x : x + 3] = True
    paths = path_pairs(images, 2)
    second = blocks.reshape(4, 36)
    assert path_share(paths, second) == 1
    shuffled = second[:, np.random.default_rng(2).permutation(36)]
    assert path_share(paths, shuffled) < 0.7


def test_masks_of_other_sizes_and_without_paths_are_refused():
    paths = path_pairs(np.eye(4, dtype=bool).reshape(4, 2, 2), 1)
    with pytest.raises(InputError, match="the first layer has 4 units"):
        path_share(paths, np.ones((3, 5), bool))
    with pytest.raises(InputError, match="no unit of the second layer"):
        path_share(paths, np.eye(4, dtype=bool))
