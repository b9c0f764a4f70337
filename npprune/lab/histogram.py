"""Magnitudes of a layer's weights in bins: all, eliminated, surviving.

Read next: npprune/lab/formula.py.
"""

import numpy as np

BINS = 60  # from 0 to the layer's largest weight, so that nothing is cut off


def histogram(W, mask):
    """Count the magnitudes in BINS equal bins, from 0 to the largest.

    Shapes: W (n_in, n_out), mask bool, True = surviving -> BINS records
    """
    magnitudes = np.abs(W)
    edges = np.linspace(0, magnitudes.max(), BINS + 1)
    counts = {
        "all": np.histogram(magnitudes, edges)[0],
        "eliminated": np.histogram(magnitudes[~mask], edges)[0],
        "surviving": np.histogram(magnitudes[mask], edges)[0],
    }
    return [
        {"left": float(edges[i]), "right": float(edges[i + 1])}
        | {name: int(count[i]) for name, count in counts.items()}
        for i in range(BINS)
    ]
