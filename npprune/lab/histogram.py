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
    columns = {"left": edges[:-1], "right": edges[1:]}
    for name, part in (("all", ...), ("eliminated", ~mask), ("surviving", mask)):
        columns[name] = np.histogram(magnitudes[part], edges)[0]
    lines = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, line, strict=True)) for line in lines]
