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
from npprune.theory.theorem.distances import kolmogorov_smirnov

LARGEST = 0.01


class Yardstick(NamedTuple):
    """Readings of the rule, at random and sorted."""

    value: float
    random: float
    sorted: float

    @property
    def position(self):
        """0 for random elimination, 1 for sorted."""
        return (self.value - self.random) / (self.sorted - self.random)


def yardsticks(layer, removed):
    """All three for any choice of units.

    Shapes: removed (n,) bool -> {"ks", "energy", "largest": Yardstick}

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
        "ks": Yardstick(kolmogorov_smirnov(layer, removed), 0.0, 1.0),
        "energy": Yardstick(float(energies[gone].sum()), k, float(energies[:count].sum())),
        "largest": Yardstick(float(np.mean(~gone[-top:])), 1 - k, spared),
    }
