"""The trained network of a seed, as every study gets it.

Read next: npprune/lab/baseline.py.
"""

import functools

from npprune.lab.baseline import dead_seeds
from npprune.lab.study import Later
from npprune.network.checkpoint import is_whole, load_weights
from npprune.network.mlp import layer_sizes
from npprune.network.training import train
from npprune.progress import say


def living_seeds(run):
    """Seeds of a run whose networks did not die in training, or all if all died."""
    dead = dead_seeds(run.read("baseline"))
    return [seed for seed in run.config.seeds if seed not in dead] or list(run.config.seeds)


def trained(run, dataset, seed):
    """Return a seed's weights; raises CheckpointError when they are not of the run's network.

    A lost network is trained again, a damaged one from the epoch before, to the same bits.
    """
    path, sizes = run.checkpoint(seed), layer_sizes(dataset, run.config.recipe.hidden)
    if not is_whole(path):
        say(f"{path}: lost or damaged, though its records are there: training it again")
        train(sizes, run.config.recipe, seed, (dataset.train, dataset.validation), checkpoint=path)
    return load_weights(path, sizes)


def living_networks(run, dataset):
    """List (seed, network) of living seeds; a piece that is given the network loads it later."""
    load = functools.lru_cache(1)(functools.partial(trained, run, dataset))  # the last one stays
    return [(seed, Later(load, seed)) for seed in living_seeds(run)]
