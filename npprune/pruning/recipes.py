"""Combined recipes: units removed, weights pruned, the rest repaired and retrained, in any order.

Each step (npprune/pruning/recipe_language.py) calls a function of this package.  Every k counts
from the dense network, also when layers have become smaller; refit fits to what the network said
before the cuts that it repairs.

Calibration uses 10,000 training images; the test split is not seen.

Read next: npprune/studies/criteria/__init__.py.
"""

import dataclasses
import zlib
from pathlib import Path

import numpy as np

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError, load_checkpoint, previous_checkpoint
from npprune.network.mlp import inputs, logits_of_images
from npprune.network.training import Recipe
from npprune.pruning import lottery
from npprune.pruning.admm import admm
from npprune.pruning.budgets import BUDGETS, budget_masks, cut_masks
from npprune.pruning.compact import compact
from npprune.pruning.distill import Distillation
from npprune.pruning.gradual import GradualPruning
from npprune.pruning.masks import apply_masks
from npprune.pruning.recipe_language import check_steps
from npprune.pruning.regrow import Regrowth
from npprune.pruning.repair import refit
from npprune.pruning.retrain import RETRAINING, Retraining, nonzero_masks
from npprune.pruning.saliency import score
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.pruning.unit_saliency import unit_score
from npprune.streams import stream

CALIBRATION = 10_000


def follow(
    steps, weights, splits, seed, checkpoint=None, on_progress=None, trained_by=None, teacher=None
):
    """Take a dense network through a recipe.

    Shapes: weights, splits (train, validation) -> weights, 0 where pruned, smaller where compacted

    trained_by   the dense network's training from this seed, which rewinding repeats
    teacher      logits of another teacher, (training images, classes)
    checkpoint   a path where every epoch is saved; the same call goes on from it with the same
                 bits, and deletes it at the end
    on_progress  called with (done, note) before each step and after the last
    Raises InputError for steps that cannot be followed, CheckpointError for another's checkpoint.
    """
    steps = check_steps(steps)
    journey = _Journey(steps, weights, splits, seed, checkpoint, trained_by or Recipe(), teacher)
    for i in range(journey.find(), len(steps)):
        if on_progress is not None:
            on_progress(i, steps[i]["step"])
        journey.take(i, **steps[i])
    if on_progress is not None:
        on_progress(len(steps), "done")
    if checkpoint is not None:
        for written in (Path(checkpoint), previous_checkpoint(checkpoint)):
            written.unlink(missing_ok=True)
    return journey.weights


def _dead_first(scores, alive):  # what is pruned already counts, whatever its score
    return [np.where(a, s, -np.inf) for s, a in zip(scores, alive, strict=False)]


