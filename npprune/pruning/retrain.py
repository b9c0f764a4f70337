"""Retraining: the weights that stay learn to do without those that were pruned.

It is the same training (npprune/network/training.py), begun from the pruned weights and held to the
masks.  The validation split chooses the epoch, here by accuracy, which still grows after the loss
was lowest.

Read next: npprune/pruning/gradual.py.
"""

import dataclasses

import numpy as np

from npprune.network.dropout import drop
from npprune.network.mlp import network_sizes
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import apply_masks, check_masks
from npprune.streams import stream

# Chosen on MNIST's validation images: a quarter of the rate, in smaller batches.
RETRAINING = Recipe(learning_rate=0.05, batch=64)


def nonzero_masks(weights):
    return [W != 0 for W in weights]


class Retraining(Training):
    """A pruned network being trained: where a mask is False nothing ever leaves 0.

    its gradient   is multiplied by the mask (Workspace)
    its velocity   is 0 at the start, and momentum * 0 + 0 = 0 ever after
    itself         is 0 at the start, and decay shrinks 0 to 0
    """

    def __init__(self, weights, masks, recipe, seed, distillation=None, drop=0.0, place=None):
        """Start from copies of the weights, cut by the masks.

        Shapes: weights, masks L bool arrays

        The network's hidden sizes replace the recipe's.  drop is the chance that a pixel is missing
        in a step.  place, anything JSON can hold, is saved in the checkpoint, as are the masks.
        Raises InputError when masks and weights do not fit.
        """
        check_masks(weights, masks)
        sizes = network_sizes(weights)
        recipe = dataclasses.replace(recipe, hidden=tuple(sizes[1:-1]))
        super().__init__(sizes, recipe, seed, apply_masks(weights, masks))
        self.label = f"retraining, seed {seed}"
        self.distillation, self.drop, self.place = distillation, drop, place
        self.masks = [np.array(mask, bool) for mask in masks]
        self._hold()

    def _hold(self):
        """Make weights, optimizer state and gradients 0 where the masks are False.

        A velocity gathered before the cut would move pruned weights again.
        """
        for arrays in (self.weights, *self.optimizer.state().values()):
            for array, mask in zip(arrays, self.masks, strict=True):
                array[~mask] = 0
        self.workspace.masks = [mask.astype(np.float32) for mask in self.masks]

    def _load(self, train, indices):
        super()._load(train, indices)
        if self.drop:
            rng = stream(self.seed, "dropped pixels", self.optimizer.steps)
            drop(self.workspace.X, self.drop, rng)

    def _blend(self, indices):
        return None if self.distillation is None else self.distillation.blend(indices)

    def _rank(self, row):
        return -row["validation_accuracy"], row["validation_loss"]

    def _tell(self, progress, images, validation):
        pass

    def _groups(self):
        return super()._groups() | {"masks": self.masks}

    def _record(self):
        return super()._record() | {"place": self.place}

    def resume(self, path):
        """Go on from a checkpoint; raises as Training.resume does."""
        super().resume(path)
        self._hold()
