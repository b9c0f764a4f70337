"""What each network is worth and costs, and which of them are to be had at no loss.

Read next: npprune/studies/fewest/__init__.py.
"""

import math

from npprune.lab import page
from npprune.lab.records import groups, select
from npprune.studies.frontier import BATCHES, choice

COSTS = {f"us_{batch}": f"time at batch {batch}" for batch in BATCHES} | {"bytes": "bytes"}
COMPARED = ("bytes", "us_100")  # costs at which the small networks stand beside the pruned ones


def values(run):
    """Fill the slots of tell.md."""
    records, stored = run.read("frontier"), run.read("footprint")
    if not records:
        return None
    networks, dense = choice.averages(records), select(records, group="dense")
    cheapest = _cheapest(records, networks)
    return {
        "seeds": page.counted(len(groups(records, "seed")), "seed"),
        "worth": _worth(records, networks),
        "costs": _costs(networks),
        "dense_accuracy": page.cell(dense, "test_accuracy", 4) or None,
        "no_loss": choice.NO_LOSS,
        "cheapest": cheapest,
        "none_cheap": bool(dense) and not cheapest,
        "comparisons": _comparisons(records, networks) if dense else None,
        "layouts": _layouts(stored) if stored else None,
    }


def _worth(records, networks):
    """What is gone from each network, and what is left of it."""
    mine = groups(records, "name")
    return page.table(
        "Networks of the frontier: what is gone, and what is left (numbered as in the figure)",
        [row | {"number": number} for number, row in enumerate(networks, 1)],
        [
            ("no.", "{number}"),
            ("network", "{name}"),
            ("asked", _asked),
            ("achieved", "{achieved_sparsity:.4f}"),
            ("effective", "{effective_sparsity:.4f}"),
            ("parameters", "{parameters:,.0f}"),
            ("theoretical", "{compression_ratio:.1f}x"),
            ("test accuracy", lambda row: page.cell(mine[row["name"]], "test_accuracy", 4)),
            ("test loss", lambda row: page.cell(mine[row["name"]], "test_loss", 4)),
            ("epochs", "{epochs:.0f}"),
            ("seconds", "{seconds:.0f}"),
        ],
    )


def _asked(row):
    parts = {kind: row[f"requested_{kind}"] for kind in ("units", "weights")}
    return ", ".join(f"{k:.4g} {kind}" for kind, k in parts.items() if k)


def _costs(networks):
    """Time and bytes of each network, and the fronts that it is on."""
    fronts = {
        COSTS[cost].removeprefix("time at batch "): choice.front_names(networks, cost)
        for cost in choice.COSTS
    }
    return page.table(
        "Their cost: microseconds an image (times faster than dense), kilobytes exported (times "
        "smaller than the dense .npz), and for which costs they are on the front",
        networks,
        [
            ("network", "{name}"),
            *((f"batch {batch}", _time(batch)) for batch in BATCHES),
            ("kB", lambda row: f"{row['bytes'] / 1000:.1f}"),
            ("smaller", "{times_smaller:.1f}x"),
            ("on the front", lambda row: " ".join(n for n in fronts if row["name"] in fronts[n])),
        ],
    )


def _time(batch):
    """How a time becomes a cell; what was merged may lack it."""
    words = f"{{us_{batch}:.1f}} ({{speedup_{batch}:.1f}}x)"
    return lambda row: words.format_map(row) if math.isfinite(row[f"us_{batch}"]) else ""


def _accuracy(records, name):
    return page.cell(select(records, name=name), "test_accuracy", 4)


def _cheapest(records, networks):
    """The cheapest network at no loss by each cost; None if there is none."""
    lines = []
    for cost, less in choice.COSTS.items():
        if row := choice.cheapest(networks, cost):
            spent = f"{row[cost] / 1000:.1f} kB" if cost == "bytes" else f"{row[cost]:.2f} us"
            accuracy = _accuracy(records, row["name"])
            lines.append([COSTS[cost], row["name"], spent, f"{row[less]:.1f}x", accuracy])
    caption = "The cheapest networks at no loss, by each cost; times less than the dense network"
    header = ["least", "network", "cost", "times less", "test accuracy"]
    return page.Table(caption, header, lines) if lines else None


def _comparisons(records, networks):
    """Each small network beside the best pruned one that costs no more; None without controls."""
    lines = []
    for cost in COMPARED:
        if not any(math.isfinite(row[cost]) for row in networks):
            continue
        for control, rival in choice.rivals(networks, cost):
            line = [COSTS[cost], control["name"], _accuracy(records, control["name"])]
            if rival is None:
                lines.append([*line, "none", "", ""])
                continue
            gaps = choice.differences(records, rival["name"], control["name"])
            accuracy = _accuracy(records, rival["name"])
            lines.append([*line, rival["name"], accuracy, page.mean_and_spread(gaps, 4)])
    caption = (
        "Each small network from scratch, and the best pruned one that costs no more, give or "
        f"take {choice.SLACK - 1:.0%}; best by validation accuracy"
    )
    header = ["no more", "from scratch", "test accuracy", "pruned", "test accuracy", "difference"]
    return page.Table(caption, header, lines) if lines else None


def _layouts(rows):
    """Kilobytes in every layout: by the formula, in memory, in a file, in a zipped file."""
    places = {"formula": "formula", "memory": "memory", "file": "file", "zipped file": "zipped"}
    return page.table(
        "Kilobytes of the network pruned by magnitude; break-even: the sparsity above which a "
        "layout takes less memory than dense",
        [row | {f"{p}_kb": row[f"{p}_bytes"] / 1000 for p in places.values()} for row in rows],
        [
            ("pruned", "{kind}s"),
            ("k", "{k:g}"),
            ("layout", "{layout}"),
            ("break-even", _break_even),
            *((header, f"{{{place}_kb:,.1f}}") for header, place in places.items()),
        ],
    )


def _break_even(row):
    return f"{row['break_even']:.3f}" if math.isfinite(row["break_even"]) else ""
