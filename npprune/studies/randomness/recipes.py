"""What makes trained layers depart from independence?  The recipe, varied one thing at a time.

Read next: npprune/studies/randomness/shuffles.py.
"""

import dataclasses

from npprune.network.training import Recipe, Training
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM, layer_rows


def variant(hidden, changes, epochs):
    recipe = Recipe(hidden=hidden, **changes)
    return dataclasses.replace(recipe, epochs=min(epochs, recipe.epochs))


def train_variant(sizes, recipe, seed, splits):
    training = Training(sizes, recipe, seed)
    training.run(*splits)
    worth = {"validation_accuracy": training.history[-1]["validation_accuracy"]}
    rows = layer_rows(training.weights, (SOURCE_NORM,), (SOURCE_K,))
    return {"randomness_recipes": [worth | row for row in rows]}
