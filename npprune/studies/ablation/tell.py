"""How far networks of each recipe can be pruned, and whether OBD beats magnitude in all of them.

Read next: npprune/theory/connectivity/__init__.py.
"""

import numpy as np

from npprune.lab.group import Group
from npprune.lab.statistics import POINT
from npprune.lab.words import listed
from npprune.network.training import Recipe
from npprune.studies.ablation import SPLIT
from npprune.studies.criteria import choice
from npprune.studies.variants import VARIANTS

OWN, RIVAL = "magnitude", "obd-decay-iterated"


def values(run):
    rows = Group(run.read("ablation"))
    if not rows:
        return None
    recipes = rows.by("recipe")
    reach = {
        criterion: {recipe: _reach(here, criterion) for recipe, here in recipes.items()}
        for criterion in ("obd", OWN, RIVAL)
    }
    own, rival = reach[OWN], reach[RIVAL]
    varied = [recipe for recipe in recipes if "default" in own and recipe != "default"]
    less = choice.compared({recipe: (own[recipe], own["default"]) for recipe in varied})
    better = choice.compared({recipe: (rival[recipe], own[recipe]) for recipe in recipes})
    for recipe, here in recipes.items():
        here.more |= {
            "penalty": _penalty(recipe),
            "accuracy": here.where(criterion=OWN, budget="layer-wise", k=0)["test_accuracy"],
            **{name: 1 - 10 ** -np.mean([*of[recipe].values()]) for name, of in reach.items()},
            "left": _left(less, recipe),
            "rival_left": _left(better, recipe),
        }
    return {
        "seeds": rows.seeds,
        "loss": 100 * POINT,
        "rival": RIVAL,
        "less": listed(choice.significant(less, -1), "; "),
        "more": listed(choice.significant(less, 1), "; "),
        "rival_better": listed(choice.significant(better, 1), "; "),
        "rival_worse": listed(choice.significant(better, -1), "; "),
        **_by_penalty(better),
        "recipes": [*recipes.values()],
        "default": recipes.get("default"),
        "anew": recipes.get(SPLIT),
    }


def _reach(rows, criterion):
    return choice.reaches(rows, "test")[criterion, choice.best_budgets(rows)[criterion]]


def _penalty(recipe):
    return Recipe(**VARIANTS.get(recipe, {})).penalty


def _left(compared, recipe):
    return choice.times_left(compared[recipe][0]) if recipe in compared else ""


def _by_penalty(better):
    told = {}
    for words, penalized in (("with", True), ("without", False)):
        names = {n for n in better if n != SPLIT and (_penalty(n) > 0) == penalized}
        told[f"recipes_{words}"] = len(names) or None
        told[f"ahead_{words}"] = len(names & {*choice.significant(better, 1)})
        told[f"behind_{words}"] = len(names & {*choice.significant(better, -1)})
    return told
