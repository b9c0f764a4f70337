"""How far networks of each recipe can be pruned, and whether OBD beats magnitude in all of them.

Read next: npprune/theory/connectivity/__init__.py.
"""

from npprune.lab.page import cell, counted, table
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL, holm, paired_interval
from npprune.lab.style import seeds
from npprune.studies.ablation import CRITERIA, SPLIT
from npprune.studies.criteria import choice

OWN, RIVAL = "magnitude", "obd-decay-iterated"


def values(run):
    """Fill the slots of tell.md."""
    rows = run.read("ablation")
    if not rows:
        return None
    by_recipe = groups(rows, "recipe")
    compared = _against_default(by_recipe)
    return {
        "seeds": counted(seeds(rows), "seed"),
        "loss": 100 * choice.LOSS,
        "level": 100 * LEVEL,
        "rival": RIVAL,
        "less": _named(compared, -1),
        "more": _named(compared, 1),
        "rival_better": _where(by_recipe, 1),
        "rival_worse": _where(by_recipe, -1),
        "recipes": _table(by_recipe, compared),
        **_split(by_recipe),
    }


def _reach(rows, criterion):
    """How far a criterion reaches under its better budget, {seed: -log10(1 - k)} on test images."""
    return choice.reaches(rows, "test")[criterion, choice.best_budgets(rows)[criterion]]


def _against_default(by_recipe):
    """Magnitude's reach less its reach with the default recipe: {recipe: (Paired, p by Holm)}."""
    own = _reach(by_recipe["default"], OWN) if "default" in by_recipe else {}
    found = {}
    for recipe, rows in by_recipe.items():
        reach = _reach(rows, OWN)
        both = own.keys() & reach.keys()
        if both and recipe != "default":
            found[recipe] = paired_interval([reach[seed] - own[seed] for seed in sorted(both)])
    adjusted = holm([paired.p for paired in found.values()])
    return dict(zip(found, zip(found.values(), adjusted, strict=True), strict=True))


def _named(compared, sign):
    sure = [name for name, (d, p) in compared.items() if p <= LEVEL and sign * d.mean > 0]
    return "; ".join(sure) or "none"


def _where(by_recipe, sign):
    """Recipes under which the rival is surely better, or worse, than magnitude."""
    found = {recipe: choice.against_own(rows, "weight") for recipe, rows in by_recipe.items()}
    rival = {recipe: against[RIVAL] for recipe, against in found.items() if RIVAL in against}
    return _named(rival, sign)


def _table(by_recipe, compared):
    def reach(criterion):
        def words(rows):
            found = _reach(rows, criterion).values()
            return f"{1 - 10 ** (-sum(found) / len(found)):.4f}"

        return words

    def more(rows):
        recipe = rows[0]["recipe"]
        return choice.times_left(*compared[recipe]) if recipe in compared else ""

    def rival(rows):
        return choice.times_left(*choice.against_own(rows, "weight")[RIVAL])

    return table(
        "k at which a point is lost, by recipe; weights left there, as times those of the default "
        "recipe, and of the rival as times magnitude's",
        by_recipe.values(),
        [
            ("recipe", lambda rows: rows[0]["recipe"]),
            ("test accuracy", lambda rows: cell(_dense(rows), "test_accuracy", 4)),
            *((criterion, reach(criterion)) for criterion in CRITERIA),
            ("magnitude, of default's", more),
            (f"{RIVAL}, of magnitude's", rival),
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
