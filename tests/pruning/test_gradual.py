"""The cubic schedule, and masks that only shrink, to the count."""

import dataclasses

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.training import Recipe, Training
from npprune.pruning import gradual
from npprune.pruning.budgets import budget_masks
from npprune.pruning.gradual import GradualPruning, cubic
from npprune.pruning.retrain import nonzero_masks

RECIPE = Recipe(batch=16, epochs=5, learning_rate=0.05, weight_decay=1e-3)
HIDDEN = 30 * 16 + 16 * 12
BATCHES = 300 // 16


class Stopped(Exception):
    """Stands for whatever ends a run between two epochs."""


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(gradual, "EVERY", 4)


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture
def make(network):
    def make(k=0.9, until=3, recipe=RECIPE, weights=network, **others):
        masks = nonzero_masks(weights)
        return GradualPruning(weights, masks, k=k, until=until, recipe=recipe, seed=0, **others)

    return make


def bits(arrays):
    return [array.tobytes() for array in arrays]


def kept(masks):
    return sum(np.count_nonzero(mask) for mask in masks[:-1])


def test_the_cubic_schedule_by_hand():
    # s_t = s_f + (s_i - s_f) (1 - t)^3 with s_i = .2, s_f = .9: at t = .5, .9 - .7 / 8 = .8125
    assert cubic(0.0, 0.2, 0.9) == pytest.approx(0.2)
    assert cubic(0.5, 0.2, 0.9) == pytest.approx(0.8125)
    assert cubic(1.0, 0.2, 0.9) == 0.9


def test_the_masks_shrink_along_the_schedule_and_zeros_stay_zero(make, splits):
    training = make()
    step, counts = training.optimizer.step, []

    def checked(weights, gradients, rate):
        step(weights, gradients, rate)
        counts.append(kept(training.masks))
        for arrays in (weights, training.optimizer.velocity):  # momentum brings nothing back
            for array, mask in zip(arrays, training.masks, strict=True):
                assert not array[~mask].any()
                assert array[mask].any()

    training.optimizer.step = checked
    training.run(*splits)
    end = 3 * BATCHES
    expected = [
        HIDDEN - round(cubic(min(1, done // 4 * 4 / end if done < end else 1), 0, 0.9) * HIDDEN)
        for done in range(5 * BATCHES)
    ]
    assert counts == expected
    assert counts[-1] == HIDDEN - round(0.9 * HIDDEN) == kept(nonzero_masks(training.best))


def test_what_is_cut_is_the_smallest(make, network):
    training = make()
    training._change(0.5)
    k = cubic(0.5, 0, 0.9)
    expected = budget_masks("global", [np.abs(W) for W in network[:-1]], network, k)
    assert bits(training.masks) == bits(expected)


def test_only_an_epoch_after_the_last_cut_is_chosen(make, splits):
    # At a rate this small nothing more is learned, so every cut makes the loss worse.
    dense = Training((30, 16, 12, 10), Recipe(hidden=(16, 12), batch=16), 0).run(*splits)
    training = make(weights=dense, recipe=dataclasses.replace(RECIPE, learning_rate=1e-9))
    training.run(*splits)
    losses = [row["validation_loss"] for row in training.history]
    assert min(losses[:3]) < min(losses[3:])
    assert kept(nonzero_masks(training.best)) == HIDDEN - round(0.9 * HIDDEN)


@pytest.mark.parametrize("epochs", [1, 2, 3, 4])
def test_a_run_stopped_between_cuts_goes_on_to_the_same_bits(make, epochs, splits, tmp_path):
    whole = make().run(*splits)
    path = tmp_path / "net.npz"

    def stop(history):
        if len(history) == epochs:
            raise Stopped

    with pytest.raises(Stopped):
        make().run(*splits, path, stop)
    again = make()
    again.resume(path)
    assert bits(again.run(*splits, path)) == bits(whole)


def test_it_goes_on_from_what_is_cut_already(make, network, splits):
    half = [W.copy() for W in network]
    half[0][:, :8] = 0
    training = make(k=0.8, weights=half)
    assert float(training.initial) == pytest.approx(240 / HIDDEN)
    best = training.run(*splits)
    assert not best[0][:, :8].any()
    assert kept(nonzero_masks(best)) == HIDDEN - round(0.8 * HIDDEN)


def test_a_layers_own_budget_gives_nothing_back(make, network, splits):
    half = [W.copy() for W in network]
    half[1][:, :8] = 0
    best = make(k=0.5, weights=half, budget="layer-wise").run(*splits)
    assert not best[1][:, :8].any()
    assert np.count_nonzero(best[0]) == 240


def test_a_schedule_that_goes_backwards_is_refused(make, network):
    half = [W.copy() for W in network]
    half[0][:, :8] = 0
    with pytest.raises(InputError, match=r"from sparsity 0\.357143 to 0\.3 goes backwards"):
        make(k=0.3, weights=half)
    for until in (0, 5, 6):
        with pytest.raises(InputError, match=f"until epoch {until} of 5"):
            make(until=until)
    with pytest.raises(InputError, match="goes backwards"):
        make(k=1.1)
