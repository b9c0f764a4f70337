"""What each network is worth and costs, and which are at no loss.

Read next: npprune/studies/lost/__init__.py.
"""

import itertools
import math

from npprune.lab import page
from npprune.lab.baseline import is_dead
from npprune.lab.records import groups, select
from npprune.lab.statistics import NO_LOSS, no_worse, sure_signs
from npprune.studies.frontier import BATCHES, choice

COSTS = {f"us_{batch}": f"time at batch {batch}" for batch in BATCHES} | {"bytes": "bytes"}
# The costs at which the small networks stand beside the pruned ones.
COMPARED = {"bytes": "bytes", "us_100": "time", "parameters": "weights"}


def values(run):
    records = run.read("frontier")
    if not records:
        return None
    networks, dense = choice.averages(records), select(records, group="dense")
    best = choice.best_dense(networks)
    cheapest = _cheapest(records, dict.fromkeys(("dense", *([best] if best else []))))
    return {
        "seeds": page.counted(len(groups(records, "seed")), "seed"),
        "networks": _networks(records, networks),
        "dense_accuracy": page.cell(dense, "test_accuracy", 4) or None,
        "best_dense": best,
        "best_accuracy": _accuracy(records, best) or None,
        "no_loss": 100 * NO_LOSS,
        "cheapest": cheapest,
        "none_cheap": bool(dense) and not cheapest,
        "none_beside_best": best != "dense" and not choice.cheapest(records, "bytes", best),
        "made": len(records),
        "dead": len([row for row in records if is_dead(row)]),
        **_beside_best(records, best),
        **_comparisons(records, networks),
        **_smallest(records),
    }


def _networks(records, networks):
    mine = groups(records, "name")
    fronts = {
        COSTS[cost].removeprefix("time at batch "): choice.front_names(networks, cost)
        for cost in choice.COSTS
    }
    return page.table(
        "Networks of the frontier, numbered as in the figure: microseconds an image and times "
        "faster than dense, kilobytes exported and times smaller than the dense network's arrays",
        [
            row | {"number": number, "kilobytes": row["bytes"] / 1000}
            for number, row in enumerate(networks, 1)
        ],
        [
            ("no.", "{number}"),
            ("network", "{name}"),
            ("weights", "{parameters:,.0f}"),
            ("test accuracy", lambda row: page.cell(mine[row["name"]], "test_accuracy", 4)),
            ("epochs", "{epochs:.0f}"),
            *((f"batch {batch}", _time(batch)) for batch in BATCHES),
            ("kB", "{kilobytes:.1f} ({times_smaller:.1f}x)"),
            ("front", lambda row: " ".join(n for n in fronts if row["name"] in fronts[n])),
        ],
    )


def _time(batch):
    words = f"{{us_{batch}:.1f}} ({{speedup_{batch}:.1f}}x)"
    return lambda row: words.format_map(row) if math.isfinite(row[f"us_{batch}"]) else ""


def _accuracy(records, name):
    return page.cell(select(records, name=name), "test_accuracy", 4)


def _cheapest(records, references):
    lines = []
    for reference, (cost, less) in itertools.product(references, choice.COSTS.items()):
        if row := choice.cheapest(records, cost, reference):
            spent = f"{row[cost] / 1000:.1f} kB" if cost == "bytes" else f"{row[cost]:.2f} us"
            gaps = choice.differences(records, row["name"], reference)
            lines.append(
                [
                    reference, COSTS[cost], row["name"], spent, f"{row[less]:.1f}x",
                    page.interval(gaps, 4), "yes" if no_worse(gaps) else "no",
                ]
            )  # fmt: skip
    caption = (
        "The cheapest networks at no loss beside two dense ones by the validation images, for each "
        "cost: times less than the dense network's (for bytes, its plain arrays), and test "
        "accuracy minus the dense network's"
    )
    header = ["beside", "least", "network", "cost", "times less", "difference", "confirmed"]
    return page.Table(caption, header, lines) if lines else None


def _smallest(records):
    fine = choice.at_no_loss(records, "bytes")
    sure = [row for row in fine if no_worse(choice.differences(records, row["name"], "dense"))]
    unconfirmed = bool(fine) and fine[0] not in sure
    told = {"unconfirmed": unconfirmed, "none_sure": unconfirmed and not sure}
    for slot, rows in (("small", fine), ("sure", sure)):
        if rows:
            gaps = [100 * g for g in choice.differences(records, rows[0]["name"], "dense")]
            told |= {f"{slot}_name": rows[0]["name"], f"{slot}_gap": page.interval(gaps, 2)}
    if sure:
        timed = math.isfinite(sure[0]["speedup_100"])
        told["sure_smaller"] = sure[0]["times_smaller"]
        told["sure_faster"] = sure[0]["speedup_100"] if timed else None
    return told


def _beside_best(records, best):
    names = groups(select(records, group="pruned"), "name")
    gaps = [gap for name in names if (gap := choice.differences(records, name, best))]
    return {"pruned_count": len(gaps) or None, "behind_best": sure_signs(gaps).count(-1)}


def _comparisons(records, networks):
    costs = {}
    for cost in COMPARED:
        for control, rival in choice.rivals(networks, cost):
            if rival:
                costs.setdefault((control["name"], rival["name"]), []).append(COMPARED[cost])
    gaps = [choice.differences(records, rival, control) for control, rival in costs]
    signs = sure_signs(gaps)
    lines = [
        [
            ", ".join(by), control, _accuracy(records, control), rival, _accuracy(records, rival),
            page.interval(gap, 4), {1: "pruned", -1: "from scratch", 0: ""}[sign],
        ]
        for ((control, rival), by), gap, sign in zip(costs.items(), gaps, signs, strict=True)
    ]  # fmt: skip
    caption = (
        "The better small network of each size, and the best pruned one that costs no more, give "
        f"or take {choice.SLACK - 1:.0%}; best by validation accuracy"
    )
    header = [
        "costs no more", "from scratch", "test accuracy", "pruned", "test accuracy",
        "pruned minus scratch", "ahead",
    ]  # fmt: skip
    return {
        "comparisons": page.Table(caption, header, lines) if lines else None,
        "compared": len(lines) or None,
        "ahead": signs.count(1),
        "behind": signs.count(-1),
        "alike": signs.count(0),
    }
