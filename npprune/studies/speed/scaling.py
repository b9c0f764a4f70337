"""How does the work grow with the number of images?  It must be linear, and nothing be copied.

Evaluating a network reads the images where they lie, a batch at a time, so both its time for an
image and its extra memory must stay the same from a thousand images to fifty thousand.  (How a
training step grows with the width of the network stands in training.py; seeds are independent
runs, one after the other.)

Read next: npprune/studies/speed/measure.py.
"""

import tracemalloc

import numpy as np

from npprune.data.datasets import Split
from npprune.lab.stopwatch import interleave
from npprune.network.mlp import evaluate


def evaluate_more(weights, split, counts, budget):
    """Time evaluate() on more and more images, and take its peak memory: {"growth": records}.

    Shapes: weights L arrays; split with up to max(counts) images, all of them if it has fewer
    """
    counts = sorted({min(n, len(split.labels)) for n in counts})
    parts = {n: Split(split.images[:n], split.labels[:n]) for n in counts}
    seconds = interleave(
        {n: lambda part=part: evaluate(weights, part) for n, part in parts.items()}, budget
    )
    records = []
    for n, part in parts.items():
        median = float(np.median(seconds[n]))
        peak = peak_allocation(lambda part=part: evaluate(weights, part))
        records.append(
            {
                "images": n,
                "seconds": median,
                "microseconds_per_image": median / n * 1e6,
                "peak_extra_mb": peak / 1e6,
            }
        )
    return {"growth": records}


def peak_allocation(function):
    """Most bytes that a call holds at once beyond what was held before; NumPy reports its own."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
