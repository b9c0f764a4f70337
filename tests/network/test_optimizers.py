"""Every update rule against the formula it was published as, in float64."""

import functools
import math

import numpy as np
import pytest

from npprune.network.optimizers import CACHED, FLUSH_EVERY, SCHEDULES, SGD, Adam, flush, row_blocks
from npprune.network.training import Recipe

RATE, MOMENTUM = 0.1, 0.9
NESTEROV = functools.partial(SGD, nesterov=True)
SIZES = (30, 16, 12, 10)


class Bowl:
    """f(w) = 1/2 sum a (w - c)^2, whose gradient a (w - c) is known exactly."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.a, self.c = rng.uniform(0.2, 3, (4, 3)), rng.normal(size=(4, 3))
        self.start = rng.normal(size=(4, 3))

    def gradient(self, w):
        return self.a * (w - self.c)

    def path(self, make, steps, rate=RATE):
        """Where an optimizer of ours goes from the start, in float32."""
        weights = [self.start.astype(np.float32)]
        optimizer = make(weights)
        for _ in range(steps):
            gradient = optimizer.gradient_scale(rate) * self.gradient(weights[0])
            optimizer.step(weights, [gradient.astype(np.float32)], rate)
            yield weights[0].copy()


def test_momentum_is_polyaks_heavy_ball():
    """w_{t+1} = w_t - e f'(w_t) + m (w_t - w_{t-1})    (Polyak 1964, eq. 9)"""
    bowl = Bowl()
    before = w = bowl.start
    for ours in bowl.path(SGD, 60):
        before, w = w, w - RATE * bowl.gradient(w) + MOMENTUM * (w - before)
        np.testing.assert_allclose(ours, w, atol=3e-6)


def test_nesterov_looks_ahead():
    """v = m v - e f'(t + m v), t = t + v    (Sutskever et al. 2013, eqs. 3 and 4)

    The weights that are stored are the point looked at, t + m v.
    """
    bowl = Bowl()
    theta, v = bowl.start, 0
    for ours in bowl.path(NESTEROV, 60):
        v = MOMENTUM * v - RATE * bowl.gradient(theta + MOMENTUM * v)
        theta = theta + v
        np.testing.assert_allclose(ours, theta + MOMENTUM * v, atol=3e-6)


@pytest.mark.parametrize("scale", [1, 1e-8])
def test_adam_is_algorithm_1(scale):
    """Kingma and Ba 2015, algorithm 1; gradients of 1e-8 show where epsilon stands."""
    bowl = Bowl()
    bowl.a *= scale
    w, m, s = bowl.start, 0, 0
    for t, ours in enumerate(bowl.path(Adam, FLUSH_EVERY + 50, rate=0.01), 1):
        g = bowl.gradient(w)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        w = w - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(ours, w, atol=1e-5)


@pytest.mark.parametrize("make", [SGD, NESTEROV, Adam])
def test_weight_decay_shrinks_weights_apart_from_the_gradient(make):
    weights = [np.full((2, 2), 3, np.float32)]
    optimizer = make(weights, weight_decay=0.2)
    for _ in range(10):
        optimizer.step(weights, [np.zeros((2, 2), np.float32)], RATE)
    np.testing.assert_allclose(weights[0], 3 * (1 - 0.1 * 0.2) ** 10, rtol=1e-6)
    assert not any(arrays[0].any() for arrays in optimizer.state().values())


def test_schedules():
    progress = (0, 0.3, 0.5, 0.8, 1)
    cosine = [(1 + math.cos(math.pi * t)) / 2 for t in progress]
    assert [SCHEDULES["constant"](t) for t in progress] == [1, 1, 1, 1, 1]
    assert [SCHEDULES["step"](t) for t in progress] == [1, 1, 0.1, 0.01, 0.01]
    assert [SCHEDULES["cosine"](t) for t in progress] == pytest.approx(cosine, abs=1e-15)


def test_flush_zeroes_only_what_is_too_small_to_matter():
    array = np.array([1e-19, -1e-19, 1e-21, -1e-21, 1e-40, 0, 5], np.float32)
    flush([array])
    np.testing.assert_array_equal(array, np.array([1e-19, -1e-19, 0, 0, 0, 0, 5], np.float32))


def test_adam_forgets_squares_that_are_too_small_to_matter():
    weights = [np.ones((1, 1), np.float32)]
    optimizer = Adam(weights)
    for _ in range(FLUSH_EVERY):
        optimizer.step(weights, [np.full((1, 1), 1e-15, np.float32)], RATE)
    assert optimizer.square[0] == 0


@pytest.mark.parametrize("make", [SGD, NESTEROV, Adam])
def test_no_subnormal_number_lives_in_the_state(make, network):
    """Where a unit died or a mask is, after gradients have been there: it would decay for ever."""
    rng, optimizer = np.random.default_rng(0), make(network)
    masks = [rng.random(W.shape) < 0.5 for W in network]
    for step in range(1500):
        gradients = [rng.standard_normal(W.shape, np.float32) / 100 for W in network]
        if step >= 20:
            gradients = [np.where(mask, dW, 0) for mask, dW in zip(masks, gradients, strict=True)]
        optimizer.step(network, gradients, 0.01)
        for state in optimizer.state().values():
            sizes = np.abs(np.concatenate([array.ravel() for array in state]))
            assert sizes.any()
            assert sizes[sizes > 0].min() >= np.finfo(np.float32).tiny, step


@pytest.mark.parametrize("nesterov", [False, True])
def test_training_with_decay_ends_at_the_minimum_of_the_loss_and_its_penalty(nesterov):
    """Where an optimizer comes to rest, the gradient is -lambda w: decay (1 - momentum)."""
    recipe, bowl = Recipe(nesterov=nesterov, weight_decay=0.02), Bowl()
    *_, w = bowl.path(lambda W: SGD(W, recipe.momentum, nesterov, recipe.weight_decay), 4000)
    np.testing.assert_allclose(bowl.gradient(w), -recipe.penalty * w, rtol=0.01)


def test_adam_adds_no_penalty_of_one_size():
    assert Recipe(optimizer="adam", weight_decay=0.02).penalty == 0


@pytest.mark.parametrize("shape", [(784, 1000), (3, 200_000), (70_000, 1), (1, 1), (5, 0), (0, 5)])
def test_blocks_are_views_of_all_rows_in_order(shape):
    A = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    blocks = [block for block, _ in row_blocks(A, A)]
    assert all(np.shares_memory(block, A) for block in blocks if block.size)
    assert max((block.size for block in blocks), default=0) <= max(CACHED, shape[1])
    np.testing.assert_array_equal(np.concatenate([A[:0], *blocks]), A)


@pytest.mark.parametrize("make", [SGD, Adam])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_large_layer_is_updated_like_small_ones(make, order):
    """A layer of several blocks, of either layout, ends with the bits of its rows by themselves."""
    W, *steps = np.random.default_rng(0).standard_normal((4, 10, CACHED // 3), np.float32)
    whole, rows = [np.array(W, order=order)], np.split(W.copy(), 10)
    for weights in (whole, rows):
        optimizer = make(weights, weight_decay=0.1)
        for step in steps:
            optimizer.step(weights, np.split(step.copy(), len(weights)), RATE)
    np.testing.assert_array_equal(whole[0], np.concatenate(rows))
