"""Chance is drawn for each law and norm; networks are measured as they are, or while they train.

Before training a seed's SGD and Adam networks differ by a factor for each layer and so by nothing
that the theorem sees; the nulls of epoch 0 are therefore drawn once, for SGD.

Read next: npprune/studies/randomness/rates.py.
"""

import dataclasses
import functools
import itertools

from npprune.lab.records import select
from npprune.lab.study import Piece
from npprune.lab.trained import trained
from npprune.network.mlp import init_weights, layer_sizes
from npprune.network.training import SOURCE_RECIPE, Recipe, Training
from npprune.streams import stream
from npprune.studies.randomness.layers import density_rows, layer_rows
from npprune.studies.randomness.rates import simulated_rates, slopes
from npprune.studies.randomness.shuffles import group_rows, null_rows

__all__ = ["pieces", "slopes"]


def pieces(run, dataset, form):
    """Yield a piece for each law and norm, then for each network, or each state of the first."""
    for law, p in itertools.product(form.laws, form.norms):
        given = (law, p, form.fan_ins, form.sizes, form.columns)
        yield _piece("rates", {"law": law, "p": p}, simulated_rates, tuple, given)
    seed, recipe = run.config.seeds[0], run.config.recipe
    sizes = layer_sizes(dataset, recipe.hidden)
    if form.epochs:
        splits = (dataset.train, dataset.validation)
        for seed, (name, recipe) in itertools.product(
            run.config.seeds, recipes(run.config, form.epochs).items()
        ):
            key = {"optimizer": name, "seed": seed}
            yield _piece("layers", key, train_network, tuple, (sizes, recipe, seed, splits, form))
        return
    (kept,) = select(run.read("baseline"), seed=seed)
    for epoch in (0, kept["kept_epoch"]):
        key = {"optimizer": recipe.optimizer, "seed": seed, "epoch": epoch}
        yield _piece("layers", key, measure_state, _state, run, dataset, seed, epoch, form)


def _piece(table, key, function, arguments, *given):
    return Piece(f"randomness_{table}", key, function, functools.partial(arguments, *given))


def _state(run, dataset, seed, epoch, form):
    """The run's network before training, or as it was kept."""
    recipe = run.config.recipe
    sizes = layer_sizes(dataset, recipe.hidden)
    initial = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    return trained(run, dataset, seed) if epoch else initial, seed, epoch, form


def recipes(config, epochs):
    """The recipes of the networks that the full form trains, by optimizer.

    The run's own recipe for its optimizer, the defaults for the other; at most so many epochs.
    """
    both = {"sgd": Recipe(), "adam": SOURCE_RECIPE, config.recipe.optimizer: config.recipe}
    epochs = min(epochs, config.recipe.epochs)
    return {
        name: dataclasses.replace(recipe, hidden=config.recipe.hidden, epochs=epochs)
        for name, recipe in both.items()
    }


def measure_state(weights, seed, epoch, form, nulls=True, details=True):
    """Every table of one set of weights: {table: records}.

    Shapes: weights L arrays
    """
    found = {"layers": layer_rows(weights)}
    if nulls:
        found["nulls"] = null_rows(weights, form.draws, seed, epoch, form.null_layers)
    if details:
        found["groups"] = group_rows(weights, seed, epoch, form.group_layers)
        found["densities"] = density_rows(weights)
    return {
        f"randomness_{name}": [{"epoch": epoch} | row for row in rows]
        for name, rows in found.items()
    }


def train_network(sizes, recipe, seed, splits, form):
    """Train a network and measure it on the way: {table: records}.

    Distances at every epoch; nulls at epochs 0 (SGD only), 1 and the last; groups and densities
    at 0 and the last.
    """
    tables = {}
    training = Training(sizes, recipe, seed)

    def measure(epoch):
        nulls = epoch in (1, recipe.epochs) or (epoch == 0 and recipe.optimizer == "sgd")
        details = epoch in (0, recipe.epochs)
        found = measure_state(training.weights, seed, epoch, form, nulls, details)
        for name, rows in found.items():
            tables.setdefault(name, []).extend(rows)

    measure(0)
    training.run(*splits, on_epoch=lambda history: measure(len(history)))
    return tables
