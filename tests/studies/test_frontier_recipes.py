"""The recipes of the frontier are recipes, and fit networks of other sizes."""

import dataclasses

import numpy as np
import pytest

from npprune.network.mlp import init_weights
from npprune.pruning import recipes
from npprune.pruning.recipe_language import check_steps
from npprune.studies.frontier.recipes import QUICK_RECIPES, RECIPES


def test_every_recipe_can_be_followed_and_has_a_name_of_its_own():
    for listed in (RECIPES, QUICK_RECIPES):
        names = [recipe["name"] for recipe in listed]
        assert len(set(names)) == len(names)
        assert all(check_steps(recipe["steps"], recipe["name"]) for recipe in listed)


@pytest.mark.parametrize("recipe", RECIPES, ids=[recipe["name"] for recipe in RECIPES])
@pytest.mark.parametrize("hidden", [(80, 60, 40, 40), (60,)])
def test_its_name_says_what_is_gone(recipe, hidden, tiny, monkeypatch):
    def cut_only(training, train, validation, checkpoint):
        if hasattr(training, "final"):
            training._cut(training.final)
        return training.weights

    monkeypatch.setattr(recipes.Retraining, "run", cut_only)
    monkeypatch.setattr(recipes, "RETRAINING", dataclasses.replace(recipes.RETRAINING, batch=16))
    monkeypatch.setattr("warnings.warn", lambda *_, **__: None)  # so few weights may leave nothing
    dense = init_weights((30, *hidden, 10), np.random.default_rng(0))
    weights = recipes.follow(recipe["steps"], dense, (tiny.train, tiny.validation), 0)
    kind, _, k = recipe["name"].partition(" ")
    if kind == "units":
        assert [W.shape[1] for W in weights[:-1]] == [n - round(float(k) * n) for n in hidden]
    if kind == "weights":
        n = sum(W.size for W in dense[:-1])
        kept = sum(np.count_nonzero(W) for W in weights[:-1])
        assert kept <= n - round(float(k) * n)  # compacting may take some that led nowhere
