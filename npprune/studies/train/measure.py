"""A network is trained for each seed, and recorded epoch by epoch.

Read next: npprune/studies/train/draw.py.
"""

import functools
import math
import sys

from npprune.lab.study import HERE, Piece
from npprune.network.mlp import evaluate, layer_sizes
from npprune.network.training import train


def pieces(run, dataset, form):
    """Yield a piece for each seed."""
    for seed in run.config.seeds:
        arguments = functools.partial(_arguments, run, dataset, seed)
        yield Piece("baseline", {"seed": seed}, train_network, arguments, HERE)


def _arguments(run, dataset, seed):
    on_epoch = functools.partial(run.add, "training", {"seed": seed})
    return dataset, run.config.recipe, seed, run.checkpoint(seed), on_epoch


def train_network(dataset, recipe, seed, checkpoint, on_epoch):
    """Train from the checkpoint on, if there is one; -> {"training", "baseline": records}.

    on_epoch is given the history after every epoch.
    """
    sizes = layer_sizes(dataset, recipe.hidden)
    splits = (dataset.train, dataset.validation)
    weights, history = train(sizes, recipe, seed, splits, checkpoint, on_epoch)
    return {"training": history, "baseline": [summarise(weights, history, dataset.test)]}


def summarise(weights, history, test):
    """Record of one trained network: the epoch that was kept, and its loss and accuracy.

    Shapes: weights L arrays, history the records of data/training.csv for this seed
    """
    kept = min(history, key=lambda row: row["validation_loss"])
    loss, accuracy = evaluate(weights, test)
    return {
        "kept_epoch": kept["epoch"],
        "validation_loss": kept["validation_loss"],
        "validation_accuracy": kept["validation_accuracy"],
        "test_loss": loss,
        "test_accuracy": accuracy,
        "seconds": sum(row["seconds"] for row in history),
        "peak_memory_mb": peak_memory(),
    }


def peak_memory():
    """Most memory that this process has held at once, in MB; not a number where nobody counts."""
    try:
        import resource  # not on Windows
    except ImportError:
        return math.nan
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
