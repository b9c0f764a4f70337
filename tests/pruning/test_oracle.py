"""The oracle's short cut gives what a whole forward pass gives."""

import numpy as np
import pytest

from npprune.network.mlp import init_weights, loss_and_gradients
from npprune.pruning.oracle import sample_places, unit_oracle, weight_oracle


@pytest.fixture
def tiny():
    rng = np.random.default_rng(3)
    weights = [W.astype(np.float64) for W in init_weights((5, 7, 6, 4, 3), rng)]
    return weights, rng.random((20, 5)), rng.integers(0, 3, 20)


def test_removing_a_weight(tiny):
    weights, X, y = tiny
    before = loss_and_gradients(weights, X, y)[0]
    places = sample_places(weights, 12, np.random.default_rng(0))
    for (l, i, j), change in zip(places, weight_oracle(weights, X, y, places), strict=True):
        cut = [W.copy() for W in weights]
        cut[l][i, j] = 0
        assert change == pytest.approx(loss_and_gradients(cut, X, y)[0] - before, abs=1e-14)


def test_removing_a_unit(tiny):
    weights, X, y = tiny
    before = loss_and_gradients(weights, X, y)[0]
    changes = unit_oracle(weights, X, y)
    assert [c.shape for c in changes] == [(7,), (6,), (4,)]
    for l, layer in enumerate(changes):
        for j, change in enumerate(layer):
            cut = [W.copy() for W in weights]
            cut[l][:, j] = 0
            assert change == pytest.approx(loss_and_gradients(cut, X, y)[0] - before, abs=1e-14)


def test_the_sample_has_no_place_twice(tiny):
    weights, *_ = tiny
    places = sample_places(weights, 30, np.random.default_rng(0))
    assert len(set(places)) == len(places) == 30 + 30 + 24
    for l, i, j in places:
        assert 0 <= i < weights[l].shape[0]
        assert 0 <= j < weights[l].shape[1]
