"""The columns of the comparison: what others printed, and whose records stand beside it.

A gap between the source report and a run has two parts.  One comes with the recipe: another
optimizer, other initial weights, another choice of the epoch.  The other comes with all the rest:
other random numbers, another library, numbers read off a picture.  A second run, by the source's
own protocol (npprune prune --protocol source), lies between the two and tells them apart.  It is
looked for in the folder source-protocol of the run's own, and left out when it is not there.

Read next: npprune/studies/comparison/accuracy.py.
"""

import numpy as np

from npprune.lab.page import cell
from npprune.lab.run import Run
from npprune.network.mlp import HIDDEN

REPLICA = "source-protocol"  # folder, inside a run's, of the run by the source's protocol
HERE, REPLAYED = "here", "source's protocol here"


def comparable(config):
    """Say whether others' numbers are of the same task: MNIST in full, and the same network."""
    return config.dataset == "mnist" and not config.quick and config.recipe.hidden == HIDDEN


def sides(run):
    """The runs whose records are shown, by the name of their column: {name: Run}."""
    if run.config.protocol == "source":
        return {REPLAYED: run}
    folder = run.folder / REPLICA
    if (folder / "config.json").exists():
        replica = Run.open(folder)
        if comparable(replica.config) and replica.config.protocol == "source":
            return {REPLAYED: replica, HERE: run}
    return {HERE: run}


def gap_said(theirs, columns, column, digits):
    """Say what of a gap comes with the recipe and what does not.

    theirs: the source's number; columns {name: rows} of the sides -> a sentence
    """
    mean = {
        name: sum(row[column] for row in rows) / len(rows) for name, rows in columns.items() if rows
    }
    if len(mean) < 2:
        return "What the gap comes from was not tested."
    recipe, rest = mean[HERE] - mean[REPLAYED], mean[REPLAYED] - theirs
    replayed = [row[column] for row in columns[REPLAYED]]
    small = len(replayed) > 1 and abs(rest) < np.std(replayed, ddof=1)
    return (
        f"By the source's protocol this code has {cell(columns[REPLAYED], column, digits)}: of the "
        f"gap, {recipe:+.{digits}f} comes with the recipe and {rest:+.{digits}f}"
        f"{', less than the spread over the seeds,' if small else ''} with all else (random "
        "numbers, library, the source's one seed, the reading of its figure)."
    )
