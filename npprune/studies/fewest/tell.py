"""How far the error rises as weights are pruned, beside what others published.

Read next: npprune/theory/theorem/identity.py.
"""

import math

import numpy as np

from npprune.lab.page import Group, cell, interval
from npprune.lab.records import groups, read_csv, select
from npprune.lab.statistics import NO_LOSS, no_worse, paired_differences, sure_signs
from npprune.studies.fewest import DENSE, LARGE, STUDY
from npprune.studies.fewest.draw import PUBLISHED

FEW, SPARSE = "4,800 weights", "sparse 4,800"
# Networks with as many weights that were found in other ways, and what each of them is.
COMPARED = "22,100 weights"
WAYS = {
    "dense 784-27-20-10": "small and dense, from random weights",
    "sparse 22,100": "sparse from the start, weights exchanged while training",
    "static 22,100": "sparse from the start, a random mask by ERK",
    "ticket 22,100": "lottery ticket: the mask found in rounds, the first weights",
    "reinitialized 22,100": "the same mask, other random weights",
    "shuffled 22,100": "the first weights, the mask shuffled within layers",
}
BATCH = 100  # images at a time, in the sentence and the table of costs


def values(run):
    rows = run.read("fewest")
    if not rows:
        return None
    by_name, mnist = groups(rows, "name"), run.config.dataset == "mnist"
    networks = [here for here in by_name.values() if here[0]["group"] == "chain"]
    controls = [here for here in by_name.values() if here[0]["group"] != "chain"]
    return _at_no_loss(by_name, run.read("fewest_costs")) | {
        "most_weights": networks[0][0]["weights"],
        "dense_error": _mean(networks[0]),
        "fewest_weights": max(row["weights"] for row in networks[-1]),
        "fewest_error": _mean(networks[-1]),
        "mnist": mnist,
        **_few(by_name, mnist),
        "teachers": STUDY.forms["full"].teachers,
        "batch": BATCH,
        "large": LARGE,
        "networks": [Group(here, published=_best_published(here)) for here in networks],
        "controls": [Group(here, published=_best_published(here)) for here in controls] or None,
        "published": read_csv(PUBLISHED),
        **ways(by_name),
    }


def _few(networks, mnist):
    rows, sparse = networks.get(FEW), networks.get(SPARSE)
    gap = interval(paired_differences(rows, sparse, "test_error"), 2) if rows and sparse else None
    return {
        "few_epochs": rows and _mean(rows, "epochs"),
        "few_sparse": sparse and _mean(sparse),
        "sparse_epochs": sparse and _mean(sparse, "epochs"),
        "few_gap": gap,
        "few_weights": rows and _mean(rows, "weights"),
        "few_error": rows and _mean(rows),
        "few_published": rows and _best_published(rows) if mnist else None,
    }


def _at_no_loss(networks, costs):
    costs = [row for row in select(costs, batch=BATCH) if math.isfinite(row["speedup"])]
    dense = [name for name in DENSE if name in networks]
    best = max(dense, key=lambda name: _mean(networks[name], "validation_accuracy"))
    large = networks.get(LARGE)
    told = {
        "best_dense": best,
        "within": 100 * NO_LOSS,
        "large_error": large and _mean(large),
        "large_epochs": large and large[0]["epochs"],
        "dense_epochs": networks[DENSE[0]][0]["epochs"] if DENSE[0] in networks else None,
    }
    if not costs:
        return told
    by_name = groups(costs, "name")

    def gaps_beside(name, other, column):
        return paired_differences(networks[name], networks[other], column)

    difference = {n: interval(gaps_beside(n, best, "test_error"), 2) for n in by_name}
    fits = [n for n in by_name if no_worse(gaps_beside(n, best, "validation_accuracy"))]
    told["costs"] = [
        Group(
            rows,
            weights=f"{_mean(networks[name], 'weights'):.0f}",
            error=cell(networks[name], "test_error", 2),
            difference=difference[name],
            kilobytes=_mean(rows, "bytes") / 1000,
        )
        for name, rows in by_name.items()
    ]
    first = next(iter(by_name.values()))
    told["plain"] = _mean(first, "bytes") * _mean(first, "times_smaller") / 1000
    if fits:
        name = min(fits, key=lambda name: _mean(by_name[name], "bytes"))

        def ratio(column):
            return _mean(by_name[best], column) / _mean(by_name[name], column)

        told |= {
            "lossless": name,
            "speedup": _mean(by_name[name], "speedup"),
            "smaller": _mean(by_name[name], "times_smaller"),
            "own_speedup": ratio("us") if best in by_name else None,
            "own_smaller": ratio("bytes") if best in by_name else None,
            "difference": difference[name],
            "large_gap": large and interval(gaps_beside(name, LARGE, "test_error"), 2),
            "confirmed": no_worse([-gap / 100 for gap in gaps_beside(name, best, "test_error")]),
        }
        told["unconfirmed"] = not told["confirmed"]
    return told


def ways(networks):
    """Pruning beside other ways to as many weights, and which it surely beats or loses to."""
    rivals = [name for name in WAYS if name in networks]
    if COMPARED not in networks or not rivals:
        return {}
    gaps = {
        name: paired_differences(networks[COMPARED], networks[name], "test_error")
        for name in rivals
    }
    signs = dict(zip(rivals, sure_signs(gaps.values()), strict=True))
    told = {}
    for slot, sign in (("ahead", -1), ("behind", 1), ("alike", 0)):
        told[slot] = "; ".join(name for name in rivals if signs[name] == sign) or "none"
    told["ways"] = [
        Group(
            networks[name],
            what=WAYS.get(name, "pruned, as above"),
            gap=interval(gaps[name], 2) if name in gaps else "",
        )
        for name in (COMPARED, *rivals)
    ]
    return told


def _mean(rows, column="test_error"):
    return float(np.mean([row[column] for row in rows]))


def _best_published(rows):
    """The least checked published error, of networks with up to a quarter more weights."""
    most = 1.25 * _mean(rows, "weights")
    few = [row for row in select(read_csv(PUBLISHED), checked="yes") if row["weights"] <= most]
    if not few:
        return "none found"
    best = min(few, key=lambda row: row["error"])
    return f"{best['error']:.2f} ({best['weights']:,} weights)"
