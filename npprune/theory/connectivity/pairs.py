"""Pairs of inputs of one unit, counted by the displacement between them.

    S(d) = sum over units i and pixels a of M_i(a) M_i(a+d),   d = (dy, dx) != 0,
where M_i(a) = 1 if unit i is connected to pixel a.

Source: Pellegrini and Biroli 2022 count S(d) in this way, on ImageNet at 32 x 32.

Read next: npprune/theory/connectivity/curveball.py.
"""

import numpy as np
from scipy import fft

from npprune.errors import InputError


def pair_counts(images):
    """S(d) at every displacement; d = 0 is in the middle, and 0 there.

    Shapes: images (n_units, H, W) bool -> (2H-1, 2W-1)

    The autocorrelation of M_i is the inverse transform of |FFT M_i|^2 (Wiener and Khinchin).
    """
    _, H, W = images.shape
    size = [fft.next_fast_len(2 * n - 1, real=True) for n in (H, W)]
    F = fft.rfft2(images.astype(np.float32), s=size)
    power = sum(np.einsum("uyx,uyx->yx", f, f, dtype=np.float64) for f in (F.real, F.imag))
    S = fft.irfft2(power, s=size)
    S = np.rint(np.roll(S, (H - 1, W - 1), axis=(0, 1))[: 2 * H - 1, : 2 * W - 1])
    S[H - 1, W - 1] = 0
    return S


def displacements(S):
    """The dy and dx of S.  Shapes: (2H-1, 2W-1) -> (2H-1, 1), (1, 2W-1)"""
    H, W = (n // 2 + 1 for n in S.shape)
    return np.ogrid[1 - H : H, 1 - W : W]


def share_within(S, r):
    """L_r = sum of S(d) over max(|dy|, |dx|) <= r / sum of S(d).  Shapes: (2H-1, 2W-1) -> float

    One full 5 x 5 patch has L_2 = .56.  If every unit draws its pixels uniformly from a set Q,
    E L_r is that of Q.  Raises InputError without pairs.
    """
    if not S.any():
        raise InputError("no unit keeps two inputs: there are no pairs to measure, prune less")
    dy, dx = displacements(S)
    return float(S[np.maximum(abs(dy), abs(dx)) <= r].sum() / S.sum())


def pair_correlation(S, expected):
    """g(d) = S(d)/E S(d), NaN where the null has no pairs.  Shapes: (2H-1, 2W-1), all"""
    return np.divide(S, expected, out=np.full(S.shape, np.nan), where=expected > 0)


def padded(images, r):
    """Put r rows and columns of zeros behind images.  Shapes: (n, H, W) -> (n, H+r, W+r)"""
    return np.pad(images, ((0, 0), (0, r), (0, r)))


def near_pairs(images, r):
    """Count each unit's pairs of inputs with max(|dy|, |dx|) <= r <= 10: the fast way to L_r.

    Shapes: images (n_units, H+r, W+r) bool, contiguous, from `padded` -> (n_units,)

    Displacements are offsets in one row of all images.  Neighbours are counted in bytes:
    2r(r+1) <= 220.
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
    """Number of unordered pairs of inputs.  Shapes: (n_units, ...) -> (n_units,)"""
    inputs = images.reshape(len(images), -1).sum(axis=1)
    return inputs * (inputs - 1) // 2
