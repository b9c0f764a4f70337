"""Nearer random than sorted?  Three yardsticks that need not agree.

Unit pruning lies between random elimination and weight pruning (sorted), measured by

    KS       the distance of the distribution functions: the bulk of the weights
    energy   the share of sum w^2 removed: mostly the large weights
    largest  the share of the largest 1 % of the weights that is spared: the tail

Read next: npprune/theory/theorem/nulls.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.theory.theorem.checks import require_fraction

LARGEST = 0.01


class Yardstick(NamedTuple):
    """Readings of the rule and of sorted elimination."""

    value: float
    sorted: float


def yardsticks(layer, removed):
    """Energy and largest for any choice of units; KS is in distances.py.

    Shapes: removed (n,) bool -> {"energy", "largest": Yardstick}

    On average random elimination removes k of the energy and spares 1-k of any weights.  Raises
    InputError where no or all units go, or all magnitudes are equal.
    """
    gone, k = removed[layer.units], float(removed.mean())
    require_fraction(k)
    if layer.values[0] == layer.values[-1]:
        raise InputError("all magnitudes are equal: sorted elimination is random elimination")
    count = np.count_nonzero(gone)
    energies = layer.values**2 / np.sum(layer.values**2)
    top = max(1, round(LARGEST * len(gone)))
    spared = min(1.0, (len(gone) - count) / top)
    return {
        "energy": Yardstick(float(energies[gone].sum()), float(energies[:count].sum())),
        "largest": Yardstick(float(np.mean(~gone[-top:])), spared),
    }
