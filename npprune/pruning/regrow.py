"""Regrowth: what was pruned too early may come back, and the number of weights stays exact.

Every so many steps some kept weights are exchanged for as many absent ones, in all layers, the
output layer too, while their number shrinks.

Left out: dense gradients of single batches (RigL), which are noisier than their running mean.

Source: Dettmers and Zettlemoyer 2019 (drop by magnitude, grow by momentum); Mocanu et al. 2018 and
Evci et al. 2020 (exchange while training; the cosine).

Read next: npprune/pruning/distill.py.
"""

import math

import numpy as np

from npprune.errors import InputError
from npprune.pruning.gradual import Scheduled, cubic
from npprune.pruning.masks import smallest


def largest(scores, masks, count):
    """Mark the `count` largest scores where the masks are True, over all layers together.

    Shapes: scores, masks L arrays -> L bool arrays, exactly `count` True

    Among equal ones the last are taken.  Raises InputError when the masks have fewer.
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

    Shapes: weights, speeds, masks L arrays each -> L new masks

    The smallest of the kept weights are dropped; of those absent before, the ones of largest speed
    |v| return.  An absent weight is 0, yet the loss has a gradient by it: dW_ij = sum_n X_ni dZ_nj.
    The velocity v is about -rate / (1 - momentum) times its running mean, and to first order a
    small step from 0 along v lowers the loss by |step| |dW|.  Where fewer are absent, all return.
    """
    absent = [~mask for mask in masks]
    swap = min(swap, count, sum(np.count_nonzero(mask) for mask in absent))
    stay = largest([np.abs(W) for W in weights], masks, count - swap)
    grown = largest([np.abs(V) for V in speeds], absent, swap)
    return [a | b for a, b in zip(stay, grown, strict=True)]


class Regrowth(Scheduled):
    """Retraining in which absent weights of any layer may come back until epoch `until`."""

    def __init__(self, weights, masks, keep, until, swap, recipe, seed, **others):
        """Shrink to `keep` weights of all layers, exchanging a share that falls from `swap` to 0.

        Shapes: as Retraining.  A network that has fewer weights keeps their number.
        """
        initial = sum(np.count_nonzero(mask) for mask in masks)
        if keep < 0:
            raise InputError(f"regrowing to {keep} weights: give a number from 0")
        super().__init__(weights, masks, until, recipe, seed, initial, **others)
        self.final, self.swap = min(keep, initial), swap

    def step(self, train, indices, rate):
        super().step(train, indices, rate)
        if len(self.history) < self.settled:
            for W, kept in zip(self.weights, self._kept, strict=True):
                W *= kept

    def _change(self, t):
        """Exchange weights when the part t of the schedule is done, t in [0, 1].

            n_t = n_f + (n_i - n_f) (1-t)^3        share_t = swap (1 + cos(pi t))/2
        A grown weight starts at 0 with the velocity that chose it.  At t = 0 none is exchanged: all
        are at rest, and no velocity says which.
        """
        count = round(cubic(t, int(self.initial), self.final))
        swap = round(self.swap * count * (1 + math.cos(math.pi * t)) / 2) if t else 0
        speeds, *_ = self.optimizer.state().values()
        self.masks = exchange(self.weights, speeds, self.masks, count, swap)
        self._hold()

    def _hold(self):
        """Put absent weights to 0; after the last exchange, their velocity too."""
        if len(self.history) >= self.settled:
            super()._hold()
            return
        self._kept = [mask.astype(np.float32) for mask in self.masks]
        for W, mask in zip(self.weights, self.masks, strict=True):
            W[~mask] = 0
        self.workspace.masks = None
