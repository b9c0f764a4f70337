"""How good a trained network is, as one record.

Read next: npprune/lab/outcome.py.
"""

import math
import sys

MOST_CLASSES, NEAR = 256, 1e-6


def baseline(history, test_loss, test_accuracy):
    """Record of a trained network; history holds its rows of data/training.csv."""
    kept = min(history, key=lambda row: row["validation_loss"])
    return {
        "kept_epoch": kept["epoch"],
        "validation_loss": kept["validation_loss"],
        "validation_accuracy": kept["validation_accuracy"],
        "test_loss": test_loss,
        "test_accuracy": test_accuracy,
        "seconds": sum(row["seconds"] for row in history),
        "peak_memory_mb": peak_memory(),
    }


def is_dead(row):
    """Say whether a network has died: all its logits are 0.

    Its loss is then the logarithm of the number of classes.
    """
    loss = row["validation_loss"]
    return any(abs(loss - math.log(n)) < NEAR for n in range(2, MOST_CLASSES + 1))


def dead_seeds(rows):
    """Seeds of the rows whose network has died."""
    return {row["seed"] for row in rows if is_dead(row)}


def living(rows):
    """Leave out the rows of dead networks, unless all are dead."""
    dead = dead_seeds(rows)
    return [row for row in rows if row["seed"] not in dead] or rows


def peak_memory():
    """Most memory this process has held, in MB; NaN where nobody counts it."""
    try:
        import resource  # not on Windows
    except ImportError:
        return math.nan
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
