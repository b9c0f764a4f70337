"""What the study says: theorems and proofs as text, and beside them what the records hold.

Read next: npprune/studies/randomness/tables.py.
"""

import numpy as np

from npprune.lab.page import counted
from npprune.lab.records import groups, select
from npprune.studies.randomness import tables
from npprune.studies.randomness.draw import OPTIMIZER
from npprune.studies.randomness.layers import SOURCE_K, SOURCE_NORM
from npprune.theory.theorem.noise import excess

LEVEL = 0.05
ROUNDING = 1e-9
SAID = {  # of the recipes: the one that the project uses, and what of it does most
    "default": "default",
    "no_decay": "no weight decay",
    "adam": "Adam, rate 0.001, no weight decay",
}


def values(run):
    """Fill the slots of tell.md."""
    names = ("rates", "slopes", "assumptions", "layers", "nulls", "recipes")
    rates, slopes, assumptions, layers, nulls, recipes = (
        run.read(f"randomness_{name}") for name in names
    )
    if not (rates and layers):
        return None
    ours = ends(select(layers, p=SOURCE_NORM, k=SOURCE_K))
    return {
        "k": SOURCE_K,
        "bounds": tables.bounds(),
        "slopes": tables.slopes(slopes),
        "assumptions": tables.assumptions(assumptions) if assumptions else None,
        "limits": tables.limits(means(ours)),
        "spreads": tables.spreads(means(ours)),
        "nulls": tables.nulls(select(nulls, p=SOURCE_NORM, k=SOURCE_K)) if nulls else None,
        "yardsticks": tables.yardsticks(means(ours)),
        **_form(layers, nulls),
        **_chance(rates),
        **_every_matrix(layers),
        **_initial(layers, ours, nulls),
        **_trained(ours, nulls),
        **_recipes(recipes),
    }


def ends(rows):
    """The records of the first and the last epoch of each optimizer, SGD first."""
    found = []
    for name in OPTIMIZER:
        epochs = groups(select(rows, optimizer=name), "epoch")
        for epoch in sorted({*epochs} & {min(epochs), max(epochs)}) if epochs else ():
            found += epochs[epoch]
    return found


def means(rows, *columns):
    """One record for each network, epoch and layer, or each of other columns: means over seeds."""
    lines = groups(rows, *(columns or ("optimizer", "epoch", "layer"))).values()
    return [
        {name: value if isinstance(value, str) else np.mean([row[name] for row in here])
         for name, value in here[0].items()}
        for here in lines
    ]  # fmt: skip


def span(numbers, digits):
    """The smallest and the largest number, or the one there is."""
    ends = [f"{number:.{digits}f}" for number in (min(numbers), max(numbers))]
    return " to ".join(dict.fromkeys(ends))


def ratios(rows, column, other, digits=2):
    """The span of the ratios of two columns."""
    return span([row[column] / row[other] for row in rows], digits)


def _form(layers, nulls):
    """How much was done."""
    quick = layers[0]["form"] == "quick"
    return {
        "quick": quick,
        "full": not quick,
        "seeds": counted(len({row["seed"] for row in layers}), "seed"),
        "optimizers": " and ".join(name for name in OPTIMIZER if select(layers, optimizer=name)),
        "epochs": counted(max(row["epoch"] for row in layers), "epoch"),
        "shuffles": counted(nulls[0]["draws"] if nulls else 0, "shuffle"),
    }


def _chance(rates):
    """How drawn layers compare with the exact values and the bound."""
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
    """What must hold for every matrix, whatever was learned."""
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
    """Initial layers, which are drawn ones, against what is expected of those."""
    first = ours[0]["optimizer"]  # another's differ from these by a factor
    rows, ours = (select(here, optimizer=first, epoch=0) for here in (layers, ours))
    over = np.array([row["ks"] - row["sharp_bound"] for row in rows])
    noise = [excess(row["fan_in"], row["units"], row["k"], LEVEL) for row in rows]
    known = {"epoch": 0, "null": "entries", "p": SOURCE_NORM, "k": SOURCE_K}
    shuffled = select(nulls, distance="ks", **known)
    return {
        "level": LEVEL,
        "initial_cases": len(rows),
        "initial_above": np.sum(over > 0),
        "initial_beyond": np.sum(over > noise),
        "initial_ratio": ratios(means(ours), "ks", "independent_ks"),
        "initial_shuffles": ratios(means(shuffled), "observed", "mean", 3) if shuffled else None,
        "initial_share": ratios(ours, "ks", "best_rule"),
        "initial_tests": _tests(select(nulls, epoch=0)),
    }


def _tests(nulls):
    """How many tests of AUC against shuffled entries reject, on either side."""
    rows = select(nulls, null="entries", distance="auc")
    above = sum(row["p_value"] <= LEVEL for row in rows)
    # A p-value of 1 is a layer nearer to random than every shuffle of it.
    below = sum(row["p_value"] >= 1 - LEVEL + 1 / (row["draws"] + 1) for row in rows)
    return f"of {len(rows)} tests {above} above and {below} below" if rows else None


def _trained(ours, nulls):
    """What training did to KS, to its reference and to the yardsticks."""
    names = ("shortfall", "mean_shortfall", "reverse", "trained_tests", "trained_layers",
             "above_sharp", "above_simple", "ks_growth", "reference_fall", "ks_ratio",
             "ks_positions", "energy_positions", "spared")  # fmt: skip
    rows = [row for row in ours if row["epoch"]]
    if not rows:
        return dict.fromkeys(names)
    after, before = means(rows), means(select(ours, epoch=0))
    first = ours[0]["optimizer"]
    pairs = [
        {"grew": b["ks"] / a["ks"], "fell": a["independent_ks"] / b["independent_ks"]}
        for a, b in zip(*(select(here, optimizer=first) for here in (before, after)), strict=True)
    ]
    missed = [1 - row["ks"] / row["best_rule"] for row in rows]
    found = (
        max(missed),
        np.mean(missed),
        ratios(rows, "reverse_rule", "best_rule"),
        _tests([row for row in nulls if row["epoch"]]),
        len(after),
        sum(row["ks"] > row["sharp_bound"] for row in after),
        sum(row["ks"] > row["bound"] for row in after),
        span([pair["grew"] for pair in pairs], 1),
        span([pair["fell"] for pair in pairs], 1),
        ratios(select(after, optimizer=first), "ks", "independent_ks", 1),
        span([row["ks"] for row in after], 2),
        span([tables.position(row, "energy", SOURCE_K) for row in after], 2),
        span([row["largest"] for row in after], 2),
    )
    return dict(zip(names, found, strict=True))


def _recipes(rows):
    """What each recipe comes to."""
    said = {"recipe_seeds": None, "recipes": None}
    said |= {f"{name}_{what}": None for name in SAID for what in ("ks", "ratio", "spread")}
    if not rows:
        return said
    said["recipe_seeds"] = counted(len({row["seed"] for row in rows}), "seed")
    lines = means(rows, "recipe", "layer")
    said["recipes"] = tables.recipes(lines)
    for name, recipe in SAID.items():
        here = select(lines, recipe=recipe)
        said[f"{name}_ks"] = span([row["ks"] for row in here], 3)
        said[f"{name}_ratio"] = ratios(here, "ks", "independent_ks", 1)
        said[f"{name}_spread"] = span([row["log_variance"] ** 0.5 for row in here], 2)
    return said
