"""How far networks of each recipe can be pruned, and whether OBD beats magnitude in all of them.

Read next: npprune/theory/connectivity/__init__.py.
"""

from npprune.lab.page import cell, counted, table
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL, holm, paired_interval
from npprune.lab.style import seeds
from npprune.studies.ablation import SPLIT
from npprune.studies.criteria import choice

OWN, RIVAL = "magnitude", "obd-decay-iterated"


def values(run):
    """Fill the slots of tell.md."""
    rows = run.read("ablation")
    if not rows:
        return None
    by_recipe = groups(rows, "recipe")
    own, rival = (
        {recipe: _reach(here, criterion) for recipe, here in by_recipe.items()}
        for criterion in (OWN, RIVAL)
    )
    varied = [recipe for recipe in by_recipe if "default" in own and recipe != "default"]
    less = _paired({recipe: (own[recipe], own["default"]) for recipe in varied})
    better = _paired({recipe: (rival[recipe], own[recipe]) for recipe in by_recipe})
    return {
        "seeds": counted(seeds(rows), "seed"),
        "loss": 100 * choice.LOSS,
        "level": 100 * LEVEL,
        "rival": RIVAL,
        "less": _named(less, -1),
        "more": _named(less, 1),
        "rival_better": _named(better, 1),
        "rival_worse": _named(better, -1),
        "worse_count": len(_sure(better, -1)) or None,
        "recipe_count": len(better),
        "recipes": _table(by_recipe, less, better),
        **_split(by_recipe),
    }


def _reach(rows, criterion):
    """How far a criterion reaches under its better budget, {seed: -log10(1 - k)} on test images."""
    return choice.reaches(rows, "test")[criterion, choice.best_budgets(rows)[criterion]]


def _paired(pairs):
    """Differences of two reaches in each seed, for each recipe: {recipe: (Paired, p by Holm)}."""
    found = {
        recipe: paired_interval([one[seed] - other[seed] for seed in sorted(one.keys() & other)])
        for recipe, (one, other) in pairs.items()
        if one.keys() & other.keys()
    }
    adjusted = holm([paired.p for paired in found.values()])
    return dict(zip(found, zip(found.values(), adjusted, strict=True), strict=True))


def _sure(compared, sign):
    """Recipes whose difference surely has this sign."""
    return [name for name, (d, p) in compared.items() if p <= LEVEL and sign * d.mean > 0]


def _named(compared, sign):
    return "; ".join(_sure(compared, sign)) or "none"


def _table(by_recipe, less, better):
    def reach(criterion):
        def words(rows):
            found = _reach(rows, criterion).values()
            return f"{1 - 10 ** (-sum(found) / len(found)):.4f}"

        return words

    def left(compared):
        def words(rows):
            recipe = rows[0]["recipe"]
            return choice.times_left(compared[recipe][0]) if recipe in compared else ""

        return words

    return table(
        "k at which a point is lost, by recipe; weights left there, as times those of the default "
        "recipe, and of the rival as times magnitude's",
        by_recipe.values(),
        [
            ("recipe", lambda rows: rows[0]["recipe"]),
            ("test accuracy", lambda rows: cell(_dense(rows), "test_accuracy", 4)),
            ("obd", reach("obd")),
            (OWN, reach(OWN)),
            ("of default's", left(less)),
            (RIVAL, reach(RIVAL)),
            ("of magnitude's", left(better)),
        ],
    )


def _dense(rows):
    """The networks before they are pruned, a row for each seed."""
    return select(rows, criterion=OWN, budget="layer-wise", k=0)


def _split(by_recipe):
    """What the split matters: accuracy with the fixed one, and with one of each seed's own."""
    if not {"default", SPLIT} <= by_recipe.keys():
        return {"fixed": None, "anew": None}
    fixed, anew = (cell(_dense(by_recipe[name]), "test_accuracy", 4) for name in ("default", SPLIT))
    return {"fixed": fixed, "anew": anew}
