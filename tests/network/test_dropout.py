"""Holes in the images: how many, and that the sums keep their mean."""

import numpy as np
import pytest

from npprune.network.dropout import drop


def test_each_number_is_dropped_with_the_chance_given_and_the_mean_stays():
    for p in (0.0, 0.2, 0.7):
        X = np.ones((400, 500), np.float32)
        drop(X, p, np.random.default_rng(0))
        assert X.dtype == np.float32
        np.testing.assert_allclose(np.unique(X), np.unique([*[0.0][: p > 0], 1 / (1 - p)]), 1e-6)
        assert (X == 0).mean() == pytest.approx(p, abs=0.005)
        assert X.mean() == pytest.approx(1, abs=0.02)
        for axis in (0, 1):  # by chance alone: no image, no pixel has more holes than others
            assert (X == 0).mean(axis=axis).std() == pytest.approx(
                np.sqrt(p * (1 - p) / X.shape[axis]), rel=0.15
            )
