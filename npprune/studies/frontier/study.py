"""How small and how fast can the network be at no loss of accuracy?

Every point is an actual network: the dense one; the dense one taken through a recipe
(npprune/pruning/recipes.py); and, as controls, networks that were small from the start
(controls.py).  If a control of the same cost is as good, there was nothing in the
pruning.

Each network is exported (npprune/inference/export.py) to networks/ in the run's folder, and its
file, its accuracy and its counts make one row of data/frontier.csv.  A network is made again only
if its file is missing, damaged, or made by another recipe of that name.  Times are added when all
networks of a seed are there (times.py).

`seconds` is what making the network took in a process of its own, BLAS on one thread, beside
others; of a recipe that was stopped and went on it is the last stretch.  The test split is
evaluated once a network and chooses nothing.

Read next: npprune/studies/frontier/choice.py.
"""

import math
import re
import time
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.inference.accounting import npz_bytes, totals
from npprune.inference.export import load_exported, save_exported
from npprune.lab.outcome import outcome
from npprune.lab.pieces import run_pieces
from npprune.lab.records import select, write_csv
from npprune.network.mlp import network_sizes
from npprune.pruning.recipe_language import STEPS
from npprune.pruning.recipes import follow
from npprune.studies.baseline import trained
from npprune.studies.frontier import footprint
from npprune.studies.frontier.controls import FRACTIONS, controls, from_scratch
from npprune.studies.frontier.recipes import QUICK_RECIPES, RECIPES
from npprune.studies.frontier.times import TIME_COLUMNS, time_networks

QUICK_FRACTIONS = (0.8,)  # of the controls
BUDGET = 3.0  # seconds of timing for each seed and batch size


class Entry(NamedTuple):
    """A network to be made: its name, its group, and how, as plain data that JSON can hold.

    group is "dense" (how: {}), "pruned" ({"steps": ...}) or "control" (what from_scratch takes).
    """

    name: str
    group: str
    how: dict


def entries(config, own=()):
    """List the networks of a run: dense, recipes, one's own recipes, controls.

    own: recipes as read_recipe returns them
    """
    recipes = QUICK_RECIPES if config.quick else RECIPES
    # One's own recipes do not count here, or the controls would be another set with each of them.
    epochs = config.recipe.epochs + max(total_epochs(recipe["steps"]) for recipe in recipes)
    listed = [Entry("dense", "dense", {})]
    for recipe in (*recipes, *own):
        listed.append(Entry(recipe["name"], "pruned", {"steps": recipe["steps"]}))
    fractions = QUICK_FRACTIONS if config.quick else FRACTIONS
    for name, how in controls(config.recipe.hidden, epochs, fractions):
        listed.append(Entry(name, "control", how))
    files = [file_name(entry.name) for entry in listed]
    for i, entry in enumerate(listed):
        if files[i] in files[:i]:
            raise InputError(f"recipe {entry.name!r}: there is one of that name: give it another")
    return listed


def total_epochs(steps):
    """Epochs that a recipe trains for in all.

    An iterative step leaves the part 1 - share each round until at most 1 - k is left; what was
    gone before it begins makes it shorter.
    """
    total = 0
    for step in steps:
        rounds = 1
        if step["step"] == "iterative":
            share = step.get("share", STEPS["iterative"]["share"].default)
            rounds = math.ceil(math.log(max(1 - step["k"], 1e-9)) / math.log(1 - share))
        total += rounds * step.get("epochs", 0)
    return total


