"""Weights that are exchanged: exact counts, exact zeros, and who may come back."""

import dataclasses

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import inputs, loss_and_gradients
from npprune.network.training import Recipe
from npprune.pruning import gradual
from npprune.pruning.gradual import cubic
from npprune.pruning.regrow import Regrowth, exchange, largest
from npprune.pruning.retrain import nonzero_masks

RECIPE = Recipe(batch=16, epochs=5, learning_rate=0.05, weight_decay=1e-3)
BATCHES = 300 // 16


def kept(masks):
    return sum(np.count_nonzero(mask) for mask in masks)


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(gradual, "EVERY", 4)


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def make(network):
    def make(keep=60, until=3, swap=0.3, recipe=RECIPE, weights=network, **others):
        masks = nonzero_masks(weights)
        return Regrowth(weights, masks, keep, until, swap, recipe=recipe, seed=0, **others)

    return make


def some_layers(rng, ties=False):
    """Weights, speeds and masks of two layers; with ties only three different magnitudes."""
    arrays = [[rng.standard_normal(shape).round(0 if ties else 8) for shape in ((5, 4), (4, 3))]
              for _ in range(2)]  # fmt: skip
    masks = [rng.random(W.shape) < 0.6 for W in arrays[0]]
    return arrays[0], arrays[1], masks


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def test_an_exchange_against_sorting():
    rng = np.random.default_rng(0)
    for trial in range(60):
        W, V, masks = some_layers(rng, ties=trial % 2)
        before, n = flat(masks), kept(masks)
        count = int(rng.integers(0, n + 1))
        swap = int(rng.integers(0, count + 1))
        after = flat(exchange(W, V, masks, count, swap))
        swap = min(swap, (~before).sum())
        stayed, grown = after & before, after & ~before
        assert (after.sum(), stayed.sum(), grown.sum()) == (count, count - swap, swap)
        for scores, chosen, among in (
            (np.abs(flat(W)), stayed, before), (np.abs(flat(V)), grown, ~before),
        ):  # fmt: skip
            expected = np.sort(scores[among])[::-1][: chosen.sum()]
            np.testing.assert_array_equal(np.sort(scores[chosen])[::-1], expected)


def test_the_largest_never_lie_outside_the_masks():
    rng = np.random.default_rng(0)
    W, _, masks = some_layers(rng)
    assert all((~new | mask).all() for new, mask in
               zip(largest([W[0] * 0, W[1]], masks, kept(masks)), masks, strict=True))  # fmt: skip
    with pytest.raises(InputError):
        largest(W, masks, kept(masks) + 1)


def test_counts_are_exact_and_the_absent_are_zero_after_every_step(make, splits):
    training = make()
    initial, end = kept(training.masks), 3 * BATCHES
    step, counts = training.step, []

    def checked(*arguments):
        found = step(*arguments)
        counts.append(kept(training.masks))
        for W, mask in zip(training.weights, training.masks, strict=True):
            assert not W[~mask].any()
        return found

    training.step = checked
    training.run(*splits)
    assert counts == [
        round(cubic(min(1, done // 4 * 4 / end if done < end else 1), initial, 60))
        for done in range(5 * BATCHES)
    ]
    assert kept(nonzero_masks(training.best)) == 60


def test_only_an_exchange_brings_weights_back_and_none_after_the_last(make, splits):
    training = make()
    exchanges, back = [], []
    inner = training._change
    step = training.step

    def counted(t):
        exchanges.append(t)
        inner(t)

    def watched(*arguments):
        before, done = [mask.copy() for mask in training.masks], len(exchanges)
        found = step(*arguments)
        came = sum((m & ~b).sum() for m, b in zip(training.masks, before, strict=True))
        assert came == 0 or len(exchanges) > done
        back.append(came)
        return found

    training._change, training.step = counted, watched
    training.run(*splits)
    assert sum(back) > 0 == sum(back[3 * BATCHES :])
    assert exchanges[0] == 0
    assert exchanges[-1] == max(exchanges) == 1
    for V, mask in zip(training.optimizer.velocity, training.masks, strict=True):
        assert not V[~mask].any()


def test_what_grows_is_what_the_loss_falls_fastest_by(network, splits):
    """After one step from rest the velocity is -rate dW, so the largest gradients grow."""
    train, _ = splits
    rng = np.random.default_rng(3)
    masks = [rng.random(W.shape) < 0.5 for W in network]
    recipe = dataclasses.replace(RECIPE, weight_decay=0.0, momentum=0.0)
    training = Regrowth(network, masks, kept(masks), 3, 0.0, recipe, seed=0)
    training._change(0.0)
    sparse = [W.copy() for W in training.weights]
    training.step(train, np.arange(16), 0.05)
    _, gradients = loss_and_gradients(sparse, inputs(train.images[:16]), train.labels[:16])
    for V, dW in zip(training.optimizer.velocity, gradients, strict=True):
        np.testing.assert_allclose(V, -0.05 * dW, rtol=1e-4, atol=1e-8)


def test_the_output_layer_and_the_pixels_are_cut_too(make, splits):
    best = make(keep=40).run(*splits)
    assert 0 < np.count_nonzero(best[-1]) < best[-1].size
    assert not best[0].any(axis=1).all()


def test_a_stopped_run_ends_with_the_same_bits(make, splits, tmp_path):
    whole = make().run(*splits)
    for stop in (1, 3, 4):
        path = tmp_path / f"{stop}.npz"
        make().run(*splits, path, until=stop)
        again = make()
        again.resume(path)
        for a, b in zip(whole, again.run(*splits, path), strict=True):
            assert a.tobytes() == b.tobytes()


def test_adam_is_served_too(make, splits):
    recipe = dataclasses.replace(RECIPE, optimizer="adam", learning_rate=1e-3)
    assert kept(nonzero_masks(make(recipe=recipe).run(*splits))) == 60


def test_schedules_that_cannot_be(make):
    for wrong in ({"keep": -1}, {"until": 0}, {"until": 5}):
        with pytest.raises(InputError):
            make(**wrong)


def test_a_number_that_is_not_there_is_not_made_up(make, splits):
    training = make(keep=10**9)
    before = kept(training.masks)
    training.run(*splits)
    assert kept(training.masks) == before


def test_nothing_is_exchanged_at_rest(make, splits):
    training = make(until=3, swap=0.5)
    before, after = [mask.copy() for mask in training.masks], []
    step = training.step

    def watched(*arguments):
        step(*arguments)
        after.append([mask.copy() for mask in training.masks])

    training.step = watched
    training.run(*splits)
    same = [all(map(np.array_equal, before, masks)) for masks in after]
    assert all(same[:4]) and not same[4]
