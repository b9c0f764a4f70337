"""Every mask against its nulls, and whether locality is worth anything.

Read next: npprune/studies/elsewhere/__init__.py.
"""

import itertools

import numpy as np
from scipy.stats import false_discovery_control

from npprune.lab.page import Group, counted, interval, mean, mean_and_spread, spread, table
from npprune.lab.records import groups, place, select
from npprune.lab.statistics import LEVEL, paired_differences, paired_interval
from npprune.studies.locality import networks
from npprune.studies.locality.measure import DENSE
from npprune.studies.locality.networks import NAMES
from npprune.studies.locality.rows import quotient
from npprune.studies.locality.transplant import K as SHAPES_K

CHANCE = ("initial", "relabelled")  # masks in which there is nothing to find
MASKS = {
    "dense": "no mask",
    "found": "found by pruning",
    "shuffled": "the same, shuffled",
    "local": "close together",
    "local shuffled": "the same, shuffled",
}


# Which masks' accuracies are compared, by slot.
GAPS = {
    "places": ("found", "shuffled"),
    "closeness": ("local", "local shuffled"),
    "found_over_dense": ("found", "dense"),
    "over_found": ("local", "found"),
    "over_dense": ("local", "dense"),
}


def values(run):
    rows = _in_order(run.read("locality"))
    own = run.config.recipe.optimizer
    if not rows:  # no unit keeps two pixels that are lit
        return None
    shapes_k = min({row["k"] for row in rows}, key=lambda k: abs(k - SHAPES_K))
    methods = groups(rows, "network", "criterion").values()
    compared = [group for group in methods if group[0]["correlated_l2"] != ""]
    return {
        "full": rows[0]["form"] == "full",
        "quick": rows[0]["form"] == "quick",
        "digits": run.config.dataset in ("mnist", "usps", "glyphs"),
        "seeds": counted(len({row["seed"] for row in rows}), "seed"),
        "draws": max(row["draws"] for row in rows),
        "checks": min(row["draws"] for row in rows),
        "dense": DENSE,
        "level": LEVEL,
        "shapes_k": shapes_k,
        "adam_epochs": networks.ADAM_EPOCHS,
        "sgd_epochs": networks.SGD_EPOCHS,
        "round_epochs": networks.ROUND_EPOCHS,
        "own": NAMES[own],
        "by_null": _by_k("L_2 over its null", NAME, methods, _over("l2", "null_l2")),
        "by_data": _by_k("L_2 over the data's null", NAME, compared, _over("l2", "correlated_l2")),
        **_chance(rows),
        **_local(select(rows, network=own, criterion="magnitude"), shapes_k),
        **correlation(run.read("locality_correlation"), shapes_k),
        **_likeness(select(rows, k=shapes_k, criterion="magnitude"), own),
        **transplants(run.read("locality_transplant")),
    }


def _in_order(rows):
    listed = {"network": [*NAMES], "criterion": networks.CRITERIA}
    return sorted(rows, key=place((*listed, "k"), listed))


def _range(name, numbers):
    return {
        f"lowest_{name}": min(numbers, default=None),
        f"highest_{name}": max(numbers, default=None),
    }


def _chance(rows):
    learned = [row["p_value"] for row in rows if row["network"] not in (*CHANCE, "convolution")]
    nothing = [row for row in rows if row["network"] in CHANCE]
    built = select(rows, network="convolution")
    low = {
        name: [row["p_value"] for row in group]
        for name, group in groups(nothing, "network", "seed").items()
    }
    return {
        **_range("chance", [row["ratio"] for row in nothing]),
        **_range("convolution", [row["ratio"] for row in built]),
        "rejected": int(sum(false_discovery_control(learned) <= LEVEL)),
        "tested": len(learned),
        "low_controls": sum(row["p_value"] <= LEVEL for row in nothing),
        "controls": len(nothing) or None,
        "control_networks": len(low),
        "low_networks": sum(min(p) <= LEVEL for p in low.values()),
        "low_corrected": _corrected(low, nothing),
    }