class _Journey:
    def __init__(self, steps, weights, splits, seed, checkpoint, trained_by, teacher):
        self.dense, self.splits, self.seed, self.checkpoint = weights, splits, seed, checkpoint
        self.trained_by = trained_by
        self.weights = self.uncut = [W.copy() for W in weights]
        self._resuming = checkpoint is not None and Path(checkpoint).exists()
        # What a checkpoint belongs to, and which step it was written in.
        known = weights if teacher is None else [*weights, teacher]
        network = zlib.crc32(b"".join(array.tobytes() for array in known))
        self.place = {"steps": steps, "seed": seed, "network": network, "at": 0}
        self._teacher = teacher

    def find(self):
        """Go on from the checkpoint, if there is one; -> index of the next step."""
        if self._resuming:
            groups, record = load_checkpoint(self.checkpoint)
            place = record.get("place") or {}
            at = place.get("at")
            if place != self.place | {"at": at} or at not in range(len(place["steps"])):
                raise CheckpointError(
                    f"{self.checkpoint}: belongs to another recipe, network or seed: move it "
                    f"away, or choose another path"
                )
            self.place["at"] = at
            self.weights = apply_masks(groups["current"], groups["masks"])
        return self.place["at"]

    def take(self, i, step, **values):
        self.place = self.place | {"at": i}
        getattr(self, f"_{step}")(**values)

    def _calibration(self):
        """Shapes: -> X (N, n_0), y (N,)"""
        train = self.splits[0]
        n = len(train.labels)
        chosen = stream(self.seed, "calibration").permutation(n)[:CALIBRATION]
        return inputs(train.images[chosen]), train.labels[chosen]

    def _left(self):
        return sum(np.count_nonzero(W) for W in self.weights[:-1])

    def _present_k(self, keep):
        kept, size = self._left(), sum(W.size for W in self.weights[:-1])
        if keep > kept:
            raise InputError(
                f"recipe: {keep} hidden weights should stay, but only {kept} are left: give a "
                f"larger k, or cut less before"
            )
        return 1 - keep / size if size else 0.0

    def _keep(self, k):
        size = sum(W.size for W in self.dense[:-1])
        return size - round(k * size)

    def _units(self, k, last, method):
        X, y = self._calibration()
        each = [k] * (len(self.dense) - 2) + [k if last is None else last]
        counts = []
        for W_dense, W, part in zip(self.dense[:-1], self.weights[:-1], each, strict=True):
            n, present = W_dense.shape[1], W.shape[1]
            keep = n - round(part * n)
            counts.append(max(0, present - keep))
        if method == "obs":
            masks = unit_obs_masks(self.weights, counts, X)
        else:
            scores = unit_score(method, self.weights, X, y, stream(self.seed, "random masks"))
            alive = [W.any(axis=0) for W in self.weights]
            masks = cut_masks(_dead_first(scores, alive), counts, self.weights)
        self.weights = apply_masks(self.weights, masks)

    def _weights(self, k, method, budget):
        k = self._present_k(self._keep(k))
        if method == "admm":
            counts = BUDGETS[budget]([np.abs(W) for W in self.weights[:-1]], self.weights, k)
            self.weights = self.uncut = admm(self.weights, counts, self._calibration()[0])
            return
        self._cut(method, budget, k)

    def _cut(self, method, budget, k):
        X, y = self._calibration()
        rng, penalty = stream(self.seed, "random masks"), self.trained_by.penalty
        scores = score(method, self.weights, X, y, rng, penalty=penalty)
        scores = _dead_first(scores, nonzero_masks(self.weights))
        masks = budget_masks(budget, scores, self.weights, k)
        self.weights = apply_masks(self.weights, masks)

    def _refit(self):
        masks = nonzero_masks(self.weights)
        self.weights = self.uncut = refit(self.uncut, masks, self._calibration()[0])

    def _compact(self):
        self.weights = self.uncut = compact(self.weights)

    def _rewind(self, epoch, random=False, shuffle=False):
        if shuffle:
            self.weights = lottery.shuffle(self.weights, self.seed)
        if random:
            how = self.trained_by.initialization
            self.weights = lottery.reinitialize(self.weights, self.seed, how)
        else:
            self.weights = lottery.rewind(
                self.weights, self.seed, self.splits, epoch, self.trained_by
            )
        self.uncut = self.weights

    def _retrain(self, **training):
        self._train(training)

    def _gradual(self, k, until, budget, **training):
        k = self._present_k(self._keep(k))
        self._train(training, GradualPruning, k=k, until=until, budget=budget)

    def _regrow(self, keep, until, swap, **training):
        self._train(training, Regrowth, keep=keep, until=until, swap=swap)

    def _iterative(self, k, share, method, budget, rewind, **training):
        goal = self._keep(k)
        while True:
            if not self._resuming:
                left = self._left()
                # Shared out among layers, a small cut may round to none.
                for keep in (min(left - 1, round((1 - share) * left)), goal):
                    if goal < left == self._left():
                        self._cut(method, budget, self._present_k(max(goal, keep)))
                if self._left() == left:
                    return
                if rewind is not None:
                    self._rewind(rewind)
            self._train(training)

    def _train(self, training, kind=Retraining, **others):
        """Retrain, unless a width is 0: no gradient reaches any weight then."""
        if any(W.size == 0 for W in self.weights):
            return
        settings = {name: training[name] for name in training if name not in ("distill", "drop")}
        run = kind(
            self.weights,
            nonzero_masks(self.weights),
            recipe=dataclasses.replace(RETRAINING, **settings).fitting(len(self.splits[0])),
            seed=self.seed,
            distillation=self._distillation(training["distill"]),
            drop=training["drop"],
            place=self.place,
            **others,
        )
        if self._resuming:
            run.resume(self.checkpoint)
            self._resuming = False
        self.weights = self.uncut = run.run(*self.splits, self.checkpoint)

    def _distillation(self, distill):
        if distill is None:
            return None
        if self._teacher is None:
            self._teacher = logits_of_images(self.dense, self.splits[0].images)
        return Distillation(self._teacher, **distill)
