"""ADMM: its fixed point, its counts, and that it beats cutting by magnitude and refitting."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import logits
from npprune.pruning.admm import admm, admm_mask, iterate
from npprune.pruning.masks import layer_masks
from npprune.pruning.repair import least_squares, refit


@pytest.fixture
def layer():
    """G of 12 correlated inputs of unequal size, and the weights of 9 units."""
    rng = np.random.default_rng(2)
    A = (rng.standard_normal((80, 12)) + rng.standard_normal((80, 1))) * np.linspace(0.3, 2, 12)
    return A.T @ A / 80, rng.standard_normal((12, 9))


def test_the_fixed_point_for_a_mask_that_stays_is_the_least_squares(layer):
    G, W = layer
    mask = np.random.default_rng(0).random(W.shape) < 0.4
    V, Z, _ = iterate(W, G, G @ W, lambda t, S: mask, rounds=2000)
    expected = least_squares(G, G @ W, mask)
    np.testing.assert_allclose(Z, expected, atol=1e-8)
    np.testing.assert_allclose(V, expected, atol=1e-8)


def test_the_sparsity_rises_to_the_exact_count(layer):
    G, W = layer
    for count in (0, 1, 50, 107, 108):
        assert (~admm_mask(W, G, G @ W, count, np.ones(9))).sum() == count
    cuts = []

    def choose(t, S):
        cuts.append(t)
        return np.ones(W.shape, bool)

    iterate(W, G, G @ W, choose)
    assert cuts == list(range(1, 21))


def test_sensitive_units_keep_more(layer):
    G, W = layer
    even = admm_mask(W, G, G @ W, 70, np.ones(9)).sum(axis=0)
    sensitivity = np.ones(9)
    sensitivity[4] = 10
    assert admm_mask(W, G, G @ W, 70, sensitivity).sum(axis=0)[4] > even[4] + 3


def test_error_is_lower_than_by_magnitude_with_the_same_refit(layer):
    G, W = layer

    def error(mask):
        new = least_squares(G, G @ W, mask) - W
        return np.einsum("ij,ik,kj->", new, G, new)

    by_magnitude = layer_masks([W, W], 70 / 108, "weight")[0]
    assert error(admm_mask(W, G, G @ W, 70, np.ones(9))) < 0.75 * error(by_magnitude)


def test_a_network_is_cut_exactly_and_ends_in_the_refit(small):
    weights, X = small
    counts = [round(0.7 * W.size) for W in weights[:-1]]
    new = admm(weights, counts, X)
    assert [int((w == 0).sum()) for w in new[:-1]] == counts
    masks = [w != 0 for w in new]
    for a, b in zip(new, refit(weights, masks, X), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-8)
    by_magnitude = refit(weights, layer_masks(weights, 0.7, "weight"), X)
    wrong = [np.square(logits(w, X) - logits(weights, X)).mean() for w in (new, by_magnitude)]
    assert wrong[0] < wrong[1]


def test_k_1_and_k_0(small):
    weights, X = small
    assert not logits(admm(weights, [W.size for W in weights[:-1]], X), X).any()
    for w, W in zip(admm(weights, [0, 0, 0], X), weights, strict=True):
        np.testing.assert_allclose(w, W, atol=1e-10)


def test_float32_stays_and_bad_input_is_named(small):
    weights, X = small
    single = [W.astype(np.float32) for W in weights]
    new = admm(single, [100, 100, 50], X.astype(np.float32))
    assert {w.dtype for w in new} == {np.dtype(np.float32)}
    for wrong in ([1, 2], [1, 2, 151], [-1, 2, 3]):
        with pytest.raises(InputError, match="one count for each"):
            admm(weights, wrong, X)
    with pytest.raises(InputError, match="12 inputs"):
        admm(weights, [1, 1, 1], None)
    weights[0][0, 0] = np.inf
    with pytest.raises(InputError, match="layer 1"):
        admm(weights, [1, 1, 1], X)
