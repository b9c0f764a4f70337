"""How good is the dense network?  Every later number is read against this one.

Networks are trained from several seeds; the validation images choose the epoch whose weights are
kept; the test images are looked at once, at the end.  Under the protocol of the source report the
test images take the validation set's place, as they did there, and the result is labelled so.

Read next: npprune/lab/outcome.py.
"""

import math
import sys

import numpy as np

from npprune.lab.records import mean_by
from npprune.lab.style import BLUE, ORANGE, SOURCE, figure, plain_ticks
from npprune.network.checkpoint import is_whole, load_weights
from npprune.network.mlp import evaluate, layer_sizes
from npprune.network.training import train
from npprune.progress import say
from npprune.studies import source


def summarise(seed, weights, history, test):
    """Record of one trained network: the epoch that was kept, and its loss and accuracy.

    Shapes: weights L arrays, history the records of data/training.csv for this seed
    """
    kept = min(history, key=lambda row: row["validation_loss"])
    loss, accuracy = evaluate(weights, test)
    return {
        "seed": seed,
        "kept_epoch": kept["epoch"],
        "validation_loss": kept["validation_loss"],
        "validation_accuracy": kept["validation_accuracy"],
        "test_loss": loss,
        "test_accuracy": accuracy,
        "seconds": sum(row["seconds"] for row in history),
        "peak_memory_mb": peak_memory(),
    }


def trained(run, dataset, seed):
    """Return a seed's weights; raises CheckpointError when they are not of the run's network.

    A network that was lost is trained again; one that was damaged goes on from the epoch before.
    Either way it ends with the bits that it had.
    """
    path, sizes = run.checkpoint(seed), layer_sizes(dataset, run.config.recipe.hidden)
    if not is_whole(path):
        say(f"{path}: lost or damaged, though its records are there: training it again")
        train(sizes, run.config.recipe, seed, (dataset.train, dataset.validation), checkpoint=path)
    return load_weights(path, sizes)


def peak_memory():
    """Most memory that this process has held at once, in MB; not a number where nobody counts."""
    try:
        import resource  # not on Windows
    except ImportError:
        return math.nan
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def plot(history, path, title):
    """Draw loss and accuracy by epoch, mean and spread over seeds: the source's Figure 1.

    history holds the records of data/training.csv; the PNG is written to path.
    """
    with figure(path, columns=2) as (drawn, (left, right)):
        drawn.suptitle(title)
        for axes, quantity, theirs in (
            (left, "loss", source.TRAINING_LOSS),
            (right, "accuracy", source.TRAINING_ACCURACY),
        ):
            for part, color, marker in (("train", ORANGE, "^"), ("validation", BLUE, "o")):
                epochs, means, spread = mean_by(history, "epoch", f"{part}_{quantity}")
                axes.plot(epochs, means, color=color, marker=marker, label=part)
                axes.fill_between(epochs, means - spread, means + spread, color=color, alpha=0.2)
            axes.plot(
                source.TRAINING_EPOCHS, theirs, "D", color="black",
                label=f"{source.NAME}, validation", **SOURCE,
            )  # fmt: skip
            axes.set_xlabel("epoch")
            axes.set_ylabel(quantity)
            axes.xaxis.get_major_locator().set_params(integer=True)
        left.set_yscale("log")
        plain_ticks(left.yaxis, *left.get_ylim())
        left.set_ylabel("cross-entropy (nats, log scale)")
        _accuracy_axis(right, history)
        left.legend()


def _accuracy_axis(axes, history):
    """Spread accuracies near 1 apart: errors on a log scale, labelled as accuracies."""
    highest = max(max(row["train_accuracy"], row["validation_accuracy"]) for row in history)
    highest = max(highest, *source.TRAINING_ACCURACY)
    ticks = [t for t in (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999) if t <= highest]
    axes.set_yscale("function", functions=(_accuracy_to_axis, _axis_to_accuracy))
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set_ylabel("accuracy (log scale of the errors)")


def _accuracy_to_axis(accuracy):
    return -np.log10(np.maximum(1 - np.asarray(accuracy), 2e-5))


def _axis_to_accuracy(position):
    return 1 - 10 ** -np.asarray(position)
