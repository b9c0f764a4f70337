"""What the study says: theorem and proof as text, and beside them what the records hold.

Read next: npprune/studies/criteria/__init__.py.
"""

import numpy as np

from npprune.lab.page import counted, mean, table
from npprune.lab.records import groups, select
from npprune.studies.randomness.draw import OPTIMIZER
from npprune.studies.randomness.layers import SOURCE_NORM

K = 0.9  # the source's Figure 4
LEVEL = 0.05


def values(run):
    """Fill the slots of tell.md."""
    rates, layers = run.read("randomness_rates"), run.read("randomness_layers")
    if not (rates and layers):
        return None
    nulls = run.read("randomness_nulls")
    rows = select(layers, p=SOURCE_NORM, k=K)
    trained = [row for row in rows if row["epoch"]]
    largest = max(trained, key=lambda row: row["ks"], default=None)
    quick = layers[0]["form"] == "quick"
    return chance(rates) | {
        "quick": quick,
        "full": not quick,
        "seeds": counted(len({row["seed"] for row in layers}), "seed"),
        "optimizers": " and ".join(name for name in OPTIMIZER if select(layers, optimizer=name)),
        "epochs": counted(max(row["epoch"] for row in layers), "epoch"),
        "shuffles": counted(nulls[0]["draws"] if nulls else 0, "shuffle"),
        "slopes": _slopes(run.read("randomness_slopes")),
        "layers": _layers(rows),
        "nulls": _nulls(nulls),
        "level": LEVEL,
        "verdict": _verdict(rows, nulls),
        "exceeds": any(row["ks"] > row["bound"] for row in trained),
        "typical": largest and np.mean([row["ks"] for row in trained]),
        "largest": largest and largest["ks"],
        "largest_layer": largest and largest["layer"],
        "largest_optimizer": largest and largest["optimizer"],
        "largest_epoch": largest and largest["epoch"],
    }


def chance(rates):
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
        "least_d": fan_ins[0],
        "most_d": fan_ins[-1],
        "least_n": sizes[0],
        "most_n": sizes[-1],
        "within": np.mean(np.abs(z) < 1.96),
        "mean_z": z.mean(),
        "highest_share": max(row["estimate"] / row["bound"] for row in ks),
        "rate_off": max(abs(row["rate"] / row["exact"] - 1) for row in wide),
    }


def _slopes(rows):
    """The slopes of KS against the fan-in, k = 1/2 and the middle number of units."""
    sizes = sorted({row["n"] for row in rows})
    n = sizes[len(sizes) // 2]
    return table(
        f"Slope of ln KS against ln d, k = 0.5, n = {n}",
        select(rows, k=0.5, n=n),
        [
            ("law", "{law}"),
            ("norm p", "{p:g}"),
            ("slope", "{slope:.4f}"),
            ("95 % interval", "{low:.4f} to {high:.4f}"),
            ("of the exact values", "{exact_slope:.4f}"),
            ("limit", "{theory:g}"),
        ],
    )


def _states(rows, every=False):
    """Records by optimizer and epoch, the first and the last epoch or all."""
    states = groups(rows, "optimizer", "epoch")
    for name in OPTIMIZER:
        epochs = sorted(epoch for optimizer, epoch in states if optimizer == name)
        for epoch in epochs if every else sorted({*epochs[:1], *epochs[-1:]}):
            yield states[name, epoch]


def _by_layer(rows, every=False):
    return [here for state in _states(rows, every) for here in groups(state, "layer").values()]


def _network(rows):
    return f"{rows[0]['optimizer']}, epoch {rows[0]['epoch']}"


NETWORK = ("network", _network)
LAYER = ("layer", lambda rows: str(rows[0]["layer"]))


def _layers(rows):
    """Every layer before and after training, at the source's norm and k."""
    return table(
        f"Layers pruned by units at k = {K:g}, L2 norm",
        _by_layer(rows),
        [
            NETWORK,
            LAYER,
            ("KS", mean("ks", 4)),
            ("independent", mean("independent_ks", 4)),
            ("bound", mean("bound", 4)),
            ("scale model", mean("scale_ks", 4)),
            ("effective fan-in", mean("effective_fan_in", 0)),
            ("fan-in", mean("fan_in", 0)),
            ("independent share", mean("independent_share", 2)),
        ],
    )


def _nulls(nulls):
    """AUC against the three nulls, at the source's norm and k."""
    rows = select(nulls, p=SOURCE_NORM, k=K, distance="auc")
    columns = [NETWORK, LAYER, ("AUC", mean("observed", 4))]
    for null in ("entries", "inputs", "scales"):
        columns += [(null, _of(null, mean("mean", 4))), ("p", _of(null, _chances))]
    caption = f"AUC and its mean under each null, k = {K:g}, L2 norm; p over the seeds, "
    return table(f"{caption}smallest to largest", _by_layer(rows, every=True), columns)


def _of(null, how):
    return lambda rows: how(select(rows, null=null))


def _chances(rows):
    return _span((row["p_value"] for row in rows), 3, "-")


def _span(numbers, digits, between=" to "):
    """The smallest and the largest number, or the one there is."""
    numbers = sorted(numbers)
    ends = [f"{number:.{digits}f}" for number in (numbers[0], numbers[-1])]
    return between.join(dict.fromkeys(ends))


def _verdict(rows, nulls):
    """Where the theorem holds, where it fails, and by how much: a line for each network."""
    tests = groups(select(nulls, null="entries", distance="auc"), "optimizer", "epoch")
    lines = []
    for state in _states(rows):
        here = groups(state, "layer").values()
        part = {
            name: np.array([np.mean([row[name] for row in layer]) for layer in here])
            for name in (
                "ks",
                "independent_ks",
                "bound",
                "effective_fan_in",
                "independent_share",
                "scale_ks",
            )
        }
        above = np.flatnonzero(part["ks"] > part["bound"]) + 1
        lines.append(
            {
                "network": _network(state),
                "ks": _span(part["ks"], 3),
                "ratio": _span(part["ks"] / part["independent_ks"], 2),
                "above": " ".join(map(str, above)) or "none",
                "fan_in": _span(part["effective_fan_in"], 0),
                "share": _span(part["independent_share"], 2),
                "scales": _span(part["scale_ks"] / part["ks"], 2),
                "tests": _rejected(tests.get((state[0]["optimizer"], state[0]["epoch"]), [])),
            }
        )
    return table(
        f"Verdict: L2 norm, k = {K:g}, smallest to largest layer",
        lines,
        [
            ("network", "{network}"),
            ("KS", "{ks}"),
            ("KS / independent", "{ratio}"),
            ("layers above the bound", "{above}"),
            ("effective fan-in", "{fan_in}"),
            ("independent share", "{share}"),
            ("scale model / KS", "{scales}"),
            ("tests above, below", "{tests}"),
        ],
    )


def _rejected(rows):
    """How many tests of AUC lie above, and below, all but 5 % of their shuffles."""
    above = sum(row["p_value"] <= LEVEL for row in rows)
    # A p-value of 1 is a layer nearer to random than every shuffle of it.
    below = sum(row["p_value"] >= 1 - LEVEL + 1 / (row["draws"] + 1) for row in rows)
    return f"{above}, {below} of {len(rows)}" if rows else ""
