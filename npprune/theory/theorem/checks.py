"""Which k, n, p and W the functions of this folder accept; others raise InputError.

k = 0 and k = 1 are refused: a group would be empty.

Read next: npprune/theory/theorem/distances.py.
"""

import math

import numpy as np

from npprune.errors import InputError


def require_count(name, value):
    """Raise InputError unless value is a whole number from 1 up."""
    if isinstance(value, bool) or not (1 <= value < math.inf and int(value) == value):
        raise InputError(f"{name} = {value}: give a whole number of at least 1")


def require_fraction(k):
    """Raise InputError unless 0 < k < 1."""
    if not 0 < k < 1:
        raise InputError(
            f"k = {k}: give a fraction above 0 and below 1, "
            "or one of the two groups to compare is empty"
        )


def require_norm(p, finite=False):
    """Raise InputError unless p > 0, and finite if asked."""
    if not p > 0 or (finite and math.isinf(p)):
        allowed = "a finite number above 0" if finite else "a number above 0, or infinity"
        raise InputError(f"p = {p}: give {allowed}")


def require_units(n, k):
    """Return round(k n), halves to even; raise InputError where a group is left empty."""
    require_count("n", n)
    require_fraction(k)
    removed = round(k * n)
    if not 0 < removed < n:
        raise InputError(
            f"k = {k} removes {removed} of {n} units and leaves nothing to compare: "
            "choose a k that parts them, and a layer of at least 2 units"
        )
    return removed


def parting(n, fractions):
    """Choose the fractions of n units that leave none of the two groups empty."""
    return [k for k in fractions if 0 < round(k * n) < n]


def require_layer(W):
    """Return W as an array; raise InputError unless it is (n_in, n_out), non-empty and finite."""
    W = np.asarray(W)
    if W.ndim != 2 or W.size == 0:
        raise InputError(f"weights of shape {W.shape}: give a non-empty (n_in, n_out) matrix")
    if not np.isfinite(W).all():
        raise InputError("weights hold NaN or infinity: train again with a smaller learning rate")
    return W