def file_name(name):
    """A name as part of a file's: letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")


def network_path(run, name, seed):
    """Path of an exported network of a run."""
    return run.folder / "networks" / f"{file_name(name)}-seed-{seed}.npz"


def run(run, dataset, own=()):
    """Make, count and time what the run's folder does not hold yet.

    Writes data/frontier.csv, networks/ and data/footprint.csv.
    own: further recipes, as read_recipe returns them.  Needs the checkpoints of all seeds.
    """
    listed = entries(run.config, own)
    order = {entry.name: i for i, entry in enumerate(listed)}
    pieces = []
    for seed in run.config.seeds:
        lacking = [entry for entry in listed if not is_made(run, entry, seed)]
        material = _material(run, dataset, seed) if lacking else ()
        for entry in lacking:
            key, path = {"seed": seed, "name": entry.name}, network_path(run, entry.name, seed)
            pieces.append((key, make, entry, seed, *material, path))

    def place(row):
        return row["seed"], order.get(row["name"], len(order))

    if pieces:
        run_pieces("frontier", pieces, lambda key, row: run.add("frontier", key, [row], place))
    for seed in run.config.seeds:
        if not all(math.isfinite(row[TIME_COLUMNS[0]]) for row in _rows(run, seed)):
            add_times(run, dataset, seed)
    if not run.data("footprint").exists():
        weights, *_ = _material(run, dataset, run.config.seeds[0])
        sparsities = footprint.QUICK_SPARSITIES if run.config.quick else footprint.SPARSITIES
        write_csv(run.data("footprint"), footprint.run(weights, sparsities))


def _rows(run, seed):
    return select(run.read("frontier"), seed=seed)


def _material(run, dataset, seed):
    """What a network of a seed is made of: the dense weights, the recipe of training, the data."""
    return trained(run, dataset, seed), run.config.recipe, dataset


def is_made(run, entry, seed):
    """Say whether a network has its record, and its file, whole and made the way the entry says."""
    if not select(run.read("frontier"), seed=seed, name=entry.name):
        return False
    try:
        _, about = load_exported(network_path(run, entry.name, seed))
    except InputError:
        return False
    return about.get("how") == entry.how


def make(entry, seed, weights, recipe, dataset, path):
    """Make a network, export it to path, and say what it is worth; -> record.

    Shapes: weights, the dense network, L arrays
    """
    start = time.perf_counter()
    made = prepare(entry, seed, weights, recipe, dataset, path.with_suffix(".checkpoint.npz"))
    seconds = time.perf_counter() - start
    worth = outcome(made, dataset.validation, dataset.test)
    sizes = network_sizes(weights)
    about = entry._asdict() | {
        "seed": seed, "dataset": dataset.name, "image_shape": list(dataset.image_shape),
        "original_sizes": sizes, **worth,
    }  # fmt: skip
    length = save_exported(path, made, about)
    return (
        {"seed": seed, "name": entry.name, "group": entry.group}
        | requested(entry.how.get("steps", []), sizes[1:-1])
        | {"epochs": entry.how.get("epochs", total_epochs(entry.how.get("steps", [])))}
        | totals(made, sizes)
        | {"bytes": length, "times_smaller": npz_bytes(weights, np.savez) / length}
        | worth
        | {"seconds": seconds}
        | dict.fromkeys(TIME_COLUMNS, math.nan)
    )


def prepare(entry, seed, weights, recipe, dataset, checkpoint):
    """Do what an entry's `how` says; -> weights."""
    splits = (dataset.train, dataset.validation)
    if "steps" in entry.how:
        return follow(entry.how["steps"], weights, splits, seed, checkpoint, trained_by=recipe)
    if entry.group == "dense":
        return weights
    return from_scratch(
        **entry.how, dense=weights, recipe=recipe, splits=splits, seed=seed, checkpoint=checkpoint
    )


def requested(steps, hidden):
    """The sparsities that a recipe asks for, of units and of weights: the last of each.

    hidden: units of the dense network's hidden layers, of which the last may have a k of its own
    """
    asked = {"requested_units": 0.0, "requested_weights": 0.0}
    for step in steps:
        if step["step"] == "units":
            last = step["k"] if step.get("last") is None else step["last"]
            gone = step["k"] * sum(hidden[:-1]) + last * hidden[-1]
            asked["requested_units"] = gone / sum(hidden)
        elif "k" in step:
            asked["requested_weights"] = step["k"]
    return asked


def add_times(run, dataset, seed):
    """Time all networks of a seed against each other and put the times into their records."""
    rows = _rows(run, seed)
    networks = {row["name"]: load_exported(network_path(run, row["name"], seed))[0] for row in rows}
    budget = 0.0 if run.config.quick else BUDGET
    times = time_networks(networks, dataset.test.images, budget)
    run.add("frontier", {"seed": seed}, [row | times[row["name"]] for row in rows])
