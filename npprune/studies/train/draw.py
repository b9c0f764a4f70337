"""Loss and accuracy by epoch, mean and spread over the seeds.

Read next: npprune/studies/train/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.baseline import living
from npprune.studies import source

LOOKS = {
    "train": {"color": style.ORANGE, "marker": "^"},
    "validation": {"color": style.BLUE, "marker": "o"},
}
SMALLEST = 2e-5  # error that is drawn
TICKS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)  # of accuracies


def curves(path, config, history):
    """Draw networks that lived, and the source's if comparable."""
    history = living(history)
    with style.figure(path, **style.STACKED) as (_, (top, bottom)):
        for axes, quantity in ((top, "loss"), (bottom, "accuracy")):
            for split, look in LOOKS.items():
                style.band(axes, history, "epoch", f"{split}_{quantity}", look | {"label": split})
            if source.comparable(config):
                theirs, label = source.curve(f"validation_{quantity}"), f"{source.NAME}, validation"
                style.published(axes, "epoch", theirs, "D", "black", label)
            axes.set_xlabel("epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
        lowest = min(row[f"{split}_loss"] for row in history for split in LOOKS)
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
