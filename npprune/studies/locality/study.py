"""Does pruning find convolution?  The pixels that are left to the units of the first layer.

The source report leaves open whether a fully connected layer on images, pruned, tends towards the
local connectivity of a convolutional one.  What has to be shown: that a unit's pixels lie closer
together than in masks that are like it otherwise (npprune/theory/connectivity); that this is not
the work of pixels that are never lit, of the optimizer, of the criterion or of the correlation of
neighbouring pixels; and whether units cover the image and share their patterns, as a convolution's
do.  So networks and masks of many kinds (networks.py) are put to one test
(rows.py), on all pixels and on the live ones, those lit in 1 % of the images or more.

    locality          each mask: measures, nulls, test
    locality_paths    the second layer, through products of masks
    locality_weights  participation and radius of the weights before pruning
    locality_maps     g(d)                                         | these
    locality_pixels   how often each pixel is kept                 | of the
    locality_fields   inputs of the 100 units with most of them    | first seed

The quick form takes the first seed's network as it is, by magnitude, and few draws; full records
replace quick ones and are never replaced by them.  Pieces of work, one network of one seed each,
are done seed by seed; a study that was stopped goes on with the pieces that are missing.

Read next: npprune/studies/locality/plots.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.lab.pieces import run_pieces
from npprune.lab.records import select
from npprune.network.mlp import inputs, layer_sizes
from npprune.streams import stream
from npprune.studies.baseline import trained
from npprune.studies.locality.networks import (
    CRITERIA,
    Material,
    dense,
    networks,
    pruned,
    training_splits,
)
from npprune.studies.locality.rows import (
    correlated_row,
    map_rows,
    mask_row,
    path_row,
    uniform_share,
    weight_row,
)
from npprune.theory.connectivity.images import LIVE, lit_share, unit_images
from npprune.theory.connectivity.nulls import correlation, relabelled

# The first table comes last: a piece is done when its masks are in it.
TABLES = (
    "locality_paths",
    "locality_weights",
    "locality_maps",
    "locality_pixels",
    "locality_fields",
    "locality",
)
IMAGES = 5_000  # for scores and correlations, drawn from the training images
FIELDS_K, FIELDS = 0.97, 100
PIXELS_K = 0.9
UNTRAINED = ("initial", "convolution", "relabelled")


class Form(NamedTuple):
    """How much is done."""

    name: str
    draws: int  # for the p-values
    checks: int  # on all pixels, of dense masks, and of masks whose answer is known
    few: int  # where a draw is dear: the correlated null, the second layer
    sparsities: tuple
    criteria: tuple
    networks: tuple | None  # besides the run's own; None means all


FULL = Form("full", 999, 99, 19, (0.5, 0.9, 0.97, 0.99, 0.995), CRITERIA, None)
QUICK = Form("quick", 99, 19, 4, (0.9, 0.97, 0.99), ("magnitude",), ("initial", "convolution"))
# For a run that is itself quick, where every second counts.
TRIAL = QUICK._replace(draws=19, checks=9, few=2, sparsities=(0.97,), networks=("initial",))
DENSE = 0.9  # below it a draw costs three times as much
BUILT = ("relabelled", "convolution")  # known by construction
PATIENT = ("gradual", "lottery")  # pruned from sparsity to sparsity, from DENSE on


def run(run, dataset, form):
    """Do what the run's folder does not hold of this form; writes data/locality*.csv.

    Needs the checkpoints of the run's networks.
    """
    if form.name == "quick" and select(run.read("locality"), form="full"):
        return
    pieces = list(_pieces(run, dataset, form))

    def record(key, tables):
        for name, rows in tables.items():
            put(run, name, form, key, rows)

    if pieces:
        run_pieces(f"locality, {form.name} form", pieces, record)


def put(run, name, form, key, rows):
    """Add the records of a piece, in the order of the networks."""
    place = {network: i for i, network in enumerate(networks(run.config.recipe.optimizer))}
    run.add(name, key, rows, form=form.name, order=lambda row: (row["seed"], place[row["network"]]))


def _pieces(run, dataset, form):
    """(key, function, arguments) of the pieces that have no records yet."""
    own = run.config.recipe.optimizer
    for seed in run.config.seeds if form.name == "full" else run.config.seeds[:1]:
        weights = None
        for network in networks(own):
            key = {"seed": seed, "network": network}
            wanted = form.networks is None or network in (own, *form.networks)
            if not wanted or select(run.read("locality"), form=form.name, **key):
                continue
            weights = weights or trained(run, dataset, seed)
            material = Material(
                network,
                seed,
                layer_sizes(dataset, run.config.recipe.hidden),
                run.config.recipe,
                (dataset.train, dataset.validation),
                weights,
                run.folder / "checkpoints" / f"{network}-seed-{seed}.npz",
            )
            yield key, network_tables, material, form, seed == run.config.seeds[0]


def network_tables(material, form, detailed):
    """Everything about one network: {table: records}.  detailed: maps, pixels and fields too."""
    splits = training_splits(material)
    images = splits[0].images
    lit = lit_share(images)
    drawn = stream(material.seed, "calibration").permutation(len(images))[:IMAGES]
    X = inputs(images[drawn])
    sets = {"all": np.ones(lit.shape, bool), "live": lit >= LIVE}
    weights = dense(material, splits)
    tables = {name: [] for name in TABLES}
    if material.network not in ("gradual", "lottery", "relabelled"):
        tables["locality_weights"] = [
            {"pixels": name} | weight_row(weights[0], pixels) for name, pixels in sets.items()
        ]
    sparsities = [k for k in form.sparsities if k >= DENSE or material.network not in PATIENT]
    look = Look(material, form, sets, lit, correlation(X), detailed)
    for masks in pruned(material, weights, splits, X, form.criteria, sparsities):
        look.at(masks, tables)
    return tables


class Look(NamedTuple):
    """What all masks of a network are looked at with.

    Shapes: sets {"all", "live": (H, W) bool}, lit (H, W) share of the images in which a pixel is
    lit, correlations (H*W, H*W)
    """

    material: Material
    form: Form
    sets: dict
    lit: np.ndarray
    correlations: np.ndarray
    detailed: bool

    def at(self, masks, tables):
        """Add one mask's records to the tables; none where no unit keeps two inputs."""
        name = {"criterion": masks.criterion, "k": masks.k}
        images = unit_images(masks.first, self.lit.shape)
        if self.material.network == "relabelled":
            rng = self._stream(name, "relabelled")
            for pixels in (self.sets["live"], ~self.sets["live"]):
                images = relabelled(images, pixels, rng)
        for pixels in self.sets:
            self._test(images, name | {"pixels": pixels}, tables)
        if masks.second is not None and masks.criterion == "magnitude" and masks.k >= DENSE:
            self._paths(images, masks.second, name, tables)
        if not self.detailed or self.material.network in UNTRAINED:
            return
        if masks.k == PIXELS_K:
            tables["locality_pixels"] += [name | row for row in self._kept(images)]
        if masks.k == FIELDS_K and self._pictured(masks.criterion):
            tables["locality_fields"] += [name | row for row in _fields(images, masks.weights)]

    def _stream(self, name, purpose):
        words = " ".join(str(value) for value in name.values())
        return stream(self.material.seed, f"{purpose} {self.material.network} {words}")

    def _pictured(self, criterion):
        """Say whether there are pictures of these masks: of two networks, and by magnitude."""
        pictured = (self.material.recipe.optimizer, "gradual")
        return self.detailed and criterion == "magnitude" and self.material.network in pictured

    def _draws(self, criterion, k, pixels):
        """The p-values that are published are those on live pixels."""
        published = k >= DENSE and pixels == "live" and self.material.network not in BUILT
        return self.form.draws if published else self.form.checks

    def _test(self, images, name, tables):
        """The mask on one set of pixels against its nulls."""
        pixels = self.sets[name["pixels"]]
        inside, rng = images & pixels, self._stream(name, "locality")
        if not (inside.sum(axis=(1, 2)) >= 2).any():
            return
        row, S, expected = mask_row(inside, self._draws(**name), rng)
        row |= {"uniform_l2": uniform_share(pixels), "correlated_l2": "", "correlated_sd": ""}
        if name["pixels"] == "live" and self.material.network != "convolution":
            row |= correlated_row(inside, self.correlations, pixels, self.form.few, rng)
        row["dark_share"] = float(images[:, self.lit < LIVE].sum() / images.sum())
        row["dead_share"] = float(images[:, self.lit == 0].sum() / images.sum())
        row["dark_pixels"] = float(np.mean(self.lit < LIVE))
        row["dead_pixels"] = float(np.mean(self.lit == 0))
        tables["locality"].append(name | row)
        if name["pixels"] == "live" and self._pictured(name["criterion"]):
            tables["locality_maps"] += [name | place for place in map_rows(S, expected)]

    def _paths(self, images, second, name, tables):
        reached = second & (images.any(axis=(1, 2)))[:, None]
        if reached.sum() and (images.sum(axis=(1, 2)) >= 2)[reached.any(axis=1)].any():
            row = path_row(images, second, self.form.few, self._stream(name, "paths"))
            tables["locality_paths"].append(name | row)

    def _kept(self, images):
        """How often each pixel is kept, beside how often it is lit."""
        rate = images.mean(axis=0)
        return [
            {"y": y, "x": x, "kept": round(rate[y, x], 6), "lit": round(self.lit[y, x], 6)}
            for y, x in np.ndindex(rate.shape)
        ]


def _fields(images, weights):
    """Inputs of the units with most of them: for each a picture, one line a row."""
    most = np.argsort(-images.sum(axis=(1, 2)), kind="stable")[:FIELDS]
    signs = np.sign(weights).T.reshape(images.shape) * images
    return [
        {"unit": int(unit), "picture": "/".join(map(_line, signs[unit].astype(int)))}
        for unit in most
    ]


def _line(signs):
    """One row of a picture: . where there is no input, the sign of the weight where there is."""
    return "".join(".+-"[sign] for sign in signs)
