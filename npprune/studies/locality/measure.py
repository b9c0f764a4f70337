"""Every network is pruned, and its masks are tested and drawn, one piece of work a network.

Read next: npprune/studies/locality/draw.py.
"""

import functools
from typing import NamedTuple

import numpy as np

from npprune.lab.study import Piece
from npprune.lab.trained import trained
from npprune.network.mlp import inputs, layer_sizes
from npprune.streams import stream
from npprune.studies.locality import STUDY, rows
from npprune.studies.locality.networks import (
    Material,
    at_once,
    dense,
    networks,
    pruned,
    training_splits,
)
from npprune.theory.connectivity.images import LIVE, lit_share, unit_images
from npprune.theory.connectivity.nulls import correlation, relabelled

IMAGES = 5_000  # for scores and correlations, drawn from the training images
FIELDS_K = 0.97
PIXELS_K = 0.9
DENSE = 0.9  # below it a draw costs three times as much
UNTRAINED = ("initial", "convolution", "relabelled")
EXPONENTS = (1, 2, 4)  # of the correlation, in the data's null
BUILT = ("relabelled", "convolution")  # known by construction
PATIENT = ("gradual", "lottery")  # pruned from sparsity to sparsity, from DENSE on


SETS = {"all": 0, "live": LIVE}  # of pixels: lit in this share of the images or more


class View(NamedTuple):
    """The images as a network saw them.

    Shapes: lit (H, W) share of the images in which a pixel is lit, correlations (H*W, H*W)
    """

    lit: np.ndarray
    correlations: np.ndarray


def order(config):
    """Networks come in the order of work."""
    return {"network": networks(config.recipe.optimizer)}


def pieces(run, dataset, form):
    """Yield a piece for each network of each seed."""
    network_of = functools.lru_cache(1)(functools.partial(trained, run, dataset))
    own = run.config.recipe.optimizer
    for seed in run.config.seeds[: form.seeds]:
        for network in networks(own):
            if form.networks is None or network in (own, *form.networks):
                key = {"seed": seed, "network": network}
                arguments = functools.partial(_arguments, run, dataset, form, network_of, **key)
                yield Piece("locality", key, measure_network, arguments)
                if network == own:
                    yield Piece("locality_correlation", key, measure_correlation, arguments)


def _arguments(run, dataset, form, network_of, seed, network):
    sizes, splits = (
        layer_sizes(dataset, run.config.recipe.hidden),
        (dataset.train, dataset.validation),
    )
    checkpoint = run.folder / "checkpoints" / f"{network}-seed-{seed}.npz"
    own = network_of(seed)
    material = Material(network, seed, sizes, run.config.recipe, splits, own, checkpoint)
    return material, form, seed == run.config.seeds[0]


def _view(material, splits):
    """Images that calibrate the criteria, and what they say of the pixels.  -> X (N, H*W), View"""
    images = splits[0].images
    drawn = stream(material.seed, "calibration").permutation(len(images))[:IMAGES]
    X = inputs(images[drawn])
    return X, View(lit_share(images), correlation(X))


def measure_network(material, form, detailed):
    """Everything about one network: {table: records}.  detailed: maps, pixels and fields too."""
    splits = training_splits(material)
    X, view = _view(material, splits)
    weights = dense(material, splits)
    tables = {table.name: [] for table in STUDY.tables}
    if material.network not in ("gradual", "lottery", "relabelled"):
        for name, share in SETS.items():
            if row := rows.weight_row(weights[0], view.lit >= share):
                tables["locality_weights"].append({"pixels": name} | row)
    sparsities = [k for k in form.sparsities if k >= DENSE or material.network not in PATIENT]
    for masks in pruned(material, weights, splits, X, form.criteria, sparsities):
        key = {"criterion": masks.criterion, "k": masks.k}
        for table, row in measure_masks(masks, material, form, view, detailed):
            tables[table].append(key | row)
    return tables


def measure_masks(masks, material, form, view, detailed):
    """Yield everything about the masks of one criterion and sparsity: (table, record)."""
    images = unit_images(masks.first, view.lit.shape)
    if material.network == "relabelled":
        rng = _stream("relabelled", material, masks)
        for pixels in (view.lit >= LIVE, view.lit < LIVE):
            images = relabelled(images, pixels, rng)
    yield from test(images, masks, material, form, view, detailed)
    second = masks.second if masks.criterion == "magnitude" and masks.k >= DENSE else None
    if second is not None and rows.has_pairs(images[second.any(axis=1)]):
        rng = _stream("paths", material, masks)
        yield "locality_paths", rows.path_row(images, second, form.few, rng)
    if detailed and masks.k == PIXELS_K and material.network not in UNTRAINED:
        yield from (("locality_pixels", row) for row in rows.pixel_rows(images, view.lit))
    if detailed and masks.k == FIELDS_K and _is_pictured(masks, material):
        yield from (("locality_fields", row) for row in rows.field_rows(images, masks.weights))


def test(images, masks, material, form, view, detailed):
    """Yield the tests of a mask on all and on live pixels, and of live ones the map of g(d).

    The p-values that are published are those on live pixels.
    """
    for name, share in SETS.items():
        pixels, rng = view.lit >= share, _stream("locality", material, masks, name)
        inside, live = images & pixels, name == "live"
        if not rows.has_pairs(inside):
            continue
        published = masks.k >= DENSE and live and material.network not in BUILT
        row, S, expected = rows.mask_row(inside, form.draws if published else form.checks, rng)
        row |= {"uniform_l2": rows.share(pixels[None]), "correlated_l2": "", "correlated_sd": ""}
        if live and material.network != "convolution":
            row |= rows.correlated_row(inside, view.correlations, pixels, form.few, rng)
        yield "locality", {"pixels": name} | row | rows.dark_row(images, view.lit)
        if detailed and live and _is_pictured(masks, material):
            for place in rows.map_rows(S, expected):
                yield "locality_maps", {"pixels": name} | place


def measure_correlation(material, form, detailed):
    """The run's own network, pruned by magnitude, against the data's null in several powers."""
    X, view = _view(material, material.splits)
    pixels, table = view.lit >= LIVE, []
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


def _is_pictured(masks, material):
    """Say whether there are pictures of these masks: of two networks, and by magnitude."""
    pictured = (material.recipe.optimizer, "gradual")
    return masks.criterion == "magnitude" and material.network in pictured


def _stream(purpose, material, masks, *name):
    """Chance of its own for every mask and purpose."""
    words = (purpose, material.network, masks.criterion, masks.k, *name)
    return stream(material.seed, " ".join(map(str, words)))
