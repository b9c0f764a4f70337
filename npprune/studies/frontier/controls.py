"""Small from the start, and large for longer: dense networks that were never pruned.

A pruned network may be good because of what was pruned, or only because it was trained for longer,
by a better recipe, or with a teacher.  So each of these is varied while nothing is pruned:

    scratch .9           the layer sizes that unit pruning leaves, from random initial weights
    scratch .9, taught   the same, with the soft targets that pruned networks have
    dense trained on     the dense network, trained on as the pruned ones are
    dense trained long   the dense network's sizes, from random weights by the recipe of the small

A small network is trained by SGD with decay in batches of 64, as pruned ones are, and for as many
epochs as the dense network and its pruned twin together.  Its rate and decay were chosen on
validation images: six pairs for one size, two rates for all (tries.csv); at the higher rates some
narrow networks died.

Source: Liu, Sun, Zhou, Huang and Darrell 2019, who found small networks from scratch as good as
pruned ones.

Read next: npprune/studies/frontier/times.py.
"""

from npprune.network.mlp import init_weights
from npprune.pruning.distill import teacher_logits
from npprune.pruning.recipes import follow
from npprune.streams import stream
from npprune.studies.frontier.recipes import TEACHER, TRAINING

LONGER = 0.1  # the rate of the large network from random weights


def controls(hidden, epochs, small, longer):
    """Describe the controls: [(name, group, how)], how being plain data as in a recipe.

    hidden: units of the dense network's hidden layers; epochs: those of its training; small: for
    each size the fraction of the units that are never there, the epochs of its pruned twin, and the
    rate without a teacher; left out where a layer would have no unit; longer: epochs that the dense
    network is trained on for
    """

    def training(taught, epochs, rate=TRAINING["learning_rate"]):
        settings = {"learning_rate": rate, "distill": TEACHER if taught else None}
        return [{"step": "retrain", "epochs": epochs} | TRAINING | settings]

    listed = [
        ("dense trained on", "large", {"steps": training(False, longer)}),
        (
            "dense trained long",
            "large",
            {"hidden": [*hidden], "steps": training(False, longer, LONGER)},
        ),
    ]
    for k, more, rate in small:
        sizes = [n - round(k * n) for n in hidden]
        for taught in (False, True) if all(sizes) else ():
            name = f"scratch {k:g}".replace("0.", ".") + ", taught" * taught
            rates = {} if taught else {"rate": rate}
            how = {"hidden": sizes, "steps": training(taught, epochs + more, **rates)}
            listed.append((name, "control", how))
    return listed


def from_scratch(hidden, steps, dense, recipe, splits, seed, checkpoint=None):
    """Train a network from random weights; its teacher, if it has one, is the dense network.

    Shapes: hidden, units of its hidden layers; steps as in a recipe; dense, the teacher, L arrays;
    recipe, the dense network's, for its initialization; splits (train, validation) -> L arrays
    """
    sizes = [len(dense[0]), *hidden, dense[-1].shape[1]]
    weights = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    taught = any(step.get("distill") for step in steps)
    teacher = teacher_logits(dense, splits[0].images) if taught else None
    return follow(steps, weights, splits, seed, checkpoint, teacher=teacher)
