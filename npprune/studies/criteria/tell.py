"""Which criterion reaches furthest, alone and refitted, and whether its scores are right.

Read next: npprune/inference/storage.py.
"""

import numpy as np

from npprune.lab.group import Group, surely
from npprune.lab.statistics import LEVEL, POINT
from npprune.lab.words import listed, written
from npprune.pruning.iterative import ROUNDS
from npprune.studies.criteria import MEASURED, OWN, choice
from npprune.studies.criteria.measure import TABLES

NEEDS = {
    (): "weights",
    ("rng",): "nothing",
    ("X",): "images",
    ("X", "penalty"): "images",
    ("X", "y"): "labels",
}


def values(run):
    records, calibration = run.read("criteria"), Group(run.read("criteria_calibration"))
    if not records:
        return None
    parts = {key: _part(choice.part(records, *key), *key) for key in MEASURED}
    return {
        **{f"{kind}_{repair}": part for (kind, repair), part in parts.items()},
        **{f"{kind}_ranking": [*_ranking(kind, parts)] for kind in TABLES},
        "images": records[0]["images"],
        "penalty": run.config.recipe.penalty,
        "rounds": ROUNDS,
        "loss": 100 * POINT,
        "level": 100 * LEVEL,
        "ranks": _ranks(Group(run.read("criteria_oracle")), parts),
        "calibration": [*calibration.by("criterion", "budget", "k").values()],
        "calibration_seeds": calibration.seeds,
        "losses": [_by_loss(loss, parts) for loss in choice.LOSSES],
        **_retrained(Group(run.read("criteria_retrained"))),
    }


def _part(rows, kind, repair):
    """How the criteria of one kind and repair compare.

    Of each: its reach; that with its budget; the weights left, times those of the source's
    """
    budgets, reaches = choice.best_budgets(rows), choice.reaches(rows, "test")
    compared = choice.against_own(rows, kind)
    told = {
        "rows": rows,
        "seeds": Group(rows).seeds,
        "ranked": [*budgets],
        "number": len(budgets),
        "best": next(iter(budgets), None),
        "better": listed(choice.significant(compared, 1)),
        "alike": listed(choice.significant(compared, 0)),
    }
    for name in MEASURED[kind, repair]:
        told |= {name: None, f"{name} reach": "", f"{name} left": ""}
    for name, budget in budgets.items():
        told[name] = 1 - 10 ** -np.mean([*reaches[name, budget].values()])
        told[f"{name} reach"] = f"{told[name]:.4f} {budget}"
    for name, difference in compared.items():
        told[f"{name} left"] = choice.times_left(*difference)
    return told


def _ranking(kind, parts):
    alone, refitted = parts[kind, "none"], parts[kind, "refit"]
    for criterion in dict.fromkeys([*alone["ranked"], *refitted["ranked"]]):
        score = TABLES[kind].get(criterion)
        line = {"criterion": criterion, "needs": NEEDS[score.needs] if score else "images"}
        for repair, part in (("alone", alone), ("refitted", refitted)):
            line[repair] = part.get(f"{criterion} reach", "")
            line[f"{repair} left"] = part.get(f"{criterion} left", "")
        yield line


def _ranks(oracle, parts):
    lines = oracle.by("kind", "criterion")
    for (kind, criterion), line in lines.items():
        line.more["alone"] = parts[kind, "none"].get(f"{criterion} reach", "")
    return sorted(
        lines.values(), key=lambda line: (line["kind"] == "unit", -line["absolute"].mean())
    )


def _by_loss(loss, parts):
    line = {"points": 100 * loss}
    for repair in choice.REPAIRS:
        compared = choice.against_own(parts["weight", repair]["rows"], "weight", loss)
        line[repair] = listed(choice.significant(compared, 1))
    return line


def _retrained(rows):
    others = rows.by("criterion")
    own = others.pop(OWN["weight"], None)
    if not own:
        return {}
    for line in others.values():
        line.more |= {"gap": line.minus(own), "points": 100 * line.minus(own)}
    own.more["gap"] = np.array([])
    return {
        "retrained_better": listed(surely({name: others[name]["gap"] for name in others}, 1)),
        "retrained_gaps": "; ".join(
            written("{criterion} {points:gap .2f}", line) for line in others.values()
        ),
        "retrained_own": own,
        "retrained": [own, *others.values()],
    }
