"""What the study says: theorems and proofs, and what the records hold.

Read next: npprune/studies/ablation/__init__.py.
"""

import math
from collections import defaultdict
from statistics import median_high

import numpy as np

from npprune.lab.group import Group, means
from npprune.lab.statistics import LEVEL
from npprune.lab.words import counted
from npprune.studies.randomness import tables
from npprune.studies.randomness.assumptions import FIRST_FAN_IN
from npprune.studies.randomness.draw import by_optimizer
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM
from npprune.theory.theorem.noise import excess

ROUNDING = 1e-9


def values(run):
    names = ("rates", "slopes", "assumptions", "layers", "nulls", "recipes")
    rates, slopes, assumptions, layers, nulls, recipes = (
        Group(run.read(f"randomness_{name}")) for name in names
    )
    if not rates or not any(layers["epoch"]):
        return None
    ours = ends(layers.where(p=SOURCE_NORM, k=SOURCE_K))
    if not ours:  # no layer has units enough to prune the fraction that all tables are of
        return None
    middle = median_high({*slopes["n"]}) if slopes else None
    untrained = layers.where(optimizer=ours["optimizer"], epoch=0)
    trained_nulls = Group([row for row in nulls if row["epoch"]])
    return {
        "k": SOURCE_K,
        "level": LEVEL,
        "bounds": tables.bounds(),
        "middle": middle,
        "slopes": slopes.where(k=0.5, n=middle),
        "dropped": assumptions,
        "first_fan_in": FIRST_FAN_IN,
        "assumptions": tables.assumptions(assumptions),
        "nulls": [*tables.nulls(nulls)],
        "quick": layers["form"] == "quick",
        "seeds": layers.seeds,
        "optimizers": " and ".join(name for name, _ in by_optimizer(layers)),
        "epochs": counted(max(layers["epoch"]), "epoch"),
        "shuffles": counted(max(nulls["draws"], default=0), "shuffle"),
        "rates": rates,
        **_chance(rates),
        "every_layer": layers,
        "within_limits": _within_limits(layers),
        "untrained": untrained,
        **_initial(untrained, nulls.where(epoch=0)),
        **_layers(ours),
        **_tests("trained", trained_nulls),
        **_tests("scales", trained_nulls, "scales"),
        "scales_ratios": _ratios(trained_nulls.where(null="scales"), "mean", "observed"),
        **_recipes(recipes),
    }


def ends(rows):
    """Records before training (of the first optimizer) and after each optimizer's last epoch."""
    networks = [Group(here) for _, here in by_optimizer(rows)]
    found = [*networks[0].where(epoch=0)] if networks else []
    for network in networks:
        last = max(network["epoch"])
        found += network.where(epoch=last) if last else []
    return Group(found)


def layer_means(rows, *columns):
    """Means over seeds, and what follows from them."""
    return Group([
        row
        | {"spread": row["log_variance"] ** 0.5, "ratio": row["ks"] / row["independent_ks"]}
        | {"share": row["ks"] / row["best_rule"], "predicted": row["predictor"] / row["ks"]}
        | {"energy_position": _position(row, "energy", row["k"])}
        | {"largest_position": _position(row, "largest", 1 - row["k"])}
        for row in means(rows, *columns)
    ])  # fmt: skip


def _position(row, name, random):
    return (row[name] - random) / (row[f"{name}_sorted"] - random)


def _chance(rates):
    ks = rates.where(distance="ks")
    wide = ks.where(d=max(ks["d"]), k=0.5)
    z = (rates["estimate"] - rates["exact"]) / rates["error"]
    return {
        "laws": len(ks.by("law")),
        "norms": len(ks.by("p")),
        "fractions": ", ".join(map(str, sorted(ks.by("k")))),
        "simulated": ks,
        "z": z,
        "within": np.mean(np.abs(z) < 1.96),
        "highest_share": max(ks["estimate"] / ks["sharp_bound"]),
        "rate_off": max(abs(wide["rate"] / wide["exact"] - 1)),
    }


def _within_limits(layers):
    most = np.maximum(layers["best_rule"], layers["reverse_rule"])
    return all(layers["ks"] - ROUNDING <= most) and all(most <= layers["matrix_bound"] + ROUNDING)


def _initial(rows, nulls):
    over = rows["ks"] - rows["sharp_bound"]
    noise = [excess(row["fan_in"], row["units"], row["k"], LEVEL) for row in rows]
    return {
        "initial_above": sum(over > 0),
        "initial_beyond": sum(over > noise),
        "initial_shuffles": _ratios(nulls.where(null="entries"), "observed", "mean"),
        **_tests("initial", nulls),
    }


def _ratios(nulls, column, other):
    """Of KS and its mean under a null, by layer."""
    lines = Group(means(nulls.where(distance="ks"), "optimizer", "epoch", "layer"))
    return lines[column] / lines[other]


def _tests(state, nulls, null="entries"):
    chances = nulls.where(null=null, distance="auc")["p_value"]
    # A p-value of 1 is a layer nearer to random than every shuffle of it.
    below = 1 - LEVEL + 1 / (max(nulls["draws"], default=0) + 1)
    return {
        f"{state}_tested": len(chances) or None,
        f"{state}_high": sum(chances <= LEVEL),
        f"{state}_low": sum(chances >= below),
    }


def _layers(ours):
    lines = layer_means(ours, "optimizer", "epoch", "layer")
    initial, trained = lines.where(epoch=0), Group([row for row in lines if row["epoch"]])
    before, after = ours.where(epoch=0), Group([row for row in ours if row["epoch"]])
    first = trained.where(optimizer=ours["optimizer"])
    start = {row["layer"]: row for row in initial}
    pairs = [(row, start[row["layer"]]) for row in first if row["layer"] in start]
    shares = after["ks"] / after["best_rule"]
    return {
        "layers": lines,
        "initial": initial,
        "trained": trained,
        "first": first,
        "initial_shares": before["ks"] / before["best_rule"],
        "trained_shares": shares,
        "shortfall": math.ceil(100 * (1 - min(shares))),
        "reverse": after["reverse_rule"] / after["best_rule"],
        "above_sharp": sum(trained["ks"] > trained["sharp_bound"]),
        "above_simple": sum(trained["ks"] > trained["bound"]),
        "past_middle": sum(trained["largest_position"] > 0.5),
        "growth": np.array([end["ks"] / begin["ks"] for end, begin in pairs]),
        "fall": np.array([b["independent_ks"] / e["independent_ks"] for e, b in pairs]),
    }


def _recipes(rows):
    lines = layer_means(rows, "recipe", "layer")
    by_recipe = lines.by("recipe")
    return {
        "recipes": lines,
        "recipe_seeds": rows.seeds,
        "recipe_count": len(by_recipe),
        "recipe": defaultdict(lambda: Group([]), by_recipe),
    }
