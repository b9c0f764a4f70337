"""Dense networks that were never pruned: small from the start, or large and trained for longer.

A pruned network may be good only because of longer training, a better recipe, or a teacher:

    scratch .9           layer sizes that unit pruning leaves, random weights
    scratch .9, taught   the same, with the soft targets of pruned networks
    dense trained on     the dense network, trained on as pruned ones are
    dense trained long   the dense sizes, random weights, the recipe of the small

A small network trains for the epochs of the dense network and its pruned twin together.

Source: Liu, Sun, Zhou, Huang and Darrell 2019.

Read next: npprune/studies/frontier/measure.py.
"""

from npprune.network.mlp import init_weights, logits_of_images
from npprune.pruning.recipes import follow
from npprune.streams import stream
from npprune.studies.frontier.recipes import TEACHER, TRAINING

LONGER = 0.1  # the rate of the large network from random weights


def controls(hidden, epochs, small, longer):
    """Describe the controls: [(name, group, how)], `how` as in a recipe.

    hidden, epochs: of the dense network; small: for each size, fraction of units never there,
    epochs of its pruned twin, rate without a teacher; longer: epochs of the large
    """

    def training(epochs, rate=TRAINING["learning_rate"], taught=False):
        settings = {"learning_rate": rate, "distill": TEACHER if taught else None}
        return [{"step": "retrain", "epochs": epochs} | TRAINING | settings]

    listed = [
        ("dense trained on", "large", {"steps": training(longer)}),
        ("dense trained long", "large", {"hidden": [*hidden], "steps": training(longer, LONGER)}),
    ]
    for k, more, rate in small:
        sizes = [n - round(k * n) for n in hidden]
        name = f"scratch {k:g}".replace("0.", ".")
        alone, taught = training(epochs + more, rate), training(epochs + more, taught=True)
        if all(sizes):
            for words, steps in (("", alone), (", taught", taught)):
                listed.append((name + words, "control", {"hidden": sizes, "steps": steps}))
    return listed


def from_scratch(hidden, steps, dense, recipe, splits, seed, checkpoint=None):
    """Train a network from random weights; its teacher, if any, is the dense network.

    Shapes: hidden, its units; dense L arrays; splits (train, validation) -> L arrays
    """
    sizes = [len(dense[0]), *hidden, dense[-1].shape[1]]
    weights = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    taught = any(step.get("distill") for step in steps)
    teacher = logits_of_images(dense, splits[0].images) if taught else None
    return follow(steps, weights, splits, seed, checkpoint, teacher=teacher)
