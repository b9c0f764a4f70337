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
    rows = _in_order(run, "locality")
    own, live = run.config.recipe.optimizer, select(rows, pixels="live")
    if not live:  # no unit keeps two pixels that are lit
        return None
    shapes_k = min({row["k"] for row in live}, key=lambda k: abs(k - SHAPES_K))
    return {
        "full": rows[0]["form"] == "full",
        "quick": rows[0]["form"] == "quick",
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
        "other": NAMES["adam" if own == "sgd" else "sgd"],
        **_chance(live),
        **_dark(rows, own),
        **_local(select(live, network=own, criterion="magnitude")),
        **correlation(run.read("locality_correlation")),
        **_likeness(select(live, k=shapes_k, criterion="magnitude"), own),
        **_tables(run, rows, live, shapes_k),
    }


def _in_order(run, name):
    """Rows of a table in the order of the figures."""
    listed = {"network": [*NAMES], "criterion": networks.CRITERIA, "pixels": ("all", "live")}
    rows = run.read(name)
    columns = [column for column in (*listed, "k") if rows and column in rows[0]]
    return sorted(rows, key=records.place(columns, listed))


def _range(name, numbers):
    return {
        f"lowest_{name}": min(numbers, default=None),
        f"highest_{name}": max(numbers, default=None),
    }


def _chance(live):
    """How far the controls are from 1, and how many tests reject chance."""
    learned = [row["p_value"] for row in live if row["network"] not in (*CHANCE, "convolution")]
    nothing = [row for row in live if row["network"] in CHANCE]
    built = select(live, network="convolution")
    return {
        **_range("chance", [row["ratio"] for row in nothing]),
        **_range("convolution", [row["ratio"] for row in built]),
        "rejected": int(sum(false_discovery_control(learned) <= LEVEL)),
        "tested": len(learned),
        "low_controls": sum(row["p_value"] <= LEVEL for row in nothing),
        "controls": len(nothing) or None,
    }


def _dark(rows, own):
    """Whether dark pixels make the result."""
    rows = [row for row in rows if row["k"] >= DENSE]
    dark = {network: [] for network in ("sgd", "adam")}
    for row in select(rows, criterion="magnitude"):
        dark.get(row["network"], []).append(row["dark_share"])
    learned = [row for row in rows if row["network"] not in (*CHANCE, "convolution")]
    changes = [
        abs(_mean(select(group, pixels="live")) / whole - 1)
        for group in _each_mask(learned)
        if len({row["pixels"] for row in group}) == 2
        and (whole := _mean(select(group, pixels="all")))
    ]
    return {
        "dark_pixels": rows[0]["dark_pixels"],
        "dead_pixels": rows[0]["dead_pixels"],
        "own_dark": max(dark.pop(own), default=None),
        "other_dark": max(dark.popitem()[1], default=None),
        "most_change": max(changes, default=None),
    }


def _mean(rows):
    return np.mean([row["ratio"] for row in rows])


def _local(rows):
    """Whether the run's own networks are local, and at the highest sparsity how much."""
    ratios = {k: _mean(group) for k, group in groups(rows, "k").items()}
    k = max(ratios)
    local = ratios[k] > 1 and max(row["p_value"] for row in select(rows, k=k)) <= LEVEL
    growing = all(low < high for low, high in itertools.pairwise(ratios.values()))
    growing = local and growing and len(ratios) > 1
    found = {"highest_k": k, "highest_ratio": ratios[k]}
    return found | {"local": local, "growing": growing, "not_local": not local}


def correlation(rows):
    """Whether what the data's null says hangs on the exponent of the correlation."""
    if not rows:
        return dict.fromkeys(("exponent", "lowest_power", "highest_power", "hangs", "by_exponent"))
    powers = groups(rows, "exponent")
    ratios = {exponent: [row["ratio"] for row in group] for exponent, group in powers.items()}
    lowest, highest = min(powers), max(powers)
    caption, name = "L_2 of the run's own networks over the data's null", ("exponent", _exponent)
    return {
        "exponent": highest,
        **_range("power", ratios[highest]),
        "hangs": max(ratios[highest]) < 1 < max(ratios[lowest]),
        "by_exponent": _by_k(caption, name, powers.values(), spread("ratio", 2)),
    }


def _exponent(rows):
    return f"{rows[0]['exponent']:g}"


