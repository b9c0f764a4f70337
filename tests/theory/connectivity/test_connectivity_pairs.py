"""Pair counts against brute force; masks as images."""

import itertools

import numpy as np
import pytest
from masks import random_images

from npprune.errors import InputError
from npprune.theory.connectivity import pairs
from npprune.theory.connectivity.images import lit_share, unit_images, with_inputs


def brute_counts(images):
    _, H, W = images.shape
    S = np.zeros((2 * H - 1, 2 * W - 1))
    for image in images:
        for (y, x), (v, u) in itertools.permutations(map(tuple, np.argwhere(image)), 2):
            S[v - y + H - 1, u - x + W - 1] += 1
    return S


@pytest.mark.parametrize("shape", [(6, 5), (1, 4), (7, 7)])
def test_counts_are_those_of_every_ordered_pair(shape):
    images = random_images(1, 7, shape, 0.5)
    S = pairs.pair_counts(images)
    assert np.array_equal(S, brute_counts(images))
    assert S.sum() == 2 * pairs.pairs(images).sum()


def test_counts_of_a_dense_layer_of_mnist_s_size_are_exact():
    """Rounding of float32 transforms stays below a half: sums against a product of masks."""
    images = random_images(2, 1000, (28, 28), 0.6)
    S = pairs.pair_counts(images)
    M = images.reshape(1000, -1).astype(np.float32)
    together = (M.T @ M).astype(int)
    assert S.sum() == together.sum() - np.trace(together)
    assert S[27, 28] == sum(together[a, a + 1] for a in range(784) if a % 28 < 27)


@pytest.mark.parametrize("r", [1, 2, 3])
@pytest.mark.parametrize("shape", [(6, 5), (2, 9)])
def test_near_pairs_are_those_of_each_unit(r, shape):
    images = random_images(3, 7, shape, 0.6)
    expected = []
    for image in images:
        S = brute_counts(image[None])
        dy, dx = pairs.displacements(S)
        expected.append(S[np.maximum(abs(dy), abs(dx)) <= r].sum() / 2)
    found = pairs.near_pairs(pairs.padded(images, r), r)
    assert np.array_equal(found, expected)
    share = pairs.share_within(pairs.pair_counts(images), r)
    assert found.sum() / pairs.pairs(images).sum() == pytest.approx(share)


def test_near_pairs_of_full_images_fit_into_a_byte():
    images = np.ones((2, 28, 28), bool)
    count = pairs.near_pairs(pairs.padded(images, 10), 10)
    S = pairs.pair_counts(images[:1])
    assert count[0] == count[1] == pairs.share_within(S, 10) * S.sum() / 2


def test_pair_correlation_is_a_ratio_and_nan_without_pairs():
    S = np.array([[2.0, 0.0, 3.0]])
    found = pairs.pair_correlation(S, np.array([[1, 0, 6]]))
    np.testing.assert_array_equal(found, [[2, np.nan, 0.5]])


def test_unit_images_lay_a_column_out_as_pixels():
    mask = np.zeros((12, 2), bool)
    mask[5, 0] = mask[7, 1] = True
    images = unit_images(mask, (3, 4))
    assert images.shape == (2, 3, 4)
    assert np.argwhere(images).tolist() == [[0, 1, 1], [1, 1, 3]]
    pixels = np.ones((3, 4), bool)
    pixels[1, 1] = False
    assert unit_images(mask, (3, 4), pixels).sum() == 1
    images[:] = False
    assert mask.sum() == 2


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((13, 2), bool), r"mask of shape \(13, 2\): images of 3 x 4 need one of 12 rows"),
        (np.ones(12, bool), r"mask of shape \(12,\)"),
        (np.ones((12, 2)), "mask of type float64: give one of bool"),
    ],
)
def test_what_is_no_mask_of_these_images_is_refused(mask, words):
    with pytest.raises(InputError, match=words):
        unit_images(mask, (3, 4))


def test_units_with_fewer_than_two_inputs_are_left_out_and_empty_masks_refused():
    images = np.zeros((3, 2, 2), bool)
    images[1, 0, 0] = True
    with pytest.raises(InputError, match="none of 3 units 2 inputs or more"):
        with_inputs(images)
    assert len(with_inputs(images, 1)) == 1
    images[2, 0] = True
    assert np.array_equal(with_inputs(images), images[2:])
    with pytest.raises(InputError, match="no pairs"):
        pairs.share_within(pairs.pair_counts(images[:2]), 1)


def test_lit_share_counts_images_in_which_a_pixel_is_not_zero():
    images = np.zeros((12_000, 2, 2), np.uint8)
    images[:3000, 0, 1] = 7
    images[::2, 1, 0] = 255
    assert lit_share(images).tolist() == [[0, 0.25], [0.5, 0]]
