"""What training came to, a line for each network.

Read next: npprune/inference/formats.py.
"""

from npprune.lab.baseline import living
from npprune.lab.page import cell
from npprune.studies import source


def values(run):
    rows = run.read("baseline")
    if not rows:
        return None
    columns, alive = ("test_accuracy", "test_loss", "validation_loss"), living(rows)
    return {column: cell(alive, column, 4) for column in columns} | {
        "trained": len(rows),
        "dead": len(rows) - len(alive) or None,
        "rate": run.config.recipe.learning_rate,
        "source_loss": source.BEST_LOSS if source.comparable(run.config) else None,
        "networks": rows,
    }
