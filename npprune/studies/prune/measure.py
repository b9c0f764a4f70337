"""Networks are pruned at every sparsity in every way, and evaluated.

At k = 1 the hidden layers are all zeros, every logit is 0, and the loss is ln(classes) exactly.

Read next: npprune/studies/prune/draw.py.
"""

import itertools

from npprune.lab.outcome import outcome
from npprune.lab.study import HERE, Piece
from npprune.lab.trained import living_networks
from npprune.pruning.masks import KINDS, apply_masks, layer_masks, sparsity
from npprune.streams import stream
from npprune.studies.prune.magnitudes import compare_magnitudes

CRITERIA = ("magnitude", "random")


def order(config):
    return {"kind": KINDS}


def pieces(run, dataset, form):
    for seed, network in living_networks(run, dataset):
        for kind, criterion, k in itertools.product(KINDS, CRITERIA, form.sparsities):
            key = {"seed": seed, "kind": kind, "criterion": criterion, "k": k}
            arguments = network, dataset.validation, dataset.test, key
            yield Piece("sparsity", key, prune_network, arguments, HERE)
        yield Piece("distances", {"seed": seed}, compare_magnitudes, (network,), HERE)


def prune_network(weights, validation, test, key):
    """Prune and evaluate.  Shapes: weights L arrays

    The random stream restarts at each k, so random masks are nested too.
    """
    rng = stream(key["seed"], "random masks") if key["criterion"] == "random" else None
    pruned = apply_masks(weights, layer_masks(weights, key["k"], key["kind"], rng))
    achieved = {"achieved_sparsity": sparsity(pruned)}
    return {"sparsity": [achieved | outcome(pruned, validation, test)]}
