"""The networks, and the masks that pruning gives their first layers.

    initial      before training: nothing but chance
    sgd, adam    the run's own network, and one by the other optimizer
    translated   trained on images moved by up to 4 pixels: less centred
    relabelled   the run's own, its pixels in random places
    gradual      the run's own, pruned while it trains on
    lottery      pruned, put back to its initial weights and trained, in rounds
    convolution  a convolutional layer as a matrix

All but gradual and lottery are pruned at once, layer by layer: sgd and adam by several criteria,
the others by magnitude.

Read next: npprune/studies/locality/rows.py.
"""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np

from npprune.data.split import Split
from npprune.network.mlp import init_weights
from npprune.network.training import SOURCE_RECIPE, Recipe, train
from npprune.pruning.gradual import GradualPruning
from npprune.pruning.masks import apply_masks, layer_masks, smallest
from npprune.pruning.retrain import RETRAINING, Retraining, nonzero_masks
from npprune.pruning.saliency import score
from npprune.streams import stream
from npprune.studies.locality import CRITERIA
from npprune.theory.connectivity.convolution import unrolled_convolution

ADAM_EPOCHS, SGD_EPOCHS, ROUND_EPOCHS = 3, 4, 2
MOST = 4  # pixels by which an image is moved: MNIST's margin
# Cuts before the sparsities that are looked at, for a lottery ticket is found in rounds.
ROUNDS = (0.7,)
NAMES = {  # for people, in the order of figures and tables
    "initial": "untrained",
    "relabelled": "pixels relabelled",
    "sgd": "SGD",
    "adam": "Adam",
    "translated": "images moved",
    "gradual": "pruned gradually",
    "lottery": "lottery ticket",
    "convolution": "convolution",
}
SCORED = {"sgd": CRITERIA, "adam": ("magnitude", "obd")}


class Material(NamedTuple):
    network: str
    seed: int
    sizes: tuple
    recipe: Recipe  # the run's
    splits: tuple  # (train, validation)
    own: list  # weights of the run's own network
    checkpoint: Path  # where this network is kept, if it is trained here


class Masks(NamedTuple):
    """The first layer, pruned.  Shapes: first (n_pixels, n_1) bool"""

    criterion: str
    k: float
    first: np.ndarray


def networks(own):
    other = "adam" if own == "sgd" else "sgd"
    return ("initial", own, "relabelled", "convolution", other, "translated", "gradual", "lottery")


def moved(images, rng, most=MOST):
    """Move each image at random, by up to `most` pixels each way; zeros come in.

    Shapes: (N, H, W) uint8 -> a copy
    """
    N, H, W = images.shape
    framed = np.pad(images, ((0, 0), (most, most), (most, most)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (H, W), axis=(1, 2))
    y, x = rng.integers(0, 2 * most + 1, (2, N))
    return windows[np.arange(N), y, x]


def training_splits(material):
    if material.network != "translated":
        return material.splits
    rng = stream(material.seed, "translation")
    return tuple(Split(moved(split.images, rng), split.labels) for split in material.splits)


def dense(material, splits):
    network, seed, sizes, own = material.network, material.seed, material.sizes, material.recipe
    if network == "initial":
        return init_weights(sizes, stream(seed, "weights"), own.initialization)
    if network == "convolution":
        image_shape = splits[0].images.shape[1:]
        return [unrolled_convolution(image_shape, sizes[1], stream(seed, "convolution"))]
    if network in (own.optimizer, "relabelled", "gradual", "lottery"):
        return material.own
    recipe = {"sgd": Recipe(), "adam": SOURCE_RECIPE, "translated": own}[network]
    most = ADAM_EPOCHS if recipe.optimizer == "adam" else SGD_EPOCHS
    recipe = dataclasses.replace(recipe, hidden=own.hidden, epochs=min(most, own.epochs))
    return train(sizes, recipe.fitting(len(splits[0])), seed, splits, material.checkpoint)[0]


def pruned(material, weights, splits, X, criteria, sparsities):
    """Yield Masks, lowest sparsity first.  Shapes: X (N, n_pixels), for the criteria"""
    if material.network == "gradual":
        yield from gradual(material, weights, splits, sparsities)
    elif material.network == "lottery":
        yield from lottery(material, weights, splits, sparsities)
    else:
        for criterion in SCORED.get(material.network, ("magnitude",)):
            if criterion in criteria:
                yield from at_once(criterion, weights, X, sparsities)


def at_once(criterion, weights, X, sparsities):
    if len(weights) == 1:  # an output layer is never scored, and this is none
        scores = np.abs(weights[0])
    else:
        scores = score(criterion, weights, X)[0]
    for k in sparsities:
        kept = ~smallest(scores, round(k * scores.size))
        # Of a convolution there are only its patches, at any sparsity.
        yield Masks(criterion, k, kept & (weights[0] != 0))


def gradual(material, weights, splits, sparsities):
    """Yield Masks while training: one epoch to prune, one to settle."""
    recipe = dataclasses.replace(RETRAINING, epochs=ROUND_EPOCHS).fitting(len(splits[0]))
    for k in sparsities:
        training = GradualPruning(
            weights, nonzero_masks(weights), k=k, until=ROUND_EPOCHS - 1, recipe=recipe,
            seed=material.seed, budget="layer-wise",
        )  # fmt: skip
        weights = training.run(*splits)
        yield Masks("magnitude", k, weights[0] != 0)


def lottery(material, weights, splits, sparsities):
    """Yield Masks; each round trains the initial weights that are left."""
    recipe = dataclasses.replace(material.recipe, epochs=ROUND_EPOCHS)
    initial = dense(material._replace(network="initial"), splits)
    rounds = [*(k for k in ROUNDS if k < min(sparsities)), *sparsities]
    for k in rounds:
        masks = layer_masks(weights, k, "weight")
        weights = apply_masks(weights, masks)
        if k in sparsities:
            yield Masks("magnitude", k, weights[0] != 0)
        if k < rounds[-1]:
            weights = Retraining(initial, masks, recipe, material.seed).run(*splits)
