"""What each network is worth and costs, and which are at no loss.

Read next: npprune/studies/lost/__init__.py.
"""

import itertools
import math

from npprune.lab import page
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL, NO_LOSS, no_worse, sure_signs
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
        "faster than dense, kilobytes exported and times smaller than the dense .npz",
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
        "cost: times less than the dense network, and the difference of test accuracy"
    )
    header = ["beside", "least", "network", "cost", "times less", "difference", "confirmed"]
    return page.Table(caption, header, lines) if lines else None


def _smallest(records):
    row = choice.cheapest(records, "bytes")
    timed = row and math.isfinite(row["speedup_100"])
    gaps = [100 * gap for gap in choice.differences(records, row["name"], "dense")] if row else None
    return {
        "small_gap": gaps and page.interval(gaps, 2),
        "small_name": row and row["name"],
        "small_smaller": row and row["times_smaller"],
        "small_faster": row["speedup_100"] if timed else None,
    }


def _comparisons(records, networks):
    """Small networks from scratch beside pruned ones (choice.rivals), p-values by Holm."""
    pairs = [
        (cost, control, rival)
        for cost in COMPARED
        for control, rival in choice.rivals(networks, cost)
        if rival
    ]
    gaps = [choice.differences(records, rival["name"], c["name"]) for _, c, rival in pairs]
    signs = sure_signs(gaps)
    lines = [
        [
            COMPARED[cost], control["name"], _accuracy(records, control["name"]),
            rival["name"], _accuracy(records, rival["name"]), page.interval(gap, 4),
            {1: "pruned", -1: "from scratch", 0: ""}[sign],
        ]
        for (cost, control, rival), gap, sign in zip(pairs, gaps, signs, strict=True)
    ]  # fmt: skip
    caption = (
        "The better small network of each size, and the best pruned one that costs no more, give "
        f"or take {choice.SLACK - 1:.0%}; best by validation accuracy"
    )
    header = [
        "by", "from scratch", "test accuracy", "pruned", "test accuracy", "difference", "ahead",
    ]  # fmt: skip
    return {
        "comparisons": page.Table(caption, header, lines) if lines else None,
        "compared": len(lines) or None,
        "ahead": signs.count(1),
        "behind": signs.count(-1),
        "alike": signs.count(0),
        "level": 100 * LEVEL,
    }
