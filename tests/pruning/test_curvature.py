"""The exact curvature against differences of gradients; the approximations by their definitions."""

import numpy as np
import pytest
from compare import assert_close
from scipy.special import softmax

from npprune.network.mlp import activations, logits, loss_and_gradients
from npprune.pruning import calibration, curvature, scores


def test_hessian_vector_product_is_the_difference_of_gradients(toy):
    weights, X, y = toy
    rng, step, ends = np.random.default_rng(0), 1e-7, []
    directions = [rng.standard_normal(W.shape) for W in weights]
    for t in (step, -step):
        moved = [W + t * V for W, V in zip(weights, directions, strict=True)]
        ends.append(loss_and_gradients(moved, X, y)[1])
    expected = [(plus - minus) / (2 * step) for plus, minus in zip(*ends, strict=True)]
    product = curvature.hessian_vector_product(*toy, directions)
    assert_close(product, expected, rtol=1e-5, atol=1e-7)


def test_every_entry_of_the_diagonal_is_that_of_the_product_with_its_unit_vector(toy):
    for l, h in enumerate(curvature.hessian_diagonal(*toy)):
        for index in np.ndindex(h.shape):
            unit = [np.zeros_like(W) for W in toy[0]]
            unit[l][index] = 1
            column = curvature.hessian_vector_product(*toy, unit)
            assert h[index] == pytest.approx(column[l][index], rel=1e-10, abs=1e-18)


def test_fisher_is_the_mean_square_of_single_image_gradients(toy):
    weights, X, y = toy
    each = [loss_and_gradients(weights, x[None], y[n : n + 1])[1] for n, x in enumerate(X)]
    expected = [np.square(gradients).mean(axis=0) for gradients in zip(*each, strict=True)]
    assert_close(curvature.fisher_diagonal(*toy), expected, rtol=1e-12, atol=1e-18)


def test_lecun_is_the_recursion_and_exact_in_the_last_layer(toy):
    weights, X, _ = toy
    *H, Z = activations(weights, X)
    p = softmax(Z, axis=1)
    S, expected = p * (1 - p), []
    for l in (3, 2, 1, 0):
        expected.insert(0, np.einsum("ni,nj->ij", H[l] ** 2, S) / len(X))
        S = np.einsum("nj,ij->ni", S, weights[l] ** 2) * (H[l] > 0)
    recursion = curvature.lecun_diagonal(weights, X)
    exact = curvature.hessian_diagonal(weights, X)
    assert_close(recursion, expected, rtol=1e-12)
    np.testing.assert_allclose(recursion[-1], exact[-1], rtol=1e-12)
    assert not np.allclose(recursion[0], exact[0], rtol=0.05)


def test_gradient_and_diagonal_do_not_depend_on_the_batches(toy, monkeypatch):
    def everything():
        functions = curvature.hessian_diagonal, curvature.fisher_diagonal, scores.gradients
        return [array for function in functions for array in function(*toy)]

    whole = everything()
    monkeypatch.setattr(calibration, "BATCH", 3)
    assert_close(everything(), whole, rtol=1e-12, atol=1e-15)
    assert_close(whole[-4:], loss_and_gradients(*toy)[1], rtol=1e-12, atol=1e-15)


def test_logit_sensitivity_is_the_mean_square_derivative_by_the_sums(toy):
    weights, X, _ = toy
    H = activations(weights, X)
    for l, s in enumerate(curvature.logit_sensitivity(weights, X)):
        for j, found in enumerate(s):
            ends = []
            for step in (1e-6, -1e-6):
                Z = H[l] @ weights[l]
                Z[:, j] += step
                ends.append(logits([np.eye(len(s)), *weights[l + 1 :]], Z))
            slope = (ends[0] - ends[1]) / 2e-6
            assert found == pytest.approx(np.sqrt((slope**2).sum() / len(X)), rel=1e-6)
