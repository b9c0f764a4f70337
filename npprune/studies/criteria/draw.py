"""Test error of every criterion against sparsity.

Read next: npprune/studies/criteria/tell.py.
"""

from npprune.lab import style
from npprune.lab.records import mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies.criteria.choice import REPAIRS, best_budgets, part

# The criteria that the text compares stand out; all others are grey.
LOOKS = {
    "magnitude": {"color": style.BLACK, "marker": "o"},
    "in-l2": {"color": style.BLACK, "marker": "o"},
    "obd": {"color": style.RED, "marker": "s"},
    "obd-iterated": {"color": style.RED, "marker": "D", "linestyle": "--"},
    "obd-decay-iterated": {"color": style.ORANGE, "marker": "^"},
    "admm": {"color": style.BLUE, "marker": "P"},
    "sparsegpt": {"color": style.SKY, "marker": "X", "linestyle": "--"},
    "obs": {"color": style.BLUE, "marker": "P"},
    "random": {"color": style.GREEN, "marker": "*", "linestyle": ":"},
}
OTHER = {"color": "#bbbbbb", "linewidth": 1, "marker": "", "zorder": 1}
SHOWN_FROM = {"weight": 0.8, "unit": 0.3}


def errors(path, config, records):
    """Draw test error against sparsity: weights above, units below; cut alone, then refitted."""
    with style.figure(path, 2, 2, (11, 9), sharey=True) as (drawn, panels):
        for line, kind in zip(panels, KINDS, strict=True):
            for axes, repair in zip(line, REPAIRS, strict=True):
                rows = part(records, kind, repair)
                ticks = sorted({row["k"] for row in rows if row["k"] >= SHOWN_FROM[kind]})
                _curves(axes, rows, ticks)
                axes.set(ylim=(0.012, 0.95), xlabel="k, fraction pruned")
                style.log_axis(axes.yaxis)
                style.sparsity_ticks(axes, ticks)
                done = "cut alone" if repair == "none" else "refitted on unlabelled images"
                axes.set_title(f"{kind}s, {done}")
            line[0].set_ylabel("test error (log scale)")
        style.shared_legend(drawn, ncols=5)


def _curves(axes, rows, shown):
    for criterion, budget in best_budgets(rows).items():
        curve = select(rows, criterion=criterion, budget=budget)
        k, means, _ = mean_by([row for row in curve if row["k"] in shown], "k", "test_accuracy")
        look = LOOKS.get(criterion, OTHER) | {"label": criterion if criterion in LOOKS else None}
        axes.plot(style.sparsity_position(k), 1 - means, markersize=6, **look)