def _likeness(rows, own):
    """Tiling and sharing, beside a convolution's, by the ratios to their nulls."""
    found, alike = {}, []
    for what in ("spread", "overlap"):
        ratios = [
            np.mean([quotient(row[what], row[f"null_{what}"]) for row in group]) if group else None
            for group in (select(rows, network=network) for network in (own, "convolution"))
        ]
        found |= {f"own_{what}": ratios[0], f"convolution_{what}": ratios[1]}
        alike.append(None in ratios or not 1 < ratios[0] < ratios[1])
    return found | {"less_alike": not any(alike)}


def _tables(run, rows, live, shapes_k):
    paths, weights = (_in_order(run, f"locality_{name}") for name in ("paths", "weights"))
    shapes, dark = select(live, k=shapes_k), [row for row in rows if row["k"] in DARK_KS]
    weights = groups(weights, "network", "pixels").values()
    methods = groups(live, "network", "criterion").values()
    compared = [group for group in methods if group[0]["correlated_l2"] != ""]
    return {
        "by_null": _by_k(
            "L_2 over its null, live pixels", NAME, methods, _over("l2", "null_l2", 2)
        ),
        "by_data": _by_k(
            "L_2 over the data's null, live pixels", NAME, compared, _over("l2", "correlated_l2", 2)
        ),
        "tests": table("L_2 on live pixels", _each_mask(live), TESTS),
        "dark": table("Inputs on dark and on dead pixels", _each_mask(dark), DARK),
        "shapes": table(f"Shape of the inputs at k = {shapes_k:g}", _each_mask(shapes), SHAPES),
        "path_draws": paths[0]["draws"] if paths else None,
        "paths": table("L_2 of paths to the second layer", _each_mask(paths), PATHS)
        if paths
        else None,
        "weights": table("Weights of the first layer", weights, WEIGHTS),
    }


def _each_mask(rows):
    return groups(rows, "network", "criterion", "k").values()


def _by_k(caption, name, lines, how):
    """Make a table with a line for each group of records, and a column for each sparsity."""
    sparsities = sorted({row["k"] for rows in lines for row in rows})
    columns = [(f"k = {k:g}", lambda rows, k=k: how(select(rows, k=k))) for k in sparsities]
    return table(caption, lines, [name, *columns])


def _over(column, null, digits):
    """How a group of records becomes a cell: a column over what a null has."""

    def quotients(rows):
        ratios = [quotient(row[column], row[null]) for row in rows]
        return mean_and_spread(ratios, digits) if ratios else ""

    return quotients


def _of(pixels, column):
    return lambda rows: cell(select(rows, pixels=pixels), column, 3)


def _most(column, digits):
    return lambda rows: f"{max(row[column] for row in rows):.{digits}f}"


NAME = ("network, criterion", lambda rows: f"{NAMES[rows[0]['network']]}, {rows[0]['criterion']}")
MASK = (NAME, ("k", lambda rows: f"{rows[0]['k']:g}"))
L_2 = (("L_2", spread("l2", 4)), ("null", spread("null_l2", 4)), ("ratio", spread("ratio", 3)))
TESTS = (
    *MASK,
    *L_2,
    ("p at most", _most("p_value", 3)),
    ("local units", mean("local_units", 2)),
    ("over uniform", _over("l2", "uniform_l2", 2)),
)
DARK = (
    *MASK,
    ("on dark", _of("all", "dark_share")),
    ("on dead", _of("all", "dead_share")),
    ("ratio, all pixels", _of("all", "ratio")),
    ("live pixels", _of("live", "ratio")),
)
SHAPES = [NAME]
for measure, digits in {"distance": 1, "component": 2, "overlap": 2, "spread": 1}.items():
    SHAPES += [(measure, mean(measure, digits)), ("null", mean(f"null_{measure}", digits))]
PATHS = (*MASK, *L_2, ("p at most", _most("p_value", 2)))
WEIGHTS = (
    ("network", lambda rows: NAMES[rows[0]["network"]]),
    ("pixels", lambda rows: rows[0]["pixels"]),
    ("participation", lambda rows: f"{np.mean([r['ipr'] * r['pixels_used'] for r in rows]):.2f}"),
    ("radius", _over("squared_radius", "shuffled_squared_radius", 3)),
)
