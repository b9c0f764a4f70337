"""What was found: every mask against its nulls, and how near it comes to a convolution.

Read next: npprune/studies/speed/__init__.py.
"""

import itertools

import numpy as np
from scipy.stats import false_discovery_control

from npprune.lab import records
from npprune.lab.page import cell, counted, mean, mean_and_spread, spread, table
from npprune.lab.records import groups, select
from npprune.studies.locality import networks
from npprune.studies.locality.measure import DENSE
from npprune.studies.locality.networks import NAMES
from npprune.studies.locality.rows import LEVEL, quotient

CHANCE = ("initial", "relabelled")  # masks in which there is nothing to find
SHAPES_K = 0.97  # the highest at which a convolution's patches are nearly whole
DARK_KS = (0.5, 0.9, 0.97, 0.99)


def values(run):
    """Fill the slots of tell.md."""
    rows, paths, weights = (
        _in_order(run, f"locality{name}") for name in ("", "_paths", "_weights")
    )
    if not rows:
        return None
    live, own = select(rows, pixels="live"), run.config.recipe.optimizer
    sparsities = {row["k"] for row in live}
    shapes_k = SHAPES_K if SHAPES_K in sparsities else max(sparsities)
    shapes = select(live, k=shapes_k)
    return {
        "quick": rows[0]["form"] == "quick",
        "full": rows[0]["form"] == "full",
        "seeds": counted(len({row["seed"] for row in rows}), "seed"),
        "draws": max(row["draws"] for row in rows),
        "checks": min(row["draws"] for row in rows),
        "path_draws": paths[0]["draws"] if paths else None,
        "dense": DENSE,
        "level": LEVEL,
        "shapes_k": shapes_k,
        "adam_epochs": networks.ADAM_EPOCHS,
        "sgd_epochs": networks.SGD_EPOCHS,
        "round_epochs": networks.ROUND_EPOCHS,
        "own": NAMES[own],
        "other": NAMES["adam" if own == "sgd" else "sgd"],
        "by_null": _by_k("L_2 over its null, live pixels", live, "null_l2"),
        "by_data": _by_k("L_2 over the data's null, live pixels", live, "correlated_l2"),
        "tests": table("L_2 on live pixels", _each_mask(live), TESTS),
        "dark": table("Inputs on dark and on dead pixels", _each_mask(rows, DARK_KS), DARK),
        "shapes": table(f"Shape of the inputs at k = {shapes_k:g}", _each_mask(shapes), SHAPES),
        "paths": table("L_2 of the paths to the second layer", _each_mask(paths), PATHS),
        "weights": table(
            "Weights of the first layer", groups(weights, "network", "pixels").values(), WEIGHTS
        ),
        **_chance(live),
        **_dark(rows, own),
        **_local(select(live, network=own, criterion="magnitude")),
        **_likeness(select(shapes, criterion="magnitude"), own),
    }


def _in_order(run, name):
    """Rows of a table in the order of the figures."""
    rows = run.read(name)
    listed = {"network": [*NAMES], "criterion": networks.CRITERIA, "pixels": ("all", "live")}
    columns = [c for c in ("network", "criterion", "k", "pixels") if rows and c in rows[0]]
    return sorted(rows, key=records.place(columns, listed))


def _chance(live):
    """How far the controls are from 1, and how many tests reject chance."""
    learned = [row["p_value"] for row in live if row["network"] not in (*CHANCE, "convolution")]
    nothing = [row for row in live if row["network"] in CHANCE]
    built = select(live, network="convolution")
    return {
        "lowest_chance": min((row["ratio"] for row in nothing), default=None),
        "highest_chance": max((row["ratio"] for row in nothing), default=None),
        "lowest_convolution": min((row["ratio"] for row in built), default=None),
        "highest_convolution": max((row["ratio"] for row in built), default=None),
        "rejected": int(sum(false_discovery_control(learned) <= LEVEL)),
        "tested": len(learned),
        "low_controls": sum(row["p_value"] <= LEVEL for row in nothing),
        "controls": len(nothing) or None,
    }


def _dark(rows, own):
    """Whether dark pixels make the result."""
    most = {"sgd": None, "adam": None}
    changes = []
    for group in _each_mask([row for row in rows if row["k"] >= DENSE]):
        network, criterion = group[0]["network"], group[0]["criterion"]
        if network in most and criterion == "magnitude":
            most[network] = max(most[network] or 0, *(row["dark_share"] for row in group))
        if network not in (*CHANCE, "convolution"):
            live, everything = (select(group, pixels=pixels) for pixels in ("live", "all"))
            if live and everything:
                changes.append(abs(_mean(live, "ratio") / _mean(everything, "ratio") - 1))
    return {
        "dark_pixels": rows[0]["dark_pixels"],
        "dead_pixels": rows[0]["dead_pixels"],
        "own_dark": most.pop(own),
        "other_dark": most.popitem()[1],
        "most_change": max(changes, default=None),
    }


