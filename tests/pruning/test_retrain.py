"""What was cut stays exactly zero, whatever the optimizer, and through a stop and a new start."""

import dataclasses

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError, load_checkpoint
from npprune.network.mlp import evaluate
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import apply_masks, layer_masks
from npprune.pruning.retrain import Retraining, nonzero_masks

SIZES = (30, 16, 12, 10)
PLAIN = Recipe(batch=16, epochs=3, learning_rate=0.05, weight_decay=0.01)
RECIPES = {
    "sgd": PLAIN,
    "nesterov": dataclasses.replace(PLAIN, nesterov=True),
    "adam": dataclasses.replace(PLAIN, optimizer="adam", learning_rate=0.01),
}
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


class Stopped(Exception):
    """Stands for whatever ends a run between two epochs."""


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def masks(network):
    rng = np.random.default_rng(0)
    return [rng.random(W.shape) < 0.3 for W in network]  # the output layer's too: why not


def bits(weights):
    return [W.tobytes() for W in weights]


def watch(training):
    """Let every step check that what the masks do not keep is exactly 0, everywhere."""
    step, seen = training.optimizer.step, []

    def checked(weights, gradients, rate):
        before = [dW.copy() for dW in gradients]
        step(weights, gradients, rate)
        for arrays in (before, weights, *training.optimizer.state().values()):
            for array, mask in zip(arrays, training.masks, strict=True):
                assert not array[~mask].any(), len(seen)
                assert array[mask].any()
        seen.append(rate)

    training.optimizer.step = checked
    return seen


@every_recipe
def test_zeros_stay_exactly_zero_at_every_step(recipe, network, masks, splits):
    training = Retraining(network, masks, recipe, 0)
    seen = watch(training)
    best = training.run(*splits)
    assert len(seen) == 3 * (300 // 16)
    for W, old, mask in zip(best, network, masks, strict=True):
        assert not W[~mask].any()
        assert (old != W)[mask].all()


def test_the_network_that_was_given_is_left_alone(network, masks, splits):
    before = bits(network)
    Retraining(network, masks, PLAIN, 0).run(*splits)
    assert bits(network) == before


@every_recipe
def test_with_nothing_cut_it_is_the_training_it_is_made_of(recipe, network, splits):
    recipe = dataclasses.replace(recipe, hidden=SIZES[1:-1])
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

    def stop(history):
        if len(history) == epochs:
            raise Stopped

    with pytest.raises(Stopped):
        Retraining(network, masks, recipe, 0).run(*splits, path, stop)
    # The checkpoint knows the masks and the weights: what it is opened with is overwritten.
    other = Retraining(network[:1] + network[1:], layer_masks(network, 0.5, "unit"), recipe, 0)
    other.resume(path)
    watch(other)
    assert bits(other.masks) == bits(masks)
    assert bits(other.run(*splits, path)) == bits(whole)


def test_a_checkpoint_without_masks_is_refused(network, masks, splits, tmp_path):
    path = tmp_path / "net.npz"
    recipe = dataclasses.replace(PLAIN, hidden=SIZES[1:-1])
    Training(SIZES, recipe, 0).run(*splits, path)
    with pytest.raises(CheckpointError, match=r"net\.npz.*masks"):
        Retraining(network, masks, PLAIN, 0).resume(path)


def test_its_checkpoint_says_where_it_belongs(network, masks, splits, tmp_path):
    Retraining(network, masks, PLAIN, 0, place={"at": 4}).run(*splits, tmp_path / "net.npz")
    assert load_checkpoint(tmp_path / "net.npz")[1]["place"] == {"at": 4}


def test_masks_that_do_not_fit_are_refused(network, masks):
    for wrong in (masks[:-1], [masks[0].T, *masks[1:]], [masks[0][:, :5], *masks[1:]]):
        with pytest.raises(InputError, match=r"masks of shapes .*give one mask for each layer"):
            Retraining(network, wrong, PLAIN, 0)


def test_the_masks_of_what_is_there(network):
    pruned = apply_masks(network, layer_masks(network, 0.8, "weight"))
    pruned[-1][0] = 0  # the output layer's zeros stay as well
    for W, mask in zip(pruned, nonzero_masks(pruned), strict=True):
        np.testing.assert_array_equal(mask, W != 0)


def test_retraining_mends(network, splits):
    recipe = Recipe(hidden=SIZES[1:-1], batch=16, epochs=8)
    dense = Training(SIZES, recipe, 0).run(*splits)
    masks = layer_masks(dense, 0.8, "weight")
    training = Retraining(dense, masks, dataclasses.replace(PLAIN, epochs=6), 0)
    cut = training.workspace  # as it is before any step
    cut.load(splits[0].images, np.arange(16))
    before, _ = cut.step(training.weights, splits[0].labels[:16], 1 / 16)
    training.run(*splits)
    assert training.history[-1]["train_loss"] < before / 2


def test_the_epoch_of_highest_validation_accuracy_is_kept(network, masks, splits):
    recipe = dataclasses.replace(PLAIN, learning_rate=0.3, schedule="constant", epochs=8)
    training = Retraining(network, masks, recipe, 1)
    best = training.run(*splits)
    ranks = [(-row["validation_accuracy"], row["validation_loss"]) for row in training.history]
    assert min(ranks) < ranks[-1]  # or this test would say nothing
    loss, accuracy = evaluate(best, splits[1])
    assert (-accuracy, loss) == min(ranks)
