"""Retraining: the weights that stay learn to do without those that were pruned.

It is the same training as before (npprune/network/training.py), begun from the pruned weights and
held to the masks.  A weight that was cut stays exactly 0 because everything that could move it is
exactly 0:

    its gradient   is multiplied by the mask (Workspace)
    its velocity   is 0 at the start, and momentum * 0 + 0 = 0 ever after
    itself         is 0 at the start, and decay shrinks 0 to 0

Momentum is where published code lets pruned weights come back: a velocity that was gathered before
the cut goes on moving them.  So whenever masks change, weights and velocity change with them.

Retraining starts at a lower rate than training did and falls along a cosine.  The validation split
chooses the epoch, here by accuracy: a network that is sure of more and more images gains accuracy
after its loss was lowest.

Read next: npprune/pruning/gradual.py.
"""

import dataclasses

import numpy as np

from npprune.network.dropout import drop
from npprune.network.mlp import network_sizes
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import check_masks
from npprune.streams import stream

# Chosen on MNIST's validation images: a quarter of the rate, in smaller batches.
RETRAINING = Recipe(learning_rate=0.05, batch=64)


def nonzero_masks(weights):
    """The masks that keep what is there: W != 0.

    Shapes: weights L arrays -> L bool arrays
    """
    return [W != 0 for W in weights]


class Retraining(Training):
    """A pruned network being trained: where a mask is False nothing ever leaves 0.

    `masks` (bool, True = keep) belong to its state: a checkpoint holds them too.
    """

    def __init__(self, weights, masks, recipe, seed, distillation=None, drop=0.0, place=None):
        """Start from copies of the weights, cut by the masks.

        Shapes: weights L arrays, masks L bool arrays of their shapes; the recipe's hidden sizes
        are replaced by the network's.  drop is the chance that a pixel is missing in a step.
        place, anything JSON can hold, is saved in the checkpoint.
        Raises InputError when masks and weights do not fit.
        """
        check_masks(weights, masks)
        sizes = network_sizes(weights)
        recipe = dataclasses.replace(recipe, hidden=tuple(sizes[1:-1]))
        super().__init__(sizes, recipe, seed, weights)
        self.label = f"retraining, seed {seed}"
        self.distillation, self.drop, self.place = distillation, drop, place
        self.masks = [np.array(mask, bool) for mask in masks]
        self._hold()
        for best, W in zip(self.best, self.weights, strict=True):
            np.copyto(best, W)

    def _hold(self):
        """Make everything 0 where the masks are False: weights, optimizer state, gradients."""
        for arrays in (self.weights, *self.optimizer.state().values()):
            for array, mask in zip(arrays, self.masks, strict=True):
                array[~mask] = 0
        self.workspace.masks = [mask.astype(np.float32) for mask in self.masks]

    def _load(self, train, indices):
        """Load a batch, with holes if they are asked for: new ones in each step."""
        super()._load(train, indices)
        if self.drop:
            rng = stream(self.seed, "dropped pixels", self.optimizer.steps)
            drop(self.workspace.X, self.drop, rng)

    def _blend(self, indices):
        """Mix in the soft targets, if there is a teacher."""
        return None if self.distillation is None else self.distillation.blend(indices)

    def _rank(self, row):
        """Prefer the higher validation accuracy, and among equal ones the lower loss."""
        return -row["validation_accuracy"], row["validation_loss"]

    def _tell(self, progress, images, validation):
        """Print no line on every epoch: they are many, and short."""

    def _groups(self):
        return super()._groups() | {"masks": self.masks}

    def _record(self):
        return super()._record() | {"place": self.place}

    def resume(self, path):
        """Take up where a checkpoint stopped, with its masks; raises as Training.resume does."""
        super().resume(path)
        self._hold()
