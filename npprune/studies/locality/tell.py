"""Every mask against its nulls, and whether locality is worth anything.

Read next: npprune/studies/elsewhere/__init__.py.
"""

import itertools

import numpy as np
from scipy.stats import false_discovery_control

from npprune.lab.group import Group
from npprune.lab.records import place
from npprune.lab.statistics import LEVEL, paired_interval
from npprune.studies.locality import networks
from npprune.studies.locality.measure import TESTED_FROM
from npprune.studies.locality.networks import NAMES
from npprune.studies.locality.rows import quotient
from npprune.studies.locality.transplant import K as SHAPES_K

SHARED = ("spread", "overlap")  # of the shapes of units, over those under the null
CHANCE = ("initial", "relabelled")  # masks in which there is nothing to find
MASKS = {
    "dense": "no mask",
    "found": "found by pruning",
    "shuffled": "the same, shuffled",
    "local": "close together",
    "local shuffled": "the same, shuffled",
}


def values(run):
    rows, own = _in_order(run.read("locality")), run.config.recipe.optimizer
    if not rows:  # no unit keeps two pixels that are lit
        return None
    shapes_k = min({*rows["k"]}, key=lambda k: abs(k - SHAPES_K))
    methods = [
        Group(method.records, name=NAMES[network])
        for (network, _), method in rows.by("network", "criterion").items()
    ]
    by_magnitude = rows.where(criterion="magnitude")
    return {
        "quick": rows["form"] == "quick",
        "digits": run.config.dataset in ("mnist", "usps", "glyphs"),
        "rows": rows,
        "dense": TESTED_FROM,
        "level": LEVEL,
        "shapes_k": shapes_k,
        "networks": networks,
        "own": NAMES[own],
        "by_null": methods,
        "by_data": [method for method in methods if not np.isnan(method["over_data"][0])],
        "convolution": rows.where(network="convolution"),
        **_chance(rows),
        **_local(by_magnitude.where(network=own), shapes_k),
        **correlation(run.read("locality_correlation"), shapes_k),
        **_likeness(by_magnitude.where(k=shapes_k), own),
        **transplants(run.read("locality_transplant")),
    }


def _in_order(rows):
    listed = {"network": [*NAMES], "criterion": networks.CRITERIA}
    rows = [
        row
        | {"over_data": quotient(row["l2"], row["correlated_l2"])}
        | {f"{what}_ratio": quotient(row[what], row[f"null_{what}"]) for what in SHARED}
        for row in rows
    ]
    return Group(sorted(rows, key=place((*listed, "k"), listed)))


def _chance(rows):
    nothing = Group([row for row in rows if row["network"] in CHANCE])
    learned = [row["p_value"] for row in rows if row["network"] not in (*CHANCE, "convolution")]
    controls = [group["p_value"] for group in nothing.by("network", "seed").values()]
    # One p-value a network, by Bonferroni's correction; it must be able to reject.
    least = 1 / (1 + min(nothing["draws"], default=0))
    able = all(len(p) * least <= LEVEL for p in controls)
    return {
        "nothing": nothing,
        "rejected": sum(false_discovery_control(learned) <= LEVEL),
        "tested": len(learned),
        "low_controls": sum(nothing["p_value"] <= LEVEL),
        "control_networks": len(controls),
        "low_networks": sum(min(p) <= LEVEL for p in controls),
        "low_corrected": sum(len(p) * min(p) <= LEVEL for p in controls) if able else None,
    }


def _local(rows, shapes_k):
    ratios = {k: group["ratio"].mean() for k, group in rows.by("k").items()}
    here = rows.where(k=shapes_k)
    if not here:  # no unit of the run's own networks keeps two pixels there
        return {}
    local = ratios[shapes_k] > 1 and max(here["p_value"]) <= LEVEL
    growing = all(low < high for low, high in itertools.pairwise(ratios.values()))
    return {
        "shapes": here,
        "local": local,
        "growing": local and growing and len(ratios) > 1,
    }


def correlation(rows, shapes_k):
    powers = Group(rows).by("exponent")
    if not powers:
        return {}
    here = Group(rows).where(k=shapes_k).by("exponent")
    ratios = {exponent: group["ratio"].mean() for exponent, group in here.items()}
    lowest, highest = min(powers), max(powers)
    return {
        "steepest": powers[highest],
        "by_power": "; ".join(f"{ratio:.2f} (power {e:g})" for e, ratio in ratios.items()),
        "hangs": bool(ratios) and ratios[highest] < 1 < ratios[lowest],
        "by_exponent": [*powers.values()],
    }


def _likeness(rows, own):
    one, other = rows.where(network=own), rows.where(network="convolution")
    less_alike = bool(one and other) and all(
        1 < one[f"{what}_ratio"].mean() < other[f"{what}_ratio"].mean() for what in SHARED
    )
    return {"own_shapes": one, "convolution_shapes": other, "less_alike": less_alike}


def transplants(rows):
    masks = Group(rows).by("mask")
    if masks.keys() != MASKS.keys():
        return {}
    for mask, group in masks.items():
        near = group["l2"]
        group.more |= {"words": MASKS[mask], "near": near if np.isfinite(near).all() else near[:0]}
    gaps = {
        f"{mask} minus {other}": 100 * masks[mask].minus(masks[other])
        for mask, other in itertools.permutations(masks, 2)
    }
    return {
        "gaps": gaps,
        "transplants": [*masks.values()],
        "masked_k": rows[0]["k"],
        "helpful": paired_interval(gaps["local minus local shuffled"]).low > 0,
    }
