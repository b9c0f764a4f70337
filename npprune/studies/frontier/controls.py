"""Small from the start: networks that never had the units that pruning removes.

A control has the layer sizes that unit pruning would leave, its initial weights are random, and it
is trained for as many epochs as the dense network and the longest recipe together.  Two of each
size: one learns from the labels alone; one is also taught by the dense network, as pruned ones may
be.  Both keep the epoch of the highest validation accuracy, as retraining does.

They are not trained as the pruned networks are: Adam, no weight decay, another batch and rate.  So
a difference between the two is not that of pruning alone.  Left out is the control that would tell,
small networks trained with the pruned ones' optimizer and decay, and sparse ones from scratch.

Source: Liu, Sun, Zhou, Huang and Darrell 2019, who found small networks from scratch as good as
pruned ones.

Read next: npprune/studies/frontier/times.py.
"""

import dataclasses

import numpy as np

from npprune.network.checkpoint import previous_checkpoint
from npprune.network.mlp import init_weights
from npprune.pruning.distill import Distillation, teacher_logits
from npprune.pruning.retrain import Retraining
from npprune.streams import stream

# Chosen on MNIST's validation images for 100-100-50-20.  SGD at a rate that learns well may kill
# every unit of so narrow a layer in the first epochs, and all logits are 0 from then on.
TRAINING = {"optimizer": "adam", "learning_rate": 1e-3, "schedule": "cosine", "weight_decay": 0.0}
TEACHER = {"temperature": 3.0, "share": 0.9}


def controls(hidden, epochs, fractions):
    """Describe the controls: [(name, how)], how being what from_scratch takes.

    hidden: units of the dense network's hidden layers; fractions: of them, how many are never
    there, left out where a layer would have no unit
    """
    listed = []
    for k in fractions:
        name = f"scratch {k:g}".replace("0.", ".")
        how = {"hidden": [n - round(k * n) for n in hidden], "epochs": epochs}
        if not all(how["hidden"]):
            continue
        listed += [(name, how | {"taught": False}), (f"{name}, taught", how | {"taught": True})]
    return listed


def from_scratch(hidden, epochs, taught, dense, recipe, splits, seed, checkpoint):
    """Train a small network from random weights.

    Shapes: hidden, units of its hidden layers; dense, the teacher, L arrays; recipe, the dense
    network's, for its batch and initialization; splits (train, validation) -> L arrays

    Goes on from the checkpoint if there is one, and deletes it at the end.
    """
    sizes = [len(dense[0]), *hidden, dense[-1].shape[1]]
    weights = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
    training = Retraining(
        weights,
        [np.ones(W.shape, bool) for W in weights],
        dataclasses.replace(recipe, epochs=epochs, **TRAINING),
        seed,
        Distillation(teacher_logits(dense, splits[0].images), **TEACHER) if taught else None,
    )
    if checkpoint.exists():
        training.resume(checkpoint)
    made = training.run(*splits, checkpoint)
    for written in (checkpoint, previous_checkpoint(checkpoint)):
        written.unlink(missing_ok=True)
    return made
