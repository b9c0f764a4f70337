"""Rewinding finds the very weights of the dense run; the controls share only what they should."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import init_weights
from npprune.network.training import Recipe, Training
from npprune.pruning.lottery import reinitialize, rewind, shuffle
from npprune.pruning.masks import prune
from npprune.streams import stream

SIZES = (30, 16, 12, 10)
RECIPE = Recipe(hidden=SIZES[1:-1], batch=16, epochs=3)


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def dense_run(splits):
    """The weights of a dense run from seed 0 at every epoch, 0 to 3."""
    training = Training(SIZES, RECIPE, 0)
    at = [[W.copy() for W in training.weights]]
    training.run(*splits, on_epoch=lambda history: at.append([W.copy() for W in training.weights]))
    return at


@pytest.mark.parametrize("epoch", [0, 1, 2, 3])
def test_the_weights_that_stay_are_those_of_the_epoch(epoch, dense_run, splits):
    pruned = prune(dense_run[-1], 0.7, "weight")
    back = rewind(pruned, 0, splits, epoch, RECIPE)
    for W, old, then in zip(back, pruned, dense_run[epoch], strict=True):
        np.testing.assert_array_equal(W, np.where(old != 0, then, 0))


def test_without_a_recipe_the_start_is_the_default_ones(network, splits):
    pruned = prune(network, 0.7, "weight")
    start = init_weights(SIZES, stream(3, "weights"))
    for W, old, then in zip(rewind(pruned, 3, splits), pruned, start, strict=True):
        np.testing.assert_array_equal(W, np.where(old != 0, then, 0))


def test_an_epoch_that_never_was_is_refused(network, splits):
    for epoch in (-1, 4):
        with pytest.raises(InputError, match=f"epoch {epoch}: give one from 0 to 3"):
            rewind(network, 0, splits, epoch, RECIPE)


def test_the_control_has_the_same_zeros_and_other_weights(network, splits):
    pruned = prune(network, 0.7, "weight")
    fresh, start = reinitialize(pruned, 3), rewind(pruned, 3, splits)
    for W, other, old in zip(fresh, start, pruned, strict=True):
        np.testing.assert_array_equal(W != 0, old != 0)
        assert (other != W)[old != 0].all()
        assert W.dtype == np.float32
    assert all((a == b).all() for a, b in zip(fresh, reinitialize(pruned, 3), strict=True))


def test_shuffling_keeps_each_layers_weights_and_moves_them(network):
    pruned = prune(network, 0.7, "weight")
    moved = shuffle(pruned, 3)
    for W, old in zip(moved, pruned, strict=True):
        np.testing.assert_array_equal(np.sort(W, axis=None), np.sort(old, axis=None))
        assert ((W != 0) != (old != 0)).any() == (old == 0).any()
    assert all((a == b).all() for a, b in zip(moved, shuffle(pruned, 3), strict=True))
