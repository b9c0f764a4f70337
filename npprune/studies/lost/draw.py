"""What each class loses.

Read next: npprune/studies/lost/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.records import groups, select
from npprune.studies.lost import NETWORKS

LOOKS = (
    style.KIND["weight"],
    style.KIND["unit"],
    {"color": style.GREY, "marker": "^", "label": NETWORKS[-1]},
)


def class_losses(rows, network):
    """Change of accuracy beside the dense network, in points: labels, (seeds, classes)."""
    return list(groups(rows, "class")), _accuracy(rows, network) - _accuracy(rows, NETWORKS[0])


def _accuracy(rows, network):
    by_seed = groups(select(rows, network=network), "seed").values()
    return np.array([[100 * row["right"] / row["images"] for row in here] for here in by_seed])


def classes(path, config, rows):
    with style.figure(path, size=(7, 4.6)) as (drawn, axes):
        for i, (name, look) in enumerate(zip(NETWORKS[1:], LOOKS, strict=True)):
            labels, losses = class_losses(rows, name)
            x = np.arange(len(labels)) + 0.2 * (i - 1)
            deviations = losses.std(axis=0, ddof=1) if len(losses) > 1 else None
            axes.errorbar(x, losses.mean(axis=0), deviations, linestyle="", **look)
        axes.axhline(0, color=style.BLACK, linewidth=0.8)
        axes.set_xticks(np.arange(len(labels)), labels)
        axes.set_xlabel("class")
        axes.set_ylabel("change of test accuracy in points")
        style.shared_legend(drawn, ncols=3)
