"""The figures of the study of criteria, drawn from its records alone.

    criteria          test error against sparsity, a curve for each criterion under its best budget
    criteria_oracle   what a score is worth as a mask beside what it knows of single removals

Read next: npprune/studies/criteria/report.py.
"""

import numpy as np

from npprune.lab.records import mean_by, select
from npprune.lab.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    figure,
    origin,
    sparsity_position,
)
from npprune.studies.criteria.choice import ORACLE_K, SHOWN_K, best_budgets, part
from npprune.studies.criteria.oracle import ALL_LAYERS

# A colour for what a score looks at; marker and line tell those of one colour apart.
LOOKS = {
    "weight": {
        "random": (GREY, "x", ":"),
        "magnitude": (BLACK, "o", "-"),
        "lamp": (BLACK, "s", "--"),
        "synflow": (ORANGE, "^", "-"),
        "wanda": (GREEN, "v", "-"),
        "wanda-layer": (GREEN, "D", "--"),
        "taylor": (SKY, "o", "-"),
        "snip": (SKY, "s", "--"),
        "fisher": (BLUE, "^", "-"),
        "obd": (RED, "o", "-"),
        "obd-lecun": (RED, "s", "--"),
        "obd-taylor": (RED, "x", ":"),
        "obd-rounds": (RED, "D", "-"),
        "grasp": (GREY, "P", "--"),
        "admm": (PURPLE, "*", "-"),
        "sparsegpt": (PURPLE, "h", "--"),
        "greedy-obs": (PURPLE, "d", ":"),
    },
    "unit": {
        "random": (GREY, "x", ":"),
        "in-l1": (BLACK, "o", "-"),
        "in-l2": (BLACK, "s", "--"),
        "in-linf": (BLACK, "^", ":"),
        "in-out": (ORANGE, "D", "-"),
        "geometric-median": (GREY, "P", "--"),
        "mean-activation": (GREEN, "o", "-"),
        "apoz": (GREEN, "s", "--"),
        "energy": (GREEN, "D", "-"),
        "taylor": (SKY, "o", "-"),
        "fisher": (BLUE, "^", "-"),
        "obd": (RED, "o", "-"),
        "obs": (PURPLE, "*", "-"),
    },
}


def figures(run):
    """Draw every figure whose records are there; -> paths."""
    records, oracle = run.read("criteria"), run.read("criteria_oracle")
    drawn = []
    if records:
        words = _origin(records, ("cut", "refitted", "methods"), run.config)
        drawn.append(run.figure("criteria"))
        plot_errors(records, drawn[-1], f"What is left without retraining\n({words})")
    if select(records, repair="none", at="trained"):
        words = _origin(records, ("cut",), run.config)
        drawn.append(run.figure("criteria_oracle"))
        plot_oracle(records, oracle, drawn[-1], f"Knowing one removal, making many\n({words})")
    return drawn


def _origin(records, stages, config):
    """What the records of these stages come from; the curves are too many to show their spread."""
    seeds = [
        len({row["seed"] for row in part(records, kind, stage)})
        for kind in LOOKS
        for stage in stages
    ]
    counts = sorted(count for count in seeds if count)
    return origin(config, counts[-1], fewest=counts[0], spread=False)


def plot_errors(records, path, title):
    """Test error against sparsity: weights above, units below; cut alone, then refitted."""
    with figure(path, rows=2, columns=2, size=(12, 9.6), sharey=True) as (drawn, panels):
        drawn.suptitle(title)
        for (left, right), kind in zip(panels, LOOKS, strict=True):
            for axes, stages in ((left, ["cut"]), (right, ["refitted", "methods"])):
                for stage in stages:
                    rows = part(records, kind, stage)
                    for name, budget in best_budgets(rows).items():
                        _curve(axes, select(rows, criterion=name, budget=budget), kind, name)
                _error_axis(axes)
            left.set_title(f"{kind}s, cut alone")
            right.set_title(_refitted(records, kind))
            left.set_ylabel("test error (log scale)")
            entries = {}
            for axes in (left, right):
                entries |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
            entries = {name: entries[name] for name in LOOKS[kind] if name in entries}
            right.legend(
                entries.values(), entries.keys(), loc="upper left", bbox_to_anchor=(1.01, 1.02),
                fontsize=10, title="best budget of each", alignment="left",
            )  # fmt: skip


def _refitted(records, kind):
    """What was refitted, and on how many images: fewer than by the methods that choose as well."""
    words = [f"{kind}s, refitted on unlabelled images"]
    for stage in ("refitted", "methods"):
        if rows := part(records, kind, stage):
            names = ", ".join(dict.fromkeys(row["criterion"] for row in rows))
            who = names if stage == "methods" else "scores"
            words.append(f"{who}: {rows[0]['images']:,}")
    return words[0] + (f"\n({'; '.join(words[1:])})" if words[1:] else "")


def _curve(axes, rows, kind, criterion):
    """Mean test error of one criterion over the seeds."""
    rows = [row for row in rows if row["k"] in SHOWN_K]
    k, means, _ = mean_by(rows, "k", "test_accuracy")
    color, marker, line = LOOKS[kind][criterion]
    axes.plot(
        sparsity_position(k), 1 - means, color=color, marker=marker, linestyle=line,
        label=criterion, markersize=6, markerfacecolor="none" if line == "--" else color,
    )  # fmt: skip


def _error_axis(axes):
    """Error on a log scale, in per cent; sparsities from .5 to .998."""
    axes.set_yscale("log")
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9)
    axes.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(0.012, 0.95)
    shown = [k for k in SHOWN_K if k not in (0.6, 0.7)]
    axes.set_xticks(sparsity_position(shown), [f"{k:g}" for k in shown], fontsize=9)
    axes.set_xlabel("k, fraction pruned")


def plot_oracle(records, oracle, path, title):
    """Accuracy of a criterion's masks against its rank correlation with single removals."""
    with figure(path, columns=2, size=(12, 5.2)) as (drawn, panels):
        drawn.suptitle(title)
        for axes, kind in zip(panels, LOOKS, strict=True):
            rows = part(records, kind, "cut")
            for criterion, budget in best_budgets(rows).items():
                here = select(rows, criterion=criterion, budget=budget, k=ORACLE_K)
                ranks = select(oracle, kind=kind, criterion=criterion, layer=ALL_LAYERS)
                if here and ranks:
                    color, marker, line = LOOKS[kind][criterion]
                    axes.plot(
                        np.mean([row["spearman_absolute"] for row in ranks]),
                        np.mean([row["test_accuracy"] for row in here]),
                        color=color, marker=marker, linestyle="", markersize=8, label=criterion,
                        markerfacecolor="none" if line == "--" else color,
                    )  # fmt: skip
            axes.set_title(f"{kind}s, k = {ORACLE_K:g}, cut alone")
            axes.set_xlabel("rank correlation with |change of loss| of one removal")
            axes.set_xlim(-0.1, 1.05)
            axes.set_ylim(0, 1.02)
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), fontsize=10)
        panels[0].set_ylabel("test accuracy")
