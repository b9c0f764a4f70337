"""Rewinding finds the very weights of the dense run; the controls share only what they should."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.training import Recipe, Training
from npprune.pruning.lottery import reinitialize, rewind, shuffle
from npprune.pruning.masks import apply_masks, prune
from npprune.pruning.retrain import nonzero_masks

SIZES = (30, 16, 12, 10)
RECIPE = Recipe(hidden=SIZES[1:-1], batch=16, epochs=3)


@pytest.fixture
def pruned(network):
    return prune(network, 0.7, "weight")


def test_the_weights_that_stay_are_those_of_the_epoch(pruned, splits):
    training = Training(SIZES, RECIPE, 0)
    at = [[W.copy() for W in training.weights]]
    training.run(*splits, on_epoch=lambda history: at.append([W.copy() for W in training.weights]))
    assert len(at) == 4
    for epoch, weights in enumerate(at):
        expected = apply_masks(weights, nonzero_masks(pruned))
        np.testing.assert_equal(rewind(pruned, 0, splits, epoch, RECIPE), expected)


def test_an_epoch_that_never_was_is_refused(network, splits):
    for epoch in (-1, 4):
        with pytest.raises(InputError, match=f"epoch {epoch}: give one from 0 to 3"):
            rewind(network, 0, splits, epoch, RECIPE)


def test_the_control_has_the_same_zeros_and_other_weights(pruned, splits):
    fresh, start = reinitialize(pruned, 3), rewind(pruned, 3, splits)
    for W, other, old in zip(fresh, start, pruned, strict=True):
        np.testing.assert_array_equal(W != 0, old != 0)
        assert (other != W)[old != 0].all()
        assert W.dtype == np.float32
    np.testing.assert_equal(fresh, reinitialize(pruned, 3))


def test_shuffling_keeps_each_layers_weights_and_moves_them(pruned):
    moved = shuffle(pruned, 3)
    for W, old in zip(moved, pruned, strict=True):
        np.testing.assert_array_equal(np.sort(W, axis=None), np.sort(old, axis=None))
        assert ((W != 0) != (old != 0)).any() == (old == 0).any()
        for axis in (0, 1):  # out of its column, and out of its row
            assert (np.sort(W, axis=axis) != np.sort(old, axis=axis)).any()
    np.testing.assert_equal(moved, shuffle(pruned, 3))
