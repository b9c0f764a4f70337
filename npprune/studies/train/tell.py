"""What training came to, a line for each network.

Read next: npprune/inference/formats.py.
"""

from npprune.lab.baseline import living
from npprune.lab.group import Group
from npprune.studies import source


def values(run):
    rows = run.read("baseline")
    if not rows:
        return None
    alive = Group(living(rows))
    return {
        "alive": alive,
        "trained": len(rows),
        "dead": len(rows) - len(alive),
        "rate": run.config.recipe.learning_rate,
        "source_loss": source.BEST_LOSS if source.comparable(run.config) else None,
        "networks": rows,
    }
