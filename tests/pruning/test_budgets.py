"""Budgets are exact to the weight, and each divides the total by its own rule."""

import itertools
from functools import partial

import numpy as np
import pytest
from compare import flat

from npprune.errors import InputError
from npprune.network.mlp import init_weights
from npprune.pruning.budgets import BUDGETS, budget_masks
from npprune.pruning.masks import KINDS, layer_masks
from npprune.pruning.saliency import score
from npprune.pruning.unit_saliency import unit_score

SIZES = (30, 40, 20, 10, 7, 5)


@pytest.fixture
def weights():
    """A network whose layers differ in scale, so that the budgets differ."""
    weights = init_weights(SIZES, np.random.default_rng(0))
    weights[1] *= 2
    return weights


SCORES = {"weight": partial(score, "magnitude"), "unit": partial(unit_score, "in-l2")}


@pytest.mark.parametrize("k", [0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.97, 1])
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:layer")
def test_counts_are_exact(kind, budget, k, weights):
    scores = SCORES[kind](weights)
    masks = budget_masks(budget, scores, weights, k)
    assert masks[-1].all()
    if kind == "unit":
        masks = [mask.any(axis=0) for mask in masks]
    cut, sizes = [np.count_nonzero(~mask) for mask in masks[:-1]], [s.size for s in scores]
    if budget == "layer-wise":
        assert cut == [round(k * size) for size in sizes]
    else:
        assert sum(cut) == round(k * sum(sizes))


@pytest.mark.parametrize("kind", KINDS)
def test_layer_wise_magnitude_is_the_reports(kind, weights):
    ours = budget_masks("layer-wise", SCORES[kind](weights), weights, 0.6)
    np.testing.assert_equal(ours, layer_masks(weights, 0.6, kind))


def test_global_cuts_the_smallest_of_all(weights):
    masks = budget_masks("global", score("magnitude", weights), weights, 0.8)
    sizes, kept = np.abs(flat(weights[:-1])), flat(masks[:-1])
    assert sizes[~kept].max() <= sizes[kept].min()
    assert masks[1].mean() > masks[0].mean() + 0.1


def test_lamp_is_global_over_lamp_scores(weights):
    ours = budget_masks("lamp", score("magnitude", weights), weights, 0.8)
    theirs = budget_masks("global", score("lamp", weights), weights, 0.8)
    np.testing.assert_equal(ours, theirs)


def test_erk_densities_are_in_proportion_and_capped(weights):
    sizes = np.array([W.size for W in weights[:-1]])
    ratio = np.array([(a + b) / (a * b) for a, b in itertools.pairwise(SIZES[:-1])])
    masks = budget_masks("erk", score("magnitude", weights), weights, 0.9)
    kept = np.array([mask.sum() for mask in masks[:-1]])
    np.testing.assert_allclose(kept, kept.sum() * ratio * sizes / (ratio * sizes).sum(), atol=1)
    masks = budget_masks("erk", score("magnitude", weights), weights, 0.4)
    density = np.array([mask.mean() for mask in masks[:-1]])
    assert density[3] == 1  # its share would be more
    np.testing.assert_allclose(density[:2] / density[0], ratio[:2] / ratio[0], atol=0.01)


def test_a_layer_left_with_nothing_is_warned_of(weights):
    scores = score("magnitude", weights)
    scores[1][:] = 0
    with pytest.warns(UserWarning, match="layer 2 is left with nothing"):
        budget_masks("global", scores, weights, 0.7)
    budget_masks("global", scores, weights, 1)  # asked for: no warning
    with pytest.warns(UserWarning, match="layer 4 is left with nothing"):
        budget_masks("layer-wise", score("magnitude", weights), weights, 0.995)


def test_what_is_unknown_or_broken_is_named(weights):
    scores = score("magnitude", weights)
    with pytest.raises(InputError, match=r"fair.*layer-wise, global, erk, lamp"):
        budget_masks("fair", scores, weights, 0.5)
    with pytest.raises(InputError, match=r"sparsity 1\.5"):
        budget_masks("erk", scores, weights, 1.5)
    scores[0][0, 0] = np.nan
    for budget in BUDGETS:
        with pytest.raises(InputError, match="NaN"):
            budget_masks(budget, scores, weights, 0.5)
