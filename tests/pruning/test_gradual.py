"""The cubic schedule, and masks that only shrink, to the count."""

import dataclasses

import numpy as np
import pytest
from compare import after_each_step, assert_held, bits, nonzeros

from npprune.errors import InputError
from npprune.network.training import Recipe, Training
from npprune.pruning.budgets import budget_masks
from npprune.pruning.gradual import GradualPruning, cubic
from npprune.pruning.retrain import nonzero_masks

RECIPE = Recipe(batch=16, epochs=5, learning_rate=0.05, weight_decay=1e-3)
HIDDEN = 30 * 16 + 16 * 12
BATCHES = 300 // 16

pytestmark = pytest.mark.usefixtures("often")


@pytest.fixture
def make(network):
    def make(k=0.9, until=3, recipe=RECIPE, weights=network, **others):
        masks = nonzero_masks(weights)
        return GradualPruning(weights, masks, k=k, until=until, recipe=recipe, seed=0, **others)

    return make


def cut_inputs(network, l, count):
    """The network without the weights of the first inputs of a layer."""
    weights = [W.copy() for W in network]
    weights[l][:count] = 0
    return weights


def test_the_cubic_schedule_by_hand():
    # s_t = s_f + (s_i - s_f) (1 - t)^3 with s_i = .2, s_f = .9: at t = .5, .9 - .7 / 8 = .8125
    assert cubic(0.0, 0.2, 0.9) == pytest.approx(0.2)
    assert cubic(0.5, 0.2, 0.9) == pytest.approx(0.8125)
    assert cubic(1.0, 0.2, 0.9) == 0.9


def test_the_masks_shrink_along_the_schedule_and_zeros_stay_zero(make, splits):
    training = make()

    def look():
        for arrays in (training.weights, training.optimizer.velocity):
            assert_held(arrays, training.masks)  # momentum brings nothing back
        return nonzeros(training.masks[:-1])

    counts = after_each_step(training, look)
    training.run(*splits)
    end = 3 * BATCHES
    assert counts == [
        HIDDEN - round(cubic(done // 4 * 4 / end if done < end else 1, 0, 0.9) * HIDDEN)
        for done in range(5 * BATCHES)
    ]
    assert counts[-1] == HIDDEN - round(0.9 * HIDDEN) == nonzeros(training.best[:-1])


def test_the_smallest_are_cut_and_only_an_epoch_after_the_last_cut_is_chosen(make, splits):
    # At a rate this small nothing more is learned, so every cut makes the loss worse.
    dense = Training((30, 16, 12, 10), Recipe(hidden=(16, 12), batch=16), 0).run(*splits)
    training = make(weights=dense, recipe=dataclasses.replace(RECIPE, learning_rate=1e-9))
    training.run(*splits)
    losses = [row["validation_loss"] for row in training.history]
    assert min(losses[:3]) < min(losses[3:])
    smallest = budget_masks("global", [np.abs(W) for W in dense[:-1]], dense, 0.9)
    assert bits(training.masks) == bits(nonzero_masks(training.best)) == bits(smallest)


def test_it_goes_on_from_what_is_cut_already(make, network, splits):
    training = make(k=0.8, weights=cut_inputs(network, 0, 15))
    assert float(training.initial) == pytest.approx(240 / HIDDEN)
    best = training.run(*splits)
    assert not best[0][:15].any()
    assert nonzeros(best[:-1]) == HIDDEN - round(0.8 * HIDDEN)


def test_a_layers_own_budget_gives_nothing_back(make, network, splits):
    best = make(k=0.5, weights=cut_inputs(network, 1, 11), budget="layer-wise").run(*splits)
    assert not best[1][:11].any()
    assert np.count_nonzero(best[0]) == 240


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"k": 0.3}, r"from sparsity 0\.357143 to 0\.3 goes backwards"),
        ({"k": 1.1}, "goes backwards"),
        *(({"until": until}, f"until epoch {until} of 5") for until in (0, 5, 6)),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused(make, network, wrong, message):
    with pytest.raises(InputError, match=message):
        make(weights=cut_inputs(network, 0, 15), **wrong)
