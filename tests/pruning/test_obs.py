"""Optimal Brain Surgeon against its closed form and against trying everything."""

import numpy as np
import pytest
from compare import assert_close, logit_error

from npprune.network.mlp import logits
from npprune.pruning import obs
from npprune.pruning.admm import admm
from npprune.pruning.budgets import cut_masks
from npprune.pruning.masks import apply_masks
from npprune.pruning.obs import removals, remove_one, sparsegpt, sweep
from npprune.pruning.repair import refit
from npprune.pruning.retrain import nonzero_masks
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.pruning.unit_saliency import unit_score


@pytest.fixture
def layer():
    """G of 6 correlated inputs, and the weights of 4 units."""
    rng = np.random.default_rng(2)
    A = rng.standard_normal((40, 6)) @ rng.standard_normal((6, 6)) + rng.random(6)
    return A.T @ A / 40, rng.standard_normal((6, 4))


def best(G, w, kept):
    """Half the least mean square of the change of a unit's sum with only some inputs; weights."""
    new = np.zeros_like(w)
    new[kept] = np.linalg.solve(G[np.ix_(kept, kept)], (G @ w)[kept])
    return (new - w) @ G @ (new - w) / 2, new


def test_one_weight_is_the_closed_form(layer):
    G, W = layer
    for q in range(6):
        new, cost = remove_one(W[:, 0], np.linalg.inv(G), q)
        expected_cost, expected = best(G, W[:, 0], [i for i in range(6) if i != q])
        np.testing.assert_allclose(new, expected, atol=1e-12)
        assert cost == pytest.approx(expected_cost, rel=1e-9)


@pytest.mark.parametrize("units", [1, 4])  # a weight of one unit; an input of all units
def test_removals_take_the_cheapest_each_time_and_tell_what_it_cost(units, layer):
    G, W = layer
    kept, so_far = list(range(6)), 0.0
    for q, cost in removals(G, W[:, :units]):
        trials = {
            i: sum(best(G, w, [x for x in kept if x != i])[0] for w in W.T[:units]) for i in kept
        }
        assert trials[q] == min(trials.values())
        assert cost == pytest.approx(trials[q] - so_far, rel=1e-8)
        so_far = trials[q]
        kept.remove(q)
    assert kept == []


@pytest.mark.parametrize("block", [128, 4])
def test_sweep_makes_up_for_each_input_with_those_after_it(block, layer, monkeypatch):
    monkeypatch.setattr(obs, "BLOCK", block)
    G, W = layer
    for count in range(25):
        new, mask = sweep(W, G, count)
        assert (~mask).sum() == count
        expected = W.copy()
        for i in range(6):  # the definition: G without the inputs before i, inverted anew
            inverse = np.linalg.inv(G[i:, i:])
            for j in np.flatnonzero(~mask[i]):
                expected[i:, j] -= expected[i, j] / inverse[0, 0] * inverse[:, 0]
        np.testing.assert_allclose(new, np.where(mask, expected, 0), atol=1e-10)


@pytest.mark.parametrize("cut", [admm, sparsegpt])
def test_whole_networks_are_cut_exactly_and_end_in_the_refit(cut, small):
    weights, X = small
    counts = [round(0.7 * W.size) for W in weights[:-1]]
    new = cut(weights, counts, X)
    assert [np.count_nonzero(W == 0) for W in new[:-1]] == counts
    assert_close(new, refit(weights, nonzero_masks(new), X), atol=1e-8)
    assert not logits(cut(weights, [W.size for W in weights[:-1]], X), X).any()


def test_unit_masks_cut_last_to_first_what_the_next_layer_misses_least(small):
    weights, X = small
    counts = [8, 6, 4]
    masks = unit_obs_masks(weights, counts, X)
    for mask, count in zip(masks, [*counts, 0], strict=True):
        assert (mask == mask[0]).all()
        assert (~mask[0]).sum() == count
    # Units cut by OBS and reconstructed are worth more than units cut by norm and reconstructed.
    by_norm = cut_masks(unit_score("in-l2", weights), counts, weights)
    by_obs, by_norm = (logit_error(refit(weights, m, X), weights, X) for m in (masks, by_norm))
    assert by_obs < by_norm
    assert not logits(apply_masks(weights, unit_obs_masks(weights, [20, 15, 10], X)), X).any()


def test_weights_into_units_that_are_cut_count_nothing():
    """The first unit's only large weight leads to a unit that is cut, which comes first."""
    X = np.random.default_rng(0).random((50, 2)).astype(np.float32)
    W_next = np.array([[0.1, 100], [1, 0.1]], np.float32)
    W_last = np.array([[1], [0]], np.float32)  # the second unit of the next layer is worth nothing
    first, second, _ = unit_obs_masks([np.eye(2, dtype=np.float32), W_next, W_last], [1, 1], X)
    assert (first[0].tolist(), second[0].tolist()) == ([False, True], [True, False])


def test_units_that_are_dead_go_first():
    X = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    W = np.diag([1, 0, 1]).astype(np.float32)
    W_next = np.array([[1e-3], [1], [1e-3]], np.float32)
    masks = unit_obs_masks([W, W_next], [1], X)
    assert masks[0][0].tolist() == [True, False, True]
