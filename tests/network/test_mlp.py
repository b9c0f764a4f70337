"""Backpropagation against central differences; the initial weights; evaluation."""

import numpy as np
import pytest

from npprune.data.datasets import Split
from npprune.errors import InputError
from npprune.network import mlp
from npprune.network.mlp import evaluate, init_weights, inputs, logits, loss_and_gradients


@pytest.mark.parametrize("sizes", [(4, 3), (5, 4, 3), (5, 6, 4, 3)])
def test_every_coordinate_of_the_gradient(sizes):
    """Against central differences of order 4, in float64, to a relative error of 1e-6."""
    rng, h = np.random.default_rng(0), 1e-4
    weights = [W.astype(np.float64) for W in init_weights(sizes, rng)]
    X, y = rng.random((8, sizes[0])), rng.integers(0, sizes[-1], 8)
    gradients = loss_and_gradients(weights, X, y)[1]
    for W, dW in zip(weights, gradients, strict=True):
        for index in np.ndindex(W.shape):
            start, losses = W[index], {}
            for step in (-2, -1, 1, 2):
                W[index] = start + step * h
                losses[step] = loss_and_gradients(weights, X, y)[0]
            W[index] = start
            slope = (8 * (losses[1] - losses[-1]) - (losses[2] - losses[-2])) / (12 * h)
            assert abs(dW[index] - slope) <= 1e-6 * (abs(dW[index]) + abs(slope))


def test_dtype_follows_the_input(network):
    X, y = np.zeros((3, 30), np.float32), np.arange(3)
    assert {dW.dtype for dW in loss_and_gradients(network, X, y)[1]} == {np.dtype(np.float32)}
    assert logits(network, X).dtype == np.float32


@pytest.mark.parametrize(("initialization", "variance"), [("he", 2), ("source", 1 / 3)])
def test_initial_weights_are_uniform_with_the_published_variance(initialization, variance):
    (W,) = init_weights((300, 1000), np.random.default_rng(0), initialization)
    limit = np.sqrt(3 * variance / 300)
    assert W.dtype == np.float32
    assert W.var() * 300 == pytest.approx(variance, rel=0.01)  # 5 standard errors
    assert 0.999 * limit < W.max() <= limit
    assert -limit <= W.min() < -0.999 * limit
    assert abs(W.mean()) < 5 * W.std() / np.sqrt(W.size)


@pytest.mark.parametrize("sizes", [(), (5,), (5, 0, 3), (5, -1), (5, 2.5, 3)])
def test_a_list_of_sizes_that_makes_no_network_is_refused(sizes):
    with pytest.raises(InputError, match="layer sizes"):
        init_weights(sizes, np.random.default_rng(0))


def test_inputs_are_rows_of_float32_from_0_to_1():
    images = np.array([[[0, 51], [102, 255]]], np.uint8)
    X = inputs(images)
    np.testing.assert_allclose(X, [[0, 0.2, 0.4, 1]], rtol=1e-6)
    assert X.dtype == np.float32


def test_evaluate_is_the_mean_loss_and_the_share_of_hits(network, tiny):
    X, y = inputs(tiny.test.images), tiny.test.labels
    loss, accuracy = evaluate(network, tiny.test)
    assert loss == pytest.approx(float(loss_and_gradients(network, X, y)[0]), rel=1e-6)
    assert accuracy == np.mean(logits(network, X).argmax(axis=1) == y)


def test_layer_sizes_follow_the_data(tiny):
    assert mlp.layer_sizes(tiny, (8, 7)) == (30, 8, 7, 10)
    shapes = [W.shape for W in init_weights((30, 8, 7, 10), np.random.default_rng(0))]
    assert shapes == [(30, 8), (8, 7), (7, 10)]


def test_evaluate_sums_in_double_precision():
    many = Split(np.full((100_000, 1, 1), 255, np.uint8), np.zeros(100_000, np.uint8))
    loss, _ = evaluate([np.array([[0, 1]], np.float32)], many)
    assert loss == pytest.approx(np.log1p(np.e), rel=2e-7)


def test_the_first_layer_that_is_dead_for_every_image_is_found(network):
    images = np.random.default_rng(0).integers(1, 256, (40, 6, 5), np.uint8)
    assert mlp.dead_layer(network, images) == 0
    for layer in (1, 2):
        killed = [W.copy() for W in network]
        killed[layer - 1][:] = -1
        assert mlp.dead_layer(killed, images) == layer
        killed[layer - 1][:, 0] = 1  # one unit is enough to live
        assert mlp.dead_layer(killed, images) == 0
    assert mlp.dead_layer(killed, 0 * images) == 0  # on black images every network is silent
