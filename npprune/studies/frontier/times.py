"""How long do the networks of the frontier take for an image?  All of one seed, in one comparison.

The rules are those of npprune/lab/stopwatch.py: the networks take turns in random order, each in
the plan that suits it best for the batch at hand (format "auto", the dense network's too), on one
thread; logits are compared first.  So a small network finds the caches full of the others.

Read next: npprune/studies/frontier/measure.py.
"""

import numpy as np

from npprune.lab.stopwatch import compare
from npprune.network.mlp import inputs
from npprune.studies.frontier import BATCHES


def time_networks(rows, networks, images, budget):
    """Time networks against each other at every batch size: {"frontier": rows with their times}.

    Shapes: rows, the records of one seed; networks {name: weights}, the first one dense; images
    (N, height, width) uint8, repeated where they are fewer than a batch needs; budget: seconds for
    each batch size
    """
    for batch in BATCHES:
        times = compare(networks, inputs(images[np.arange(batch) % len(images)]), budget)
        rows = [
            row | {f"{column}_{batch}": value for column, value in times[row["name"]].items()}
            for row in rows
        ]
    return {"frontier": rows}
