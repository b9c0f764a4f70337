"""Source, others, here: the tables, and the numbers in the words between them.

A cause is called measured only where a record separates it from the others.

Read next: npprune/data/idx.py.
"""

import csv
import math
from pathlib import Path

from npprune.lab.baseline import living
from npprune.lab.group import Group
from npprune.lab.stopwatch import break_even
from npprune.lab.words import counted
from npprune.studies import source
from npprune.studies.comparison import figures
from npprune.studies.comparison.beside import HERE, REPLAYED, line, measured, measured_line, sides

LIMITS = {"he": "sqrt(6 / fan-in)", "source": "1 / sqrt(fan-in)"}  # of the initial weights
WORKS = (source.NAME, source.ANSWER)
SHORT = (("weight", 0.9), ("weight", 0.97), ("unit", 0.5), ("unit", 0.8))


def values(run):
    if not source.comparable(run.config):
        return None
    runs, times = sides(run), figures.coo_times(run)
    *_, last = runs.values()
    states = figures.states(last.read("randomness_layers"))
    short, rising = _short(runs, times), source.curve("test_accuracy", "unit")
    tables = {
        "short": short if any(each[side] for each in short for side in runs) else [],
        "eliminated": figures.eliminated(runs, states),
        "milliseconds": figures.milliseconds(times),
    }
    if not any(tables.values()):
        return None
    return {
        **tables,
        **_overtaking(times),
        **figures.LAYER,
        "settings": _settings(runs),
        "source": source,
        "ks_times": source.KS / source.KS_INDEPENDENT,
        "narrower": math.sqrt(6),
        "falls": rising[0.97],
        "rises": rising[0.99],
        "replayed": REPLAYED in runs,
        "here": HERE in runs,
        "divided": any(each["from the recipe"] for each in short),
    }


def _short(runs, times):
    trained = {name: Group(living(rows)) for name, rows in measured(runs, "baseline").items()}
    kept = {name: sorted({*rows["kept_epoch"]}) for name, rows in trained.items()}
    lines = [
        measured_line("best validation loss", source.BEST_LOSS, trained, "validation_loss", ".4f"),
        measured_line("test loss then", source.BEST_LOSS, trained, "test_loss", ".4f"),
        line(
            "after epoch",
            source.BEST_EPOCH,
            ours={name: " or ".join(map(str, epochs)) for name, epochs in kept.items()},
        ),
    ]
    for kind, k in SHORT:
        label = f"accuracy, {kind}s k = {k:g}"
        theirs, answer = (source.curve("test_accuracy", kind, work)[k] for work in WORKS)
        ours = measured(runs, "sparsity", criterion="magnitude", kind=kind, k=k)
        lines.append(measured_line(label, theirs, ours, "test_accuracy", ".4f", answer))
    distances = measured(runs, "distances", kind="unit", **figures.LAYER)
    lines.append(measured_line("KS, units k = 0.9, layer 2", source.KS, distances, "ks", ".3f"))
    if times:
        *_, last = runs
        fall, behind = figures.FALL, figures.BEHIND
        label = f"COO time, k = {fall:g} / k = {min(times):g}"
        theirs, ours = figures.source_ratio(fall), times[fall]["ratio"]
        lines.append(line(label, f"{theirs:.2f}", ours={last: f"{ours:.2f}"}))
        label, ours = f"COO time / dense, k = {behind:g}", times[behind]["over_dense"]
        lines.append(line(label, "not measured", ours={last: f"{ours:.1f}"}))
    return lines


def _settings(runs):
    with open(Path(__file__).with_name("settings.csv"), encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    settings = {name: _setting(run) for name, run in runs.items()}
    return [row | {name: row["ours"].format_map(settings[name]) for name in runs} for row in rows]


def _setting(run):
    config, recipe = run.config, run.config.recipe
    return vars(recipe) | {
        "limit": LIMITS[recipe.initialization],
        "chosen": "test" if config.protocol == "source" else f"{config.validation:,} training",
        "seeds": len(living(run.read("baseline"))),
    }


def _overtaking(times):
    if not times:
        return {}
    crossing = break_even(times.values())
    return {
        "images": figures.BATCH,
        "first": min(times),
        "threads": counted(times[figures.FALL]["threads"], "thread"),
        "crossing": crossing,
        "never": crossing is None,
        "always": crossing == 0,
    }
