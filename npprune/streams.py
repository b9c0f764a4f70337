"""Randomness with a name: one seed, many independent streams.

A run has one seed, yet its initial weights must not change because the shuffling drew more numbers,
and a run that was stopped must draw after its resumption what it would have drawn.  So each use of
chance gets a generator of its own, made from the seed, the name of the use, and counters such as
the epoch.  Nothing has to be saved.

Read next: npprune/progress.py.
"""

import zlib

import numpy as np


def stream(seed, purpose, *counters):
    """Return the numpy Generator that belongs to a seed, a purpose and non-negative counters.

    SeedSequence mixes its words so that generators whose words differ anywhere are independent
    for every practical purpose (M. E. O'Neill's seed_seq construction).  A word that is missing
    counts as 0, so a purpose must always be given with the same number of counters.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *counters])
