"""Regrowth: what was pruned too early may come back, and the number of weights stays exact.

Every so many steps some of the weights that are kept are exchanged for as many that are not:

    drop   the kept weights of smallest magnitude, of all layers together
    grow   the absent weights of largest speed |v|, of all layers together

An absent weight is exactly 0 in every product, yet the loss has a gradient with respect to it:
dW_ij = sum_n X_ni dZ_nj.  Its mean over the last batches, which momentum keeps of any weight, is
the score: to first order, moving w from 0 by a small step against its gradient lowers the loss by
|step| |dW|.  A weight that has grown starts at 0 and moves with the velocity that chose it.

At the same time the number of weights shrinks along the cubic schedule.  The share that is
exchanged falls to nothing along a cosine, so that the network settles:

    n_t = n_f + (n_i - n_f) (1 - t)^3        share_t = share (1 + cos(pi t)) / 2        t in [0, 1]

All layers are counted and cut, the output layer and the weights of the pixels too.

Left out: dense gradients of single batches (RigL), which are noisier than their running mean.

Source: Dettmers and Zettlemoyer 2019 (drop by magnitude, grow by momentum); Mocanu et al. 2018 and
Evci et al. 2020 (exchange while training; the cosine).

Read next: npprune/pruning/distill.py.
"""

import math

import numpy as np

from npprune.errors import InputError
from npprune.pruning.gradual import EVERY, cubic
from npprune.pruning.masks import smallest
from npprune.pruning.retrain import Retraining


def largest(scores, masks, count):
    """Mark the `count` largest scores where the masks are True, over all layers together.

    Shapes: scores and masks L arrays of the same shapes -> L bool arrays, exactly `count` True
    Among equal ones those that come last are taken.  Raises InputError when the masks have fewer.
    """
    inside = np.concatenate([s[mask] for s, mask in zip(scores, masks, strict=True)])
    if not 0 <= count <= len(inside):
        raise InputError(f"{count} weights to choose among {len(inside)}: give at most as many")
    chosen = np.split(
        ~smallest(inside, len(inside) - count), np.cumsum([mask.sum() for mask in masks])[:-1]
    )
    marked = [np.zeros_like(mask) for mask in masks]
    for new, mask, part in zip(marked, masks, chosen, strict=True):
        new[mask] = part
    return marked


def exchange(weights, speeds, masks, count, swap):
    """Keep `count` weights, of which `swap` are new.

    Shapes: weights, speeds, masks (bool, True = keep) L arrays each -> L new masks

    Exactly count are True: the count - swap kept weights of largest magnitude and the `swap`
    absent ones of largest speed, which have not just been dropped.  There may be fewer absent ones
    than that: then all of them come back, and fewer are dropped.
    """
    absent = [~mask for mask in masks]
    swap = min(swap, count, sum(np.count_nonzero(mask) for mask in absent))
    stay = largest([np.abs(W) for W in weights], masks, count - swap)
    grown = largest([np.abs(V) for V in speeds], absent, swap)
    return [a | b for a, b in zip(stay, grown, strict=True)]


class Regrowth(Retraining):
    """Retraining during which weights of all layers are exchanged while their number shrinks."""

    def __init__(self, weights, masks, keep, until, swap, recipe, seed, **others):
        """Shrink to `keep` weights in `until` epochs of the recipe's, exchanging the share `swap`.

        Shapes: as Retraining; the masks of all layers count, the output layer's too

        A network that has fewer weights already keeps their number.  Only the epochs after the
        last exchange may be chosen.  Raises InputError for a schedule that leaves none.
        """
        super().__init__(weights, masks, recipe, seed, **others)
        initial = sum(np.count_nonzero(mask) for mask in self.masks)
        if keep < 0:
            raise InputError(f"regrowing to {keep} weights: give a number from 0")
        if not 0 < until < recipe.epochs:
            raise InputError(
                f"regrowing until epoch {until} of {recipe.epochs}: give at least 1 epoch to "
                f"exchange in and 1 after it"
            )
        self.final, self.swap, self.settled = min(keep, initial), swap, until
        self.initial = np.array(initial)  # an array, so that a checkpoint restores it in place

    def _groups(self):
        return super()._groups() | {"initial": [self.initial]}

    def step(self, train, indices, rate):
        """Exchange if it is time to, train on a batch, and put the absent weights back to 0."""
        done, end = self.optimizer.steps, self.settled * (len(train.labels) // self.recipe.batch)
        if done == end or (done < end and done % EVERY == 0):
            self._exchange(done / end)
        super().step(train, indices, rate)
        if done < end:
            for W, kept in zip(self.weights, self._kept, strict=True):
                W *= kept

    def _exchange(self, t):
        """Set the masks for the part t of the schedule that is done."""
        count = round(cubic(t, int(self.initial), self.final))
        swap = round(self.swap * count * (1 + math.cos(math.pi * t)) / 2)
        speeds, *_ = self.optimizer.state().values()
        self.masks = exchange(self.weights, speeds, self.masks, count, swap)
        self._hold()

    def _hold(self):
        """Put the absent weights to 0; their velocity too once the last exchange is done.

        Before that their gradients are wanted, so the workspace has no masks.
        """
        if len(self.history) >= self.settled:
            super()._hold()
            return
        self._kept = [mask.astype(np.float32) for mask in self.masks]
        for W, mask in zip(self.weights, self.masks, strict=True):
            W[~mask] = 0
        self.workspace.masks = None
