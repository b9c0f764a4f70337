"""Backpropagation in buffers that are allocated once.

`mlp.loss_and_gradients` makes some twenty new arrays a step, 20 MB in all, which the operating
system hands out page by page and zeroes first.  Here every product and every element-wise operation
writes into an array of its own that lives as long as the training run.  The mathematics is the
same, line by line, with two savings: the gradient with respect to the pixels is not computed, and
the factor of the optimizer step, -learning_rate / N for SGD, is folded into the (N, classes)
gradient of the logits.

Read next: npprune/network/training.py.
"""

import itertools

import numpy as np

from npprune.network.layers import LOWEST_LOGIT


class Workspace:
    """Everything one training step writes, for a network and a batch of fixed size.

    Shapes: sizes (n_0, ..., n_L); N images a step
        X           (N, n_0)        float32   the scaled pixels
        H[l]        (N, n_l)        float32   what layer l puts out; H[0] is X, H[L] the logits,
                                              after a step less the largest of their row
        dZ[l]       (N, n_{l+1})    float32   gradient with respect to the sums of layer l + 1
        gradients   like weights    float32   N * scale * dW, dW that of the mean loss
    """

    def __init__(self, sizes, N, masks=None):
        """Allocate for layers of the given sizes; masks (bool, True = keep) zero gradients."""
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
        """Gather images (uint8, (M, height, width)) at N indices and scale them into X.

        mode="clip" spares np.take a buffered second pass; the indices are all in range.
        """
        flat = images.reshape(len(images), -1)
        np.take(flat, indices, axis=0, out=self._pixels, mode="clip")
        np.multiply(self._pixels, np.float32(1 / 255), out=self.X)

    def step(self, weights, y, scale, blend=None):
        """Forward and backward pass over the loaded images; fills `gradients`.

        Shapes: weights L float32 arrays, y (N,) integers, scale (scalar)
        -> loss (mean over the batch), hits (images classified right)

        With scale = 1/N the gradients are those of the mean loss; with scale = -learning_rate/N
        they are the SGD step itself.  blend(Z, dZ, loss, scale) -> loss may mix a second loss of
        the logits into the first one; it writes into dZ, which holds N * scale times the gradient.
        Z is shifted so that each row's largest logit is 0, which no softmax notices.
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
        """`layers.softmax_cross_entropy` with its gradient, times N * scale, left in dZ[-1]."""
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
