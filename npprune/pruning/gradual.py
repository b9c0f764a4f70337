"""Gradual pruning: cut a little, train a little, and cut ever less.

Much is cut early, while it costs nothing, and the last per cent slowly.  Weights are cut by
magnitude and stay cut.

Source: Zhu and Gupta 2018, eq. 1.

Read next: npprune/pruning/regrow.py.
"""

import numpy as np

from npprune.errors import InputError
from npprune.pruning.budgets import budget_masks
from npprune.pruning.retrain import Retraining

# Training steps between two cuts: on MNIST some eight an epoch, each as expensive as a few steps.
EVERY = 100


def cubic(t, initial, final):
    """Value when the part t of the schedule is done: final + (initial - final) (1-t)^3."""
    return final + (initial - final) * (1 - t) ** 3


class Scheduled(Retraining):
    """Retraining whose masks `_change(t)` every so many steps until epoch `until`.

    Only epochs after the last change may be chosen.  Raises InputError where none is left.
    """

    def __init__(self, weights, masks, until, recipe, seed, initial, **others):
        super().__init__(weights, masks, recipe, seed, **others)
        if not 0 < until < recipe.epochs:
            raise InputError(
                f"pruning until epoch {until} of {recipe.epochs}: give at least 1 epoch to prune "
                "in and 1 after it"
            )
        self.settled = until
        self.initial = np.array(initial)  # an array, so that a checkpoint restores it in place

    def _groups(self):
        return super()._groups() | {"initial": [self.initial]}

    def step(self, train, indices, rate):
        done, end = self.optimizer.steps, self.settled * (len(train.labels) // self.recipe.batch)
        if done == end or (done < end and done % EVERY == 0):
            self._change(done / end)
        super().step(train, indices, rate)


class GradualPruning(Scheduled):
    """Retraining during which the masks shrink along the cubic schedule."""

    def __init__(self, weights, masks, k, until, recipe, seed, budget="global", **others):
        """Prune to the sparsity k, of this network's hidden weights, zeros among them.

        Shapes: as Retraining.  Raises InputError when the sparsity is higher already.
        """
        kept = sum(np.count_nonzero(mask) for mask in masks[:-1])
        initial = 1 - kept / sum(mask.size for mask in masks[:-1])
        if not initial <= k + 1e-9 <= 1 + 1e-9:
            raise InputError(
                f"gradual pruning from sparsity {initial:.6g} to {k:.6g} goes backwards: "
                f"give a k from {initial:.6g} to 1"
            )
        super().__init__(weights, masks, until, recipe, seed, initial, **others)
        self.final, self.budget = k, budget

    def _change(self, t):
        """Shrink the masks; where the budget gives a layer more weights, none come back."""
        scores = [np.abs(W) for W in self.weights[:-1]]
        k = cubic(t, float(self.initial), self.final)
        for mask, new in zip(
            self.masks, budget_masks(self.budget, scores, self.weights, k), strict=True
        ):
            mask &= new
        self._hold()
