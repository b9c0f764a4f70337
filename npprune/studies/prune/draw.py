"""Accuracy and loss against sparsity, and histograms.

Read next: npprune/studies/prune/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.records import groups, select
from npprune.pruning.masks import KINDS
from npprune.studies import source


def accuracies(path, config, rows):
    with style.figure(path, **style.STACKED) as (drawn, (top, bottom)):
        for axes, quantity in ((top, "test_accuracy"), (bottom, "test_loss")):
            for kind in KINDS:
                look = style.KIND[kind]
                _curves(axes, select(rows, kind=kind), quantity, look)
                if source.comparable(config):
                    theirs, label = source.curve(quantity, kind), f"{source.NAME}, {kind}s"
                    style.published(axes, "k", theirs, look["marker"], look["color"], label)
            style.sparsity_axis(axes, sorted({row["k"] for row in rows}))
        top.set(ylabel="test accuracy", ylim=(0, 1.02))
        style.log_losses(bottom, min(row["test_loss"] for row in rows), "test loss")
        style.shared_legend(drawn, ncols=2)


def _curves(axes, rows, quantity, look):
    for criterion, line, words in (("magnitude", "-", ""), ("random", ":", " at random")):
        own = look | {"label": look["label"] + words, "linestyle": line}
        style.band(axes, select(rows, criterion=criterion), "k", quantity, own)


def histograms(path, config, rows):
    """Draw histograms of the first seed.

    Shares, not counts, so that random groups of any sizes would coincide.
    """
    first = min(row["seed"] for row in rows)
    layers = groups(select(rows, seed=first), "layer")
    size = (10, 2.2 * len(layers) + 0.8)
    with style.figure(path, len(layers), len(KINDS), size, squeeze=False) as (drawn, grid):
        for (layer, here), line in zip(layers.items(), grid, strict=True):
            for kind, axes in zip(KINDS, line, strict=True):
                _histogram_axes(axes, select(here, kind=kind))
                axes.set_title(f"layer {layer}, {kind}s pruned")
        for axes in grid[-1]:
            axes.set_xlabel("magnitude of a weight")
        for axes in grid[:, 0]:
            axes.set_ylabel("share in a bin (log)")
        style.shared_legend(drawn, ncols=3)


def _histogram_axes(axes, rows):
    edges = [row["left"] for row in rows] + [rows[-1]["right"]]
    looks = {
        "all": {"fill": True, "color": style.GREY, "alpha": 0.25},
        "eliminated": {"color": style.PRUNED, "linestyle": "--", "linewidth": 1.8},
        "surviving": {"color": style.KEPT, "linewidth": 1.8},
    }
    for part, look in looks.items():
        counts = np.array([row[part] for row in rows])
        axes.stairs(counts / max(counts.sum(), 1), edges, label=part, **look)
    axes.set(yscale="log", xlim=(0, edges[-1]))
