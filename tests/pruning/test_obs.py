"""Optimal Brain Surgeon against its closed form and against trying everything."""

import itertools

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import activations, logits
from npprune.pruning.masks import apply_masks
from npprune.pruning.obs import removals, remove_one, sparsegpt, sweep
from npprune.pruning.repair import least_squares, refit
from npprune.pruning.unit_obs import unit_obs_masks


@pytest.fixture
def layer():
    """G of 6 correlated inputs, and the weights of 4 units."""
    rng = np.random.default_rng(2)
    A = rng.standard_normal((40, 6)) @ rng.standard_normal((6, 6)) + rng.random(6)
    return A.T @ A / 40, rng.standard_normal((6, 4))


def error(G, w, new):
    """Half the mean square of the change of a unit's sum."""
    return (new - w) @ G @ (new - w) / 2


def best(G, w, kept):
    """The least error with only some inputs, and the weights that have it."""
    new = np.zeros_like(w)
    new[kept] = np.linalg.solve(G[np.ix_(kept, kept)], (G @ w)[kept])
    return error(G, w, new), new


def test_one_weight_is_the_closed_form(layer):
    G, W = layer
    for q in range(6):
        new, cost = remove_one(W[:, 0], np.linalg.inv(G), q)
        expected_cost, expected = best(G, W[:, 0], [i for i in range(6) if i != q])
        np.testing.assert_allclose(new, expected, atol=1e-12)
        assert cost == pytest.approx(expected_cost, rel=1e-9)


def test_removals_take_the_cheapest_each_time_and_tell_what_it_cost(layer):
    G, W = layer
    for columns in (W[:, :1], W):  # a weight of one unit; an input of all units
        kept, so_far = list(range(6)), 0.0
        for q, cost in removals(G, columns):
            trials = {
                i: sum(best(G, w, [x for x in kept if x != i])[0] for w in columns.T) for i in kept
            }
            assert trials[q] == min(trials.values())
            assert cost == pytest.approx(trials[q] - so_far, rel=1e-8)
            so_far = trials[q]
            kept.remove(q)
        assert kept == []


def test_sweep_makes_up_for_each_input_with_those_after_it(layer, monkeypatch):
    G, W = layer
    for block in (128, 4):
        monkeypatch.setattr("npprune.pruning.obs.BLOCK", block)
        new, mask = sweep(W, G, 10)
        assert (~mask).sum() == 10
        expected = W.copy()
        for i in range(6):  # the definition: G without the inputs before i, inverted anew
            inverse = np.linalg.inv(G[i:, i:])
            for j in np.flatnonzero(~mask[i]):
                expected[i:, j] -= expected[i, j] / inverse[0, 0] * inverse[:, 0]
        np.testing.assert_allclose(new, np.where(mask, expected, 0), atol=1e-10)


def test_sweep_counts_are_exact_whatever_the_blocks(layer, monkeypatch):
    G, W = layer
    monkeypatch.setattr("npprune.pruning.obs.BLOCK", 4)
    assert [int((~sweep(W, G, count)[1]).sum()) for count in range(25)] == list(range(25))


def test_whole_networks_are_cut_exactly_and_end_in_the_refit(small):
    weights, X = small
    counts = [round(0.6 * W.size) for W in weights[:-1]]
    new = sparsegpt(weights, counts, X)
    assert [int((w == 0).sum()) for w in new[:-1]] == counts
    masks = [w != 0 for w in new]
    for a, b in zip(new, refit(weights, masks, X), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-8)
    emptied = sparsegpt(weights, [W.size for W in weights[:-1]], X)  # k = 1: every logit is 0
    assert not logits(emptied, X).any()
    with pytest.raises(InputError, match="one count for each"):
        sparsegpt(weights, counts[:-1], X)
    weights[1][0, 0] = np.nan
    with pytest.raises(InputError, match="layer 2"):
        sparsegpt(weights, counts, X)


def test_unit_masks_cut_last_to_first_what_the_next_layer_misses_least(small):
    weights, X = small
    counts = [8, 6, 4]
    masks = unit_obs_masks(weights, counts, X)
    for mask, count in zip(masks, [*counts, 0], strict=True):
        assert (~mask.any(axis=0)).sum() == count
        assert (mask.all(axis=0) | ~mask.any(axis=0)).all()
    # Units cut by OBS and reconstructed are worth more than units cut by norm and reconstructed.
    by_norm = [np.ones(W.shape, bool) for W in weights]
    for mask, W, count in zip(by_norm, weights[:-1], counts, strict=False):
        mask[:, np.argsort(np.linalg.norm(W, axis=0))[:count]] = False
    wrong = [
        np.square(logits(refit(weights, m, X), X) - logits(weights, X)).mean()
        for m in (masks, by_norm)
    ]
    assert wrong[0] < wrong[1]


def test_units_that_nothing_needs_go_first(small):
    weights, X = small
    weights[0][:, 7] = -1  # never active, and weakly heard, as damping asks that of it too
    weights[1][7] *= 0.1
    masks = unit_obs_masks(weights, [1, 0, 0], X)
    silent = ~activations(weights, X)[1].any(axis=0)
    assert silent[~masks[0].any(axis=0)].all()
    new = refit(weights, masks, X)
    assert np.square(logits(new, X) - logits(weights, X)).mean() < 1e-4
    assert not logits(apply_masks(weights, unit_obs_masks(weights, [20, 15, 10], X)), X).any()


def test_least_squares_after_removals_has_the_cost_that_was_told(layer):
    G, W = layer
    told, kept = 0.0, np.ones((6, 1), bool)
    for q, cost in itertools.islice(removals(G, W[:, :1]), 4):
        told += cost
        kept[q] = False
    new = least_squares(G, G @ W[:, :1], kept)
    assert error(G, W[:, 0], new[:, 0]) == pytest.approx(told, rel=1e-8)
