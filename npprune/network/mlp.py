"""The perceptron 784-1000-1000-500-200-10: a list of matrices, and functions of it.

The weights are L float32 arrays (n_{l-1}, n_l); a unit is a column.  Layers are counted from 1: W_l
is weights[l - 1], H_l the output of layer l.  With H_0 = X the pixels in [0, 1],

    H_l = relu(H_{l-1} @ W_l)   for the hidden layers,   logits = H_{L-1} @ W_L.

Without biases a unit whose incoming weights are all zero puts out exactly 0: removing it changes
the logits only by float32's rounding.

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
    # The default of PyTorch's nn.Linear, which the source report used: variance 1/(3 n_in), so each
    # layer shrinks the signal about 2.4 times.
    "source": lambda n_in: np.sqrt(1 / n_in),
}

# Enough images for the matrix products to run at full speed, few enough for their activations
# (1000 x 2700 x 4 bytes = 11 MB) to stay near the cache.
EVALUATION_BATCH = 1000


def layer_sizes(dataset, hidden=HIDDEN):
    """Pixels, hidden units, classes: (n_0, ..., n_L)."""
    return (dataset.image_shape[0] * dataset.image_shape[1], *hidden, dataset.classes)


def network_sizes(weights):
    """Units of every layer.  Shapes: weights -> [n_0, ..., n_L]"""
    return [len(weights[0]), *(W.shape[1] for W in weights)]


def init_weights(sizes, rng, initialization="he"):
    """Draw uniform, independent initial weights.  Shapes: sizes (n_0, ..., n_L) -> weights

    Raises InputError for sizes that make no network.
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
    """Scale pixels to [0, 1], one row for each image.

    Shapes: images (N, height, width) uint8 -> X (N, height * width) float32
    """
    return images.reshape(len(images), -1) * np.float32(1 / 255)


def activations(weights, X):
    """Outputs of all layers.  Shapes: weights, X (N, n_0) -> [X, H_1, ..., H_{L-1}, logits]"""
    H = [X]
    for W in weights[:-1]:
        H.append(relu(affine(H[-1], W)))
    H.append(affine(H[-1], weights[-1]))
    return H


def logits(weights, X):
    """Class scores.  Shapes: weights, X (N, n_0) -> (N, classes)"""
    return activations(weights, X)[-1]


def logits_of_images(weights, images):
    """Shapes: weights, images (N, height, width) uint8 -> (N, classes)"""
    starts = range(0, len(images), EVALUATION_BATCH)
    parts = [logits(weights, inputs(images[i : i + EVALUATION_BATCH])) for i in starts]
    return np.concatenate(parts)


def loss_and_gradients(weights, X, y):
    """Mean cross-entropy and its gradient by every weight, by backpropagation.

    Shapes: weights, X (N, n_0), y (N,) integers -> loss (scalar), L arrays like weights
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
    """The first hidden layer whose output is 0 for the first EVALUATION_BATCH images; 0 if none.

    Shapes: images (N, height, width) uint8; black images show nothing

    There relu has slope 0, so no gradient reaches any weight: only what is left in the velocity
    could still wake it.
    """
    H = activations(weights, inputs(images[:EVALUATION_BATCH]))
    return next((l for l in range(1, len(weights)) if H[0].any() and not H[l].any()), 0)


def evaluate(weights, split, forward=logits):
    """Mean cross-entropy and accuracy (floats) over a split of a data set.

    Shapes: split.images (N, height, width) uint8, split.labels (N,) uint8; forward(weights, X) ->
    logits

    Sums over images are float64, so that the cut into batches does not show.  Of equal logits the
    lowest class wins.
    """
    loss, hits = 0.0, 0
    for start in range(0, len(split.labels), EVALUATION_BATCH):
        X = inputs(split.images[start : start + EVALUATION_BATCH])
        y = split.labels[start : start + EVALUATION_BATCH]
        log_p = log_softmax(forward(weights, X))
        loss -= float(log_p[np.arange(len(y)), y].sum(dtype=np.float64))
        hits += int((log_p.argmax(axis=1) == y).sum())
    return loss / len(split.labels), hits / len(split.labels)
