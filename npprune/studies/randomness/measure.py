"""Layers are drawn; networks are measured as they are, or while they train.

Before training, a seed's SGD and Adam networks differ by a factor for each layer, which the
theorems do not see.  So nulls at epoch 0 are drawn for SGD alone.

Read next: npprune/studies/randomness/draw.py.
"""

import dataclasses
import itertools

from npprune.lab.records import select
from npprune.lab.study import Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import init_weights, layer_sizes
from npprune.network.training import SOURCE_RECIPE, Recipe, Training
from npprune.streams import stream
from npprune.studies.randomness.assumptions import simulated_assumption
from npprune.studies.randomness.layers import layer_rows
from npprune.studies.randomness.rates import simulated_rates, slopes
from npprune.studies.randomness.recipes import train_variant, variant
from npprune.studies.randomness.shuffles import null_rows
from npprune.studies.variants import VARIANTS

__all__ = ["order", "pieces", "slopes"]


def order(config):
    return {"recipe": tuple(VARIANTS)}


def pieces(run, dataset, form):
    for law, p in itertools.product(form.laws, form.norms):
        key = {"law": law, "p": p}
        yield Piece("randomness_rates", key, simulated_rates, (law, p, form))
    yield from _networks(run, dataset, form) if form.epochs else _states(run, dataset, form)
    for case, value, p in form.assumptions:
        key = {"case": case, "value": value, "p": p}
        yield Piece("randomness_assumptions", key, simulated_assumption, (case, value, p, form))
    yield from _variants(run, dataset, form)


def _networks(run, dataset, form):
    sizes = layer_sizes(dataset, run.config.recipe.hidden)
    splits = (dataset.train, dataset.validation)
    for seed in run.config.seeds:
        for name, recipe in recipes(run.config, form.epochs).items():
            key = {"optimizer": name, "seed": seed}
            arguments = sizes, recipe.fitting(len(dataset.train)), seed, splits, form
            yield Piece("randomness_layers", key, train_network, arguments)


def _variants(run, dataset, form):
    sizes = layer_sizes(dataset, form.variant_hidden)
    splits = (dataset.train, dataset.validation)
    epochs = min(form.epochs, run.config.recipe.epochs)
    for seed, name in itertools.product(run.config.seeds, form.variants):
        recipe = variant(form.variant_hidden, VARIANTS[name], epochs).fitting(len(dataset.train))
        key = {"recipe": name, "seed": seed}
        yield Piece("randomness_recipes", key, train_variant, (sizes, recipe, seed, splits))


def _states(run, dataset, form):
    seed, last = living_networks(run, dataset)[0]
    recipe = run.config.recipe
    (kept,) = select(run.read("baseline"), seed=seed)
    sizes = layer_sizes(dataset, recipe.hidden)
    initial = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    for epoch, weights in ((0, initial), (kept["kept_epoch"], last)):
        key = {"optimizer": recipe.optimizer, "seed": seed, "epoch": epoch}
        yield Piece("randomness_layers", key, measure_state, (weights, seed, epoch, form))


def recipes(config, epochs):
    """The run's recipe for its optimizer, the default for the other."""
    both = {"sgd": Recipe(), "adam": SOURCE_RECIPE, config.recipe.optimizer: config.recipe}
    epochs = min(epochs, config.recipe.epochs)
    return {
        name: dataclasses.replace(recipe, hidden=config.recipe.hidden, epochs=epochs)
        for name, recipe in both.items()
    }


def measure_state(weights, seed, epoch, form, nulls=True):
    """Every table of one set of weights.  Shapes: weights L arrays"""
    found = {"layers": layer_rows(weights)}
    if nulls:
        found["nulls"] = null_rows(weights, form.draws, seed, epoch, form.null_layers)
    return {
        f"randomness_{name}": [{"epoch": epoch} | row for row in rows]
        for name, rows in found.items()
    }


def train_network(sizes, recipe, seed, splits, form):
    """Train a network; measure distances at every epoch, nulls at the first and last."""
    tables = {}
    training = Training(sizes, recipe, seed)

    def measure(epoch):
        nulls = epoch == recipe.epochs or (epoch == 0 and recipe.optimizer == "sgd")
        found = measure_state(training.weights, seed, epoch, form, nulls)
        for name, rows in found.items():
            tables.setdefault(name, []).extend(rows)

    measure(0)
    training.run(*splits, on_epoch=lambda history: measure(len(history)))
    return tables
