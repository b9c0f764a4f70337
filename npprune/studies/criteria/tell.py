"""Which criterion is best, what its budget is worth, and whether its scores are right.

The budget of each criterion and the order of the rows are chosen on the validation images; what is
shown is measured on the test images.

Read next: npprune/studies/frontier/__init__.py.
"""

import itertools

import numpy as np

from npprune.lab.page import cell, counted, spread, table
from npprune.lab.records import groups, select
from npprune.lab.style import seeds
from npprune.studies.criteria import choice
from npprune.studies.criteria.measure import TABLES
from npprune.studies.criteria.oracle import ALL_LAYERS

K_SHOWN = {"weight": (*choice.TABLE_K, 0.995, 0.998), "unit": (0.5, 0.8, *choice.TABLE_K)}
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
    ways = itertools.product(TABLES, choice.STAGES)
    parts = {(kind, stage): choice.part(records, kind, stage) for kind, stage in ways}
    cut, initial = {kind: parts[kind, "cut"] for kind in TABLES}, parts.pop(("weight", "initial"))
    verdicts = {
        f"{kind}_{stage}_{name}": value
        for (kind, stage), rows in parts.items()
        for name, value in _verdict(rows, kind).items()
    }
    return verdicts | {
        "rankings": [_ranking(rows, *names) for names, rows in parts.items() if rows],
        "initial_k": INITIAL_K,
        "initial_random": _best(cut["weight"], INITIAL_K).get("random") if initial else None,
        "initial_ranking": _ranking(initial, "weight", "initial") if initial else None,
        "budgets": [_by_budget(rows, kind) for kind, rows in cut.items() if rows],
        "oracle": bool(oracle),
        "ranks": _ranks(oracle, cut) if oracle else None,
        "curvatures": _curvatures(run.read("criteria_curvature")) if oracle else None,
    }


def _verdict(rows, kind):
    """The best criterion at one sparsity, beside the source's own and chance; None if not there."""
    shared = choice.shared_sparsities(rows)
    k = choice.ORACLE_K if choice.ORACLE_K in shared else max(shared, default=None)
    accuracies = _best(rows, k)
    best, budget = next(iter(choice.ranked(rows)), (None, None))
    return {
        "number": len(accuracies),
        "best": best,
        "budget": budget,
        "k": k,
        "accuracy": accuracies.get(best),
        "own": accuracies.get(choice.OWN[kind]),
        "random": accuracies.get("random"),
    }


def _best(rows, k):
    """Test accuracy at one sparsity under the best budget: {criterion: text}."""
    return {
        criterion: cell(select(rows, criterion=criterion, budget=budget, k=k), "test_accuracy", 4)
        for criterion, budget in choice.best_budgets(rows).items()
    }


def _ranking(rows, kind, stage):
    """Test accuracies by criterion, best first; seconds to score once and to repair once."""
    images = f", {rows[0]['images']:,} unlabelled images" if rows[0]["images"] else ""
    return table(
        f"Test accuracy, {kind}s {DONE[stage]}{images}, {counted(seeds(rows), 'seed')}, best first",
        [select(rows, criterion=name, budget=budget) for name, budget in choice.ranked(rows)],
        [
            ("criterion", _of("criterion")),
            ("budget", _of("budget")),
            ("needs", lambda here: _needs(kind, here[0]["criterion"])),
            *((f"{k:g}", _accuracy(k=k)) for k in K_SHOWN[kind] if select(rows, k=k)),
            ("seconds", _seconds),
        ],
    )


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


def _by_budget(rows, kind):
    """What the budget is worth: test accuracy of every criterion under each, cut alone."""
    return table(
        f"Test accuracy by budget, {kind}s, k = {BUDGET_K[kind]:g}",
        [select(rows, criterion=name, k=BUDGET_K[kind]) for name, _ in choice.ranked(rows)],
        [
            ("criterion", _of("criterion")),
            *((budget, _accuracy(budget=budget)) for budget in groups(rows, "budget")),
        ],
    )


def _ranks(oracle, cut):
    """Rank correlations of the scores with what they stand for, beside what their masks keep."""
    k = choice.ORACLE_K
    kept = {kind: _best(rows, k) for kind, rows in cut.items()}

    def worth(rows):
        return kept[rows[0]["kind"]].get(rows[0]["criterion"], "")

    def place(rows):
        return rows[0]["kind"] == "unit", -np.mean([row["spearman_absolute"] for row in rows])

    return table(
        f"Spearman's rank correlation with the change of the loss; accuracy at k = {k:g}",
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
