"""What a cut really costs: remove one weight, or one unit, and measure the loss.

Too expensive for two million weights, but not for a sample or all 2,700 units: only one unit's
output changes, for the images that it answers to.

Read next: npprune/pruning/repair.py.
"""

import numpy as np

from npprune.network.layers import affine, log_softmax, relu
from npprune.network.mlp import activations
from npprune.pruning.calibration import check_images, check_weights


def _losses(Z, y):
    return -log_softmax(Z)[np.arange(len(y)), y]


def _change(weights, sums, before, y, l, j, output_change):
    """Change of the mean loss when unit j of layer l changes its output by an array (N,)."""
    touched = np.flatnonzero(output_change)
    Z = sums[l + 1][touched] + np.outer(output_change[touched], weights[l + 1][j])
    for W in weights[l + 2 :]:
        Z = affine(relu(Z), W)
    return float((_losses(Z, y[touched]) - before[touched]).sum(dtype=np.float64)) / len(y)


def _forward(weights, X, y):
    check_weights(weights)
    check_images(weights, X)
    *H, Z = activations(weights, X)
    sums = [affine(A, W) for A, W in zip(H[:-1], weights, strict=False)] + [Z]
    return H, sums, _losses(Z, y)


def weight_oracle(weights, X, y, places):
    """Change of the mean loss on removing each of some hidden weights by itself.

    Shapes: weights, X (N, n_0), y (N,), places list of (layer index, row, column)
    -> (len(places),) float64
    """
    H, sums, before = _forward(weights, X, y)
    changes = []
    for l, i, j in places:
        output = relu(sums[l][:, j] - H[l][:, i] * weights[l][i, j])
        changes.append(_change(weights, sums, before, y, l, j, output - H[l + 1][:, j]))
    return np.array(changes)


def unit_oracle(weights, X, y):
    """Change of the mean loss on removing each hidden unit by itself.

    Shapes: weights, X (N, n_0), y (N,) -> L-1 arrays (n_l,) float64
    """
    H, sums, before = _forward(weights, X, y)
    return [
        np.array(
            [_change(weights, sums, before, y, l, j, -A[:, j]) for j in range(A.shape[1])]
        )
        for l, A in enumerate(H[1:])
    ]  # fmt: skip


def sample_places(weights, count, rng):
    """Draw `count` different places of each hidden layer; -> list of (layer index, row, column)."""
    places = []
    for l, W in enumerate(weights[:-1]):
        drawn = rng.choice(W.size, min(count, W.size), replace=False)
        places += [(l, int(i), int(j)) for i, j in zip(*np.unravel_index(drawn, W.shape),
                                                       strict=True)]  # fmt: skip
    return places
