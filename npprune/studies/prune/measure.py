"""Networks are pruned at every sparsity in every way, and evaluated.

At k = 1 the hidden layers are all zeros, every logit is 0, and the loss is ln(classes) exactly.

Read next: npprune/studies/prune/draw.py.
"""

import functools
import itertools

from npprune.lab.outcome import outcome
from npprune.lab.study import HERE, Piece
from npprune.lab.trained import living_seeds, trained
from npprune.pruning.masks import KINDS, apply_masks, layer_masks, sparsity
from npprune.streams import stream
from npprune.studies.prune.magnitudes import compare_magnitudes

CRITERIA = ("magnitude", "random")


def order(config):
    return {"kind": KINDS}


def pieces(run, dataset, form):
    network = functools.lru_cache(1)(functools.partial(trained, run, dataset))
    for seed in living_seeds(run):
        for kind, criterion, k in itertools.product(KINDS, CRITERIA, form.sparsities):
            key = {"seed": seed, "kind": kind, "criterion": criterion, "k": k}
            arguments = functools.partial(_arguments, network, dataset, key)
            yield Piece("sparsity", key, prune_network, arguments, HERE)
        arguments = functools.partial(lambda seed: (network(seed),), seed)
        yield Piece("distances", {"seed": seed}, compare_magnitudes, arguments, HERE)


def _arguments(network, dataset, key):
    return network(key["seed"]), dataset.validation, dataset.test, key


def prune_network(weights, validation, test, key):
    """Prune and evaluate.  Shapes: weights L arrays

    The random stream restarts at each k, so random masks are nested too.
    """
    rng = stream(key["seed"], "random masks") if key["criterion"] == "random" else None
    pruned = apply_masks(weights, layer_masks(weights, key["k"], key["kind"], rng))
    achieved = {"achieved_sparsity": sparsity(pruned)}
    return {"sparsity": [achieved | outcome(pruned, validation, test)]}
