"""Which criterion is best, what its budget is worth, and whether its scores are right.

The budget of each criterion and the order of the rows are chosen on the validation images; what is
shown is measured on the test images.

Read next: npprune/network/dropout.py.
"""

import itertools
import math

import numpy as np

from npprune.lab.page import cell, counted, spread, table
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL
from npprune.lab.style import seeds
from npprune.pruning.iterative import ROUNDS
from npprune.studies.criteria import choice
from npprune.studies.criteria.measure import GREEDY_FROM, TABLES
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
    parts = {
        (kind, stage): Part(kind, choice.part(records, kind, stage), dense)
        for kind, stage in itertools.product(TABLES, choice.STAGES)
    }
    initial, random = parts.pop(("weight", "initial")), parts["weight", "cut"].kept(INITIAL_K)
    verdicts = {
        f"{kind}_{stage}_{name}": value
        for (kind, stage), part in parts.items()
        for name, value in part.verdict().items()
    }
    cut = [parts[kind, "cut"] for kind in TABLES]
    return verdicts | {
        "penalty": run.config.recipe.penalty or None,
        "rounds": ROUNDS,
        "greedy_from": GREEDY_FROM,
        "loss": 100 * choice.LOSS,
        "level": 100 * LEVEL,
        "rankings": [part.ranking(stage) for (_, stage), part in parts.items() if part.rows],
        "initial_k": INITIAL_K,
        "initial_random": random.get("random") if initial.rows else None,
        "initial_ranking": initial.ranking("initial") if initial.rows else None,
        "budgets": [part.by_budget() for part in cut if part.rows],
        "oracle": bool(oracle),
        "ranks": _ranks(oracle, cut, choice.ORACLE_K) if oracle else None,
        "curvatures": _curvatures(run.read("criteria_curvature")) if oracle else None,
    }


class Part:
    """The records of one kind and stage, and how their criteria compare."""

    def __init__(self, kind, rows, dense):
        """Choose the budgets, find the reaches, and compare with the source's own criterion."""
        self.kind, self.rows, self.own = kind, rows, choice.OWN[kind]
        self.budgets = choice.best_budgets(rows, dense)
        test = choice.reaches(rows, dense, "test")
        self.reach = {pair[0]: np.mean([*test[pair].values()]) for pair in self.budgets.items()}
        self.differences = choice.against_own(rows, kind, dense)

    def verdict(self):
        """How far the best reaches, the source's own and chance; which are better, which alike."""
        sparsities = {name: 1 - 10**-reach for name, reach in self.reach.items()}
        sure = {name: d.mean for name, (d, p) in self.differences.items() if p <= LEVEL}
        best = next(iter(self.budgets), None)
        return {
            "number": len(self.budgets),
            "best": best,
            "budget": self.budgets.get(best),
            "k": sparsities.get(best),
            "own": sparsities.get(self.own),
            "random": sparsities.get("random"),
            "better": ", ".join(name for name in sure if sure[name] > 0) or "none",
            "alike": ", ".join(name for name in self.differences if name not in sure) or "none",
        }

    def kept(self, k):
        """Test accuracy at one sparsity under the best budget: {criterion: text}."""
        return {name: _accuracy(k=k, budget=budget)(select(self.rows, criterion=name))
                for name, budget in self.budgets.items()}  # fmt: skip

    def ranking(self, stage):
        """How far every criterion reaches, best first, its test accuracies, and what it costs."""
        rows, columns = self.rows, []
        images = f", {rows[0]['images']:,} unlabelled images" if rows[0]["images"] else ""
        of_part = f"{self.kind}s {DONE[stage]}{images}, {counted(seeds(rows), 'seed')}"
        if self.differences:
            columns = [(f"left, of {self.own}'s", lambda here: self._ratio(here[0]["criterion"]))]
        return table(
            f"Test accuracy, {of_part}, best first",
            [select(rows, criterion=c, budget=b) for c, b in self.budgets.items()],
            [
                ("criterion", _of("criterion")),
                ("budget", _of("budget")),
                ("needs", lambda here: _needs(self.kind, here[0]["criterion"])),
                ("reach", lambda here: f"{1 - 10 ** -self.reach[here[0]['criterion']]:.4f}"),
                *columns,
                *((f"{k:g}", _accuracy(k=k)) for k in K_SHOWN[self.kind] if select(rows, k=k)),
                ("seconds", _seconds),
            ],
        )

    def _ratio(self, criterion):
        """How many times the source's own weights are left where as much is lost, as text."""
        if criterion not in self.differences:
            return ""
        difference, p = self.differences[criterion]
        mean, high, low = (10**-value for value in difference[:3])
        interval = f" ({low:.2f} to {high:.2f}, p {p:.2g})" if math.isfinite(high) else ""
        return f"{mean:.2f}{interval}"

    def by_budget(self):
        """What the budget is worth: test accuracy of every criterion under each."""
        k = BUDGET_K[self.kind]
        return table(
            f"Test accuracy by budget, {self.kind}s, k = {k:g}",
            [select(self.rows, criterion=name, k=k) for name in self.budgets],
            [
                ("criterion", _of("criterion")),
                *((budget, _accuracy(budget=budget)) for budget in groups(self.rows, "budget")),
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


def _ranks(oracle, cut, k):
    """Rank correlations of the scores with what they stand for, beside what their masks keep."""
    kept = {part.kind: part.kept(k) for part in cut}

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
