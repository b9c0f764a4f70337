"""What a trained network is worth, as a record: the epoch that was kept, and the test images.

Read next: npprune/lab/outcome.py.
"""

import math
import sys

MOST_CLASSES, NEAR = 256, 1e-6


def baseline(history, test_loss, test_accuracy):
    """Record of one trained network; history holds its records of data/training.csv."""
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
    """Say whether a network has died: all its logits are 0, and its loss is that of a guess.

    row is a record of data/baseline.csv or data/training.csv.  The loss is then the logarithm of
    the number of classes, to the last digits.
    """
    loss = row["validation_loss"]
    return any(abs(loss - math.log(n)) < NEAR for n in range(2, MOST_CLASSES + 1))


def dead_seeds(rows):
    """Seeds of the networks that have died, from records of either table."""
    return {row["seed"] for row in rows if is_dead(row)}


def living(rows):
    """Leave out the rows of networks that have died, unless all have.

    rows are those of data/baseline.csv or data/training.csv
    """
    dead = dead_seeds(rows)
    return [row for row in rows if row["seed"] not in dead] or rows


def peak_memory():
    """Most memory that this process has held at once, in MB; not a number where nobody counts."""
    try:
        import resource  # not on Windows
    except ImportError:
        return math.nan
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
