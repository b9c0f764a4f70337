"""A network is trained for each seed.

Read next: npprune/studies/train/draw.py.
"""

import functools

from npprune.lab.baseline import baseline
from npprune.lab.study import HERE, Piece
from npprune.network.mlp import evaluate, layer_sizes
from npprune.network.training import train


def pieces(run, dataset, form):
    for seed in run.config.seeds:
        key = {"seed": seed}
        on_epoch = functools.partial(run.add, "training", key)
        arguments = dataset, run.config.recipe, seed, run.checkpoint(seed), on_epoch
        yield Piece("baseline", key, train_network, arguments, HERE)


def train_network(dataset, recipe, seed, checkpoint, on_epoch):
    """Train, from the checkpoint if there is one."""
    sizes = layer_sizes(dataset, recipe.hidden)
    splits = (dataset.train, dataset.validation)
    weights, history = train(sizes, recipe, seed, splits, checkpoint, on_epoch)
    record = baseline(history, *evaluate(weights, dataset.test))
    return {"training": history, "baseline": [record]}
