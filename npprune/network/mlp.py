"""The perceptron 784-1000-1000-500-200-10: a list of matrices, and functions of it.

The parameters are plain data: a list of float32 arrays of shape (n_in, n_out), and a unit is a
column.  In formulas layers are counted from 1: W_l is weights[l - 1], and H_l is what layer l puts
out.  With H_0 = X the pixels in [0, 1],

    H_l = relu(H_{l-1} @ W_l)   for the hidden layers,   logits = H_{L-1} @ W_L.

There are no biases.  That makes pruning exact: a unit whose incoming weights are all zero puts out
exactly 0 for every image, so it can be removed and the logits stay, but for the order of float32's
additions.

`loss_and_gradients` is the readable form of backpropagation.  Training runs the same mathematics
in buffers that were allocated once (npprune/network/workspace.py); a test holds the two equal.

Read next: npprune/network/optimizers.py.
"""

import itertools

import numpy as np

from npprune.errors import InputError
from npprune.network.layers import (
    affine,
    affine_backward,
    log_softmax,
    relu,
    relu_backward,
    softmax_cross_entropy,
)

HIDDEN = (1000, 1000, 500, 200)

# How wide the uniform distribution of the initial weights is, as a function of the fan-in.
INITIALIZATIONS = {
    # He et al. 2015, eq. 10: variance 2/n_in keeps the size of the signal through ReLU layers.
    "he": lambda n_in: np.sqrt(6 / n_in),
    # The default of PyTorch's nn.Linear, which the report used: variance 1/(3 n_in), so each
    # layer shrinks the signal about 2.4 times.
    "source": lambda n_in: np.sqrt(1 / n_in),
}

# Enough images for the matrix products to run at full speed, few enough for their activations
# (1000 x 2700 x 4 bytes = 11 MB) to stay near the cache.
EVALUATION_BATCH = 1000


def layer_sizes(dataset, hidden=HIDDEN):
    """Return the units of every layer for a data set: pixels, hidden layers, classes."""
    return (dataset.image_shape[0] * dataset.image_shape[1], *hidden, dataset.classes)


def network_sizes(weights):
    """Return the units of every layer of a network, pixels first.

    Shapes: weights L arrays (n_{l-1}, n_l) -> list of L + 1 integers
    """
    return [len(weights[0]), *(W.shape[1] for W in weights)]


def init_weights(sizes, rng, initialization="he"):
    """Draw initial weights, uniform and independent.

    Shapes: sizes (n_0, ..., n_L) -> list of L float32 arrays, the l-th of shape (n_{l-1}, n_l)

    Raises InputError for a list of sizes that makes no network.
    """
    if len(sizes) < 2 or any(int(n) != n or n < 1 for n in sizes):
        raise InputError(
            f"layer sizes {list(sizes)}: give at least an input and an output size, each a whole "
            f"number above 0"
        )
    weights = []
    for n_in, n_out in itertools.pairwise(sizes):
        limit = np.float32(INITIALIZATIONS[initialization](n_in))
        weights.append((2 * rng.random((n_in, n_out), dtype=np.float32) - 1) * limit)
    return weights


def inputs(images):
    """Scale pixels to [0, 1] and lay each image out as a row.

    Shapes: images (N, height, width) uint8 -> X (N, height * width) float32
    """
    return images.reshape(len(images), -1) * np.float32(1 / 255)


def activations(weights, X):
    """Run the network forward and keep what every layer put out.

    Shapes: weights L arrays, X (N, n_0) -> [H_0 = X, H_1, ..., H_{L-1}, logits]
    """
    H = [X]
    for W in weights[:-1]:
        H.append(relu(affine(H[-1], W)))
    H.append(affine(H[-1], weights[-1]))
    return H


def logits(weights, X):
    """Class scores of each input row.

    Shapes: weights L arrays, X (N, n_0) -> (N, classes)
    """
    return activations(weights, X)[-1]


def loss_and_gradients(weights, X, y):
    """Mean cross-entropy and its gradient with respect to every weight, by backpropagation.

    Shapes: weights L arrays, X (N, n_0), y (N,) integers -> loss (scalar), L arrays like weights

    Forward, keeping each layer's output; then backward through the same layers, each turning the
    gradient with respect to its output into those with respect to its input and its weights.
    """
    *H, Z = activations(weights, X)
    loss, dZ = softmax_cross_entropy(Z, y)
    gradients = []
    for W, H_in in zip(reversed(weights), reversed(H), strict=True):
        dH, dW = affine_backward(dZ, H_in, W)
        gradients.append(dW)
        dZ = relu_backward(dH, H_in)  # the last round's, for the pixels, is not used
    return loss, gradients[::-1]


def dead_layer(weights, images):
    """Return the first layer that puts out 0 for every image, counted from 1; 0 if there is none.

    Shapes: weights L arrays, images (N, height, width) uint8; of black ones nothing is concluded

    Each unit of such a layer is below 0 for every image, where relu has slope 0.  So no gradient
    reaches it, nothing moves it, and all logits are 0 from then on: the network is dead.
    """
    H = activations(weights, inputs(images[:EVALUATION_BATCH]))
    return next((l for l in range(1, len(H)) if H[0].any() and not H[l].any()), 0)


def evaluate(weights, split, forward=logits):
    """Mean cross-entropy and accuracy over a split of a data set.

    Shapes: weights L arrays; split.images (N, height, width) uint8, split.labels (N,) uint8
    -> loss, accuracy (floats)

    The sums over images are kept in float64, so that how the images are cut into batches changes
    nothing that one would print.  An exact tie between logits goes to the lowest class, as argmax
    does: a network with all weights pruned says 0 for every image.
    """
    loss, hits = 0.0, 0
    for start in range(0, len(split.labels), EVALUATION_BATCH):
        X = inputs(split.images[start : start + EVALUATION_BATCH])
        y = split.labels[start : start + EVALUATION_BATCH]
        log_p = log_softmax(forward(weights, X))
        loss -= float(log_p[np.arange(len(y)), y].sum(dtype=np.float64))
        hits += int((log_p.argmax(axis=1) == y).sum())
    return loss / len(split.labels), hits / len(split.labels)