def _mean(rows, column):
    return np.mean([row[column] for row in rows])


def _local(rows):
    """Whether the run's own networks are local, and at the highest sparsity how much."""
    ratios = {k: _mean(group, "ratio") for k, group in groups(rows, "k").items()}
    k = max(ratios)
    local = ratios[k] > 1 and max(row["p_value"] for row in select(rows, k=k)) <= LEVEL
    growing = all(low < high for low, high in itertools.pairwise(ratios.values()))
    return {
        "highest_k": k,
        "highest_ratio": ratios[k],
        "local": local,
        "growing": local and growing and len(ratios) > 1,
        "not_local": not local,
    }


def _likeness(rows, own):
    """Tiling and sharing, beside a convolution's, by the ratios to their nulls."""
    names = [(who, what) for who in (own, "convolution") for what in ("spread", "overlap")]
    ratio = {}
    for network, what in names:
        pairs = [(row[what], row[f"null_{what}"]) for row in select(rows, network=network)]
        ratio[network, what] = np.mean([quotient(*pair) for pair in pairs]) if pairs else None
    return {
        "own_spread": ratio[own, "spread"],
        "own_overlap": ratio[own, "overlap"],
        "convolution_spread": ratio["convolution", "spread"],
        "convolution_overlap": ratio["convolution", "overlap"],
        "less_alike": None not in ratio.values()
        and all(
            1 < ratio[own, what] < ratio["convolution", what] for what in ("spread", "overlap")
        ),
    }


def _each_mask(rows, sparsities=None):
    rows = [row for row in rows if sparsities is None or row["k"] in sparsities]
    return groups(rows, "network", "criterion", "k").values()


def _over(column, null, digits):
    """How a group of records becomes a cell: a column over what a null has."""

    def quotients(rows):
        pairs = [(row[column], row[null]) for row in rows if row[null] != ""]
        return mean_and_spread([quotient(*pair) for pair in pairs], digits) if pairs else ""

    return quotients


def _most(column, digits):
    return lambda rows: f"{max(row[column] for row in rows):.{digits}f}"


def _of(pixels, column):
    return lambda rows: cell(select(rows, pixels=pixels), column, 3)


def _by_k(caption, rows, null):
    """A line for each network and criterion, a column for each sparsity; means over the seeds."""
    rows = [row | {"over": quotient(row["l2"], row[null])} for row in rows if row[null] != ""]
    columns = [NAME]
    for k in sorted({row["k"] for row in rows}):
        columns.append((f"k = {k:g}", lambda group, k=k: mean("over", 2)(select(group, k=k))))
    return table(caption, groups(rows, "network", "criterion").values(), columns)


NAME = ("network, criterion", lambda rows: f"{NAMES[rows[0]['network']]}, {rows[0]['criterion']}")
MASK = (NAME, ("k", lambda rows: f"{rows[0]['k']:g}"))
L_2 = (("L_2", spread("l2", 4)), ("null", spread("null_l2", 4)), ("ratio", spread("ratio", 3)))
TESTS = (
    *MASK,
    *L_2,
    ("p at most", _most("p_value", 3)),
    ("local units", mean("local_units", 2)),
    ("over uniform", _over("l2", "uniform_l2", 2)),
    ("over the data's null", _over("l2", "correlated_l2", 2)),
)
DARK = (
    *MASK,
    ("on dark", _of("all", "dark_share")),
    ("on dead", _of("all", "dead_share")),
    ("ratio, all pixels", _of("all", "ratio")),
    ("live pixels", _of("live", "ratio")),
)
SHAPES = (
    NAME,
    ("distance", mean("distance", 1)),
    ("null", mean("null_distance", 1)),
    ("component", mean("component", 2)),
    ("null", mean("null_component", 2)),
    ("overlap", mean("overlap", 2)),
    ("null", mean("null_overlap", 2)),
    ("spread", mean("spread", 1)),
    ("null", mean("null_spread", 1)),
)
PATHS = (*MASK, *L_2, ("p at most", _most("p_value", 2)))
WEIGHTS = (
    ("network", lambda rows: NAMES[rows[0]["network"]]),
    ("pixels", lambda rows: rows[0]["pixels"]),
    ("participation", lambda rows: f"{np.mean([r['ipr'] * r['pixels_used'] for r in rows]):.2f}"),
    ("radius", _over("squared_radius", "shuffled_squared_radius", 3)),
)
