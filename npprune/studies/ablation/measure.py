"""A network for each variant of the recipe and each seed, pruned by each criterion.

A seed's networks share initial weights (except the variant of the initialization) and calibration
images (except the variant of the split).

Read next: npprune/studies/ablation/draw.py.
"""

import numpy as np

from npprune.data.split import Split
from npprune.lab.study import Piece
from npprune.network.mlp import layer_sizes
from npprune.network.training import Training
from npprune.streams import stream
from npprune.studies import criteria
from npprune.studies.ablation import CRITERIA, SPLIT
from npprune.studies.criteria.measure import Material, cut
from npprune.studies.randomness.recipes import variant
from npprune.studies.variants import VARIANTS


def order(config):
    return {"recipe": (*VARIANTS, SPLIT)}


def pieces(run, dataset, form):
    for name in form.recipes:
        if name == SPLIT and run.config.protocol == "source":
            continue  # its validation images are the test images
        for seed in run.config.seeds:
            key = {"seed": seed, "recipe": name}
            yield Piece("ablation", key, ablate, (dataset, form, seed, name))


def split_anew(train, validation, seed):
    """Draw as many validation images from all of both splits: train, validation."""
    order = stream(seed, "split").permutation(len(train) + len(validation))
    whole = Split(
        np.concatenate([train.images, validation.images]),
        np.concatenate([train.labels, validation.labels]),
    )[order]
    return whole[: len(train)], whole[len(train) :]


def ablate(dataset, form, seed, name):
    """Train a network by a recipe and prune it by each criterion: {"ablation": records}."""
    train, validation = dataset.train, dataset.validation
    if name == SPLIT:
        train, validation = split_anew(train, validation, seed)
    recipe = variant(form.hidden, VARIANTS.get(name, {}), form.epochs).fitting(len(train))
    weights = Training(layer_sizes(dataset, form.hidden), recipe, seed).run(train, validation)
    drawn = stream(seed, "calibration").permutation(len(train))[: form.images]
    material = Material(seed, weights, train[drawn], recipe.penalty, validation, dataset.test)
    how = criteria.Form(form.images, sparsities={("weight", "none"): form.sparsities})
    rows = []
    for criterion in CRITERIA:
        way = {"kind": "weight", "criterion": criterion, "repair": "none"}
        rows += [{"criterion": criterion} | row for row in cut(material, how, way)["criteria"]]
    return {"ablation": rows}
