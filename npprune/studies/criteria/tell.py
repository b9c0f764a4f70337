"""Which criterion reaches furthest, alone and refitted, and whether its scores are right.

Read next: npprune/inference/storage.py.
"""

import itertools

import numpy as np

from npprune.lab.page import Group, cell, counted, interval, spread, table
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL, paired_differences, sure_signs
from npprune.lab.style import seeds
from npprune.pruning.iterative import ROUNDS
from npprune.studies.criteria import CRITERIA, OWN, choice
from npprune.studies.criteria.measure import TABLES

NEEDS = {
    (): "weights",
    ("rng",): "nothing",
    ("X",): "images",
    ("X", "penalty"): "images",
    ("X", "y"): "labels",
}


def values(run):
    records, oracle = run.read("criteria"), run.read("criteria_oracle")
    if not records:
        return None
    parts = {
        (kind, repair): Part(kind, choice.part(records, kind, repair))
        for kind, repair in itertools.product(TABLES, choice.REPAIRS)
    }
    told = {
        f"{kind}_{repair}_{name}": value
        for (kind, repair), part in parts.items()
        for name, value in part.told(CRITERIA[kind, repair]).items()
    }
    return told | {
        "images": records[0]["images"],
        "penalty": run.config.recipe.penalty or None,
        "rounds": ROUNDS,
        "loss": 100 * choice.LOSS,
        "level": 100 * LEVEL,
        **{f"{kind}_ranking": _ranking(kind, parts) for kind in TABLES},
        "ranks": _ranks(oracle, parts) if oracle else None,
        "calibration": _calibration(run.read("criteria_calibration")),
        "by_loss": _by_loss(parts),
        **_retrained(run.read("criteria_retrained")),
    }


class Part:
    """The records of one kind and repair, and how their criteria compare."""

    def __init__(self, kind, rows):
        self.rows, self.budgets = rows, choice.best_budgets(rows)
        test = choice.reaches(rows, "test")
        self.sparsities = {
            pair[0]: 1 - 10 ** -np.mean([*test[pair].values()]) for pair in self.budgets.items()
        }
        self.differences = choice.against_own(rows, kind)

    def told(self, criteria):
        """Say which is best, how far each reaches, and which differ: {slot: value}."""
        alike = [name for name, (_, p) in self.differences.items() if not p <= LEVEL]
        told = {
            "number": len(self.budgets),
            "best": next(iter(self.budgets), None),
            "better": _better(self.differences),
            "alike": ", ".join(alike) or "none",
        }
        for name in criteria:
            told[name] = self.sparsities.get(name)
            told[f"{name}_left"] = self.left(name) or None
        return told

    def reach(self, criterion):
        """Reach of a criterion and its budget, as text."""
        if criterion not in self.budgets:
            return ""
        return f"{self.sparsities[criterion]:.4f} {self.budgets[criterion]}"

    def left(self, criterion):
        """Weights left, as times those of the source's own, as text."""
        if criterion not in self.differences:
            return ""
        return choice.times_left(*self.differences[criterion])


def _better(differences):
    better = [name for name, (d, p) in differences.items() if p <= LEVEL and d.mean > 0]
    return ", ".join(better) or "none"


def _ranking(kind, parts):
    alone, refitted = parts[kind, "none"], parts[kind, "refit"]
    left = f"left, of {OWN[kind]}'s"
    return table(
        f"{kind.capitalize()}s: k at which a point is lost, {counted(seeds(alone.rows), 'seed')}",
        dict.fromkeys([*alone.budgets, *refitted.budgets]),
        [
            ("criterion", str),
            ("needs", lambda name: _needs(kind, name)),
            ("cut alone", alone.reach),
            (left, alone.left),
            ("refitted", refitted.reach),
            (left, refitted.left),
        ],
    )


def _needs(kind, criterion):
    criteria = TABLES[kind]
    return NEEDS[criteria[criterion].needs] if criterion in criteria else "images"


def _ranks(oracle, parts):
    def place(rows):
        return rows[0]["kind"] == "unit", -np.mean([row["absolute"] for row in rows])

    return table(
        "Spearman's rank correlation with the change of the loss, one weight or unit removed",
        sorted(groups(oracle, "kind", "criterion").values(), key=place),
        [
            ("", lambda rows: f"{rows[0]['kind']}s"),
            ("criterion", lambda rows: rows[0]["criterion"]),
            ("with |change|", spread("absolute", 2)),
            ("the same, largest tenth", spread("largest", 2)),
            ("with change", spread("signed", 2)),
            ("cut alone", lambda rows: parts[rows[0]["kind"], "none"].reach(rows[0]["criterion"])),
        ],
    )


def _calibration(rows):
    if not rows:
        return None
    return table(
        f"Test accuracy by the number of images, {counted(seeds(rows), 'seed')}",
        groups(rows, "criterion", "budget", "k").values(),
        [
            ("criterion", lambda here: here[0]["criterion"]),
            ("budget", lambda here: here[0]["budget"]),
            ("k", lambda here: f"{here[0]['k']:g}"),
            *((f"{images:,}", _accuracy(images)) for images in groups(rows, "images")),
        ],
    )


def _by_loss(parts):
    def better(repair):
        rows = parts["weight", repair].rows
        return lambda loss: _better(choice.against_own(rows, "weight", loss))

    return table(
        f"Weights: what is better than {OWN['weight']}, by the points of accuracy that may be lost",
        choice.LOSSES,
        [
            ("points", lambda loss: f"{100 * loss:g}"),
            ("cut alone", better("none")),
            ("refitted", better("refit")),
        ],
    )


def _retrained(rows):
    by_criterion, own = groups(rows, "criterion"), OWN["weight"]
    if own not in by_criterion:
        return {}
    gaps = {
        criterion: paired_differences(here, by_criterion[own])
        for criterion, here in by_criterion.items()
        if criterion != own
    }
    signs = sure_signs(gaps.values())
    better = [name for name, sign in zip(gaps, signs, strict=True) if sign > 0]
    points = {name: interval([100 * d for d in gap], 2) for name, gap in gaps.items()}
    return {
        "retrained_k": rows[0]["k"],
        "retrained_epochs": rows[0]["epochs"],
        "retrained_better": ", ".join(better) or "none",
        "retrained_gaps": "; ".join(f"{name} {words}" for name, words in points.items()),
        "own": own,
        "retrained": [
            Group(here, gap=interval(gaps[name], 4) if name in gaps else "")
            for name, here in by_criterion.items()
        ],
    }


def _accuracy(images):
    return lambda here: cell(select(here, images=images), "test_accuracy", 4)
