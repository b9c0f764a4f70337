"""A training step, and what it is made of: pytest benchmarks/bench_training.py

The bare products on buffers of the same shapes, plus one pass that adds the velocity to the
weights, are what any step must cost; the rest is ours.
"""

import numpy as np
import pytest

from npprune.network.mlp import loss_and_gradients
from npprune.pruning.masks import layer_masks
from npprune.studies.speed_training import bare_products, training_step


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_step(benchmark, weights, N):
    """One preallocated step of SGD with momentum."""
    benchmark.group = f"step, batch {N}"
    loss = benchmark(training_step(weights, N))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_masked_step(benchmark, weights, N):
    """The same while 90 % of the weights are held at zero."""
    benchmark.group = f"step, batch {N}"
    masks = layer_masks(weights, 0.9, "weight")
    loss = benchmark(training_step(weights, N, masks))
    assert 0 < loss < 5


@pytest.mark.parametrize("N", [32, 128, 512])
def bench_bare_products(benchmark, weights, N):
    """The least that a step can cost: its matrix products and one update."""
    benchmark.group = f"step, batch {N}"
    gradients = benchmark(bare_products(weights, N))
    assert all(np.isfinite(dW).all() for dW in gradients)


@pytest.mark.parametrize("N", [128])
def bench_readable_gradients(benchmark, weights, batch_of, N):
    """The readable form, with new arrays for everything and no update."""
    benchmark.group = f"step, batch {N}"
    loss, _ = benchmark(loss_and_gradients, weights, batch_of(N), np.arange(N) % 10)
    assert 0 < loss < 5
