"""A matrix of few nonzeros in few bytes: the values, and where they stand.

    dense    every entry
    coo      row, column and value of each nonzero
    csr      columns and values row by row, and where each row starts
    bitmask  a bit for each entry, 1 where there is a nonzero; then the nonzeros
    gaps     from each nonzero to the next, how many entries on; then the nonzeros

Left out: fewer bits for a value, which is not pruning.

Read next: npprune/inference/accounting.py.
"""

import numpy as np

from npprune.errors import InputError

EXPORTED = ("dense", "bitmask", "gaps")
# Least byte first, whatever the machine: a file is to be read on others.
VALUE = np.dtype("<f4")
GAPS = (np.dtype("u1"), np.dtype("<u2"), np.dtype("<u4"))


def encode(W, layout):
    """Take a matrix apart in a layout of EXPORTED.

    Shapes: W (n_in, n_out) -> values (n,) float32, all N if "dense"; places: (ceil(N/8),) uint8 for
    "bitmask", (n,) narrowest unsigned integers for "gaps", None for "dense"

    The first gap counts from entry 0, so the places are the running sum of the gaps (Han, Mao and
    Dally 2016, section 2, with 5-bit gaps).  Bytes of N entries, n of them nonzero:
        dense 4N    coo 12n    csr 8n + 4(rows+1)    bitmask 4n + N/8    gaps 5n
    """
    flat = np.ravel(W).astype(VALUE, copy=False)
    if layout == "dense":
        return flat, None
    if layout == "bitmask":
        return flat[flat != 0], np.packbits(flat != 0)
    places = np.flatnonzero(flat)
    gaps = np.diff(places, prepend=0)
    largest = gaps.max(initial=0)
    dtype = next(dtype for dtype in GAPS if largest <= np.iinfo(dtype).max)
    return flat[places], gaps.astype(dtype)


def decode(layout, shape, values, places):
    """Put a matrix together again from what encode made.  Shapes: as encode, reversed

    Raises InputError, before it allocates, for a wrong number or type of values or places, a place
    outside or taken twice, or values that are not finite.
    """
    N = shape[0] * shape[1]
    if values.ndim != 1 or values.dtype != VALUE or not np.isfinite(values).all():
        raise InputError("its values are not a row of finite float32 numbers")
    where = slice(None) if layout == "dense" else PLACES[layout](places, N)
    count = N if layout == "dense" else len(where)
    if len(values) != count:
        raise InputError(f"it has {len(values)} values for {count} places")
    W = np.zeros(shape, np.float32)
    W.reshape(-1)[where] = values
    return W


def _set_bits(bits, N):
    if bits.dtype != np.uint8 or bits.shape != (-(-N // 8),):
        raise InputError(f"its bitmask does not have one bit for each of {N} weights")
    if np.unpackbits(bits)[N:].any():
        raise InputError(f"its bitmask has places beyond its {N} weights")
    return np.flatnonzero(np.unpackbits(bits, count=N))


def _running_sum(gaps, N):
    """Places from gaps: at most N gaps, each below 2^32, so int64 does not overflow."""
    if gaps.ndim != 1 or gaps.dtype not in GAPS or len(gaps) > N:
        raise InputError(f"its gaps are not a row of at most {N} unsigned integers")
    places = np.cumsum(gaps, dtype=np.int64)
    if (gaps[1:] == 0).any() or (len(places) and places[-1] >= N):
        raise InputError(f"its gaps lead to a place twice or beyond its {N} weights")
    return places


PLACES = {"bitmask": _set_bits, "gaps": _running_sum}
