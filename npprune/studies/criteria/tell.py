"""Which criterion is best, what its budget is worth, and whether its scores are right.

The budget of each criterion and the order of the rows are chosen on the validation images; what is
shown is measured on the test images.

Read next: npprune/studies/frontier/__init__.py.
"""

import itertools
import math

import numpy as np

from npprune.lab.page import cell, counted, spread, table
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL
from npprune.lab.style import seeds
from npprune.studies.criteria import choice
from npprune.studies.criteria.measure import TABLES
from npprune.studies.criteria.oracle import ALL_LAYERS

K_SHOWN = {
    "weight": (0.9, 0.95, 0.97, 0.99, 0.995, 0.998),
    "unit": (0.5, 0.8, 0.9, 0.95, 0.97, 0.99),
}
NEEDS = {
    (): "weights",
    ("rng",): "nothing",
    ("X",): "images",
    ("X", "penalty"): "images",
    ("X", "y"): "labels",
}
DONE = {
    "cut": "cut alone",
    "refitted": "refitted",
    "methods": "chosen and refitted in one",
    "initial": "scored at initialization, cut alone",
}
INITIAL_K = 0.9
BUDGET_K = {"weight": 0.95, "unit": 0.9}


def values(run):
    """Fill the slots of tell.md."""
    records, oracle = run.read("criteria"), run.read("criteria_oracle")
    if not records:
        return None
    dense = choice.dense_accuracies(run.read("baseline"))
    ways = itertools.product(TABLES, choice.STAGES)
    parts = {(kind, stage): choice.part(records, kind, stage) for kind, stage in ways}
    cut, initial = {kind: parts[kind, "cut"] for kind in TABLES}, parts.pop(("weight", "initial"))
    verdicts = {
        f"{kind}_{stage}_{name}": value
        for (kind, stage), rows in parts.items()
        for name, value in _verdict(rows, kind, dense).items()
    }
    kept = {kind: _kept(rows, dense, choice.ORACLE_K) for kind, rows in cut.items()}
    return verdicts | {
        "loss": 100 * choice.LOSS,
        "level": 100 * LEVEL,
        "rankings": [_ranking(rows, *names, dense) for names, rows in parts.items() if rows],
        "initial_k": INITIAL_K,
        "initial_random": _kept(cut["weight"], dense, INITIAL_K).get("random") if initial else None,
        "initial_ranking": _ranking(initial, "weight", "initial", dense) if initial else None,
        "budgets": [_by_budget(rows, kind, dense) for kind, rows in cut.items() if rows],
        "oracle": bool(oracle),
        "ranks": _ranks(oracle, kept, choice.ORACLE_K) if oracle else None,
        "curvatures": _curvatures(run.read("criteria_curvature")) if oracle else None,
    }


def _verdict(rows, kind, dense):
    """How far the best reaches, the source's own and chance; which are better and worse."""
    budgets = choice.best_budgets(rows, dense)
    test = choice.reaches(rows, dense, "test")
    sparsities = {pair[0]: _sparsity(test[pair].values()) for pair in budgets.items()}
    differences = choice.against_own(rows, kind, dense)
    sure = {name: difference.mean for name, (difference, p) in differences.items() if p <= LEVEL}
    best = next(iter(budgets), None)
    return {
        "number": len(budgets),
        "best": best,
        "budget": budgets.get(best),
        "k": sparsities.get(best),
        "own": sparsities.get(choice.OWN[kind]),
        "random": sparsities.get("random"),
        "better": ", ".join(name for name in sure if sure[name] > 0) or "none",
        "like": ", ".join(name for name in differences if name not in sure) or "none",
    }


def _sparsity(reaches):
    return 1 - 10 ** -np.mean([*reaches])


def _kept(rows, dense, k):
    """Test accuracy at one sparsity under the best budget: {criterion: text}."""
    return {
        criterion: cell(select(rows, criterion=criterion, budget=budget, k=k), "test_accuracy", 4)
        for criterion, budget in choice.best_budgets(rows, dense).items()
    }


