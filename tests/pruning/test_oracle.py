"""The oracle's short cut gives what a whole forward pass gives."""

import numpy as np
import pytest

from npprune.network.mlp import loss_and_gradients
from npprune.pruning.oracle import sample_places, unit_oracle, weight_oracle


def change(toy, l, places):
    """Change of the loss when some weights of a layer are 0."""
    weights, X, y = toy
    cut = [W.copy() for W in weights]
    cut[l][places] = 0
    return loss_and_gradients(cut, X, y)[0] - loss_and_gradients(weights, X, y)[0]


def test_removing_a_weight(toy):
    places = sample_places(toy[0], 12, np.random.default_rng(0))
    for (l, i, j), found in zip(places, weight_oracle(*toy, places), strict=True):
        assert found == pytest.approx(change(toy, l, (i, j)), abs=1e-14)


def test_removing_a_unit(toy):
    changes = unit_oracle(*toy)
    assert [layer.shape for layer in changes] == [(7,), (6,), (4,)]
    for l, layer in enumerate(changes):
        for j, found in enumerate(layer):
            assert found == pytest.approx(change(toy, l, (slice(None), j)), abs=1e-14)


def test_the_sample_has_no_place_twice(toy):
    weights, *_ = toy
    places = sample_places(weights, 30, np.random.default_rng(0))
    assert len(set(places)) == len(places) == 30 + 30 + 24
    assert {*places} <= {(l, *at) for l, W in enumerate(weights) for at in np.ndindex(W.shape)}
