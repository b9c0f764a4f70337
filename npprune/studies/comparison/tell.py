"""Source, others, here: the tables, and the numbers in the words between them.

A cause is called measured only where a record separates it from the others.

Read next: npprune/data/idx.py.
"""

import csv
import math
from pathlib import Path

import numpy as np

from npprune.lab import page
from npprune.lab.baseline import living
from npprune.lab.stopwatch import break_even
from npprune.studies import source
from npprune.studies.comparison import figures
from npprune.studies.comparison.beside import HERE, Line, beside, measured, sides

LIMITS = {"he": "sqrt(6 / fan-in)", "source": "1 / sqrt(fan-in)"}  # of the initial weights
WORKS = (source.NAME, source.ANSWER)
SHORT = (("weight", 0.9), ("weight", 0.97), ("unit", 0.5), ("unit", 0.8))


def values(run):
    if not source.comparable(run.config):
        return None
    runs, times = sides(run), figures.coo_times(run)
    *_, last = runs.values()
    states = figures.states(last.read("randomness_layers"))
    tables = {
        "short": _short(runs, times),
        "eliminated": figures.eliminated(runs, states),
        "milliseconds": figures.milliseconds(times) if times else None,
    }
    if not any(tables.values()):
        return None
    told = _constants() | _distances(states) | _overtaking(times)
    sides_there = {"replayed": len(runs) > 1, "alone": [*runs] == [HERE]}
    return tables | told | sides_there | {"settings": _settings(runs)}


def _short(runs, times):
    trained = {name: living(rows) for name, rows in measured(runs, "baseline").items()}
    epochs = {n: {row["kept_epoch"] for row in rows} for n, rows in trained.items()}
    kept = {name: " or ".join(map(str, sorted(found))) for name, found in epochs.items()}
    lines = [
        Line("best validation loss", [source.BEST_LOSS, None], trained, "validation_loss", 4),
        Line("test loss then", [source.BEST_LOSS, None], trained, "test_loss", 4),
        Line("after epoch", [source.BEST_EPOCH, None], kept),
    ]
    for kind, k in SHORT:
        theirs = [source.curve("test_accuracy", kind, work)[k] for work in WORKS]
        ours = measured(runs, "sparsity", criterion="magnitude", kind=kind, k=k)
        lines.append(Line(f"accuracy, {kind}s k = {k:g}", theirs, ours, "test_accuracy", 4))
    distances = measured(runs, "distances", kind="unit", **figures.LAYER)
    lines.append(Line("KS, units k = 0.9, layer 2", [source.KS, None], distances, "ks", 3))
    if times:
        *blank, last = runs
        fall, behind, blank = figures.FALL, figures.BEHIND, dict.fromkeys(blank, "")
        ratio, over = f"{times[fall]['ratio']:.2f}", f"{times[behind]['over_dense']:.1f}"
        first, theirs = min(times), f"{figures.source_ratio(fall):.2f}"
        lines += [
            Line(f"COO time, k = {fall:g} / k = {first:g}", [theirs, None], blank | {last: ratio}),
            Line(f"COO time / dense, k = {behind:g}", ["not measured", None], blank | {last: over}),
        ]
    caption = "Source, another answer to the challenge, here"
    return beside(caption, "", ["source", "other answer"], lines)


def _settings(runs):
    with open(Path(__file__).with_name("settings.csv"), encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    ours = [_setting(run) for run in runs.values()]
    lines = [[*row[:-1], *(row[-1].format_map(setting) for setting in ours)] for row in rows]
    return page.Table("How the networks were made", [*header[:-1], *runs], lines)


def _setting(run):
    config, recipe = run.config, run.config.recipe
    return vars(recipe) | {
        "limit": LIMITS[recipe.initialization],
        "chosen": "test" if config.protocol == "source" else f"{config.validation:,} training",
        "seeds": len(living(run.read("baseline"))),
    }


def _constants():
    rising = source.curve("test_accuracy", "unit")
    return {
        "flat": source.FLAT,
        "steep": source.STEEP,
        "narrower": math.sqrt(6),
        "falls": rising[0.97],
        "rises": rising[0.99],
        "ks": source.KS,
        "ks_times": source.KS / source.KS_INDEPENDENT,
        "at": source.SURVIVORS_AT,
    }


def _distances(states):
    means = {
        name: np.mean([row["ks"] for row in rows])
        for (name, epoch), rows in states.items()
        if epoch == source.BEST_EPOCH
    }
    if len(means) < len(figures.OPTIMIZERS):
        return {}
    return {
        "ks_gap": means["SGD"] - source.KS,
        "ks_recipe": means["SGD"] - means["Adam"],
        "ks_rest": means["Adam"] - source.KS,
    }


def _overtaking(times):
    crossing = break_even(list(times.values())) if times else None
    return {
        "threads": page.counted(times[figures.FALL]["threads"], "thread") if times else None,
        "crossing": crossing or None,
        "never": bool(times) and crossing is None,
        "always": crossing == 0,
    }
