"""ADMM: its fixed point, its counts, and that it beats cutting by magnitude and refitting."""

from unittest.mock import Mock

import numpy as np
import pytest
from compare import assert_close

from npprune.pruning.admm import admm_mask, iterate
from npprune.pruning.masks import layer_masks
from npprune.pruning.repair import least_squares


@pytest.fixture
def layer():
    """Weights of 9 units, G of their 12 correlated inputs of unequal size, and B."""
    rng = np.random.default_rng(2)
    A = (rng.standard_normal((80, 12)) + rng.standard_normal((80, 1))) * np.linspace(0.3, 2, 12)
    G, W = A.T @ A / 80, rng.standard_normal((12, 9))
    return W, G, G @ W


def test_the_fixed_point_for_a_mask_that_stays_is_the_least_squares(layer):
    W, G, B = layer
    mask = np.random.default_rng(0).random(W.shape) < 0.4
    D, S, _ = iterate(W, G, B, lambda t, V: mask, rounds=2000)
    expected = least_squares(G, B, mask)
    assert_close([D, S], [expected, expected], atol=1e-8)


def test_counts_are_exact(layer):
    for count in (0, 1, 50, 107, 108):
        assert (~admm_mask(*layer, count, np.ones(9))).sum() == count


def test_the_rounds_count_from_1(layer):
    choose = Mock(return_value=np.ones((12, 9), bool))
    iterate(*layer, choose)
    assert [call.args[0] for call in choose.call_args_list] == list(range(1, 21))


def test_sensitive_units_keep_more(layer):
    sensitivity = np.ones(9)
    even = admm_mask(*layer, 70, sensitivity).sum(axis=0)
    sensitivity[4] = 10
    assert admm_mask(*layer, 70, sensitivity).sum(axis=0)[4] > even[4] + 3


def test_error_is_lower_than_by_magnitude_with_the_same_refit(layer):
    W, G, B = layer

    def error(mask):
        new = least_squares(G, B, mask) - W
        return np.einsum("ij,ik,kj->", new, G, new)

    by_magnitude = layer_masks([W, W], 70 / 108, "weight")[0]
    assert error(admm_mask(W, G, B, 70, np.ones(9))) < 0.75 * error(by_magnitude)
