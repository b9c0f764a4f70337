"""A dense core and a sparse rest are the matrix, and no other corner would be quicker."""

import itertools

import numpy as np
import pytest

from npprune.inference.core import SplitOperator, by_weights_left, split
from npprune.network.mlp import logits
from npprune.pruning.masks import prune


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def crowded(rng, n_in, n_out):
    """A matrix (n_in, n_out) whose weights crowd in no particular place, some lines empty."""
    chance = np.outer(rng.random(n_in) ** 2, rng.random(n_out) ** 2)
    return ((rng.random((n_in, n_out)) < chance) * rng.normal(size=(n_in, n_out))).astype("f4")


@pytest.mark.parametrize("k", [0, 0.5, 0.9, 1])
@pytest.mark.parametrize("kind", ["weight", "unit"])
def test_ordered_units_give_the_same_logits_on_the_picked_pixels(kind, k, weights, rng):
    weights = prune(weights, k, kind)
    weights[0][[3, 17]] = 0  # pixels that are never used
    X = rng.random((20, 30), np.float32)
    ordered, pixels = by_weights_left(weights)
    np.testing.assert_allclose(logits(ordered, X[:, pixels]), logits(weights, X), atol=1e-6)
    assert not {3, 17} & set(pixels)
    counts = np.count_nonzero(ordered[0], axis=1)
    assert (np.diff(counts) <= 0).all()
    assert (counts > 0).all()
    for n_in, (W, after) in zip((30, 40), itertools.pairwise(ordered), strict=True):
        left = np.count_nonzero(W, axis=0) / n_in
        left += np.count_nonzero(after, axis=1) / after.shape[1]
        assert (np.diff(left) <= 1e-12).all()


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (1, 3), (12, 20), (12, 1), (5, 20)])
def test_a_split_matrix_multiplies_as_the_whole(rows, columns, rng):
    A = crowded(rng, 12, 20)
    operator = SplitOperator(A, rows, columns)
    assert (operator.core == A[:rows, :columns]).all()
    assert operator.rest.nnz == np.count_nonzero(A) - np.count_nonzero(A[:rows, :columns])
    H_T = rng.random((20, 7), np.float32)
    found = operator @ H_T
    assert (operator.shape, found.dtype) == (A.shape, np.float32)
    np.testing.assert_allclose(found, A @ H_T, atol=1e-6)


@pytest.mark.parametrize("sparse_seconds", [0.5, 1, 3, 10, 1000])
def test_the_corner_is_the_cheapest_of_all(sparse_seconds, rng):
    W = crowded(rng, 9, 11)
    found = split(W, 1.0, sparse_seconds)

    def cost(rows, columns):
        outside = np.count_nonzero(W) - np.count_nonzero(W[:columns, :rows])
        return rows * columns + outside * sparse_seconds

    least = min(cost(a, b) for a in range(12) for b in range(10))
    assert cost(*found.core.shape) == pytest.approx(least)


def test_an_empty_layer_has_neither_core_nor_rest():
    found = split(np.zeros((0, 4), np.float32), 1.0, 1.0)
    assert found.core.size == found.rest.nnz == 0
    assert (found @ np.ones((0, 3), np.float32) == np.zeros((4, 3))).all()
