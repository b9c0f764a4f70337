"""Is unit pruning random?  The theorem against chance, and against networks while they train.

Theorem 1 (npprune/theory/theorem) says how far unit pruning is from random elimination in a layer
of independent weights.  This study asks three things of it: does chance itself obey it
(rates.py); do the layers of a network, before and during training, under SGD and under
the Adam of the source report (layers.py); and if not, which of its assumptions is gone.

The study has two forms, and each record says which it is of.  The quick one takes the first seed's
network as it is, initial and trained, and few draws.  The full one trains networks of its own, to
see every epoch, and draws 200 shuffles at three of them.  Full records replace quick ones and are
never replaced by them.  Networks are not kept: the records are all that is left of them.

The Adam networks are trained for 8 epochs of the source's 25: their best validation loss comes at
about the sixth.  Before training a seed's SGD and Adam networks differ by a factor for each layer
and so by nothing the theorem sees; the nulls of epoch 0 are therefore drawn once, for SGD.

Read next: npprune/studies/randomness/plots.py.
"""

import dataclasses
from typing import NamedTuple

from npprune.lab.pieces import run_pieces
from npprune.lab.records import select, write_csv
from npprune.network.mlp import init_weights, layer_sizes
from npprune.network.training import SOURCE_RECIPE, Recipe, Training
from npprune.streams import stream
from npprune.studies.baseline import trained
from npprune.studies.randomness.layers import density_rows, group_rows, layer_rows, null_rows
from npprune.studies.randomness.rates import RATE_NORMS, simulated_rates, slopes
from npprune.theory.theorem.laws import LAWS

EPOCHS = 8


class Form(NamedTuple):
    """How much is drawn.  Layers are counted from 1; None means all of them."""

    name: str
    draws: int  # shuffles of each null
    null_layers: tuple | None
    group_layers: tuple | None
    fan_ins: tuple  # of the Monte Carlo, as are the next two
    sizes: tuple  # numbers of units n
    columns: int  # units drawn in all for each point


FULL = Form("full", 200, None, None, (16, 64, 256, 1024, 4096), (50, 500, 2000), 40_000)
QUICK = Form("quick", 19, (2, 4), (2,), (16, 64, 256, 1024), (200,), 4_000)  # 19: p >= .05
# For a run that is itself quick, where every second counts.
TRIAL = QUICK._replace(null_layers=(4,), group_layers=(4,), fan_ins=(16, 64, 256), columns=1_000)


def run(run, dataset, form):
    """Do what the run's folder does not hold of this form; writes data/randomness_*.csv.

    The quick form needs the first seed's checkpoint.  Pieces of work go to a process each, in
    the order of the seeds; a study that was stopped goes on with the pieces that are missing.
    """
    if form.name == "quick" and select(read(run, "rates"), form="full"):
        return
    tasks = [*_rate_tasks(run, form), *_network_tasks(run, dataset, form)]

    def record(key, tables):
        # The first table comes last: a piece is missing as long as that one has no records of it.
        for name in reversed(tables):
            run.add(f"randomness_{name}", key, tables[name], form=form.name)

    if tasks:
        run_pieces(f"randomness, {form.name} form", tasks, record)
    if tasks or not run.data("randomness_slopes").exists():
        write_csv(run.data("randomness_slopes"), slopes(read(run, "rates")))


def read(run, name):
    """The records of one table of this study."""
    return run.read(f"randomness_{name}")


def _missing(run, name, form, key):
    return not select(read(run, name), form=form.name, **key)


def _rate_tasks(run, form):
    """(key, function, arguments) for each law and norm that has no Monte Carlo yet."""
    for law in LAWS:
        for p in RATE_NORMS:
            key = {"law": law, "p": p}
            if _missing(run, "rates", form, key):
                yield key, rate_tables, law, p, form


def rate_tables(law, p, form):
    """The Monte Carlo of one law and norm: {"rates": records}."""
    return {"rates": simulated_rates(law, p, form.fan_ins, form.sizes, form.columns)}


def _network_tasks(run, dataset, form):
    """(key, function, arguments) for each network, or each state of one, not yet measured."""
    sizes = layer_sizes(dataset, run.config.recipe.hidden)
    if form.name == "quick":
        for key, weights in _states(run, dataset, sizes):
            if _missing(run, "layers", form, key):
                yield key, state_tables, weights, key["seed"], key["epoch"], form
        return
    for seed in run.config.seeds:
        for optimizer, recipe in recipes(run.config).items():
            key = {"optimizer": optimizer, "seed": seed}
            if _missing(run, "layers", form, key):
                splits = (dataset.train, dataset.validation)
                yield key, network_tables, sizes, recipe, seed, splits, form


def _states(run, dataset, sizes):
    """The first seed's network before training and as it was kept: pairs of key and weights."""
    seed, recipe = run.config.seeds[0], run.config.recipe
    (kept,) = select(run.read("baseline"), seed=seed)
    key = {"optimizer": recipe.optimizer, "seed": seed}
    initial = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    yield key | {"epoch": 0}, initial
    yield key | {"epoch": kept["kept_epoch"]}, trained(run, dataset, seed)


def recipes(config):
    """The recipes of the networks that the full form trains, by optimizer.

    The run's own recipe for its optimizer, the defaults for the other; at most EPOCHS epochs.
    """
    both = {"sgd": Recipe(), "adam": SOURCE_RECIPE, config.recipe.optimizer: config.recipe}
    epochs = min(EPOCHS, config.recipe.epochs)
    return {
        name: dataclasses.replace(recipe, hidden=config.recipe.hidden, epochs=epochs)
        for name, recipe in both.items()
    }


def state_tables(weights, seed, epoch, form):
    """All four tables of one set of weights: {name: records}."""
    return {
        "layers": layer_rows(weights),
        "nulls": null_rows(weights, form.draws, seed, epoch, form.null_layers),
        "groups": group_rows(weights, seed, epoch, form.group_layers),
        "densities": density_rows(weights),
    }


def network_tables(sizes, recipe, seed, splits, form):
    """Train a network and measure it on the way: {name: records}, each with its epoch.

    Distances at every epoch; nulls at epochs 0 (SGD only), 1 and the last; groups and densities
    at 0 and the last.
    """
    tables = {name: [] for name in ("layers", "nulls", "groups", "densities")}
    training = Training(sizes, recipe, seed)

    def add(name, epoch, rows):
        tables[name] += [{"epoch": epoch} | row for row in rows]

    def look(epoch):
        weights = training.weights
        add("layers", epoch, layer_rows(weights))
        if epoch in (1, recipe.epochs) or (epoch == 0 and recipe.optimizer == "sgd"):
            add("nulls", epoch, null_rows(weights, form.draws, seed, epoch, form.null_layers))
        if epoch in (0, recipe.epochs):
            add("groups", epoch, group_rows(weights, seed, epoch, form.group_layers))
            add("densities", epoch, density_rows(weights))

    look(0)
    training.run(*splits, on_epoch=lambda history: look(len(history)))
    return tables
