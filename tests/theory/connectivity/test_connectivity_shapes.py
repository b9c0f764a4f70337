"""Overlaps and centroids of shapes that are known."""

import numpy as np
import pytest
from masks import blocks
from scipy import signal

from npprune.theory.connectivity.convolution import unrolled_convolution
from npprune.theory.connectivity.images import unit_images
from npprune.theory.connectivity.pairs import pair_counts, share_within
from npprune.theory.connectivity.shapes import best_shift_overlaps, centroid_spread


def test_overlap_is_the_best_over_all_shifts():
    A, B = np.random.default_rng(2).random((2, 5, 4, 6)) < 0.4
    for a, b, found in zip(A, B, best_shift_overlaps(A, B), strict=True):
        best = signal.correlate(a.astype(int), b.astype(int), method="direct").max()
        assert found == pytest.approx(best / np.sqrt(a.sum() * b.sum()))


def test_centroids_of_random_fields_spread_by_the_radius_over_root_c():
    rng = np.random.default_rng(3)
    keys = rng.random((3000, 20 * 20)).argsort(axis=1)
    images = (keys < 16).reshape(-1, 20, 20)
    radius = np.sqrt(2 * (20**2 - 1) / 12)
    # Without replacement: (n - c) / (n - 1) of the variance.
    assert centroid_spread(images) == pytest.approx(radius / 4 * np.sqrt(384 / 399), rel=0.03)
    assert centroid_spread(blocks([(0, 0), (6, 0)])) == pytest.approx(3)


def test_an_unrolled_convolution_is_one_and_is_local_everywhere():
    W = unrolled_convolution((9, 11), 40, np.random.default_rng(5))
    assert W.shape == (99, 3 * 4 * 3)  # 3 x 4 places, 3 filters
    X = np.random.default_rng(6).random((9, 11)).astype(np.float32)
    out = (X.ravel() @ W).reshape(3, 4, 3)
    patch = W[:, 0].reshape(9, 11)[:5, :5]  # the first filter at the first place
    assert out[2, 1, 0] == pytest.approx((X[4:9, 2:7] * patch).sum(), rel=1e-5)
    images = unit_images(W != 0, (9, 11))
    assert images.sum(axis=(1, 2)).tolist() == [25] * 36
    assert share_within(pair_counts(images), 4) == 1
