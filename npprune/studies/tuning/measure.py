"""Every recipe with every change, and every criterion with every budget.

Networks of the fewest weights go through their whole chain; their teacher is the run's network.

Read next: npprune/studies/tuning/tell.py.
"""

import dataclasses
import functools
import itertools

from npprune.lab.study import Later, Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import evaluate
from npprune.pruning.masks import KINDS
from npprune.studies import criteria, fewest, frontier
from npprune.studies.criteria.measure import cut, load_material
from npprune.studies.fewest.measure import RECIPES, shortened, steps_of
from npprune.studies.frontier.measure import Entry, entries, prepare
from npprune.studies.tuning import AS_USED, CHANGES, RIVALS


def order(config):
    recipes = dict.fromkeys([*RIVALS, *itertools.chain(*RIVALS.values())])
    return {"recipe": [*recipes], "change": [*CHANGES]}


def pieces(run, dataset, form):
    if run.config.protocol == "source":
        return  # its validation images are the test images
    first, second = dataset.validation[::2], dataset.validation[1::2]
    halved = dataclasses.replace(dataset, validation=first)
    judged = dataclasses.replace(halved, test=second)
    how, listed = criteria.STUDY.forms[form.cut], tried(run.config, dataset, form)
    load = functools.cache(functools.partial(load_material, run, judged, how))
    for seed, weights in living_networks(run, dataset):
        for entry, (change, factors) in itertools.product(listed, CHANGES.items()):
            if factors and entry.name == AS_USED:
                continue
            key = {"seed": seed, "recipe": entry.name, "change": change}
            entry = changed(entry, factors, form.epochs)
            arguments = entry, seed, weights, run.config.recipe, halved, second
            yield Piece("tuning", key, attempt, arguments)
        for kind in KINDS:
            for criterion in criteria.MEASURED[kind, "none"]:
                way = {"kind": kind, "criterion": criterion}
                arguments = Later(load, seed), how, way | {"repair": "none"}
                yield Piece("tuning_budgets", {"seed": seed} | way, cut_both, arguments)


def tried(config, dataset, form):
    wanted = {*form.pruned, *itertools.chain(*(RIVALS[name] for name in form.pruned))}
    hidden = [*fewest.Form().hidden]
    few = [
        Entry(name, "control", {"hidden": hidden, "steps": whole_chain(name, dataset)})
        for name in (recipe["name"] for recipe in RECIPES)
        if name in wanted
    ]
    return [entry for entry in [*entries(config, frontier.Form()), *few] if entry.name in wanted]


def whole_chain(name, dataset):
    recipe = next(recipe for recipe in RECIPES if recipe["name"] == name)
    before = whole_chain(recipe["from"], dataset) if recipe["from"] else []
    return [*before, *steps_of(recipe, dataset, fewest.Form())]


def changed(entry, factors, most):
    """Multiply settings of an entry's last training; no step longer than so many epochs."""
    steps = shortened(entry.how["steps"], most)
    last = next(step for step in reversed(steps) if "learning_rate" in step)
    last |= {name: factor * last[name] for name, factor in factors.items()}
    return entry._replace(how=entry.how | {"steps": steps})


def attempt(entry, seed, weights, recipe, dataset, second):
    """Make a network by the first half, which dataset has as validation images.

    Shapes: weights, the run's dense network, L arrays -> {"tuning": one record}
    """
    made = prepare(entry, seed, weights, recipe, dataset, None)
    judges = {"first": dataset.validation, "second": second, "test": dataset.test}
    row = {f"{name}_accuracy": evaluate(made, split)[1] for name, split in judges.items()}
    return {"tuning": [row]}


def cut_both(material, form, way):
    """material has the halves as validation and test images: {"tuning_budgets": records}"""
    rows = [
        {
            "budget": row["budget"],
            "k": row["k"],
            "first_accuracy": row["validation_accuracy"],
            "second_accuracy": row["test_accuracy"],
        }
        for row in cut(material, form, way)["criteria"]
    ]
    return {"tuning_budgets": rows}
