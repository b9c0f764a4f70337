"""Source, others, here: the tables, and the numbers in the words between them.

A cause is called measured only where a record tells it apart from the others, above all the run by
the source's own protocol; what was not tested is called so.

Read next: npprune/data/idx.py.
"""

import csv
import math
from pathlib import Path

import numpy as np

from npprune.lab import page
from npprune.lab.stopwatch import break_even
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.comparison import exact, figures, literature
from npprune.studies.comparison.beside import HERE, Line, beside, measured, sides

LIMITS = {"he": "sqrt(6 / fan-in)", "source": "1 / sqrt(fan-in)"}  # of the initial weights
WORKS = (source.NAME, source.ANSWER)
SHORT = (("weight", 0.9), ("weight", 0.97), ("unit", 0.5), ("unit", 0.8))


def values(run):
    """Fill the slots of tell.md."""
    if not source.comparable(run.config):
        return None
    runs, times = sides(run), figures.coo_times(run)
    *_, last = runs.values()
    states = figures.states(last.read("randomness_layers"))
    tables = {
        "training": _present([figures.training(runs, what) for what in ("loss", "accuracy")]),
        "accuracy": _present([figures.pruning(runs, kind, "accuracy", 4) for kind in KINDS]),
        "loss": _present([figures.pruning(runs, kind, "loss", 3) for kind in KINDS]),
        "eliminated": figures.eliminated(runs, states),
        "milliseconds": figures.milliseconds(times) if times else None,
        "anchors": exact.anchors(runs),
        "sizes": exact.sizes(runs),
        "literature": literature.perceptrons(run),
    }
    if not any(tables.values()):
        return None
    told = _constants() | _distances(states) | _overtaking(times)
    return tables | told | {
        "replayed": len(runs) > 1,
        "alone": [*runs] == [HERE],
        "exact": bool(tables["anchors"] or tables["sizes"]),
        "short": _short(runs, times),
        "settings": _settings(runs),
    }  # fmt: skip


def _present(tables):
    return [table for table in tables if table] or None


def _short(runs, times):
    """The comparisons that tell most, a line each."""
    trained = measured(runs, "baseline")
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
    empty, ln = exact.empty_network(runs), f"ln {exact.SIZES[-1]} = {exact.LN_CLASSES:.6f}"
    lines += [
        Line("KS, units k = 0.9, layer 2", [source.KS, None], distances, "ks", 3),
        Line("loss, nothing left", [f"{source.curve('test_loss', 'weight')[1]}", ln], empty,
             "test_loss", 6),
    ]  # fmt: skip
    if times:
        *blank, last = runs
        fall, behind, blank = figures.FALL, figures.BEHIND, dict.fromkeys(blank, "")
        ratio, over = f"{times[fall]['ratio']:.2f}", f"{times[behind]['over_dense']:.1f}"
        first, theirs = min(times), f"{figures.source_ratio(fall):.2f}"
        lines += [
            Line(f"COO time, k = {fall:g} / k = {first:g}", [theirs, None], blank | {last: ratio}),
            Line(f"COO time / dense, k = {behind:g}", ["not measured", None], blank | {last: over}),
        ]
    caption = "In short; others: another answer to the challenge, or the exact value"
    return beside(caption, "", ["source", "others"], lines)


def _settings(runs):
    """How each of the networks was made: settings.csv, ours filled in."""
    with open(Path(__file__).with_name("settings.csv"), encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    ours = [_setting(run) for run in runs.values()]
    lines = [[*row[:-1], *(row[-1].format_map(setting) for setting in ours)] for row in rows]
    return page.Table("How the networks were made", [*header[:-1], *runs], lines)


def _setting(run):
    """What a run of ours differs in, or may."""
    config, recipe = run.config, run.config.recipe
    return vars(recipe) | {
        "limit": LIMITS[recipe.initialization],
        "chosen": "test" if config.protocol == "source" else f"{config.validation:,} training",
        "seeds": len(run.read("baseline")),
    }


def _constants():
    """What the words between the tables say of others and of the arithmetic."""
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
        "dark_weights": exact.DARK * exact.SIZES[1],
        "lit_later": exact.LIT_LATER,
        "whole": exact.weights_left(0),
        "perceptron": literature.PERCEPTRON,
    }


def _distances(states):
    """How the gap in Figure 4 divides, between the source and the two optimizers here."""
    means = {
        name: np.mean([row["ks"] for row in rows])
        for (name, epoch), rows in states.items()
        if epoch == source.BEST_EPOCH
    }
    if len(means) < len(figures.OPTIMIZERS):
        return dict.fromkeys(("ks_gap", "ks_recipe", "ks_rest"))
    return {
        "ks_gap": means["SGD"] - source.KS,
        "ks_recipe": means["SGD"] - means["Adam"],
        "ks_rest": means["Adam"] - source.KS,
    }


def _overtaking(times):
    """Where COO overtakes the dense product, on how many threads."""
    crossing = break_even(list(times.values())) if times else None
    return {
        "threads": page.counted(times[figures.FALL]["threads"], "thread") if times else None,
        "crossing": crossing or None,
        "never": bool(times) and crossing is None,
        "always": crossing == 0,
    }
