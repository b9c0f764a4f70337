"""The exact diagonal against second differences; the approximations against their definitions."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import activations, init_weights, loss_and_gradients
from npprune.pruning import calibration, curvature, scores


@pytest.fixture
def tiny():
    """A 5-7-6-4-3 network in float64, 20 images, labels; no sum near a kink by construction."""
    rng = np.random.default_rng(3)
    weights = [W.astype(np.float64) for W in init_weights((5, 7, 6, 4, 3), rng)]
    return weights, rng.random((20, 5)), rng.integers(0, 3, 20)


def differences(weights, X, y, l, index, step=1e-6):
    """Central difference of the gradient along one weight, for all weights."""
    moved = []
    for sign in (1, -1):
        shifted = [W.copy() for W in weights]
        shifted[l][index] += sign * step
        moved.append(loss_and_gradients(shifted, X, y)[1])
    return [(plus - minus) / (2 * step) for plus, minus in zip(*moved, strict=True)]


def test_every_entry_of_the_diagonal_is_the_second_difference(tiny):
    weights, X, y = tiny
    diagonal = curvature.hessian_diagonal(weights, X, y)
    for l, h in enumerate(diagonal):
        expected = np.empty_like(h)
        for index in np.ndindex(h.shape):
            expected[index] = differences(weights, X, y, l, index)[l][index]
        np.testing.assert_allclose(h, expected, rtol=1e-5, atol=1e-9)
    assert min(h.max() for h in diagonal) > 1e-3  # the comparison was of something


def test_gradient_and_diagonal_do_not_depend_on_the_batches(tiny, monkeypatch):
    weights, X, y = tiny

    def everything():
        return [
            *curvature.hessian_diagonal(weights, X),
            *curvature.fisher_diagonal(weights, X, y),
            *scores.gradients(weights, X, y),
        ]

    whole = everything()
    monkeypatch.setattr(calibration, "BATCH", 3)
    for a, b in zip(everything(), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    for a, b in zip(whole[-4:], loss_and_gradients(weights, X, y)[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


def test_lecun_is_the_recursion_and_exact_in_the_last_layer(tiny):
    weights, X, _ = tiny
    *H, Z = activations(weights, X)
    p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    S, expected = p * (1 - p), []
    for l in (3, 2, 1, 0):
        expected.insert(0, np.einsum("ni,nj->ij", H[l] ** 2, S) / len(X))
        S = np.einsum("nj,ij->ni", S, weights[l] ** 2) * (H[l] > 0)
    recursion = curvature.lecun_diagonal(weights, X)
    for h, e in zip(recursion, expected, strict=True):
        np.testing.assert_allclose(h, e, rtol=1e-12)
    exact = curvature.hessian_diagonal(weights, X)
    np.testing.assert_allclose(recursion[-1], exact[-1], rtol=1e-12)
    assert not np.allclose(recursion[0], exact[0], rtol=0.05)


def test_fisher_is_the_mean_square_of_single_image_gradients(tiny):
    weights, X, y = tiny
    squares = [np.zeros_like(W) for W in weights]
    for n in range(len(X)):
        for s, g in zip(
            squares, loss_and_gradients(weights, X[n : n + 1], y[n : n + 1])[1], strict=True
        ):
            s += g**2 / len(X)
    for f, s in zip(curvature.fisher_diagonal(weights, X, y), squares, strict=True):
        np.testing.assert_allclose(f, s, rtol=1e-12, atol=1e-18)


def test_expected_fisher_over_the_networks_own_labels_is_the_diagonal(tiny):
    # E over y ~ p of the squared gradient is the Gauss-Newton diagonal: an independent route.
    weights, X, _ = tiny
    expected = [np.zeros_like(W) for W in weights]
    p = np.exp(activations(weights, X)[-1])
    p /= p.sum(axis=1, keepdims=True)
    for n in range(len(X)):
        for c in range(3):
            for e, f in zip(
                expected,
                curvature.fisher_diagonal(weights, X[n : n + 1], np.array([c])),
                strict=True,
            ):
                e += p[n, c] * f / len(X)
    for h, e in zip(curvature.hessian_diagonal(weights, X), expected, strict=True):
        np.testing.assert_allclose(h, e, rtol=1e-10, atol=1e-18)


def test_hessian_vector_product_is_the_difference_of_gradients(tiny):
    weights, X, y = tiny
    rng = np.random.default_rng(0)
    V = [rng.standard_normal(W.shape) for W in weights]
    step = 1e-7
    plus = loss_and_gradients([W + step * v for W, v in zip(weights, V, strict=True)], X, y)[1]
    minus = loss_and_gradients([W - step * v for W, v in zip(weights, V, strict=True)], X, y)[1]
    for Hv, a, b in zip(
        curvature.hessian_vector_product(weights, X, y, V), plus, minus, strict=True
    ):
        np.testing.assert_allclose(Hv, (a - b) / (2 * step), rtol=1e-5, atol=1e-7)


def test_float32_stays_float32_and_uint8_labels_are_fine(tiny):
    weights, X, y = tiny
    weights, X, y = (
        [W.astype(np.float32) for W in weights],
        X.astype(np.float32),
        y.astype(np.uint8),
    )
    results = [
        curvature.hessian_diagonal(weights, X, y),
        curvature.lecun_diagonal(weights, X),
        curvature.fisher_diagonal(weights, X, y),
        scores.gradients(weights, X, y),
        curvature.hessian_vector_product(weights, X, y, weights),
    ]
    assert {array.dtype for arrays in results for array in arrays} == {np.dtype(np.float32)}


def test_broken_weights_and_images_are_named(tiny):
    weights, X, _ = tiny
    weights[1][2, 3] = np.nan
    with pytest.raises(InputError, match="layer 2"):
        curvature.hessian_diagonal(weights, X)
    weights[1][2, 3] = 0
    for wrong in (None, X[:0], X[:, :4], X[0]):
        with pytest.raises(InputError, match="5 inputs"):
            curvature.hessian_diagonal(weights, wrong)
    X[3, 1] = np.inf
    with pytest.raises(InputError, match="images"):
        curvature.hessian_diagonal(weights, X)


def test_logit_sensitivity_is_the_mean_square_derivative_by_the_sums(tiny):
    weights, X, _ = tiny
    H = activations(weights, X)
    for l, s in enumerate(curvature.logit_sensitivity(weights, X)):
        for j in range(len(s)):
            Z = H[l] @ weights[l]
            moved = []
            for step in (1e-6, -1e-6):
                A = Z.copy()
                A[:, j] += step
                for W in weights[l + 1 :]:
                    A = np.maximum(A, 0) @ W
                moved.append(A)
            slope = (moved[0] - moved[1]) / 2e-6
            assert s[j] == pytest.approx(np.sqrt((slope**2).sum() / len(X)), rel=1e-6)
