"""What the study says: theorems and proofs, and what the records hold.

Read next: npprune/studies/ablation/__init__.py.
"""

import math
from statistics import median_high

import numpy as np

from npprune.lab.page import counted
from npprune.lab.records import groups, select
from npprune.lab.statistics import LEVEL
from npprune.studies.randomness import tables
from npprune.studies.randomness.assumptions import FIRST_FAN_IN
from npprune.studies.randomness.draw import by_optimizer
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM
from npprune.theory.theorem.noise import excess

ROUNDING = 1e-9
SAID = {  # of the recipes: the one that the project uses, and what of it does most
    "default": "default",
    "no_decay": "no weight decay",
    "slow": "rate 0.05, no weight decay",
    "adam": "Adam, rate 0.001, no weight decay",
}


def values(run):
    names = ("rates", "slopes", "assumptions", "layers", "nulls", "recipes")
    rates, slopes, assumptions, layers, nulls, recipes = (
        run.read(f"randomness_{name}") for name in names
    )
    if not (rates and any(row["epoch"] for row in layers)):
        return None
    ours = ends(select(layers, p=SOURCE_NORM, k=SOURCE_K))
    if not ours:  # no layer has units enough to prune the fraction that all tables are of
        return None
    # A table with None in its caption or header is left out.
    sizes = {row["n"] for row in slopes}
    middle = median_high(sizes) if sizes else None
    fan_ins = [row["d"] for row in assumptions] or [None]
    trained_nulls = [row for row in nulls if row["epoch"]]
    return {
        "k": SOURCE_K,
        "bounds": tables.bounds(),
        "middle": middle,
        "slopes": select(slopes, k=0.5, n=middle),
        "least": fan_ins[0],
        "most": fan_ins[-1],
        "first_fan_in": FIRST_FAN_IN,
        "assumptions": tables.assumptions(assumptions),
        "layers": layer_means(ours),
        "nulls": [*tables.nulls(nulls)] or None,
        **_form(layers, nulls),
        **_chance(rates),
        **_every_matrix(layers),
        **_initial(layers, ours, nulls),
        **_trained(ours),
        **_tests("trained", trained_nulls),
        **_scales(trained_nulls),
        **_recipes(recipes),
    }


def ends(rows):
    """Records before training (of the first optimizer) and after each optimizer's last epoch."""
    networks = [here for _, here in by_optimizer(rows)]
    found = select(networks[0], epoch=0) if networks else []
    for here in networks:
        last = max(row["epoch"] for row in here)
        found += select(here, epoch=last) if last else []
    return found


def means(rows, *columns):
    """Means over seeds, for each network, epoch and layer, or other columns."""
    lines = groups(rows, *(columns or ("optimizer", "epoch", "layer"))).values()
    return [
        {name: value if isinstance(value, str) else np.mean([row[name] for row in here])
         for name, value in here[0].items()}
        for here in lines
    ]  # fmt: skip


def layer_means(rows, *columns):
    return [
        row
        | {"spread": row["log_variance"] ** 0.5, "ratio": row["ks"] / row["independent_ks"]}
        | {"share": row["ks"] / row["best_rule"]}
        | {"energy_position": _position(row, "energy", row["k"])}
        | {"largest_position": _position(row, "largest", 1 - row["k"])}
        for row in means(rows, *columns)
    ]


def _position(row, name, random):
    return (row[name] - random) / (row[f"{name}_sorted"] - random)


def span(numbers, digits):
    ends = [f"{number:.{digits}f}" for number in (min(numbers), max(numbers))]
    return " to ".join(dict.fromkeys(ends))


def ratios(rows, column, other, digits=2):
    return span([row[column] / row[other] for row in rows], digits)


def spans(rows, column, digits):
    return span([row[column] for row in rows], digits)


def _form(layers, nulls):
    quick = layers[0]["form"] == "quick"
    return {
        "quick": quick,
        "full": not quick,
        "seeds": counted(len({row["seed"] for row in layers}), "seed"),
        "optimizers": " and ".join(name for name, _ in by_optimizer(layers)),
        "epochs": counted(max(row["epoch"] for row in layers), "epoch"),
        "shuffles": counted(nulls[0]["draws"] if nulls else 0, "shuffle"),
    }


