"""Optimal Brain Surgeon for whole units: which units can the others stand for?

Cutting a unit takes its row from the next layer's matrix W.  The other rows make up for it.

Source: Hassibi and Stork 1993 for the formula; Kurtic, Frantar and Alistarh 2023 (ZipLM) for units.

Read next: npprune/network/dropout.py.
"""

import itertools

import numpy as np

from npprune.network.mlp import activations
from npprune.pruning.calibration import check_images, check_weights, mean_over_images
from npprune.pruning.obs import removals
from npprune.pruning.repair import DAMPING, check_counts


def unit_obs_masks(weights, counts, X):
    """Masks that cut a given number of units of each hidden layer, cheapest first.

    Shapes: weights, counts L-1 integers, X (N, n_0) -> L bool arrays

    Cutting unit i costs the next layer's sums |W_i|^2/(2 [G^-1]_ii), with G of the outputs of the
    layer that is cut.  Layers are cut last to first, so that only columns of W that are still there
    count; afterwards `repair.refit` fits all layers first to last.  Dead units go first.
    """
    check_counts(weights, counts, of=lambda W: W.shape[1])
    check_weights(weights)
    check_images(weights, X)

    def total(X, y):
        return [H.T @ H for H in activations(weights, X)[1:-1]]

    grams = mean_over_images(total, X)
    masks = [np.ones(weights[-1].shape, bool)]
    kept = np.ones(weights[-1].shape[1], bool)
    for W, W_next, count, G in zip(
        weights[-2::-1], weights[:0:-1], reversed(counts), reversed(grams), strict=True
    ):
        # A layer that no image lights has G = 0.
        G[np.diag_indices_from(G)] += DAMPING * G.diagonal().mean() if G.any() else 1.0
        dead = ~W.any(axis=0)
        living = (i for i, _ in removals(G, W_next[:, kept]) if not dead[i])
        kept = np.ones(len(G), bool)
        kept[[*itertools.islice(itertools.chain(np.flatnonzero(dead), living), count)]] = False
        masks.append(np.broadcast_to(kept, W.shape).copy())
    return masks[::-1]
