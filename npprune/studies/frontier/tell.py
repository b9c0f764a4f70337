"""What each network is worth and costs, and which of them are to be had at no loss.

Read next: npprune/studies/fewest/__init__.py.
"""

import math

from npprune.lab import page
from npprune.lab.records import groups, select
from npprune.lab.statistics import NO_LOSS
from npprune.studies.frontier import BATCHES, choice

COSTS = {f"us_{batch}": f"time at batch {batch}" for batch in BATCHES} | {"bytes": "bytes"}
COMPARED = "bytes"  # the cost at which the small networks stand beside the pruned ones


def values(run):
    """Fill the slots of tell.md."""
    records = run.read("frontier")
    if not records:
        return None
    networks, dense = choice.averages(records), select(records, group="dense")
    cheapest = _cheapest(records)
    return {
        "seeds": page.counted(len(groups(records, "seed")), "seed"),
        "networks": _networks(records, networks),
        "dense_accuracy": page.cell(dense, "test_accuracy", 4) or None,
        "no_loss": 100 * NO_LOSS,
        "cheapest": cheapest,
        "none_cheap": bool(dense) and not cheapest,
        "comparisons": _comparisons(records, networks) if dense else None,
        **_smallest(records),
    }


def _networks(records, networks):
    """Each network: what is left of it, what it is worth, and what it costs."""
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
    """How a time becomes a cell; what was merged may lack it."""
    words = f"{{us_{batch}:.1f}} ({{speedup_{batch}:.1f}}x)"
    return lambda row: words.format_map(row) if math.isfinite(row[f"us_{batch}"]) else ""


def _accuracy(records, name):
    return page.cell(select(records, name=name), "test_accuracy", 4)


def _cheapest(records):
    """The cheapest network at no loss by each cost; None if there is none."""
    lines = []
    for cost, less in choice.COSTS.items():
        if row := choice.cheapest(records, cost):
            spent = f"{row[cost] / 1000:.1f} kB" if cost == "bytes" else f"{row[cost]:.2f} us"
            accuracy = _accuracy(records, row["name"])
            lines.append([COSTS[cost], row["name"], spent, f"{row[less]:.1f}x", accuracy])
    caption = "The cheapest networks at no loss, by each cost; times less than the dense network"
    header = ["least", "network", "cost", "times less", "test accuracy"]
    return page.Table(caption, header, lines) if lines else None


def _smallest(records):
    """The network of the smallest file at no loss, in numbers for a sentence."""
    row = choice.cheapest(records, "bytes")
    timed = row and math.isfinite(row["speedup_100"])
    return {
        "small_name": row and row["name"],
        "small_smaller": row and row["times_smaller"],
        "small_faster": row["speedup_100"] if timed else None,
    }


def _comparisons(records, networks):
    """Each small network beside the best pruned one that is no larger; None without controls."""
    lines = []
    for control, rival in choice.rivals(networks, COMPARED):
        line = [control["name"], _accuracy(records, control["name"])]
        if rival is None:
            lines.append([*line, "none", "", ""])
            continue
        gap = page.interval(choice.differences(records, rival["name"], control["name"]), 4)
        lines.append([*line, rival["name"], _accuracy(records, rival["name"]), gap])
    caption = (
        "Each small network from scratch, and the best pruned one whose file is no larger, give or "
        f"take {choice.SLACK - 1:.0%}; best by validation accuracy"
    )
    header = ["from scratch", "test accuracy", "pruned", "test accuracy", "difference"]
    return page.Table(caption, header, lines) if lines else None