def _chance(rates):
    z = np.array([(row["estimate"] - row["exact"]) / row["error"] for row in rates])
    ks = select(rates, distance="ks")
    laws, norms, fractions, fan_ins, sizes = (
        sorted({row[name] for row in ks}) for name in ("law", "p", "k", "d", "n")
    )
    wide = select(ks, d=fan_ins[-1], k=0.5)
    return {
        "estimates": len(rates),
        "laws": len(laws),
        "norms": len(norms),
        "fractions": ", ".join(map(str, fractions)),
        "fan_ins": f"{fan_ins[0]} to {fan_ins[-1]}",
        "sizes": f"{sizes[0]} to {sizes[-1]}",
        "within": np.mean(np.abs(z) < 1.96),
        "mean_z": z.mean(),
        "highest_share": max(row["estimate"] / row["sharp_bound"] for row in ks),
        "rate_off": max(abs(row["rate"] / row["exact"] - 1) for row in wide),
    }


def _every_matrix(layers):
    within = [
        row["ks"] - ROUNDING <= max(row["best_rule"], row["reverse_rule"])
        <= row["matrix_bound"] + ROUNDING for row in layers
    ]  # fmt: skip
    return {
        "cuts": len(layers),
        "identity": max(row["identity"] for row in layers),
        "within_limits": all(within),
    }


def _initial(layers, ours, nulls):
    ours = select(ours, epoch=0)
    rows = select(layers, optimizer=ours[0]["optimizer"], epoch=0)
    over = np.array([row["ks"] - row["sharp_bound"] for row in rows])
    noise = [excess(row["fan_in"], row["units"], row["k"], LEVEL) for row in rows]
    shuffled = select(nulls, epoch=0, null="entries", distance="ks")
    return {
        "level": LEVEL,
        "initial_cases": len(rows),
        "initial_above": np.sum(over > 0),
        "initial_beyond": np.sum(over > noise),
        "initial_ratio": ratios(means(ours), "ks", "independent_ks"),
        "initial_shuffles": ratios(means(shuffled), "observed", "mean", 3) if shuffled else None,
        "initial_share": np.mean([row["share"] for row in layer_means(ours)]),
        "initial_shares": ratios(ours, "ks", "best_rule"),
        **_tests("initial", select(nulls, epoch=0)),
    }


def _scales(nulls):
    rows = select(nulls, null="scales", distance="ks")
    ratio = ratios(means(rows), "mean", "observed") if rows else None
    return {"scales_ratio": ratio, **_tests("scales", nulls, "scales")}


def _tests(state, nulls, null="entries"):
    chances = [row["p_value"] for row in select(nulls, null=null, distance="auc")]
    # A p-value of 1 is a layer nearer to random than every shuffle of it.
    below = 1 - LEVEL + 1 / (nulls[0]["draws"] + 1) if nulls else 1
    return {
        f"{state}_tested": len(chances) or None,
        f"{state}_high": sum(chance <= LEVEL for chance in chances),
        f"{state}_low": sum(chance >= below for chance in chances),
    }


def _trained(ours):
    rows = [row for row in ours if row["epoch"]]
    before, after = layer_means(select(ours, epoch=0)), layer_means(rows)
    shares = [row["ks"] / row["best_rule"] for row in rows]
    first = select(after, optimizer=ours[0]["optimizer"])
    start = {row["layer"]: row for row in before}
    grown = [(a["ks"] / b["ks"], b["independent_ks"] / a["independent_ks"])
             for a in first if (b := start.get(a["layer"]))]  # fmt: skip
    return {
        "first_optimizer": ours[0]["optimizer"],
        "shortfall": math.ceil(100 * (1 - min(shares))),
        "trained_share": np.mean(shares),
        "reverse": ratios(rows, "reverse_rule", "best_rule"),
        "predicted": ratios(after, "predictor", "ks"),
        "trained_layers": len(after),
        "above_sharp": sum(row["ks"] > row["sharp_bound"] for row in after),
        "above_simple": sum(row["ks"] > row["bound"] for row in after),
        "ks_growth": span([growth for growth, _ in grown], 1) if grown else None,
        "reference_fall": span([fall for _, fall in grown], 1) if grown else None,
        "ks_ratio": spans(first, "ratio", 1),
        "ks_positions": spans(after, "ks", 2),
        "energy_positions": spans(after, "energy_position", 2),
        "spared": spans(after, "largest", 2),
        "largest_positions": spans(after, "largest_position", 2),
        "past_middle": sum(row["largest_position"] > 0.5 for row in after),
    }


def _recipes(rows):
    lines = layer_means(rows, "recipe", "layer")
    said = {
        "recipe_seeds": counted(len({row["seed"] for row in rows}), "seed"),
        "recipes": lines,
        "recipe_count": len(groups(rows, "recipe")),
        "all_ks": lines and spans(lines, "ks", 3),
    }
    for name, recipe in SAID.items():
        here = select(lines, recipe=recipe)
        for column, digits in (("ks", 3), ("ratio", 1), ("spread", 2)):
            said[f"{name}_{column}"] = here and spans(here, column, digits)
    return {slot: value or None for slot, value in said.items()}
