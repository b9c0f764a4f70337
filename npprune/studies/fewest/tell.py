"""How far the error rises as weights are pruned, beside what others published.

Read next: npprune/theory/theorem/identity.py.
"""

import math

import numpy as np

from npprune.lab.group import Group, surely
from npprune.lab.records import read_csv
from npprune.lab.statistics import NO_LOSS, no_worse
from npprune.lab.words import listed
from npprune.studies.fewest import COSTED, DENSE, LARGE, STUDY
from npprune.studies.fewest.draw import PUBLISHED

FEW, SPARSE = "4,800 weights", "sparse 4,800"
# Networks with as many weights that were found in other ways, and what each of them is.
COMPARED, RANDOM = "22,100 weights", "static 22,100"
WAYS = {
    "dense 784-27-20-10": "small and dense, from random weights",
    "sparse 22,100": "sparse from the start, weights exchanged while training",
    RANDOM: "sparse from the start, a random mask by ERK",
    "ticket 22,100": "lottery ticket: the mask found in rounds, the first weights",
    "reinitialized 22,100": "the same mask, other random weights",
    "shuffled 22,100": "the first weights, the mask shuffled within layers",
}
BATCH = 100  # images at a time, in the sentence and the table of costs


def values(run):
    rows = Group(run.read("fewest"))
    if not rows:
        return None
    published, networks = read_csv(PUBLISHED), rows.by("name")
    for network in networks.values():
        network.more["published"] = _best_published(network, published)
    chain = [network for network in networks.values() if network["group"] == "chain"]
    few, sparse = networks.get(FEW), networks.get(SPARSE)
    return {
        "mnist": run.config.dataset == "mnist",
        "first": chain[0],
        "last": chain[-1],
        "few": few,
        "sparse": sparse,
        "few_gap": few.minus(sparse, "test_error") if few and sparse else None,
        "teachers": STUDY.forms["full"].teachers,
        "networks": chain,
        "controls": [network for network in networks.values() if network not in chain],
        "published": published,
        **_at_no_loss(networks, Group(run.read("fewest_costs"))),
        **ways(networks),
    }


def _at_no_loss(networks, costs):
    dense = [name for name in DENSE if name in networks]
    best = max(dense, key=lambda name: networks[name]["validation_accuracy"].mean())
    told = {
        "best_dense": best,
        "within": 100 * NO_LOSS,
        "dense": networks.get(DENSE[0]),
        "large": networks.get(LARGE),
        "batch": BATCH,
    }
    timed = [row for row in costs.where(batch=BATCH) if math.isfinite(row["speedup"])]
    lines = Group(timed).by("name")
    if not lines:
        return told
    lines = {name: lines[name] for name in COSTED if name in lines}
    for name, line in lines.items():
        line.more |= {"network": networks[name], "kilobytes": line["bytes"] / 1000}
        line.more["difference"] = networks[name].minus(networks[best], "test_error")
    first = next(iter(lines.values()))
    told |= {
        "costs": [*lines.values()],
        "plain": first["kilobytes"].mean() * first["times_smaller"].mean(),
    }
    fits = [
        line
        for line in lines.values()
        if no_worse(line["network"].minus(networks[best], "validation_accuracy"))
    ]
    if not fits:
        return told
    smallest = min(fits, key=lambda line: line["bytes"].mean())
    own, large = lines.get(best), networks.get(LARGE)
    return told | {
        "smallest": smallest,
        "own_speedup": own and own["us"].mean() / smallest["us"].mean(),
        "own_smaller": own and own["bytes"].mean() / smallest["bytes"].mean(),
        "large_gap": large and smallest["network"].minus(large, "test_error"),
        "confirmed": no_worse(-smallest["difference"] / 100),
    }


def ways(networks):
    """Pruning beside other ways to as many weights, and which it surely beats or loses to."""
    pruned = networks.get(COMPARED)
    rivals = {name: networks[name] for name in WAYS if name in networks}
    if not pruned or RANDOM not in rivals:
        return {}
    pruned.more |= {"what": "pruned, as above", "gap": np.array([])}
    for name, rival in rivals.items():
        rival.more |= {"what": WAYS[name], "gap": pruned.minus(rival, "test_error")}
    gaps = {name: rival["gap"] for name, rival in rivals.items()}
    random = rivals[RANDOM]
    lead, confirmed = pruned.minus(random, "validation_accuracy"), pruned.minus(random)
    return {
        "compared": COMPARED,
        "wear": 100 * (lead - confirmed),
        "ahead": listed(surely(gaps, -1), "; "),
        "behind": listed(surely(gaps, 1), "; "),
        "alike": listed(surely(gaps, 0), "; "),
        "ways": [pruned, *rivals.values()],
    }


def _best_published(network, published):
    """The least checked published error, of networks with up to a quarter more weights."""
    most = 1.25 * network["weights"].mean()
    few = [row for row in published if row["checked"] == "yes" and row["weights"] <= most]
    if not few:
        return "none found"
    best = min(few, key=lambda row: row["error"])
    return f"{best['error']:.2f} ({best['weights']:,} weights)"
