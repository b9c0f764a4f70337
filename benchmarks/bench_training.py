"""A training step, and what it is made of: pytest benchmarks/bench_training.py

Benchmarks of one group do the same work.  So the bare products stand in groups of their own: they
are what any step must cost, on buffers of the same shapes, with one pass that adds the velocity to
the weights; the rest is ours.
"""

import time

import numpy as np
import pytest

from npprune.network.mlp import init_weights, inputs, loss_and_gradients
from npprune.network.optimizers import SGD
from npprune.network.workspace import Workspace
from npprune.pruning.masks import layer_masks
from npprune.studies.speed.training import NO_RATE, bare_products, training_step


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_step(benchmark, weights, N):
    """One preallocated step of SGD with momentum."""
    benchmark.group = f"step, batch {N}"
    loss = benchmark(training_step(weights, N))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_masked_step(benchmark, weights, N):
    """The same while 90 % of the weights are held at zero."""
    benchmark.group = f"step under masks, batch {N}"
    masks = layer_masks(weights, 0.9, "weight")
    loss = benchmark(training_step(weights, N, masks))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_bare_products(benchmark, weights, N):
    """The least that a step can cost: its matrix products and one update."""
    benchmark.group = f"bare products, batch {N}"
    gradients = benchmark(bare_products(weights, N))
    assert all(np.isfinite(dW).all() for dW in gradients)


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_readable_step(benchmark, weights, N):
    """The same step in its readable form, with new arrays for everything."""
    benchmark.group = f"step, batch {N}"
    loss = benchmark(readable_step(weights, N))
    assert 0 < loss < 5


def readable_step(weights, N):
    """Return a function that does what training_step's does: gather, differentiate, update."""
    rng = np.random.default_rng(1)
    weights = [W.copy() for W in weights]
    images = rng.integers(1, 256, (4 * N, len(weights[0]), 1), dtype=np.uint8)
    images *= rng.random(images.shape) < 0.2
    labels = rng.integers(0, weights[-1].shape[1], len(images))
    optimizer = SGD(weights)

    def step():
        indices = rng.integers(0, len(images), N)
        loss, gradients = loss_and_gradients(weights, inputs(images[indices]), labels[indices])
        scale = optimizer.gradient_scale(NO_RATE)
        optimizer.step(weights, [scale * dW for dW in gradients], NO_RATE)
        return loss

    return step


def bench_subnormals(benchmark, batch_of):
    """The last of 2,000 steps must be as fast as the first: no subnormal number may be left.

    A third of the units is killed while it has velocity, which then shrinks by 0.9 a step for
    ever; without the flush in the optimizer every step ends up many times as long.
    """
    benchmark.group = "subnormals"
    sizes, N = (784, 300, 100, 10), 64
    weights = init_weights(sizes, np.random.default_rng(0))
    workspace, optimizer = Workspace(sizes, N), SGD(weights)
    workspace.X[:] = batch_of(N)

    def seconds(steps):
        start = time.perf_counter()
        for _ in range(steps):
            workspace.step(weights, np.arange(N) % 10, optimizer.gradient_scale(1e-3) / N)
            optimizer.step(weights, workspace.gradients, 1e-3)
        return time.perf_counter() - start

    seconds(10)
    weights[0][:, :100] = -1  # no image can wake these
    first = seconds(200)
    benchmark.pedantic(seconds, args=(1600,), rounds=1)
    last = seconds(200)
    assert last < 2 * first
    tiny = np.finfo(np.float32).tiny
    assert not any(((V != 0) & (np.abs(V) < tiny)).any() for V in optimizer.velocity)
