"""Is it the structure or the weights?  Rewinding, and the controls that answer.

The lottery-ticket hypothesis: a dense network holds from the start a small part that trains as well
alone.  To test it, keep the mask, put the weights back to what they were early, and train again.
If that works and new random weights do not, the start mattered.  If both work and a shuffled mask
does not, only the structure did.  If that, or a small dense network, does as well, neither did.

Source: Frankle and Carbin 2019, section 2; Liu et al. 2019 for the controls.

Read next: npprune/pruning/recipe_language.py.
"""

import dataclasses

from npprune.errors import InputError
from npprune.network.mlp import init_weights, network_sizes
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import apply_masks
from npprune.pruning.retrain import nonzero_masks
from npprune.streams import stream


def rewind(weights, seed, splits, epoch=0, recipe=None):
    """Put the weights left back to what they were after an epoch of training by seed and recipe.

    Shapes: weights, pruned but not compacted -> weights with the same zeros

    Epoch 0 is the start; larger networks need a later one (Frankle, Dziugaite, Roy and
    Carbin 2020).  Raises InputError when the recipe has fewer epochs.
    """
    sizes = network_sizes(weights)
    recipe = dataclasses.replace(recipe or Recipe(), hidden=tuple(sizes[1:-1]))
    if not 0 <= epoch <= recipe.epochs:
        raise InputError(f"rewinding to epoch {epoch}: give one from 0 to {recipe.epochs}")
    training = Training(sizes, recipe, seed)
    if epoch:
        training.run(*splits, until=epoch)
    return apply_masks(training.weights, nonzero_masks(weights))


def shuffle(weights, seed):
    """Control for the mask's pattern: move each layer's weights to random places in it.

    Shapes: weights -> weights with as many zeros
    """
    rng = stream(seed, "shuffled mask")
    return [rng.permuted(W.ravel()).reshape(W.shape) for W in weights]


def reinitialize(weights, seed, initialization="he"):
    """Control for rewinding: give the weights left new random values.

    Shapes: weights -> weights with the same zeros
    """
    rng = stream(seed, "reinitialization")
    fresh = init_weights(network_sizes(weights), rng, initialization)
    return apply_masks(fresh, nonzero_masks(weights))
