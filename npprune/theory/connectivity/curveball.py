"""The main null: every unit keeps its number of inputs, every pixel its number of units.

Pixels in the middle are used more, and that alone makes units look local.  So in the null all 0-1
matrices with the given row and column sums are equally likely.

Source: Strona, Nappo, Boccacci, Fattorini and San-Miguel-Ayanz 2014.

Read next: npprune/theory/connectivity/nulls.py.
"""

import numpy as np

FORGOTTEN = 20  # rounds after which the mask that a walk began with no longer shows


def trade(rows, rng):
    """Let the units trade two by two, all at once (Carstens et al. 2018); writes into rows.

    Shapes: rows (n_units, n_inputs) bool; keeps row and column sums

    Two units put together the inputs that only one of them has, shuffle them, and take back as many
    as each had.  Every trade can be undone with the same probability, so the walk's stationary law
    is uniform; it reaches every such matrix (Carstens 2015).  After 20 rounds less than 0.1 % of
    the difference from the null is left.
    """
    half = len(rows) // 2  # of an odd number of units one sits out
    order = rng.permutation(len(rows))
    first, second = order[:half], order[half : 2 * half]
    A, B = rows[first], rows[second]
    differ = A ^ B
    owned = np.count_nonzero(A & differ, axis=1)  # how many of them each A has
    counts = np.count_nonzero(differ, axis=1)
    shuffled = _shuffled_within(np.flatnonzero(differ), counts, A.size, rng)
    turn = np.arange(len(shuffled)) - np.repeat(np.cumsum(counts) - counts, counts)
    to_first = turn < np.repeat(owned, counts)
    A &= B
    B = A.copy()
    A.reshape(-1)[shuffled[to_first]] = True
    B.reshape(-1)[shuffled[~to_first]] = True
    rows[first], rows[second] = A, B


def _shuffled_within(places, counts, size, rng):
    bits, groups = size.bit_length(), len(counts).bit_length()
    keys = rng.integers(1 << (63 - bits - groups), size=len(places))
    keys |= np.repeat(np.arange(len(counts), dtype=np.int64) << (63 - bits - groups), counts)
    keys = (keys << bits) | places
    keys.sort()
    return keys & ((1 << bits) - 1)


def serial_draws(images, draws, rng):
    """Walk both ways from the observed mask, `draws` rounds in all, for a serial test.

    Shapes: images (n_units, ...) bool -> yields rounds from it, images (overwritten by the next)

    Besag and Clifford 1989 (section 3): put the observed mask at a random place among B+1 states of
    a reversible walk.  If the null is true all places are alike, so
    p = (1 + #{drawn >= observed})/(B+1) is exact, however slowly the walk forgets.
    """
    ahead = int(rng.integers(draws + 1))
    for rounds in (ahead, draws - ahead):
        walker = images.copy()
        for age in range(1, rounds + 1):
            trade(walker.reshape(len(walker), -1), rng)
            yield age, walker
