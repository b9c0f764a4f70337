"""The identity, for any set of weights and any rule, to rounding."""

import numpy as np
import pytest
from sampling import small_layers

from npprune.theory.theorem.distances import smallest_units, sort_layer, unit_norms
from npprune.theory.theorem.identity import both_sides, identity_residual


def test_identity_for_any_set_and_any_rule():
    rng = np.random.default_rng(0)
    for _ in range(200):
        shape = rng.integers(1, 30), rng.integers(2, 40)
        removed = rng.permutation(shape[1]) < rng.integers(1, shape[1])
        inside = rng.random(shape) < rng.random()
        left, right = both_sides(inside, removed)
        assert left == pytest.approx(inside[:, removed].mean() - inside[:, ~removed].mean())
        assert left == pytest.approx(right, abs=1e-12)


@pytest.mark.parametrize("W", small_layers())
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_identity_at_every_threshold_of_a_layer(W, k):
    layer = sort_layer(W)
    assert identity_residual(layer, smallest_units(unit_norms(layer, 2), k)) < 1e-12
