"""Backpropagation in buffers that are allocated once.

`mlp.loss_and_gradients` makes some twenty new arrays a step, 20 MB, which the system hands out
zeroed.  Here all arrays live as long as the training.  No gradient by the pixels is computed, and
the optimizer's factor is folded into the gradient of the logits.

Read next: npprune/network/training.py.
"""

import itertools

import numpy as np

from npprune.network.layers import LOWEST_LOGIT


class Workspace:
    """What a training step writes, for a network and a batch of fixed size.

    Shapes: sizes (n_0, ..., n_L); N images a step; the arrays are float32
        X           (N, n_0)        the scaled pixels
        H[l]        (N, n_l)        output of layer l; H[0] is X, H[L] the logits, after a step
                                    minus their row's largest
        dZ[l]       (N, n_{l+1})    N * scale times the gradient by the sums of layer l + 1
        gradients   like weights    N * scale * dW, dW that of the mean loss
    """

    def __init__(self, sizes, N, masks=None):
        """masks (bool, True = keep) zero gradients."""
        self.H = [np.empty((N, n), np.float32) for n in sizes]
        self.X = self.H[0]
        self.dZ = [np.empty((N, n), np.float32) for n in sizes[1:]]
        self.gradients = [np.empty((a, b), np.float32) for a, b in itertools.pairwise(sizes)]
        # As float32, since NumPy casts a bool operand in small pieces, at half the speed.
        self.masks = None if masks is None else [mask.astype(np.float32) for mask in masks]
        self._pixels = np.empty((N, sizes[0]), np.uint8)
        self._active = [np.empty((N, n), bool) for n in sizes[1:-1]]
        self._rows = np.arange(N)
        self._row_max = np.empty((N, 1), np.float32)

    def load(self, images, indices):
        """Scale images into X.  Shapes: images (M, height, width) uint8, indices (N,)

        mode="clip" spares np.take a buffered second pass; all indices are in range.
        """
        flat = images.reshape(len(images), -1)
        np.take(flat, indices, axis=0, out=self._pixels, mode="clip")
        np.multiply(self._pixels, np.float32(1 / 255), out=self.X)

    def step(self, weights, y, scale, blend=None):
        """Forward and backward pass over the loaded images; fills `gradients`.

        Shapes: weights L arrays, y (N,) integers -> mean loss, hits (images classified right)

        scale = 1/N gives the gradients of the mean loss, -learning_rate/N the SGD step itself.
        blend(Z, dZ, loss, scale) -> loss may mix in a second loss; it writes into dZ, which holds
        N * scale times the gradient.  Z has each row's largest logit shifted to 0.
        """
        H, last = self.H, len(weights) - 1
        for l, W in enumerate(weights):
            np.matmul(H[l], W, out=H[l + 1])
            if l < last:
                np.maximum(H[l + 1], 0, out=H[l + 1])
        loss, hits = self._softmax_cross_entropy(y, scale)
        if blend is not None:
            loss = blend(H[-1], self.dZ[-1], loss, scale)
        for l in range(last, -1, -1):
            np.matmul(H[l].T, self.dZ[l], out=self.gradients[l])
            if self.masks is not None:
                self.gradients[l] *= self.masks[l]
            if l > 0:
                np.matmul(self.dZ[l], weights[l].T, out=self.dZ[l - 1])
                np.greater(H[l], 0, out=self._active[l - 1])
                np.multiply(self.dZ[l - 1], self._active[l - 1], out=self.dZ[l - 1])
        return loss, hits

    def _softmax_cross_entropy(self, y, scale):
        Z, dZ, rows = self.H[-1], self.dZ[-1], self._rows
        hits = int((Z.argmax(axis=1) == y).sum())
        Z.max(axis=1, keepdims=True, out=self._row_max)
        Z -= self._row_max
        np.exp(np.maximum(Z, LOWEST_LOGIT, out=dZ), out=dZ)
        total = dZ.sum(axis=1, keepdims=True)
        loss = float(np.log(total).mean() - Z[rows, y].mean())
        dZ /= total
        dZ[rows, y] -= 1
        dZ *= np.float32(scale)
        return loss, hits
