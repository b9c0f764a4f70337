"""The three yardsticks: their definitions, and their ends."""

import numpy as np
import pytest

from npprune.theory.theorem import distances
from npprune.theory.theorem.yardsticks import yardsticks


def test_definitions():
    rng = np.random.default_rng(0)
    W = (rng.standard_normal((50, 40)) * np.exp(0.3 * rng.standard_normal(40))).astype(np.float32)
    layer = distances.sort_layer(W)
    gone = distances.smallest_units(distances.unit_norms(layer, 2), 0.7)
    found, squares = yardsticks(layer, gone), np.sort(W.astype(float) ** 2, axis=None)
    removed = np.sum(W[:, gone].astype(float) ** 2) / squares.sum()
    assert found["energy"] == pytest.approx((removed, squares[:1400].sum() / squares.sum()))
    cut = np.sort(np.abs(W), axis=None)[-20]
    spared = np.mean(np.abs(W[:, ~gone]) >= cut) * 12 * 50 / 20
    assert found["largest"] == pytest.approx((spared, 1))


def test_sorted_units_read_as_sorted_and_random_units_as_at_random():
    W = np.arange(1, 501, dtype=np.float32).reshape(50, 10).T  # units one above the other
    ends = yardsticks(distances.sort_layer(W), np.arange(50) < 25)
    assert all(y.value == pytest.approx(y.sorted) for y in ends.values())
    rng = np.random.default_rng(1)
    layer = distances.sort_layer(rng.standard_normal((200, 500)))
    found = yardsticks(layer, rng.permutation(500) < 450)
    assert (found["energy"].value, found["largest"].value) == pytest.approx((0.9, 0.1), abs=0.02)


def test_more_pruned_than_small_weights_there_are():
    """99.5 % pruned: sorted elimination spares only half of the largest 1 %."""
    layer = distances.sort_layer(np.random.default_rng(2).standard_normal((10, 200)))
    assert yardsticks(layer, np.arange(200) > 0)["largest"].sorted == pytest.approx(0.5)
