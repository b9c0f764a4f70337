"""Randomness with a name: one seed, many independent streams.

Initial weights must not change because the shuffling drew more numbers, and a resumed run must draw
what it would have drawn.  So each use of chance has its own generator, made from the seed, a name
and counters such as the epoch.

Read next: npprune/progress.py.
"""

import zlib

import numpy as np


def stream(seed, purpose, *counters):
    """The numpy Generator of a seed, a purpose and non-negative counters.

    Generators that differ in any of these are independent in practice.  A missing counter is 0: a
    purpose must always have the same number.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *counters])
