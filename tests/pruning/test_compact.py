"""Smaller matrices, the same logits, and nothing left to remove."""

import itertools

import numpy as np
import pytest

from npprune.network.checkpoint import load_checkpoint, load_weights, save_checkpoint
from npprune.network.mlp import logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, SPARSITIES, layer_masks, prune


@pytest.fixture
def X():
    return np.random.default_rng(0).random((50, 30), np.float32)


def pruned_in_every_way(network):
    """The network at every k, pruned by magnitude and at random, by weights and by units."""
    for kind, k in itertools.product(KINDS, SPARSITIES):
        yield k, kind, prune(network, k, kind)
        masks = layer_masks(network, k, kind, np.random.default_rng(0))
        yield k, kind, [W * mask for W, mask in zip(network, masks, strict=True)]


def live_units(weights):
    """Units on a path of weights from a pixel to a class, by counting the paths."""
    linked = [(W != 0).astype(float) for W in weights]
    from_pixels = list(itertools.accumulate(linked, np.matmul, initial=np.ones(len(linked[0]))))
    to_classes = list(
        itertools.accumulate(
            (W.T for W in reversed(linked)), np.matmul, initial=np.ones(linked[-1].shape[1])
        )
    )[::-1]
    return [a * b > 0 for a, b in zip(from_pixels[1:-1], to_classes[1:-1], strict=True)]


def test_the_logits_stay(network, X):
    for k, kind, weights in pruned_in_every_way(network):
        small = compact(weights)
        np.testing.assert_allclose(
            logits(small, X), logits(weights, X), atol=1e-6, err_msg=f"{kind} {k}"
        )


def test_exactly_the_units_on_no_path_are_removed(network):
    for k, kind, weights in pruned_in_every_way(network):
        live = live_units(weights)
        widths = [W.shape[1] for W in compact(weights)[:-1]]
        assert widths == [units.sum() for units in live], (kind, k)


def test_what_is_left_is_the_old_weights_in_order(network):
    weights = prune(network, 0.9, "unit")
    live = [np.ones(30, bool), *live_units(weights), np.ones(10, bool)]
    for W, small, rows, columns in zip(weights, compact(weights), live[:-1], live[1:], strict=True):
        np.testing.assert_array_equal(small, W[rows][:, columns])
        assert small.flags.c_contiguous
        assert small.dtype == W.dtype


def test_compacting_again_changes_nothing(network):
    for k, kind, weights in pruned_in_every_way(network):
        once = compact(weights)
        twice = compact(once)
        assert all(np.array_equal(a, b) for a, b in zip(once, twice, strict=True)), (kind, k)


@pytest.mark.parametrize("kind", KINDS)
def test_with_everything_pruned_the_hidden_layers_have_width_0(kind, network, X):
    small = compact(prune(network, 1, kind))
    assert [W.shape for W in small] == [(30, 0), (0, 0), (0, 10)]
    np.testing.assert_array_equal(logits(small, X), np.zeros((50, 10), np.float32))


@pytest.mark.parametrize("k", [0.5, 0.9, 1])
def test_a_compact_network_is_saved_and_loaded_like_any_other(k, network, tmp_path):
    small, path = compact(prune(network, k, "unit")), tmp_path / "small.npz"
    save_checkpoint(path, {"weights": small}, {})
    # At k = 1 there is nothing to run, and load_weights says so.
    again = load_weights(path) if k < 1 else load_checkpoint(path)[0]["weights"]
    assert all(np.array_equal(a, b) for a, b in zip(again, small, strict=True))


def test_units_die_along_a_chain():
    # The only unit of layer 3 is never heard, so the layers before it are not either.
    weights = [np.ones((2, 3)), np.ones((3, 4)), np.ones((4, 1)), np.zeros((1, 2))]
    assert [W.shape for W in compact(weights)] == [(2, 0), (0, 0), (0, 0), (0, 2)]


def test_a_dense_network_keeps_its_shape_and_its_arrays(network):
    small = compact(network)
    assert all(np.array_equal(a, b) for a, b in zip(small, network, strict=True))
    assert not any(np.shares_memory(a, b) for a, b in zip(small, network, strict=True))
