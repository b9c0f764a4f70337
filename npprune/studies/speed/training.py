"""How near is a training step to the products that it needs?

A step must do the matrix products of both passes and add one array to the weights.  All else
(scaling pixels, ReLU and its mask, softmax, the velocity) is overhead.  The ratio of a step to this
minimum, in one interleaved run, shows how much, however busy the machine is.

Read next: npprune/studies/speed/inference.py.
"""

import numpy as np

from npprune.lab.stopwatch import interleave
from npprune.network.mlp import init_weights, network_sizes
from npprune.network.optimizers import SGD
from npprune.network.workspace import Workspace
from npprune.pruning.masks import layer_masks

MASKED = 0.9  # sparsity of the masked contender
NO_RATE = 1e-9  # a learning rate at which the network stays what it is


def scaled_sizes(width):
    return (784, width, width, width // 2, width // 5, 10)


def compare_steps(width, N, budget):
    weights = init_weights(scaled_sizes(width), np.random.default_rng(0))
    contenders = {
        "step": training_step(weights, N),
        "masked": training_step(weights, N, layer_masks(weights, MASKED, "weight")),
        "products": bare_products(weights, N),
    }
    times = {name: np.median(t) * 1e3 for name, t in interleave(contenders, budget).items()}
    step, masked, products = times.values()
    record = {
        "width": width, "batch": N, "weights": sum(W.size for W in weights),
        "step_ms": step, "masked_step_ms": masked, "products_ms": products,
        "step_over_products": step / products, "masked_over_step": masked / step,
        "images_per_second": N / step * 1e3,
    }  # fmt: skip
    return {"speed_training": [record]}


def training_step(weights, N, masks=None):
    """A function for one SGD step on made-up images.  Shapes: weights, masks L arrays"""
    rng = np.random.default_rng(1)
    weights = [W.copy() for W in weights]
    sizes = network_sizes(weights)
    images = rng.integers(1, 256, (4 * N, sizes[0]), dtype=np.uint8)
    images *= rng.random(images.shape) < 0.2
    labels = rng.integers(0, sizes[-1], len(images))
    workspace, optimizer = Workspace(sizes, N, masks), SGD(weights)

    def step():
        indices = rng.integers(0, len(images), N)
        workspace.load(images, indices)
        loss, _ = workspace.step(weights, labels[indices], optimizer.gradient_scale(NO_RATE) / N)
        optimizer.step(weights, workspace.gradients, NO_RATE)
        return loss

    return step


def bare_products(weights, N):
    """A function for a step's products, and `w += v`.  Shapes: weights L arrays"""
    weights = [W.copy() for W in weights]
    velocity = [np.zeros_like(W) for W in weights]
    dW = [np.empty_like(W) for W in weights]
    sizes = network_sizes(weights)
    H = [np.full((N, n), 1e-3, np.float32) for n in sizes]
    dZ = [np.full((N, n), 1e-3, np.float32) for n in sizes[1:]]

    def products():
        for l, W in enumerate(weights):
            np.matmul(H[l], W, out=H[l + 1])
        for l in range(len(weights) - 1, -1, -1):
            np.matmul(H[l].T, dZ[l], out=dW[l])
            if l > 0:
                np.matmul(dZ[l], weights[l].T, out=dZ[l - 1])
        for W, V in zip(weights, velocity, strict=True):
            W += V
        for buffer in H + dZ:
            buffer.flat[0] = 1e-3  # so that nothing can be taken for constant
        return dW

    return products
