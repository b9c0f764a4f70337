"""What was cut stays exactly zero, whatever the optimizer, and through a stop and a new start."""

import dataclasses

import numpy as np
import pytest
from compare import after_each_step, assert_held, bits

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError
from npprune.network.mlp import evaluate
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import layer_masks
from npprune.pruning.retrain import Retraining

SIZES = (30, 16, 12, 10)
PLAIN = Recipe(hidden=SIZES[1:-1], batch=16, epochs=3, learning_rate=0.05, weight_decay=0.01)
RECIPES = {
    "sgd": PLAIN,
    "nesterov": dataclasses.replace(PLAIN, nesterov=True),
    "adam": dataclasses.replace(PLAIN, optimizer="adam", learning_rate=0.01),
}
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


@pytest.fixture
def masks(network):
    rng = np.random.default_rng(0)
    return [rng.random(W.shape) < 0.3 for W in network]  # the output layer's too: why not


@every_recipe
def test_zeros_stay_exactly_zero_at_every_step(recipe, network, masks, splits):
    before = bits(network)
    training = Retraining(network, masks, recipe, 0)

    def look():
        for arrays in (training.weights, *training.optimizer.state().values()):
            assert_held(arrays, masks)

    seen = after_each_step(training, look)
    best = training.run(*splits)
    assert len(seen) == 3 * (300 // 16)
    assert_held(best, masks)
    for W, old, mask in zip(best, network, masks, strict=True):
        assert (old != W)[mask].all()
    assert bits(network) == before  # the network that was given is left alone


@every_recipe
def test_with_nothing_cut_it_is_the_training_it_is_made_of(recipe, network, splits):
    whole = [np.ones(W.shape, bool) for W in network]
    again = Retraining(network, whole, recipe, 0).run(*splits)
    assert bits(again) == bits(Training(SIZES, recipe, 0, network).run(*splits))


@every_recipe
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_retraining_that_was_stopped_goes_on_to_the_same_bits(
    recipe, epochs, network, masks, splits, tmp_path
):
    whole = Retraining(network, masks, recipe, 0).run(*splits)
    path = tmp_path / "net.npz"
    Retraining(network, masks, recipe, 0).run(*splits, path, until=epochs)
    # The checkpoint knows the masks and the weights: what it is opened with is overwritten.
    other = Retraining(network, layer_masks(network, 0.5, "unit"), recipe, 0)
    other.resume(path)
    assert bits(other.masks) == bits(masks)
    assert bits(other.run(*splits, path)) == bits(whole)


def test_a_checkpoint_without_masks_is_refused(network, masks, splits, tmp_path):
    path = tmp_path / "net.npz"
    Training(SIZES, PLAIN, 0).run(*splits, path)
    with pytest.raises(CheckpointError, match=r"net\.npz.*masks"):
        Retraining(network, masks, PLAIN, 0).resume(path)


def test_masks_that_do_not_fit_are_refused(network, masks):
    for wrong in (masks[:-1], [masks[0].T, *masks[1:]], [masks[0][:, :5], *masks[1:]]):
        with pytest.raises(InputError, match=r"masks of shapes .*give one mask for each layer"):
            Retraining(network, wrong, PLAIN, 0)


def test_the_epoch_of_highest_validation_accuracy_is_kept(network, masks, splits):
    recipe = dataclasses.replace(PLAIN, learning_rate=0.3, schedule="constant", epochs=8)
    training = Retraining(network, masks, recipe, 1)
    best = training.run(*splits)
    ranks = [(-row["validation_accuracy"], row["validation_loss"]) for row in training.history]
    assert min(ranks) < ranks[-1]  # or this test would say nothing
    loss, accuracy = evaluate(best, splits[1])
    assert (-accuracy, loss) == min(ranks)
