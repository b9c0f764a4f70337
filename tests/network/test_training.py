"""The loop: learns, repeats itself to the bit, goes on where it stopped, says when it cannot."""

import dataclasses
import re
import tracemalloc

import numpy as np
import pytest
from memory import memory_below

from npprune.data.datasets import Split
from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError, load_weights
from npprune.network.mlp import dead_layer, evaluate
from npprune.network.needs import training_bytes
from npprune.network.training import SOURCE_RECIPE, Recipe, Training, train

SIZES = (30, 16, 12, 10)
SGD = Recipe(hidden=SIZES[1:-1], batch=16, epochs=4)
RECIPES = {
    "sgd": SGD,
    "nesterov": dataclasses.replace(SGD, nesterov=True, weight_decay=1e-3),
    "adam": dataclasses.replace(SGD, optimizer="adam", learning_rate=0.01, weight_decay=0),
}


class Stopped(Exception):
    """Stands for whatever ends a run between two epochs."""


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def said(capsys):
    """-> function of a word: the lines on stderr that hold it."""
    return lambda word: [line for line in capsys.readouterr().err.splitlines() if word in line]


def bits(weights):
    return [W.tobytes() for W in weights]


def untimed(history):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("epochs", [1, 2, 3, 4])
def test_a_run_stopped_anywhere_ends_with_the_bits_of_its_seed(recipe, epochs, splits, tmp_path):
    whole, history = train(SIZES, recipe, 0, splits)
    path = tmp_path / "net.npz"

    def stop(history):
        if len(history) == epochs:
            raise Stopped

    with pytest.raises(Stopped):
        train(SIZES, recipe, 0, splits, path, stop)
    resumed, resumed_history = train(SIZES, recipe, 0, splits, path)
    other, _ = train(SIZES, recipe, 1, splits)
    assert bits(resumed) == bits(whole) == bits(load_weights(path)) != bits(other)
    assert untimed(resumed_history) == untimed(history)


@pytest.mark.parametrize("settled", [0, 5])
def test_the_best_epoch_by_validation_loss_is_kept_once_the_network_is_settled(settled, splits):
    recipe = dataclasses.replace(SGD, learning_rate=0.5, schedule="constant", epochs=8)
    training = Training(SIZES, recipe, 3)
    training.settled = settled
    training.run(*splits)
    losses = [row["validation_loss"] for row in training.history]
    assert min(losses) < losses[-1]  # or this test would say nothing
    assert settled == 0 or min(losses) < min(losses[settled:])
    assert evaluate(training.best, splits[1])[0] == min(losses[settled:])
    assert evaluate(training.weights, splits[1])[0] == losses[-1]


def test_a_run_may_pause_and_may_start_from_given_weights(splits, network):
    whole, before = Training(SIZES, SGD, 0, network), bits(network)
    whole.run(*splits)
    parts = Training(SIZES, SGD, 0, network)
    parts.run(*splits, until=3)
    assert len(parts.history) == 3
    parts.run(*splits)
    assert bits(parts.best) == bits(whole.best) != bits(train(SIZES, SGD, 0, splits)[0])
    assert bits(network) == before


def test_every_epoch_shuffles_all_images_anew(splits):
    training = Training(SIZES, dataclasses.replace(SGD, epochs=2), 0)
    load, seen = training.workspace.load, []
    training.workspace.load = lambda images, indices: (seen.extend(indices), load(images, indices))
    training.run(*splits)
    whole = len(splits[0]) // 16 * 16  # the last, partial batch is dropped
    first, second = seen[:whole], seen[whole:]
    assert len(set(first)) == len(set(second)) == whole == len(second)
    assert first != second


def test_the_rate_follows_the_schedule_over_the_whole_run(splits):
    training = Training(SIZES, dataclasses.replace(SGD, schedule="cosine", epochs=3), 0)
    step, rates = training.optimizer.step, []
    training.optimizer.step = lambda W, dW, rate: (rates.append(rate), step(W, dW, rate))
    training.run(*splits)
    t = np.arange(len(rates)) / len(rates)
    np.testing.assert_allclose(rates, SGD.learning_rate * (1 + np.cos(np.pi * t)) / 2)


def test_the_history_and_the_lines_of_epochs(splits, said):
    _, history = train(SIZES, SGD, 0, splits)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    columns = "seed epoch train_loss train_accuracy validation_loss validation_accuracy seconds"
    assert all(list(row) == columns.split() for row in history)
    last = history[-1]
    assert last["train_loss"] < history[0]["train_loss"] < 5
    lines = said("val loss")
    assert len(lines) == 4
    assert lines[-1].startswith("epoch 4/4")
    for name, split in (("train", "train"), ("val", "validation")):
        loss, accuracy = last[f"{split}_loss"], 100 * last[f"{split}_accuracy"]
        assert f"{name} loss {loss:.3f} acc {accuracy:.1f} %" in lines[-1]


