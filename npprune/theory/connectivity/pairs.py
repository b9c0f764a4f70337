"""Pairs of inputs of one unit, counted by the displacement between them.

    S(d) = sum over units i and pixels a of  M_i(a) M_i(a + d),   d = (dy, dx) != 0,
where M_i(a) = 1 if unit i is connected to pixel a.  From it come

    pair correlation    g(d) = S(d) / E S(d) under a null          (1: no more than the null)
    share within r      L_r = sum of S(d) over max(|dy|, |dx|) <= r / sum of S(d)

L_2 is the share of pairs of which one input lies in the 5 x 5 window around the other; among the
pairs of one full 5 x 5 patch it is .56.  Units count by their pairs, so one with twice the inputs
weighs four times as much.  If the pixels of every unit are drawn uniformly from a set Q, E L_r is
that of Q itself.

Source: Pellegrini and Biroli 2022 count S(d) in this way, on ImageNet at 32 x 32.

Read next: npprune/theory/connectivity/curveball.py.
"""

import numpy as np
from scipy import fft

from npprune.errors import InputError


def pair_counts(images):
    """S(d), ordered pairs of inputs of one unit at every displacement, summed over the units.

    Shapes: images (n_units, H, W) bool -> (2H - 1, 2W - 1) float64, whole numbers; d = 0 is in the
    middle, and 0 there

    The autocorrelation of M_i is the inverse transform of |FFT M_i|^2 (Wiener and Khinchin), with
    zeros around the image so that its edges do not meet; sums over the units commute with it.
    """
    _, H, W = images.shape
    size = [fft.next_fast_len(2 * n - 1, real=True) for n in (H, W)]
    F = fft.rfft2(images.astype(np.float32), s=size)
    power = np.einsum("uyx,uyx->yx", F.real, F.real, dtype=np.float64)
    power += np.einsum("uyx,uyx->yx", F.imag, F.imag, dtype=np.float64)
    S = fft.irfft2(power, s=size)
    S = np.rint(np.roll(S, (H - 1, W - 1), axis=(0, 1))[: 2 * H - 1, : 2 * W - 1])
    S[H - 1, W - 1] = 0
    return S


def displacements(S):
    """The dy and dx that belong to S.  Shapes: (2H - 1, 2W - 1) -> (2H - 1, 1), (1, 2W - 1)"""
    H, W = (n // 2 + 1 for n in S.shape)
    return np.ogrid[1 - H : H, 1 - W : W]


def share_within(S, r):
    """L_r, the share of the pairs that are within r pixels of each other in both directions.

    Shapes: S (2H - 1, 2W - 1), r integer -> float

    Raises InputError when there is no pair.
    """
    dy, dx = displacements(S)
    return float(S[np.maximum(abs(dy), abs(dx)) <= r].sum() / _total(S))


def _total(S):
    if not S.any():
        raise InputError("no unit keeps two inputs: there are no pairs to measure, prune less")
    return S.sum()


def pair_correlation(S, expected):
    """g(d) = S(d) / E S(d), NaN where the null has no pairs.

    Shapes: both (2H - 1, 2W - 1) -> the same, float64
    """
    return np.divide(S, expected, out=np.full(S.shape, np.nan), where=expected > 0)


def padded(images, r):
    """Put r rows and columns of zeros behind each image.

    Shapes: images (n_units, H, W) bool -> (n_units, H + r, W + r) bool
    """
    return np.pad(images, ((0, 0), (0, r), (0, r)))


def near_pairs(images, r):
    """Count the pairs within r pixels of each unit: the fast way to L_r, for thousands of draws.

    Shapes: images (n_units, H + r, W + r) bool, contiguous, from `padded` -> (n_units,) int64,
    unordered pairs; r <= 10

    In one long row of all padded images a displacement is an offset, and the zeros keep the rows
    and the images apart: neighbours = sum over half of the offsets of the row shifted by each, and
    the pairs are the neighbours of the inputs.  A byte holds them: 2 r (r + 1) <= 220.
    """
    row = images.reshape(-1).view(np.uint8)
    width = images.shape[2]
    neighbours = np.zeros_like(row)
    for offset in [*range(1, r + 1), *(dy * width + dx for dy in range(1, r + 1)
                                       for dx in range(-r, r + 1))]:  # fmt: skip
        neighbours[:-offset] += row[offset:]
    neighbours *= row
    return neighbours.reshape(len(images), -1).sum(axis=1, dtype=np.int64)


def pairs(images):
    """Number of unordered pairs of inputs of each unit.  Shapes: (n_units, ...) -> (n_units,)"""
    inputs = images.reshape(len(images), -1).sum(axis=1)
    return inputs * (inputs - 1) // 2
