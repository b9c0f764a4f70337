"""The chain of each seed: the dense network, and those with fewer and fewer weights.

Pixels without weights are left out in training, which is faster; so they never get a weight back.

Read next: npprune/studies/fewest/draw.py.
"""

import functools
import itertools
import json
from pathlib import Path

import numpy as np

from npprune.data.split import Split
from npprune.errors import InputError
from npprune.inference.accounting import npz_bytes
from npprune.inference.export import load_exported, save_exported
from npprune.lab.outcome import outcome
from npprune.lab.stopwatch import batch_of, compare
from npprune.lab.study import ALONE, Later, Piece
from npprune.network.mlp import init_weights, layer_sizes, logits_of_images, network_sizes
from npprune.pruning.recipe_language import check_steps, total_epochs
from npprune.pruning.recipes import follow
from npprune.streams import stream
from npprune.studies.fewest import BATCHES, COSTED

RECIPES = json.loads(Path(__file__).with_name("recipes.json").read_text(encoding="utf-8"))
GROUPS = list(dict.fromkeys(recipe["group"] for recipe in RECIPES))


def order(config):
    return {"group": GROUPS, "name": [recipe["name"] for recipe in RECIPES]}


def pieces(run, dataset, form):
    folder = run.folder / "networks"
    teacher = Later(functools.cache(functools.partial(teach, folder, dataset, form)))
    for group, seed in itertools.product(GROUPS, run.config.seeds):
        key = {"seed": seed, "group": group}
        yield Piece("fewest", key, make_group, (folder, dataset, form, key, teacher))
    for seed in run.config.seeds:
        paths = {name: path_of(folder, name, seed) for name in COSTED}
        arguments = paths, dataset.test.images, form.budget
        yield Piece("fewest_costs", {"seed": seed}, weigh, arguments, ALONE)


def weigh(paths, images, budget):
    """What the networks of a seed cost, in time and bytes: {"fewest_costs": records}.

    Shapes: paths {name: path}, the reference first; images (N, height, width); budget: seconds
    """
    networks = {name: load_exported(path)[0] for name, path in paths.items()}
    reference = npz_bytes(next(iter(networks.values())), np.savez)
    rows = []
    for batch in BATCHES:
        for name, times in compare(networks, batch_of(images, batch), budget).items():
            length = paths[name].stat().st_size
            size = {"bytes": length, "times_smaller": reference / length}
            rows.append({"name": name, "batch": batch} | size | times)
    return {"fewest_costs": rows}


def path_of(folder, name, seed):
    return folder / f"fewest-{name.replace(',', '').replace(' ', '-')}-seed-{seed}.npz"


def teach(folder, dataset, form):
    """Mean logits of the dense networks of seeds 0 to teachers - 1, (training images, classes)."""
    dense = [make(folder, dataset, form, seed, RECIPES[0]) for seed in range(form.teachers)]
    return np.mean([logits_of_images(weights, dataset.train.images) for weights in dense], axis=0)


def make_group(folder, dataset, form, key, teacher):
    """Make the networks of a seed and a group: {"fewest": records}."""
    made, epochs, rows = {None: None}, {None: 0}, []
    for recipe in (recipe for recipe in RECIPES if recipe["group"] == key["group"]):
        name, begin = recipe["name"], recipe["from"]
        weights = make(folder, dataset, form, key["seed"], recipe, made[begin], teacher)
        made[name] = weights
        epochs[name] = epochs[begin] + total_epochs(steps_of(recipe, dataset, form))
        worth = outcome(weights, dataset.validation, dataset.test)
        worth["test_error"] = 100 * (1 - worth["test_accuracy"])  # in %, as the literature has it
        rows.append({"name": name, "epochs": epochs[name]} | counts(weights) | worth)
    return {"fewest": rows}


def make(folder, dataset, form, seed, recipe, begin=None, teacher=None):
    """Return the network of a recipe and a seed, from its file if that was made the same way.

    Shapes: begin, the network to begin from, L arrays; None: initial weights
    """
    path = path_of(folder, recipe["name"], seed)
    how = recipe | {"steps": steps_of(recipe, dataset, form)}
    try:
        weights, about = load_exported(path)
        if (about["how"], about["seed"]) == (how, seed):
            return weights
    except InputError:
        pass  # not made yet, or damaged
    if begin is None:
        begin = init_weights(sizes_of(recipe, dataset, form), stream(seed, "weights"))
    if not any(step.get("distill") for step in how["steps"]):
        teacher = None
    pixels = np.flatnonzero(begin[0].any(axis=1))
    splits = [lit(split, pixels) for split in (dataset.train, dataset.validation)]
    narrow = [np.ascontiguousarray(begin[0][pixels]), *begin[1:]]
    checkpoint = path.with_suffix(".checkpoint.npz")
    first, *others = follow(how["steps"], narrow, splits, seed, checkpoint, teacher=teacher)
    weights = [np.zeros((len(begin[0]), first.shape[1]), first.dtype), *others]
    weights[0][pixels] = first
    save_exported(path, weights, {"how": how, "seed": seed, "image_shape": dataset.image_shape})
    return load_exported(path)[0]


def sizes_of(recipe, dataset, form):
    return layer_sizes(dataset, recipe.get("hidden", form.hidden))


def steps_of(recipe, dataset, form):
    """List a recipe's steps, for the data set's network and the form's epochs.

    Where k is null it leaves the recipe's number of weights, those of the output layer among them.
    """
    *hidden, output = (n * m for n, m in itertools.pairwise(sizes_of(recipe, dataset, form)))
    k = max(0.0, round(1 - (recipe.get("weights", 0) - output) / sum(hidden), 5))
    filled = [step | {"k": k} if step.get("k", 0) is None else step for step in recipe["steps"]]
    return shortened(filled, form.epochs)


def shortened(steps, most):
    """Check a recipe's steps and limit each to so many epochs."""
    steps = check_steps(steps)
    for step in steps:
        for name, limit in (("epochs", most), ("until", most - 1)):
            if name in step:
                step[name] = min(step[name], limit)
    return steps


def lit(split, pixels):
    """Keep only some pixels of a split's images, as columns (N, pixels, 1)."""
    flat = split.images.reshape(len(split.images), -1)
    return Split(np.ascontiguousarray(flat[:, pixels])[:, :, None], split.labels)


def counts(weights):
    """Count a network's weights, output weights, pixels and units.  Shapes: weights L arrays"""
    by_layer = [int(np.count_nonzero(W)) for W in weights]
    _, *units, _ = network_sizes(weights)
    return {
        "weights": sum(by_layer),
        "output_weights": by_layer[-1],
        "pixels": int(weights[0].any(axis=1).sum()),
        "units": sum(units),
    }
