"""Test errors of every criterion, and what its masks are worth beside what its scores know.

Read next: npprune/studies/criteria/tell.py.
"""

import itertools

import numpy as np

from npprune.lab import style
from npprune.lab.records import mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies.criteria.choice import ORACLE_K, best_budgets, dense_accuracies, part
from npprune.studies.criteria.oracle import ALL_LAYERS

SHOWN_K = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995, 0.998)

# A colour for what a score looks at, of weights and of units; those of one colour differ in their
# lines, and every criterion has a marker of its own.
FAMILIES = {
    style.BLACK: ("magnitude lamp", "in-l2 in-l1 in-linf"),
    style.RED: (
        "obd-rounds obd obd-lecun obd-taylor obd-decay obd-iterated obd-decay-iterated",
        "obd",
    ),
    style.BLUE: ("fisher", "fisher"),
    style.SKY: ("taylor snip", "taylor"),
    style.GREEN: ("wanda-layer wanda", "energy mean-activation apoz"),
    style.ORANGE: ("synflow", "in-out"),
    style.PURPLE: ("admm sparsegpt greedy-obs", "obs"),
    style.GREY: ("random grasp", "random geometric-median"),
}
LINES, MARKERS = ("-", "--", ":", "-."), "os^vD<>phdP*8XH4x123"


def looks(kind):
    """How every criterion of a kind is drawn: {criterion: look}, in the order of the legend."""
    markers, listed = iter(MARKERS), {}
    for color, families in FAMILIES.items():
        names = families[KINDS.index(kind)].split()
        for name, line in zip(names, itertools.cycle(LINES)):
            fill = {"markerfacecolor": "none" if line == "--" else color}
            look = {"color": color, "linestyle": line, "marker": next(markers), "label": name}
            listed[name] = look | fill
    return listed


def errors(path, title, about, records, baseline):
    """Draw test error against sparsity: weights above, units below; cut alone, then refitted.

    Each criterion has the budget that is best for it.
    """
    stages = ("cut", "refitted", "methods")
    title, size = _title(title, about, records, stages), (12, 9.6)
    with style.figure(path, title, 2, 2, size, sharey=True) as (_, panels):
        for (left, right), kind in zip(panels, KINDS, strict=True):
            cut, refitted, methods = (part(records, kind, stage) for stage in stages)
            for axes, rows in ((left, cut), (right, refitted + methods)):
                _curves(axes, rows, kind, dense_accuracies(baseline))
                _error_axes(axes)
            images = [
                f"{name}: {rows[0]['images']:,}"
                for name, rows in (("scores", refitted), ("methods", methods))
                if rows
            ]
            left.set_title(f"{kind}s, cut alone")
            right.set_title(f"{kind}s, refitted on unlabelled images\n{', '.join(images)}")
            left.set_ylabel("test error (log scale)")
            fullest = max((left, right), key=lambda axes: len(axes.lines))
            _legend(right, *fullest.get_legend_handles_labels(), title="best budget of each")


def _title(title, about, records, stages):
    """Add where the records come from; the curves are too many to show their spread."""
    counts = {style.seeds(part(records, kind, stage)) for kind in KINDS for stage in stages}
    counts -= {0}
    return f"{title}\n({about.origin(max(counts), min(counts), spread=False)})"


def _curves(axes, rows, kind, dense):
    """Mean test error of every criterion over the seeds."""
    budgets = best_budgets(rows, dense)
    for criterion, look in looks(kind).items():
        if criterion in budgets:
            here = select(rows, criterion=criterion, budget=budgets[criterion])
            shown = [row for row in here if row["k"] in SHOWN_K]
            k, means, _ = mean_by(shown, "k", "test_accuracy")
            axes.plot(style.sparsity_position(k), 1 - means, markersize=6, **look)


def _error_axes(axes):
    """Error on a log scale; sparsities from .5 to .998."""
    axes.set_yscale("log")
    axes.set_ylim(0.012, 0.95)
    style.plain_ticks(axes.yaxis, *axes.get_ylim())
    ticks = [k for k in SHOWN_K if k not in (0.6, 0.7)]
    axes.set_xticks(style.sparsity_position(ticks), [f"{k:g}" for k in ticks], fontsize=9)
    axes.set_xlabel("k, fraction pruned")


def _legend(axes, *entries, **options):
    """Put a panel's legend at its right."""
    place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02), "alignment": "left"}
    axes.legend(*entries, fontsize=10, **place, **options)


def accuracy_by_rank(path, title, about, records, baseline, oracle):
    """Draw the accuracy of a criterion's masks over its rank correlation with single removals."""
    title = _title(title, about, records, ("cut",))
    with style.figure(path, title, columns=2, size=(12, 5.2)) as (_, panels):
        for axes, kind in zip(panels, KINDS, strict=True):
            rows = part(records, kind, "cut")
            for criterion, budget in best_budgets(rows, dense_accuracies(baseline)).items():
                masks = select(rows, criterion=criterion, budget=budget, k=ORACLE_K)
                ranks = select(oracle, kind=kind, criterion=criterion, layer=ALL_LAYERS)
                if masks and ranks:
                    rank = np.mean([row["spearman_absolute"] for row in ranks])
                    accuracy = np.mean([row["test_accuracy"] for row in masks])
                    look = looks(kind)[criterion] | {"linestyle": "", "markersize": 8}
                    axes.plot(rank, accuracy, **look)
            axes.set_title(f"{kind}s, k = {ORACLE_K:g}, cut alone")
            axes.set_xlabel("rank correlation with |change of loss| of one removal")
            axes.set_xlim(-0.1, 1.05)
            axes.set_ylim(0, 1.02)
            _legend(axes)
        panels[0].set_ylabel("test accuracy")
