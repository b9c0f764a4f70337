"""What half of the validation images choose, and what the other half and the test images say of it.

Read next: npprune/theory/theorem/identity.py.
"""

from npprune.lab.group import Group, surely
from npprune.lab.words import listed
from npprune.pruning.masks import KINDS
from npprune.studies.criteria import choice
from npprune.studies.tuning import AS_USED, CHANGES, RIVALS

USED = next(iter(CHANGES))


def values(run):
    rows = Group(run.read("tuning"))
    if not rows:
        return None
    tries = rows.by("recipe", "change")
    varied = [name for name, change in tries if change == USED and name != AS_USED]
    chosen = {name: best(rows.where(recipe=name)) for name in varied}
    for name, one in chosen.items():
        used = tries[name, USED]
        one.more |= {"used": used, "second": _points(one, used, "second")}
        one.more["test"] = _points(one, used, "test")
    other = {name: one["second"] for name, one in chosen.items() if one["change"] != USED}
    return {
        "seeds": rows.seeds,
        "tries": len(CHANGES),
        "recipes": [*chosen.values()],
        "recipes_count": len(chosen),
        "same": len(chosen) - len(other),
        "better": listed(surely(other, 1), "; "),
        "as_used": rows.where(change=USED),
        **_rivals(rows),
        **_budgets(run.read("tuning_budgets")),
    }


def best(rows):
    """Choose among the tries of some recipes, by the first half."""
    return max(rows.by("recipe", "change").values(), key=lambda one: one["first_accuracy"].mean())


def _points(one, other, half):
    return 100 * one.minus(other, f"{half}_accuracy")


def _rivals(rows):
    lines = []
    for name, rivals in RIVALS.items():
        pruned = rows.where(recipe=name)
        others = Group([row for row in rows if row["recipe"] in rivals])
        if pruned and others:
            one, other = best(pruned), best(others)
            halves = {half: _points(one, other, half) for half in ("second", "test")}
            lines.append({"pruned": one, "rival": other} | halves)
    told = {"rivals": lines}
    for half in ("second", "test"):
        gaps = {line["pruned"]["recipe"]: line[half] for line in lines}
        told[f"ahead_{half}"] = listed(surely(gaps, 1), "; ")
        told[f"behind_{half}"] = listed(surely(gaps, -1), "; ")
    return told


def _budgets(records):
    pair = "obd-decay-iterated", "magnitude"
    same, count, told = 0, 0, {"criterion": pair[0], "left": None}
    for kind in KINDS:
        rows = [row for row in records if row["kind"] == kind]
        first, second = (choice.best_budgets(rows, split=half) for half in ("first", "second"))
        same += sum(first[name] == second[name] for name in first)
        count += len(first)
        if kind == "weight" and rows:
            reach = choice.reaches(rows, "second")
            both = [reach.get((name, first.get(name)), {}) for name in pair]
            for difference, p in choice.compared({pair: both}).values():
                told["left"] = choice.times_left(difference, p)
    return {"budgets_same": same, "budgets_count": count or None} | told