@pytest.mark.parametrize(
    ("batch", "when"), [(16, "epoch 1, batch 2"), (300, "epoch 1, validation")]
)
def test_a_run_that_diverges_says_where(batch, when, splits):
    recipe = dataclasses.replace(SGD, batch=batch, learning_rate=1e30, epochs=1)
    with pytest.raises(InputError, match=f"{when}.*in the logits.*--learning-rate.*1e[+]30"):
        train(SIZES, recipe, 0, splits)


# What wants more than there is, and the flag to be named.
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch": 301}, "--batch 301.*300 training images.*give 300 or less"),
        ({"batch": 2 * 10**9}, "--batch 2000000000.*300 training images.*give 300 or less"),
        ({"hidden": (2 * 10**9,)}, "--hidden 2000000000.*GB"),
        ({"hidden": (3_000_000, 3_000_000)}, "--hidden 3000000.*GB"),
        ({"hidden": (100, 2**31 - 1, 100)}, "--hidden 100.*GB"),
    ],
)
def test_what_is_too_large_is_refused_by_flag_before_memory_is_taken(changes, words, splits):
    recipe = dataclasses.replace(SGD, **changes)
    with memory_below(1e6), pytest.raises(InputError, match=words) as refusal:
        train((30, *recipe.hidden, 10), recipe, 0, splits)
    assert len(str(refusal.value)) < 300


def test_a_batch_that_fits_no_memory_is_refused():
    with pytest.raises(InputError, match="--batch 2000000000: training would take"):
        Training(SIZES, dataclasses.replace(SGD, batch=2_000_000_000), 0)


def test_a_run_without_validation_is_refused(splits):
    empty = Split(splits[1].images[:0], splits[1].labels[:0])
    with pytest.raises(InputError, match="--validation"):
        train(SIZES, SGD, 0, (splits[0], empty))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_memory_of_a_training_is_counted(optimizer):
    sizes, batch = (300, 400, 200, 10), 700
    recipe = dataclasses.replace(SGD, hidden=sizes[1:-1], batch=batch, optimizer=optimizer)
    tracemalloc.start()
    Training(sizes, recipe, 0)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert training_bytes(sizes, optimizer, batch) == pytest.approx(taken, rel=0.15)


@pytest.mark.parametrize("rate", [5.0, 20.0])
def test_a_network_that_dies_is_said_to_be_dead_once(rate, splits, said):
    recipe = dataclasses.replace(SGD, learning_rate=rate, epochs=3, hidden=(6, 5))
    training = Training((30, 6, 5, 10), recipe, 0)
    negatives = [Split(255 - split.images // 8, split.labels) for split in splits]  # faint ones
    training.run(*negatives)
    assert dead_layer(training.weights, negatives[1].images) > 0  # or this test would say nothing
    (line,) = said("dead")
    assert f"--learning-rate ({rate:g})" in line
    assert training.dead
    assert len(training.history) == 3


def test_a_network_that_lives_or_sees_nothing_is_not_called_dead(splits, said):
    train(SIZES, dataclasses.replace(SGD, learning_rate=1e-6), 0, splits)  # learns nothing yet
    black = [Split(0 * split.images, split.labels) for split in splits]
    train(SIZES, SGD, 0, black)  # said of the data, and no fault of the rate
    assert not said("dead")


@pytest.mark.parametrize(
    ("sizes", "changes", "seed", "named"),
    [
        ((30, 16, 13, 10), {"hidden": (16, 13)}, 0, "shapes"),
        (SIZES, {"learning_rate": 0.3}, 0, "learning_rate 0.2, not 0.3"),
        (SIZES, {"epochs": 9}, 0, "epochs 4, not 9"),
        (SIZES, {"optimizer": "adam", "weight_decay": 0}, 0, "mean have the shapes"),
        (SIZES, {}, 1, "seed 0, not 1"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(sizes, changes, seed, named, splits, tmp_path):
    path = tmp_path / "net.npz"
    train(SIZES, SGD, 0, splits, path)
    content = path.read_bytes()
    with pytest.raises(CheckpointError, match=rf"net\.npz.*{named}.*--out"):
        train(sizes, dataclasses.replace(SGD, **changes), seed, splits, path)
    assert path.read_bytes() == content


REFUSED = {
    "hidden": [(), (16, 0), (16, 2.5), (10**400,)],
    "initialization": ["ones"],
    "optimizer": ["rmsprop"],
    "learning_rate": [0, float("nan"), float("inf")],
    "schedule": ["weekly"],
    "epochs": [0, 10**400],
    "batch": [0, 10**400],
    "momentum": [1, -0.1],
    "weight_decay": [-1e-4],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
def test_a_recipe_that_no_training_can_use_is_refused(name, value):
    flag = "--" + name.replace("_", "-")
    shown = re.escape(str(value)[:50])
    with pytest.raises(InputError, match=f"^{flag} {shown}.*: give ") as refusal:
        Recipe(**{name: value})
    assert len(str(refusal.value)) < 200


def test_the_source_recipe_is_the_sources():
    ours = SOURCE_RECIPE
    assert (ours.optimizer, ours.learning_rate, ours.epochs) == ("adam", 3e-4, 25)
    assert (ours.initialization, ours.hidden) == ("source", (1000, 1000, 500, 200))
