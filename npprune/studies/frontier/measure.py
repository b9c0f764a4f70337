"""The networks are made and exported; then those of a seed are timed against each other.

A network is made again only if its record or file is missing, or its file damaged or made by
another recipe.  `seconds` is what making it took on one thread, beside others; after a stop, the
last stretch.

Read next: npprune/studies/frontier/choice.py.
"""

import functools
import itertools
import math
import re
import time
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.inference.accounting import npz_bytes, totals
from npprune.inference.export import load_exported, save_exported
from npprune.lab.outcome import outcome
from npprune.lab.records import select
from npprune.lab.stopwatch import batch_of, compare
from npprune.lab.study import ALONE, Later, Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import network_sizes
from npprune.pruning.recipe_language import read_recipe, total_epochs
from npprune.pruning.recipes import follow
from npprune.studies.frontier import BATCHES, STUDY, TIME_COLUMNS
from npprune.studies.frontier.controls import controls, from_scratch


class Entry(NamedTuple):
    """A network to be made; `how` is plain data that JSON can hold.

    group: "dense" (how: {}), "pruned" ({"steps": ...}); never pruned: "large" or "control" (with
    "hidden" units, if from random weights)
    """

    name: str
    group: str
    how: dict


def order(config):
    form = STUDY.forms["trial" if config.quick else "full"]
    return {"name": [entry.name for entry in entries(config, form)]}


def pieces(run, dataset, form):
    """Yield the pieces.  Raises InputError first when a recipe of one's own is invalid."""
    listed, dense = entries(run.config, form), living_networks(run, dataset)
    for (seed, weights), entry in itertools.product(dense, listed):
        key = {"seed": seed, "name": entry.name}
        path = network_path(run, entry.name, seed)
        arguments = entry, seed, weights, run.config.recipe, dataset, path
        done = functools.partial(is_made, run, entry, seed)
        yield Piece("frontier", key, make, arguments, done=done)
    for seed, _ in dense:
        rows, made = Later(_rows, run, seed), Later(_networks, run, seed)
        done = functools.partial(_are_timed, run, seed)
        arguments = rows, made, dataset.test.images, form.budget
        yield Piece("frontier", {"seed": seed}, time_networks, arguments, ALONE, done)


def entries(config, form):
    recipes = (*form.listed, *map(read_recipe, form.recipes))
    never = controls(config.recipe.hidden, config.recipe.epochs, form.small, form.longer)
    listed = [
        Entry("dense", "dense", {}),
        *(Entry(recipe["name"], "pruned", {"steps": recipe["steps"]}) for recipe in recipes),
        *(Entry(*control) for control in never),
    ]
    files = [file_name(entry.name) for entry in listed]
    for i, entry in enumerate(listed):
        if files[i] in files[:i]:
            raise InputError(f"recipe {entry.name!r}: there is one of that name: give it another")
    return listed


def file_name(name):
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")


def network_path(run, name, seed):
    return run.folder / "networks" / f"{file_name(name)}-seed-{seed}.npz"


def is_made(run, entry, seed):
    if not select(run.read("frontier"), seed=seed, name=entry.name):
        return False
    try:
        _, about = load_exported(network_path(run, entry.name, seed))
    except InputError:
        return False
    return about.get("how") == entry.how


def make(entry, seed, weights, recipe, dataset, path):
    """Make a network and export it to path: {"frontier": one record}.

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
    length, steps = save_exported(path, made, about), entry.how.get("steps", [])
    record = (
        {"group": entry.group}
        | requested(steps, sizes[1:-1])
        | {"epochs": total_epochs(steps)}
        | totals(made, sizes)
        | {"bytes": length, "times_smaller": npz_bytes(weights, np.savez) / length}
        | worth
        | {"seconds": seconds}
        | dict.fromkeys(TIME_COLUMNS, math.nan)
    )
    return {"frontier": [record]}


def prepare(entry, seed, weights, recipe, dataset, checkpoint):
    if entry.group == "dense":
        return weights
    splits = (dataset.train, dataset.validation)
    if "hidden" in entry.how:
        return from_scratch(**entry.how, dense=weights, recipe=recipe, splits=splits, seed=seed,
                            checkpoint=checkpoint)  # fmt: skip
    return follow(entry.how["steps"], weights, splits, seed, checkpoint, trained_by=recipe)


def requested(steps, hidden):
    """The last sparsities that a recipe asks for, of units and of weights."""
    asked = {"requested_units": 0.0, "requested_weights": 0.0}
    for step in steps:
        if step["step"] == "units":
            last = step["k"] if step.get("last") is None else step["last"]
            gone = step["k"] * sum(hidden[:-1]) + last * hidden[-1]
            asked["requested_units"] = gone / sum(hidden)
        elif "k" in step:
            asked["requested_weights"] = step["k"]
    return asked


def time_networks(rows, networks, images, budget):
    """Time the networks of a seed against each other: {"frontier": its rows with their times}.

    Shapes: networks {name: weights}, dense first; images (N, height, width); budget: seconds for
    each batch size

    They take turns on one thread, each in its best plan, so a small one finds the caches full.
    """
    for batch in BATCHES:
        times = compare(networks, batch_of(images, batch), budget)
        rows = [
            row | {f"{column}_{batch}": value for column, value in times[row["name"]].items()}
            for row in rows
        ]
    return {"frontier": rows}


def _rows(run, seed):
    return select(run.read("frontier"), seed=seed)


def _networks(run, seed):
    names = [row["name"] for row in _rows(run, seed)]
    return {name: load_exported(network_path(run, name, seed))[0] for name in names}


def _are_timed(run, seed):
    return all(math.isfinite(row[TIME_COLUMNS[0]]) for row in _rows(run, seed))
