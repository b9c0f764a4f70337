"""Criteria under two budgets, alone and some refitted; methods that repair as they choose.

    needs only the network       magnitude, random, the norms
    unlabelled training images   obd, obd-iterated, wanda-layer, energy, apoz, ..., every refit
    and the training's decay     obd-decay, obd-decay-iterated
    labelled training images     taylor, fisher, obd-taylor

Methods are layer-wise only.

Read next: npprune/studies/criteria/choice.py.
"""

import functools
import itertools
import warnings
from typing import NamedTuple

from npprune.data.split import Split
from npprune.lab.outcome import outcome
from npprune.lab.study import Later, Piece
from npprune.lab.trained import living_networks, living_seeds, trained
from npprune.network.mlp import inputs
from npprune.pruning.admm import admm
from npprune.pruning.budgets import budget_masks, layer_wise
from npprune.pruning.masks import apply_masks
from npprune.pruning.obs import sparsegpt
from npprune.pruning.recipe_language import total_epochs
from npprune.pruning.recipes import follow
from npprune.pruning.repair import refit
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream
from npprune.studies.criteria.oracle import agreement

TABLES = {"weight": CRITERIA, "unit": UNIT_CRITERIA}
COMPARED = ("layer-wise", "global")  # budgets
# What is measured by the number of images that it is given: two repairs, and a score that splits
# them among its rounds.
CALIBRATED = (("magnitude", "refit"), ("admm", "refit"), ("obd-iterated", "none"))
CALIBRATION_K = (0.95, 0.99)
RETRAINED_K = 0.99


class Material(NamedTuple):
    """What every piece of a seed works on."""

    seed: int
    weights: list
    seen: Split  # drawn from the training images, as many as any piece needs
    penalty: float  # what its training added to the loss: lambda w^2 / 2 a weight
    validation: object
    test: object

    def first(self, count):
        """Return the inputs (count, n_pixels) and labels of the first images."""
        return inputs(self.seen.images[:count]), self.seen.labels[:count]


def pieces(run, dataset, form):
    load = functools.cache(functools.partial(load_material, run, dataset, form))
    for seed, network in living_networks(run, dataset):
        arguments = Later(load, seed), form
        yield Piece("criteria_oracle", {"seed": seed}, agreement, arguments)
        yield Piece("criteria_calibration", {"seed": seed}, calibrate, arguments)
        for criterion in form.retrained:
            key = {"seed": seed, "criterion": criterion}
            arguments = network, dataset, run.config.recipe, form.epochs, key
            yield Piece("criteria_retrained", key, retrain, arguments)
    for way, seed in itertools.product(ways(form), living_seeds(run)):
        yield Piece("criteria", {"seed": seed} | way, cut, (Later(load, seed), form, way))


def load_material(run, dataset, form, seed):
    count = min(max(form.images, *form.calibration), len(dataset.train))
    drawn = stream(seed, "calibration").choice(len(dataset.train), count, replace=False)
    return Material(
        seed,
        trained(run, dataset, seed),
        dataset.train[drawn],
        run.config.recipe.penalty,
        dataset.validation,
        dataset.test,
    )


def ways(form):
    return [
        {"kind": kind, "criterion": criterion, "repair": repair}
        for (kind, repair), criteria in form.criteria.items()
        for criterion in criteria
    ]


def cut(material, form, way):
    """Prune in one way, under its budgets at every sparsity: {"criteria": records}."""
    X, y = material.first(form.images)
    make = by_method if way["criterion"] in METHODS else by_scores
    sparsities = form.sparsities[way["kind"], way["repair"]]
    rows = []
    for budget, k, pruned in make(material, X, y, sparsities, **way):
        worth = outcome(pruned, material.validation, material.test)
        rows.append({"budget": budget, "k": k, "images": len(X)} | worth)
    return {"criteria": rows}


def by_scores(material, X, y, sparsities, kind, criterion, repair):
    """Yield (budget, k, network) for one criterion's scores."""
    weights, rng = material.weights, stream(material.seed, "random masks")
    scores = score(criterion, weights, X, y, rng, TABLES[kind], material.penalty)
    for budget, k in itertools.product(COMPARED, sparsities):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="layer .* left with nothing")
            masks = budget_masks(budget, scores, weights, k)
        if repair == "refit" and k > 0:
            yield budget, k, refit(weights, masks, X)
        else:
            yield budget, k, apply_masks(weights, masks)


def _unit_obs(weights, counts, X):
    return refit(weights, unit_obs_masks(weights, counts, X), X)


METHODS = {"admm": admm, "sparsegpt": sparsegpt, "obs": _unit_obs}


def by_method(material, X, y, sparsities, kind, criterion, repair):
    """Yield (budget, k, network) for a method that repairs as it chooses."""
    hidden = material.weights[:-1]
    counted = hidden if kind == "weight" else [W[0] for W in hidden]  # an entry for each to count
    for k in sparsities:
        counts = layer_wise(counted, material.weights, k)
        yield "layer-wise", k, METHODS[criterion](material.weights, counts, X)


def retrain(weights, dataset, recipe, epochs, key):
    """Cut half of what is left, train, and again: OBD as it was published.

    Shapes: weights, the dense network, L arrays -> {"criteria_retrained": one record}
    """
    step = {"step": "iterative", "k": RETRAINED_K, "share": 0.5, "method": key["criterion"]}
    steps = [step | {"epochs": epochs}]
    splits = (dataset.train, dataset.validation)
    made = follow(steps, weights, splits, key["seed"], trained_by=recipe)
    worth = outcome(made, dataset.validation, dataset.test)
    return {"criteria_retrained": [{"k": RETRAINED_K, "epochs": total_epochs(steps)} | worth]}


def calibrate(material, form):
    rows = []
    for images, (criterion, repair) in itertools.product(form.calibration, CALIBRATED):
        way = {"kind": "weight", "criterion": criterion, "repair": repair}
        few = form._replace(images=images, sparsities={("weight", repair): CALIBRATION_K})
        rows += [way | row for row in cut(material, few, way)["criteria"]]
    return {"criteria_calibration": rows}
