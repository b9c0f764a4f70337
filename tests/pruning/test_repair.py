"""The refit against the dense solution of the same constrained problem."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.pruning.masks import KINDS, layer_masks
from npprune.pruning.repair import DAMPING, refit


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
@pytest.mark.parametrize("kind", KINDS)
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


def test_a_missing_mask_is_named(small):
    weights, X = small
    with pytest.raises(InputError, match="one mask for each layer"):
        refit(weights, layer_masks(weights, 0.5, "weight")[:-1], X)
