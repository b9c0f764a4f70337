"""How does the work grow with the number of images?  It must be linear, and nothing be copied.

Evaluating a network reads the images where they lie, a batch at a time, so both its time for an
image and its extra memory must stay the same from a thousand images to fifty thousand.  (How a
training step grows with the width of the network stands in training.py; seeds are independent
runs, one after the other.)

Read next: npprune/studies/speed/around.py.
"""

import tracemalloc

import numpy as np

from npprune.data.datasets import Split
from npprune.network.mlp import evaluate
from npprune.studies.timing import interleave

IMAGES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


def run(weights, split, budget, progress):
    """Time evaluate() on more and more images of a split, and take its peak memory.

    Shapes: weights L arrays; split with up to max(IMAGES) images -> records of data/growth.csv
    """
    # One's own data set may have fewer images than the fewest here.
    counts = [n for n in IMAGES if n <= len(split.labels)] or [len(split.labels)]
    parts = {n: Split(split.images[:n], split.labels[:n]) for n in counts}
    seconds = interleave(
        {n: lambda part=part: evaluate(weights, part) for n, part in parts.items()}, budget
    )
    records = []
    for done, (n, part) in enumerate(parts.items(), 1):
        median = float(np.median(seconds[n]))
        records.append(
            {
                "images": n,
                "seconds": median,
                "microseconds_per_image": median / n * 1e6,
                "peak_extra_mb": peak_allocation(lambda part=part: evaluate(weights, part)) / 1e6,
            }
        )
        progress(done, f"{n:,} images")
    return records


def count():
    """Number of sizes that run() measures, at the most."""
    return len(IMAGES)


def peak_allocation(function):
    """Most bytes that a call holds at once beyond what was held before; NumPy reports its own."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
