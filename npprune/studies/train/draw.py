"""Loss and accuracy by epoch, mean and spread over the seeds.

Read next: npprune/studies/train/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.baseline import living
from npprune.lab.records import mean_by
from npprune.studies import source

SMALLEST = 2e-5  # error that is drawn
TICKS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)  # of accuracies


def curves(path, config, history):
    """Draw networks that lived, and the source's if comparable."""
    history = living(history)
    with style.figure(path, **style.STACKED) as (_, (top, bottom)):
        for axes, quantity in ((top, "loss"), (bottom, "accuracy")):
            for split, color, marker in (
                ("train", style.ORANGE, "^"),
                ("validation", style.BLUE, "o"),
            ):
                look = {"color": color, "marker": marker, "label": split}
                style.band(axes, *mean_by(history, "epoch", f"{split}_{quantity}"), look)
            if source.comparable(config):
                label = f"{source.NAME}, validation"
                look = {"color": "black", "label": label} | style.SOURCE
                theirs = source.curve(f"validation_{quantity}")
                axes.plot([*theirs], [*theirs.values()], "D", **look)
            axes.set_xlabel("epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
        lowest = min(row[f"{part}_loss"] for row in history for part in ("train", "validation"))
        style.log_losses(top, lowest, "cross-entropy")
        top.legend()
        _spread_accuracies(bottom)


def _spread_accuracies(axes):
    highest = max(np.max(line.get_ydata()) for line in axes.get_lines())
    axes.set_yscale("function", functions=(_accuracy_to_axis, _axis_to_accuracy))
    ticks = [tick for tick in TICKS if tick <= highest]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylabel("accuracy (log scale of the errors)")


def _accuracy_to_axis(accuracy):
    return -np.log10(np.maximum(1 - np.asarray(accuracy), SMALLEST))


def _axis_to_accuracy(position):
    return 1 - 10 ** -np.asarray(position)
