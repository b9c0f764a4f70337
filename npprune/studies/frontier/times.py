"""How long do the networks of the frontier take for an image?  All of one seed, in one comparison.

The rules are those of timing.py: the networks take turns in random order, each in the plan that
suits it best for the batch at hand (format "auto", the dense network's too), on one thread, in a
process of its own whose BLAS has one thread; logits are compared first.  As all take turns, a
small network finds the caches full of the others, as it would in a program that does anything else
besides.

Read next: npprune/studies/frontier/footprint.py.
"""

import numpy as np

from npprune.inference import build
from npprune.network.mlp import inputs, logits
from npprune.progress import Progress
from npprune.studies.timing import check_logits, interleave
from npprune.threads import single_threaded_processes

BATCHES = (1, 100, 1000)
TIME_COLUMNS = [
    f"{column}_{batch}" for batch in BATCHES for column in ("us", "us_q1", "us_q3", "speedup")
]


def time_networks(networks, images, budget):
    """Time networks against each other at every batch size.

    Shapes: networks {name: weights}, the first one dense; images (N, height, width) uint8
    -> {name: {column of TIME_COLUMNS: value}}: microseconds an image, median and quartiles, and
    how many times faster than the first network.  Where there are fewer images than a batch needs,
    they are repeated.
    """
    times = {name: {} for name in networks}
    with single_threaded_processes() as child, Progress("frontier, timing", len(BATCHES)) as show:
        for done, batch in enumerate(BATCHES, 1):
            X = inputs(images[np.arange(batch) % len(images)])
            found = child.submit(compare, networks, X, budget).result()
            for name, columns in found.items():
                times[name] |= {f"{column}_{batch}": value for column, value in columns.items()}
            show(done, f"batch {batch}")
    return times


def compare(networks, X, budget):
    """Time networks on one batch; X (batch, n_0) -> {name: us, us_q1, us_q3, speedup}."""
    engines = {name: build(weights, "auto", 1, len(X)) for name, weights in networks.items()}
    for name, engine in engines.items():
        check_logits(name, engine(X), logits(networks[name], X))
    seconds = interleave({name: lambda e=e: e(X) for name, e in engines.items()}, budget)
    first = np.median(next(iter(seconds.values())))
    found = {}
    for name, times in seconds.items():
        q1, median, q3 = np.percentile(times, (25, 50, 75)) / len(X) * 1e6
        speedup = first / np.median(times)
        found[name] = {"us": median, "us_q1": q1, "us_q3": q3, "speedup": speedup}
    return found
