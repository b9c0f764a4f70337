"""How far networks of each recipe can be pruned, and whether OBD beats magnitude in all of them.

Read next: npprune/theory/connectivity/__init__.py.
"""

import numpy as np

from npprune.lab.page import cell, counted
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL
from npprune.lab.style import seeds
from npprune.network.training import Recipe
from npprune.studies.ablation import SPLIT
from npprune.studies.criteria import choice
from npprune.studies.variants import VARIANTS

OWN, RIVAL = "magnitude", "obd-decay-iterated"


def values(run):
    rows = run.read("ablation")
    if not rows:
        return None
    by_recipe = groups(rows, "recipe")
    reach = {
        name: {recipe: _reach(here, criterion) for recipe, here in by_recipe.items()}
        for name, criterion in (("obd", "obd"), ("own", OWN), ("rival", RIVAL))
    }
    own, rival = reach["own"], reach["rival"]
    varied = [recipe for recipe in by_recipe if "default" in own and recipe != "default"]
    less = choice.compared({recipe: (own[recipe], own["default"]) for recipe in varied})
    better = choice.compared({recipe: (rival[recipe], own[recipe]) for recipe in by_recipe})
    return {
        "seeds": counted(seeds(rows), "seed"),
        "loss": 100 * choice.LOSS,
        "rival": RIVAL,
        "less": _named(less, -1),
        "more": _named(less, 1),
        "rival_better": _named(better, 1),
        "rival_worse": _named(better, -1),
        **_by_penalty(better),
        "recipes": [*_lines(by_recipe, reach, less, better)],
        **_split(by_recipe),
    }


def _reach(rows, criterion):
    return choice.reaches(rows, "test")[criterion, choice.best_budgets(rows)[criterion]]


def _sure(compared, sign):
    return [name for name, (d, p) in compared.items() if p <= LEVEL and sign * d.mean > 0]


def _named(compared, sign):
    return "; ".join(_sure(compared, sign)) or "none"


def _penalty(recipe):
    return Recipe(**VARIANTS.get(recipe, {})).penalty


def _by_penalty(better):
    told = {}
    for words, penalized in (("with", True), ("without", False)):
        names = [n for n in better if n != SPLIT and (_penalty(n) > 0) == penalized]
        counts = [sum(name in names for name in _sure(better, sign)) for sign in (1, -1)]
        told |= {f"ahead_{words}": counts[0], f"behind_{words}": counts[1]}
        told[f"recipes_{words}"] = len(names) or None
    return told


def _lines(by_recipe, reach, less, better):
    for recipe, rows in by_recipe.items():
        yield {
            "recipe": recipe,
            "penalty": _penalty(recipe),
            "accuracy": _accuracy(rows),
            **{name: 1 - 10 ** -np.mean([*of[recipe].values()]) for name, of in reach.items()},
            "left": _left(less, recipe),
            "rival_left": _left(better, recipe),
        }


def _left(compared, recipe):
    return choice.times_left(compared[recipe][0]) if recipe in compared else ""


def _accuracy(rows):
    return cell(select(rows, criterion=OWN, budget="layer-wise", k=0), "test_accuracy", 4)


def _split(by_recipe):
    if not {"default", SPLIT} <= by_recipe.keys():
        return {}
    return {"fixed": _accuracy(by_recipe["default"]), "anew": _accuracy(by_recipe[SPLIT])}