def _corrected(low, rows):
    """Networks that Bonferroni's correction for their sparsities rejects; None if it cannot."""
    least = 1 / (1 + min((row["draws"] for row in rows), default=0))
    if any(len(p) * least > LEVEL for p in low.values()):
        return None
    return sum(len(p) * min(p) <= LEVEL for p in low.values())


def _local(rows, shapes_k):
    ratios = {k: _mean(group, "ratio") for k, group in groups(rows, "k").items()}
    here = select(rows, k=shapes_k)
    if not here:  # no unit of the run's own networks keeps two pixels there
        return {}
    local = ratios[shapes_k] > 1 and max(row["p_value"] for row in here) <= LEVEL
    growing = all(low < high for low, high in itertools.pairwise(ratios.values()))
    return {
        "shapes_ratio": ratios[shapes_k],
        "unit_ratio": _mean(here, "unit_ratio"),
        "local": local,
        "growing": local and growing and len(ratios) > 1,
        "not_local": not local,
    }


def _mean(rows, column):
    return float(np.mean([row[column] for row in rows]))


def correlation(rows, shapes_k):
    if not rows:
        return {}
    powers, here = (groups(part, "exponent") for part in (rows, select(rows, k=shapes_k)))
    own = {exponent: _mean(group, "ratio") for exponent, group in here.items()}
    lowest, highest = min(powers), max(powers)
    caption = "L_2 of the run's own networks over the data's null"
    name = ("exponent", lambda group: f"{group[0]['exponent']:g}")
    return {
        "exponent": highest,
        **_range("power", [row["ratio"] for row in powers[highest]]),
        "by_power": "; ".join(f"{ratio:.2f} (power {e:g})" for e, ratio in own.items()) or None,
        "hangs": bool(own) and own[highest] < 1 < own[lowest],
        "by_exponent": _by_k(caption, name, powers.values(), spread("ratio", 2)),
    }


def _likeness(rows, own):
    found, alike = {}, []
    for what in ("spread", "overlap"):
        ratios = [
            np.mean([quotient(row[what], row[f"null_{what}"]) for row in group]) if group else None
            for group in (select(rows, network=network) for network in (own, "convolution"))
        ]
        found |= {f"own_{what}": ratios[0], f"convolution_{what}": ratios[1]}
        alike.append(None in ratios or not 1 < ratios[0] < ratios[1])
    return found | {"less_alike": not any(alike)}


def transplants(rows):
    if {row["mask"] for row in rows} != {*MASKS}:
        return {}
    by_mask, l2 = groups(rows, "mask"), mean("l2", 3)
    gaps = {
        slot: 100 * np.array(paired_differences(by_mask[mask], by_mask[other]))
        for slot, (mask, other) in GAPS.items()
    }
    helpful = paired_interval(gaps["closeness"]).low > 0
    return {
        "transplants": [
            Group(group, words=MASKS[mask], near="" if np.isnan(_mean(group, "l2")) else l2(group))
            for mask, group in by_mask.items()
        ],
        **{slot: interval(gap, 2) for slot, gap in gaps.items()},
        "masked_k": rows[0]["k"],
        "helpful": helpful,
        "worthless": not helpful,
    }


def _by_k(caption, name, lines, how):
    sparsities = sorted({row["k"] for rows in lines for row in rows})
    columns = [(f"k = {k:g}", lambda rows, k=k: how(select(rows, k=k))) for k in sparsities]
    return table(caption, lines, [name, *columns])


def _over(column, null):
    def quotients(rows):
        ratios = [quotient(row[column], row[null]) for row in rows]
        return mean_and_spread(ratios, 2) if ratios else ""

    return quotients


NAME = ("network, criterion", lambda rows: f"{NAMES[rows[0]['network']]}, {rows[0]['criterion']}")
