"""Every network is pruned and its masks are tested.

Read next: npprune/studies/locality/draw.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.lab.study import Later, Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import inputs, layer_sizes
from npprune.streams import stream
from npprune.studies.locality import FULL, rows
from npprune.studies.locality.networks import (
    Material,
    at_once,
    dense,
    networks,
    pruned,
    training_splits,
)
from npprune.studies.locality.transplant import transplant
from npprune.theory.connectivity.images import LIVE, lit_share, unit_images
from npprune.theory.connectivity.nulls import correlation, relabelled

IMAGES = 5_000  # for scores and correlations, drawn from the training images
TESTED_FROM = 0.9  # below it a draw costs three times as much
EXPONENTS = (1, 2, 4)  # of the correlation, in the data's null
BUILT = ("relabelled", "convolution")  # known by construction
PICTURED = ("sgd", "adam", "gradual")  # with a map of g(d)
PATIENT = ("gradual", "lottery")  # pruned from sparsity to sparsity, from TESTED_FROM on


class View(NamedTuple):
    """Images as a network saw them.  Shapes: live (H, W) bool, correlations (H*W, H*W)"""

    live: np.ndarray
    correlations: np.ndarray


def order(config):
    return {"network": networks(config.recipe.optimizer), "mask": FULL.transplants}


def pieces(run, dataset, form):
    own, trained = run.config.recipe.optimizer, living_networks(run, dataset)
    for seed, weights in trained[: form.seeds]:
        for network in networks(own):
            if form.networks is None or network in (own, *form.networks):
                key = {"seed": seed, "network": network}
                material = Later(_material, run, dataset, weights, **key)
                arguments = material, form, seed == trained[0][0]
                yield Piece("locality", key, measure_network, arguments)
                if network == own:
                    yield Piece("locality_correlation", key, measure_correlation, arguments)
        material = Later(_material, run, dataset, weights, seed, own)
        for mask in form.transplants:
            key = {"seed": seed, "mask": mask}
            yield Piece("locality_transplant", key, transplant, (mask, material, dataset.test))


def _material(run, dataset, own, seed, network):
    sizes = layer_sizes(dataset, run.config.recipe.hidden)
    splits = dataset.train, dataset.validation
    checkpoint = run.folder / "checkpoints" / f"{network}-seed-{seed}.npz"
    return Material(network, seed, sizes, run.config.recipe, splits, own(), checkpoint)


def _view(material, splits):
    images = splits[0].images
    drawn = stream(material.seed, "calibration").permutation(len(images))[:IMAGES]
    X = inputs(images[drawn])
    return X, View(lit_share(images) >= LIVE, correlation(X))


def measure_network(material, form, detailed):
    splits = training_splits(material)
    X, view = _view(material, splits)
    weights = dense(material, splits)
    tables = {"locality": [], "locality_maps": []}
    sparsities = [k for k in form.sparsities if k >= TESTED_FROM or material.network not in PATIENT]
    for masks in pruned(material, weights, splits, X, form.criteria, sparsities):
        key = {"criterion": masks.criterion, "k": masks.k}
        images = unit_images(masks.first, view.live.shape)
        if material.network == "relabelled":
            images = relabelled(images, view.live, _stream("relabelled", material, masks))
        images &= view.live
        if rows.has_pairs(images):
            row, places = measure_mask(images, masks, material, form, view)
            tables["locality"].append(key | row)
            if detailed and masks.criterion == "magnitude" and material.network in PICTURED:
                tables["locality_maps"] += [key | place for place in places]
    return tables


def measure_mask(images, masks, material, form, view):
    """Test a mask: (record, records of g(d)).  Shapes: images (n_units, H, W) bool"""
    rng = _stream("locality", material, masks)
    published = masks.k >= TESTED_FROM and material.network not in BUILT
    row, S, expected = rows.mask_row(images, form.draws if published else form.checks, rng)
    row |= {"correlated_l2": "", "correlated_sd": ""}
    if material.network != "convolution":
        row |= rows.correlated_row(images, view.correlations, view.live, form.few, rng)
    return row, rows.map_rows(S, expected)


def measure_correlation(material, form, detailed):
    X, view = _view(material, material.splits)
    pixels, table = view.live, []
    for masks in at_once("magnitude", material.own, X, form.sparsities):
        inside = unit_images(masks.first, pixels.shape, pixels)
        if not rows.has_pairs(inside):
            continue
        l2 = rows.share(inside)
        for exponent in EXPONENTS:
            rng = _stream("correlation", material, masks, exponent)
            row = rows.correlated_row(inside, view.correlations, pixels, form.few, rng, exponent)
            key = {"criterion": "magnitude", "k": masks.k, "exponent": exponent, "l2": l2}
            table.append(key | row | {"ratio": rows.quotient(l2, row["correlated_l2"])})
    return {"locality_correlation": table}


def _stream(purpose, material, masks, *name):
    words = (purpose, material.network, masks.criterion, masks.k, *name)
    return stream(material.seed, " ".join(map(str, words)))
