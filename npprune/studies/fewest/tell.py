"""How far the error rises as weights are pruned, beside what others published.

Read next: npprune/studies/tuning/__init__.py.
"""

import math
from pathlib import Path

from npprune.lab.group import Group, surely
from npprune.lab.records import read_csv
from npprune.lab.statistics import NO_LOSS, no_worse
from npprune.lab.words import listed
from npprune.studies.fewest import COSTED, DENSE, LARGE, STUDY
from npprune.studies.fewest.draw import PUBLISHED

FEW, SPARSE = "4,800 weights", ("sparse 4,800", "sparse 4,800, as long")
COMPARED, RANDOM = "22,100 weights", "static 22,100"
WAYS = Path(__file__).with_name("ways.csv")  # networks with as many weights as that one
BATCH = 100  # images at a time, in the sentence and the table of costs


def values(run):
    rows = Group(run.read("fewest"))
    if not rows.where(group="chain"):
        return None
    published, networks = read_csv(PUBLISHED), rows.by("name")
    for network in networks.values():
        network.more["published"] = _best_published(network, published)
    chain = [network for network in networks.values() if network["group"] == "chain"]
    few, sparse, long = map(networks.get, (FEW, *SPARSE))
    return {
        "mnist": run.config.dataset == "mnist",
        "first": chain[0],
        "last": chain[-1],
        "few": few,
        "sparse": sparse,
        "few_gap": few.minus(sparse, "test_error") if few and sparse else None,
        "sparse_long": long,
        "long_gap": few.minus(long, "test_error") if few and long else None,
        "teachers": STUDY.forms["full"].teachers,
        "networks": chain,
        "controls": [network for network in networks.values() if network not in chain],
        "published": published,
        **_at_no_loss(networks, Group(run.read("fewest_costs"))),
        **ways(networks),
    }


def _at_no_loss(networks, costs):
    dense = [networks[name] for name in DENSE if name in networks]
    best = max(dense, key=lambda network: network["validation_accuracy"].mean())
    large = networks.get(LARGE)
    timed = Group([row for row in costs.where(batch=BATCH) if math.isfinite(row["speedup"])])
    lines = {name: line for name in COSTED if (line := timed.where(name=name))}
    for name, line in lines.items():
        line.more |= {"network": networks[name], "kilobytes": line["bytes"] / 1000}
        line.more["difference"] = networks[name].minus(best, "test_error")
        line.more["large_gap"] = networks[name].minus(large, "test_error") if large else None
    first = next(iter(lines.values()), None)
    fits = [
        line
        for name, line in lines.items()
        if name not in DENSE and no_worse(networks[name].minus(best, "validation_accuracy"))
    ]
    smallest = min(fits, key=lambda line: line["bytes"].mean(), default=None)
    own = lines.get(best["name"], lines.get(DENSE[0]))  # trained on, it costs the same
    return {
        "best": best,
        "within": 100 * NO_LOSS,
        "dense": networks.get(DENSE[0]),
        "trained_on": networks.get(DENSE[1]),
        "large": large,
        "batch": BATCH,
        "costs": [*lines.values()],
        "plain": first and first["kilobytes"].mean() * first["times_smaller"].mean(),
        "smallest": smallest,
        "own_speedup": smallest and own and own["us"].mean() / smallest["us"].mean(),
        "own_smaller": smallest and own and own["bytes"].mean() / smallest["bytes"].mean(),
        "confirmed": smallest and _confirmed(smallest["difference"]),
        "large_confirmed": smallest and large and _confirmed(smallest["large_gap"]),
    }


def _confirmed(points):
    return no_worse(-points / 100)


def ways(networks):
    """Pruning beside other ways to as many weights, and which it surely beats or loses to."""
    pruned, gaps = networks.get(COMPARED), {}
    ways = {way["name"]: way["what"] for way in read_csv(WAYS) if way["name"] in networks}
    if not pruned or RANDOM not in ways:
        return {}
    for name, what in ways.items():
        gaps[name] = pruned.minus(networks[name], "test_error")
        networks[name].more |= {"what": what, "gap": gaps[name]}
    pruned.more["gap"] = gaps.pop(COMPARED)[:0]
    lead = pruned.minus(networks[RANDOM], "validation_accuracy")
    return {
        "compared": COMPARED,
        "wear": 100 * (lead - pruned.minus(networks[RANDOM])),
        "ahead": listed(surely(gaps, -1), "; "),
        "behind": listed(surely(gaps, 1), "; "),
        "alike": listed(surely(gaps, 0), "; "),
        "ways": [networks[name] for name in ways],
    }


def _best_published(network, published):
    most = 1.25 * network["weights"].mean()
    few = [row for row in published if row["checked"] == "yes" and row["weights"] <= most]
    if not few:
        return "none found"
    best = min(few, key=lambda row: row["error"])
    return f"{best['error']:.2f} ({best['weights']:,} weights)"
