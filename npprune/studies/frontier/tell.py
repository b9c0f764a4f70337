"""What each network is worth and costs, and which are at no loss.

Read next: npprune/studies/lost/__init__.py.
"""

import itertools
import math
from collections import Counter

from npprune.lab.baseline import is_dead
from npprune.lab.group import Group, surely
from npprune.lab.statistics import NO_LOSS, no_worse
from npprune.lab.words import listed, written
from npprune.studies.frontier import BATCHES, choice

COSTS = {f"us_{batch}": f"time at batch {batch}" for batch in BATCHES} | {"bytes": "bytes"}
# The costs at which the small networks stand beside the pruned ones.
COMPARED = {"bytes": "bytes", "us_100": "time", "parameters": "weights"}


def values(run):
    records = Group(run.read("frontier"))
    if not records:
        return None
    networks, made = choice.averages(records), records.by("name")
    dead = Counter(row["name"] for row in records if is_dead(row))
    best = choice.best_dense(networks)
    return {
        "networks": [*_networks(records, networks)],
        "dense": records.where(group="dense"),
        "best": records.where(name=best),
        "no_loss": 100 * NO_LOSS,
        "cheapest": [*_cheapest(records, dict.fromkeys(("dense", best)))],
        "none_beside_best": best != "dense" and not choice.cheapest(records, "bytes", best),
        "made": records,
        "dead": listed([f"{name} ({count} of {len(made[name])})" for name, count in dead.items()]),
        "units_before": _units_before(records),
        "slack": choice.SLACK - 1,
        **_beside_best(records, best),
        **_comparisons(records, [row for row in networks if row["name"] not in dead]),
        **_smallest(records),
    }


def _units_before(records):
    before = records.where(group="pruned")["requested_units"]
    return before[(before > 0) & (records.where(group="pruned")["requested_weights"] > 0)]


def _networks(records, networks):
    fronts = {cost: choice.front_names(networks, cost) for cost in COSTS}
    for number, (name, network) in enumerate(records.by("name").items(), 1):
        on = [cost.removeprefix("us_") for cost in COSTS if name in fronts[cost]]
        network.more |= {
            "number": number,
            "kilobytes": network["bytes"] / 1000,
            "front": " ".join(on),
        }
        for batch in BATCHES:
            how = f"{{us_{batch}:mean .1f}} ({{speedup_{batch}:mean .1f}}x)"
            timed = math.isfinite(network[f"us_{batch}"].mean())
            network.more[f"batch_{batch}"] = written(how, network) if timed else ""
        yield network


def _cheapest(records, references):
    for reference, (cost, less) in itertools.product(references, choice.COSTS.items()):
        if row := choice.cheapest(records, cost, reference):
            gap = choice.differences(records, row["name"], reference)
            yield {
                "reference": reference,
                "least": COSTS[cost],
                "name": row["name"],
                "cost": f"{row[cost] / 1000:.1f} kB" if cost == "bytes" else f"{row[cost]:.2f} us",
                "less": row[less],
                "gap": gap,
                "confirmed": "yes" if no_worse(gap) else "no",
            }


def _smallest(records):
    small = choice.at_no_loss(records, "bytes")
    for row in small:
        row["gap"] = choice.differences(records, row["name"], "dense")
        row["points"] = 100 * row["gap"]
        row["faster"] = row["speedup_100"] if math.isfinite(row["speedup_100"]) else None
    sure = [row for row in small if no_worse(row["gap"])]
    return {
        "small": next(iter(small), None),
        "sure": next(iter(sure), None),
        "none_sure": not sure,
        "unconfirmed": bool(small) and not no_worse(small[0]["gap"]),
    }


def _beside_best(records, best):
    names = records.where(group="pruned").by("name")
    gaps = {name: choice.differences(records, name, best) for name in names}
    gaps = {name: gap for name, gap in gaps.items() if len(gap)}
    return {"pruned_count": len(gaps) or None, "behind_best": len(surely(gaps, -1))}


def _comparisons(records, networks):
    costs = {}
    for cost in COMPARED:
        for control, rival in choice.rivals(networks, cost):
            if rival:
                costs.setdefault((control["name"], rival["name"]), []).append(COMPARED[cost])
    gaps = {pair: choice.differences(records, *reversed(pair)) for pair in costs}
    pruned, scratch = surely(gaps, 1), surely(gaps, -1)
    lines = [
        {
            "costs": ", ".join(costs[pair]),
            "control": records.where(name=pair[0]),
            "rival": records.where(name=pair[1]),
            "gap": gap,
            "ahead": "pruned" if pair in pruned else "from scratch" if pair in scratch else "",
        }
        for pair, gap in gaps.items()
    ]
    return {
        "comparisons": lines,
        "compared": len(lines) or None,
        "ahead": len(pruned),
        "behind": len(scratch),
        "alike": len(lines) - len(pruned) - len(scratch),
    }
