"""Smaller matrices, the same logits, and nothing left to remove."""

import functools
import itertools

import numpy as np
import pytest

from npprune.network.mlp import logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, apply_masks, layer_masks
from npprune.studies.prune import SPARSITIES


@pytest.fixture(params=itertools.product(KINDS, SPARSITIES, ("magnitude", "chance")))
def pruned(request, network):
    """The network at every k, by weights and by units, by magnitude and at random."""
    kind, k, by = request.param
    rng = np.random.default_rng(0) if by == "chance" else None
    return apply_masks(network, layer_masks(network, k, kind, rng))


def live_units(weights):
    """Units on a path of weights from a pixel to a class, by counting the paths."""
    linked = [(W != 0).astype(float) for W in weights]
    live = []
    for l in range(1, len(linked)):
        from_pixels = functools.reduce(np.matmul, linked[:l]).sum(axis=0)
        to_classes = functools.reduce(np.matmul, linked[l:]).sum(axis=1)
        live.append(from_pixels * to_classes > 0)
    return live


def test_the_logits_stay(pruned):
    X = np.random.default_rng(0).random((50, 30), np.float32)
    np.testing.assert_allclose(logits(compact(pruned), X), logits(pruned, X), atol=1e-6)


def test_exactly_the_units_on_a_path_are_left_in_order(pruned):
    live = [np.ones(30, bool), *live_units(pruned), np.ones(10, bool)]
    left = compact(pruned)
    for W, small, rows, columns in zip(pruned, left, live[:-1], live[1:], strict=True):
        np.testing.assert_array_equal(small, W[rows][:, columns])
        assert small.flags.c_contiguous
        assert small.dtype == W.dtype
        assert not np.shares_memory(small, W)
    np.testing.assert_equal(compact(left), left)
