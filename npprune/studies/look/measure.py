"""When each weight of some units is pruned, and when the units are.

Read next: npprune/studies/look/draw.py.
"""

import numpy as np

from npprune.lab.study import HERE, Piece
from npprune.lab.trained import living_networks
from npprune.pruning.masks import unit_mask, weight_mask

LETTERS = "abcdefghijklmnopqrstuvwxyz"  # one for the place of a sparsity


def pieces(run, dataset, form):
    seed, network = living_networks(run, dataset)[0]
    arguments = network, dataset.image_shape, form.sparsities, form.units
    yield Piece("masks", {"seed": seed}, look, arguments, HERE)
    yield Piece("matrix", {"seed": seed}, corner, (network, form.corner), HERE)


def look(weights, image_shape, sparsities, count):
    """Find when units of the first layer, and their weights, are pruned.

    Shapes: weights L arrays; sparsities rising to 1

    Units are spread evenly over the order of norms.  `weights` has a letter for each pixel: the
    place of the sparsity that prunes it.
    """
    W = weights[0]
    by_norm = np.argsort(np.linalg.norm(W, axis=0), kind="stable")
    count = min(count, len(by_norm))
    units = by_norm[np.linspace(0, len(by_norm) - 1, count).round().astype(int)]
    # The place of the first sparsity at which each weight is pruned, (n_0, n_1): masks are nested,
    # so it is the number of sparsities at which the weight is kept.
    weight_places, unit_places = (
        np.sum([mask(W, k) for k in sparsities], axis=0) for mask in (weight_mask, unit_mask)
    )
    height, width = image_shape
    return {
        "masks": [
            {
                "unit": int(unit),
                "height": height,
                "width": width,
                "pruned_at": sparsities[unit_places[0, unit]],
                "weights": "".join(LETTERS[place] for place in weight_places[:, unit]),
                "sparsities": " ".join(map(str, sparsities)),
            }
            for unit in units
        ]
    }


def corner(weights, shape):
    """Weights between the first live inputs and units of the last hidden layer."""
    W = weights[-2]
    inputs = np.flatnonzero(W.any(axis=1))[: shape[0]]
    units = np.flatnonzero(W.any(axis=0))[: shape[1]]
    return {
        "matrix": [
            {"input": int(i), "unit": int(j), "weight": float(W[i, j])}
            for i in inputs
            for j in units
        ]
    }


def kept(records, k, kind):
    """Masks of units at a sparsity.  Shapes: -> (height, width) bool each"""
    masks = []
    for row in records:
        sparsities = [float(text) for text in row["sparsities"].split()]
        gone = [sparsities[LETTERS.index(letter)] for letter in row["weights"]]
        if kind == "unit":
            gone = [row["pruned_at"]] * len(gone)
        masks.append(np.reshape(gone, (row["height"], row["width"])) > k)
    return masks
