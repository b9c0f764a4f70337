"""Weights that are exchanged: exact counts, exact zeros, and who may come back."""

import dataclasses
import itertools

import numpy as np
import pytest
from compare import after_each_step, assert_close, assert_held, flat, nonzeros

from npprune.errors import InputError
from npprune.network.mlp import inputs, loss_and_gradients
from npprune.network.training import Recipe
from npprune.pruning.gradual import cubic
from npprune.pruning.masks import prune
from npprune.pruning.regrow import Regrowth, exchange, largest
from npprune.pruning.retrain import nonzero_masks

RECIPE = Recipe(batch=16, epochs=5, learning_rate=0.05, weight_decay=1e-3)
BATCHES = 300 // 16
END = 3 * BATCHES

pytestmark = pytest.mark.usefixtures("often")


@pytest.fixture
def make(network):
    def make(keep=60, until=3, swap=0.3, recipe=RECIPE, weights=network):
        return Regrowth(weights, nonzero_masks(weights), keep, until, swap, recipe=recipe, seed=0)

    return make


def some_layers(rng, decimals):
    """Weights, speeds and masks of two layers."""
    shapes = (5, 4), (4, 3)
    W, V = ([rng.standard_normal(shape).round(decimals) for shape in shapes] for _ in range(2))
    return W, V, [rng.random(shape) < 0.6 for shape in shapes]


def test_an_exchange_against_sorting():
    rng = np.random.default_rng(0)
    for trial in range(60):
        # With no decimals, only three different magnitudes: ties.
        W, V, masks = some_layers(rng, decimals=8 if trial % 2 else 0)
        before, n = flat(masks), nonzeros(masks)
        count = int(rng.integers(0, n + 1))
        swap = int(rng.integers(0, count + 1))
        after = flat(exchange(W, V, masks, count, swap))
        swap = min(swap, (~before).sum())
        stayed, grown = after & before, after & ~before
        assert (after.sum(), stayed.sum(), grown.sum()) == (count, count - swap, swap)
        for arrays, chosen, among in ((W, stayed, before), (V, grown, ~before)):
            sizes = np.abs(flat(arrays))
            expected = np.sort(sizes[among])[::-1][: chosen.sum()]
            np.testing.assert_array_equal(np.sort(sizes[chosen])[::-1], expected)


def test_a_number_of_weights_that_cannot_be_is_refused(make):
    W, _, masks = some_layers(np.random.default_rng(0), 8)
    for count in (-1, nonzeros(masks) + 1):
        with pytest.raises(InputError, match="weights to choose among"):
            largest(W, masks, count)
    with pytest.raises(InputError, match="regrowing to -1 weights"):
        make(keep=-1)


@pytest.mark.parametrize("others", [{}, {"optimizer": "adam", "learning_rate": 1e-3}])
def test_counts_are_exact_and_the_absent_are_zero_after_every_step(others, make, splits):
    training = make(recipe=dataclasses.replace(RECIPE, **others))
    initial = nonzeros(training.masks)

    def look():
        assert not flat(training.weights)[~flat(training.masks)].any()
        return nonzeros(training.masks)

    counts = after_each_step(training, look)
    training.run(*splits)
    assert counts == [
        round(cubic(done // 4 * 4 / END if done < END else 1, initial, 60))
        for done in range(5 * BATCHES)
    ]
    assert nonzeros(training.best) == 60


def test_only_an_exchange_brings_weights_back_none_at_rest_and_none_after_the_last(
    make, network, splits
):
    training = make(weights=prune(network, 0.5, "weight"), swap=0.5)
    before = flat(training.masks)
    seen = after_each_step(training, lambda: flat(training.masks))
    training.run(*splits)
    back = [np.count_nonzero(new & ~old) for old, new in itertools.pairwise([before, *seen])]
    assert sum(back) > 0
    assert set(np.flatnonzero(back)) <= set(range(4, END, 4))
    assert_held(training.optimizer.velocity, training.masks)


def test_what_grows_is_what_the_loss_falls_fastest_by(network, splits):
    """After one step from rest the velocity is -rate dW, so the largest gradients grow."""
    train, _ = splits
    rng = np.random.default_rng(3)
    masks = [rng.random(W.shape) < 0.5 for W in network]
    recipe = dataclasses.replace(RECIPE, weight_decay=0.0, momentum=0.0)
    training = Regrowth(network, masks, nonzeros(masks), 3, 0.0, recipe, seed=0)
    sparse = [W.copy() for W in training.weights]
    training.step(train, np.arange(16), 0.05)
    _, gradients = loss_and_gradients(sparse, inputs(train.images[:16]), train.labels[:16])
    expected = [-0.05 * dW for dW in gradients]
    assert_close(training.optimizer.velocity, expected, rtol=1e-4, atol=1e-8)


def test_a_number_that_is_not_there_is_not_made_up(make, splits):
    training = make(keep=10**9)
    before = nonzeros(training.masks)
    training.run(*splits)
    assert nonzeros(training.masks) == before
