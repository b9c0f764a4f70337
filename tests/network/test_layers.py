"""Each layer against its definition, softmax at its limits; test_mlp.py has the gradients."""

import numpy as np
import pytest
from scipy.special import logsumexp

from npprune.network.layers import affine, log_softmax, relu, relu_backward, softmax_cross_entropy


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_affine_is_a_weighted_sum_for_each_column(rng):
    X, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    np.testing.assert_allclose(affine(X, W), np.einsum("ni,ij->nj", X, W), rtol=1e-12)


def test_relu_and_its_gradient_take_0_at_0():
    Z = np.array([[-2.0, -0.0, 0.0, 3.0]])
    np.testing.assert_array_equal(relu(Z), [[0, 0, 0, 3]])
    np.testing.assert_array_equal(relu_backward(np.full((1, 4), 7.0), relu(Z)), [[0, 0, 0, 7]])


def test_the_loss_is_the_mean_over_the_batch_and_its_gradient_sums_to_0_in_each_row(rng):
    Z, y = rng.normal(size=(6, 4)), rng.integers(0, 4, 6)
    loss, dZ = softmax_cross_entropy(Z, y)
    each = logsumexp(Z, axis=1) - Z[np.arange(6), y]
    assert loss == pytest.approx(sum(each) / 6, rel=1e-13)
    np.testing.assert_allclose(dZ.sum(axis=1), 0, atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_huge_logits_neither_overflow_nor_lose_the_loss(dtype, size):
    Z = np.array([[size, 0, 0], [size, size, size]], dtype)
    log_p = log_softmax(Z)
    first = [0, -1e4, -1e4] if size > 0 else [-1e4 - np.log(2), -np.log(2), -np.log(2)]
    np.testing.assert_allclose(log_p, [first, [-np.log(3)] * 3], rtol=1e-6)
    loss, dZ = softmax_cross_entropy(Z, np.array([0, 1]))
    assert loss == pytest.approx(-(first[0] - np.log(3)) / 2, rel=1e-6)
    assert log_p.dtype == dZ.dtype == dtype
    assert np.isfinite(dZ).all()


def test_no_subnormal_number_leaves_the_softmax():
    Z = -np.linspace(0, 200, 400, dtype=np.float32)[None]
    _, dZ = softmax_cross_entropy(Z, np.array([0]))
    assert (np.abs(dZ[0, 1:]) > np.finfo(np.float32).tiny).all()
