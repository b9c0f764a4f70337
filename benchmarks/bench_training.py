"""A training step, and what it is made of: pytest benchmarks/bench_training.py

The bare products on buffers of the same shapes, plus one pass that adds the velocity to the
weights, are what any step must cost; the rest is ours.
"""

import numpy as np
import pytest
from conftest import SIZES

from npprune.network.mlp import loss_and_gradients
from npprune.network.optimizers import SGD
from npprune.network.workspace import Workspace
from npprune.pruning.masks import layer_masks


@pytest.fixture
def labels():
    """Return made-up labels for a batch."""
    return lambda N: np.random.default_rng(2).integers(0, 10, N)


def training_step(weights, X, y, masks=None):
    """Return a function that does one SGD step at a rate that changes next to nothing."""
    weights = [W.copy() for W in weights]
    workspace, optimizer = Workspace(SIZES, len(X), masks), SGD(weights)
    workspace.X[:] = X

    def step():
        loss, _ = workspace.step(weights, y, optimizer.gradient_scale(1e-9) / len(X))
        optimizer.step(weights, workspace.gradients, 1e-9)
        return loss

    return step


def bare_products(weights, N):
    """Return a function that does the products of a step, and `w += v`, and nothing else."""
    weights = [W.copy() for W in weights]
    velocity = [np.zeros_like(W) for W in weights]
    H = [np.full((N, n), 1e-3, np.float32) for n in SIZES]
    dZ = [np.full((N, n), 1e-3, np.float32) for n in SIZES[1:]]
    dW = [np.empty_like(W) for W in weights]

    def products():
        for l, W in enumerate(weights):
            np.matmul(H[l], W, out=H[l + 1])
        for l in range(len(weights) - 1, -1, -1):
            np.matmul(H[l].T, dZ[l], out=dW[l])
            if l > 0:
                np.matmul(dZ[l], weights[l].T, out=dZ[l - 1])
        for W, V in zip(weights, velocity, strict=True):
            W += V
        return dW

    return products


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_step(benchmark, weights, batch_of, labels, N):
    """One preallocated step of SGD with momentum."""
    benchmark.group = f"step, batch {N}"
    loss = benchmark(training_step(weights, batch_of(N), labels(N)))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_masked_step(benchmark, weights, batch_of, labels, N):
    """The same while 90 % of the weights are held at zero."""
    benchmark.group = f"step, batch {N}"
    masks = layer_masks(weights, 0.9, "weight")
    loss = benchmark(training_step(weights, batch_of(N), labels(N), masks))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_bare_products(benchmark, weights, N):
    """The least that a step can cost: its matrix products and one update."""
    benchmark.group = f"step, batch {N}"
    gradients = benchmark(bare_products(weights, N))
    assert all(np.isfinite(dW).all() for dW in gradients)


@pytest.mark.parametrize("N", [128])
def bench_readable_gradients(benchmark, weights, batch_of, labels, N):
    """The readable form, with new arrays for everything and no update."""
    benchmark.group = f"step, batch {N}"
    loss, _ = benchmark(loss_and_gradients, weights, batch_of(N), labels(N))
    assert 0 < loss < 5
