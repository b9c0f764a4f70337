"""How long do the networks of the frontier take for an image?  All of one seed, in one comparison.

By the rules of npprune/lab/stopwatch.py the networks take turns in random order on one thread, each
in its best plan for the batch (format "auto").  So a small network finds the caches full of the
others.

Read next: npprune/studies/frontier/measure.py.
"""

import numpy as np

from npprune.lab.stopwatch import compare
from npprune.network.mlp import inputs
from npprune.studies.frontier import BATCHES


def time_networks(rows, networks, images, budget):
    """Time networks against each other at every batch size: {"frontier": rows with their times}.

    Shapes: rows of one seed; networks {name: weights}, dense first; images (N, height, width)
    uint8, repeated where too few; budget: seconds for each batch size
    """
    for batch in BATCHES:
        times = compare(networks, inputs(images[np.arange(batch) % len(images)]), budget)
        rows = [
            row | {f"{column}_{batch}": value for column, value in times[row["name"]].items()}
            for row in rows
        ]
    return {"frontier": rows}
