"""Does locality cause accuracy?  Networks trained from the start under masks of the first layer.

    dense             no mask
    found             what magnitude leaves of the trained network
    shuffled          found, in random places
    local             as many inputs a unit, as close together as can be
    local shuffled    local, in random places

Shuffles, by Curveball trades, keep the numbers of inputs a unit and of units a pixel.  In a seed
all else is the same.

Read next: npprune/studies/locality/measure.py.
"""

import numpy as np

from npprune.lab.outcome import outcome
from npprune.network.mlp import init_weights
from npprune.pruning.retrain import Retraining, nonzero_masks
from npprune.streams import stream
from npprune.studies.locality import rows
from npprune.studies.locality.networks import at_once
from npprune.theory.connectivity.curveball import FORGOTTEN, trade
from npprune.theory.connectivity.images import unit_images

K = 0.97  # the highest sparsity at which a convolution's patches are nearly whole


def transplant(name, material, test):
    splits, seed = material.splits, material.seed
    initial = init_weights(material.sizes, stream(seed, "weights"), material.recipe.initialization)
    image_shape = splits[0].images.shape[1:]
    (masks,) = at_once("magnitude", material.own, None, (K,))
    images = placed(
        name, unit_images(masks.first, image_shape), stream(seed, f"mask {name.split()[0]}")
    )
    kept = [images.reshape(len(images), -1).T, *nonzero_masks(initial)[1:]]
    weights = Retraining(initial, kept, material.recipe, seed).run(*splits)
    row = {"k": K, "l2": rows.share(images) if rows.has_pairs(images) else float("nan")}
    return {"locality_transplant": [row | outcome(weights, splits[1], test)]}


def placed(name, images, rng):
    """Put inputs where the name says.  Shapes: images (n_units, H, W) bool -> the same"""
    if name == "dense":
        return np.ones_like(images)
    if name.startswith("local"):
        images = closest(images, rng)
    return shuffled(images, rng) if name.endswith("shuffled") else images


def shuffled(images, rng):
    inputs = images.reshape(len(images), -1).copy()
    for _ in range(10 * FORGOTTEN):
        trade(inputs, rng)
    return inputs.reshape(images.shape)


def closest(images, rng):
    """Move each unit's inputs to the pixels nearest to one of them, drawn at random.

    So pixels are used about as often as before.  Shapes: as in placed
    """
    _, H, W = images.shape
    y, x = np.indices((H, W))
    moved = np.zeros_like(images)
    for unit, image in enumerate(images):
        inputs = np.argwhere(image)
        if len(inputs):
            centre = inputs[rng.integers(len(inputs))]
            distance = np.hypot(y - centre[0], x - centre[1]) + 1e-6 * rng.random((H, W))
            moved[unit].flat[np.argsort(distance, axis=None)[: len(inputs)]] = True
    return moved