def _ranking(rows, kind, stage, dense):
    """How far every criterion reaches, best first, its test accuracies, and what it costs.

    Seconds are to score once and to repair once.
    """
    images = f", {rows[0]['images']:,} unlabelled images" if rows[0]["images"] else ""
    test = choice.reaches(rows, dense, "test")
    differences = choice.against_own(rows, kind, dense)

    def reach(here):
        return f"{_sparsity(test[here[0]['criterion'], here[0]['budget']].values()):.4f}"

    def ratio(here):
        return _ratio(*differences.get(here[0]["criterion"], (None, None)))

    return table(
        f"Test accuracy, {kind}s {DONE[stage]}{images}, {counted(seeds(rows), 'seed')}, best first",
        [select(rows, criterion=c, budget=b) for c, b in choice.best_budgets(rows, dense).items()],
        [
            ("criterion", _of("criterion")),
            ("budget", _of("budget")),
            ("needs", lambda here: _needs(kind, here[0]["criterion"])),
            ("reach", reach),
            *([(f"left, of {choice.OWN[kind]}'s", ratio)] if differences else []),
            *((f"{k:g}", _accuracy(k=k)) for k in K_SHOWN[kind] if select(rows, k=k)),
            ("seconds", _seconds),
        ],
    )


def _ratio(difference, p):
    """Write how many times the source's own weights are left where as much is lost."""
    if difference is None:
        return ""
    mean, high, low = (10**-value for value in difference[:3])
    interval = f" ({low:.2f} to {high:.2f}, p {p:.2g})" if math.isfinite(high) else ""
    return f"{mean:.2f}{interval}"


def _of(column):
    return lambda here: str(here[0][column])


def _accuracy(**values):
    return lambda here: cell(select(here, **values), "test_accuracy", 4)


def _needs(kind, criterion):
    """What the choice of what to cut needs besides the weights; methods need images."""
    criteria = TABLES[kind]
    return NEEDS[criteria[criterion].needs] if criterion in criteria else "images"


def _seconds(rows):
    return f"{np.mean([row['score_seconds'] + row['repair_seconds'] for row in rows]):.1f}"


def _by_budget(rows, kind, dense):
    """What the budget is worth: test accuracy of every criterion under each, cut alone."""
    k = BUDGET_K[kind]
    return table(
        f"Test accuracy by budget, {kind}s, k = {k:g}",
        [select(rows, criterion=name, k=k) for name in choice.best_budgets(rows, dense)],
        [
            ("criterion", _of("criterion")),
            *((budget, _accuracy(budget=budget)) for budget in groups(rows, "budget")),
        ],
    )


def _ranks(oracle, kept, k):
    """Rank correlations of the scores with what they stand for, beside what their masks keep."""

    def worth(rows):
        return kept[rows[0]["kind"]].get(rows[0]["criterion"], "")

    def place(rows):
        return rows[0]["kind"] == "unit", -np.mean([row["spearman_absolute"] for row in rows])

    return table(
        f"Spearman's rank correlation with the change of the loss, and accuracy at k = {k:g}",
        sorted(groups(select(oracle, layer=ALL_LAYERS), "kind", "criterion").values(), key=place),
        [
            ("", lambda rows: f"{rows[0]['kind']}s"),
            ("criterion", _of("criterion")),
            ("with |change|", spread("spearman_absolute", 2)),
            ("with change", spread("spearman", 2)),
            ("test accuracy", worth),
        ],
    )


def _curvatures(rows):
    """Cheap curvatures beside the exact diagonal of the Hessian."""
    return table(
        "Cheap curvatures against the exact diagonal of the Hessian, every weight of a layer",
        groups(rows, "curvature", "layer").values(),
        [
            ("curvature", _of("curvature")),
            ("layer", _of("layer")),
            ("correlation", spread("pearson", 4)),
            ("rank correlation", spread("spearman", 4)),
            ("sum / exact sum", spread("ratio", 4)),
        ],
    )
