"""Is it the structure or the weights?  Rewinding, and the controls that answer.

The lottery-ticket hypothesis: a dense network holds, from the start, a small part that would have
trained as well alone.  To test it, take the mask that pruning found, put the weights that stay
back to what they were early in training, and train again.  If that works and the same mask with
freshly drawn weights does not, the start mattered; if both work and a mask of as many weights at
random places of each layer does not, only the structure did; and if that one, or a small dense
network trained from scratch, does as well, neither.

Epoch 0 is the drawing of the weights itself.  Larger networks need a later one (Frankle, Dziugaite,
Roy and Carbin 2020), which is reached by training again.

Source: Frankle and Carbin 2019, section 2; Liu, Sun, Zhou, Huang and Darrell 2019 for the controls.

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
    """Put the weights that stay back to what they were after an epoch of training.

    Shapes: weights L arrays, pruned but not compacted, splits (train, validation)
    -> L new arrays with the same zeros

    The network is taken to have been trained from this seed by the recipe (the default one if none
    is given).  Raises InputError when the recipe has fewer epochs.
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
    """Move the weights of each layer to random places of it: the control for the mask's pattern.

    Shapes: weights L arrays -> L new arrays with as many zeros
    """
    rng = stream(seed, "shuffled mask")
    return [rng.permuted(W.ravel()).reshape(W.shape) for W in weights]


def reinitialize(weights, seed, initialization="he"):
    """Give the weights that stay new random values: the control for rewinding.

    Shapes: weights L arrays -> L new arrays with the same zeros
    """
    rng = stream(seed, "reinitialization")
    fresh = init_weights(network_sizes(weights), rng, initialization)
    return apply_masks(fresh, nonzero_masks(weights))
