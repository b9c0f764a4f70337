"""The refit against the dense solution of the same constrained problem."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import activations, logits
from npprune.pruning.masks import apply_masks, layer_masks
from npprune.pruning.repair import DAMPING, layer_by_layer, least_squares, refit


def constrained(A, Z, W, mask):
    """The same problem by another route: lstsq on the stacked errors and damping."""
    d = DAMPING * np.square(A).mean(axis=0)[A.any(axis=0)].mean()
    new = np.zeros_like(W)
    for j in range(W.shape[1]):
        Q = mask[:, j]
        rows = np.vstack([A[:, Q] / np.sqrt(len(A)), np.sqrt(d) * np.eye(len(W))[:, Q]])
        target = np.concatenate([Z[:, j] / np.sqrt(len(A)), np.sqrt(d) * W[:, j]])
        new[Q, j] = np.linalg.lstsq(rows, target, rcond=None)[0]
    return new


@pytest.mark.parametrize("k", [0, 0.2, 0.5, 0.8, 1])
@pytest.mark.parametrize("kind", ["weight", "unit"])
def test_refit_is_the_constrained_least_squares_on_the_pruned_networks_inputs(small, k, kind):
    weights, X = small
    masks = layer_masks(weights, k, kind)
    new = refit(weights, masks, X)
    H, A = X, X
    for W, w, mask in zip(weights, new, masks, strict=True):
        Z = H @ W
        assert (w[~mask] == 0).all()
        if A.any():
            np.testing.assert_allclose(w, constrained(A, Z, W, mask), atol=1e-8)
        else:
            assert (w == np.where(mask, W, 0)).all()  # no inputs: nothing to fit
        H, A = np.maximum(Z, 0), np.maximum(A @ w, 0)


def test_nothing_cut_nothing_changed(small):
    weights, X = small
    for w, W in zip(refit(weights, layer_masks(weights, 0, "weight"), X), weights, strict=True):
        np.testing.assert_allclose(w, W, atol=1e-12)


def test_the_two_forms_of_the_solution_agree_with_the_surgeon():
    # w_Q = G_QQ^-1 G_Q: w  and  dw = -G^-1[:, P] (G^-1[P, P])^-1 w_P
    rng = np.random.default_rng(0)
    A = rng.standard_normal((50, 10))
    G, W = A.T @ A, rng.standard_normal((10, 8))
    mask = rng.random((10, 8)) < np.linspace(0.05, 0.95, 8)  # columns on either side of half
    assert (2 * mask.sum(axis=0) > 10).any()
    assert (2 * mask.sum(axis=0) <= 10).any()
    inverse = np.linalg.inv(G)
    for j, w in enumerate(least_squares(G, G @ W, mask).T):
        Q, P = mask[:, j], ~mask[:, j]
        expected = W[:, j] - inverse[:, P] @ np.linalg.solve(inverse[np.ix_(P, P)], W[P, j])
        np.testing.assert_allclose(w, expected, atol=1e-12)
        np.testing.assert_allclose(
            w[Q], np.linalg.solve(G[np.ix_(Q, Q)], G[Q] @ W[:, j]), atol=1e-12
        )


def test_repair_brings_the_logits_nearer(small):
    weights, X = small
    for kind in ("weight", "unit"):
        masks = layer_masks(weights, 0.5, kind)
        error = [np.square(logits(w, X) - logits(weights, X)).mean()
                 for w in (apply_masks(weights, masks), refit(weights, masks, X))]  # fmt: skip
        assert error[1] < error[0] / 3


def test_dead_pixels_keep_their_weights_and_float32_stays(small):
    weights, X = small
    weights, X = [W.astype(np.float32) for W in weights], X.astype(np.float32)
    masks = layer_masks(weights, 0.5, "weight")
    new = refit(weights, masks, X)
    assert {w.dtype for w in new} == {np.dtype(np.float32)}
    np.testing.assert_allclose(new[0][3], np.where(masks[0][3], weights[0][3], 0), rtol=1e-5)


def test_layers_are_met_first_to_last_with_their_true_inputs(small):
    weights, X = small
    seen = []

    def halve(l, W, G, B):
        seen.append(G)
        return W / 2

    new = layer_by_layer(weights, X, halve)
    for l, (G, A) in enumerate(zip(seen, activations(new, X), strict=False)):
        off = ~np.eye(len(G), dtype=bool)
        np.testing.assert_allclose(G[off], (A.T @ A / 60)[off], atol=1e-14)
        assert len(G) == len(weights[l])


def test_what_does_not_fit_is_named(small):
    weights, X = small
    masks = layer_masks(weights, 0.5, "weight")
    with pytest.raises(InputError, match="one mask for each layer"):
        refit(weights, masks[:-1], X)
    with pytest.raises(InputError, match="12 inputs"):
        refit(weights, masks, X[:, 1:])
    with pytest.raises(InputError, match="12 inputs"):
        refit(weights, masks, None)
    weights[3][0, 0] = np.nan
    with pytest.raises(InputError, match="layer 4"):
        refit(weights, masks, X)
