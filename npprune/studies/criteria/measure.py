"""Every criterion, every budget, every repair, at every sparsity.

    needs nothing but the network        magnitude, lamp, synflow, random, the norms
    needs unlabelled training images     obd, obd-lecun, obd-iterated, wanda, energy, apoz, ...
    and the decay of the training        obd-decay, obd-decay-iterated
    needs their labels                   taylor, snip, fisher, obd-taylor, grasp
    calibrated                           whatever is refitted, on unlabelled training images

SNIP, GraSP and SynFlow were made for untrained networks.  At "initial" their scores are those of
the initial weights, and the cut is made in the trained network all the same.

A piece of work is one seed, kind, criterion and repair.  Those without a repair come first, for
all seeds, since they are cheap; then the methods; then all criteria refitted.

Left out: a global budget for the methods, which have no scores to compare between layers.

Read next: npprune/studies/criteria/choice.py.
"""

import functools
import itertools
import time
import warnings
from typing import NamedTuple

import numpy as np

from npprune.lab.outcome import outcome
from npprune.lab.study import Piece
from npprune.lab.trained import trained
from npprune.network.mlp import init_weights, inputs, layer_sizes
from npprune.pruning.admm import admm
from npprune.pruning.budgets import BUDGETS, budget_masks
from npprune.pruning.masks import apply_masks, sparsity
from npprune.pruning.obs import greedy_obs, sparsegpt
from npprune.pruning.repair import refit
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream
from npprune.studies.criteria.oracle import agreement

TABLES = {"weight": CRITERIA, "unit": UNIT_CRITERIA}
AT_INITIALIZATION = ("snip", "grasp", "synflow")
METHOD_BUDGETS = ("layer-wise", "erk", "lamp")
GREEDY_FROM = 0.99  # below, the exact greedy form takes many minutes


class Material(NamedTuple):
    """What every piece of a seed works on; images are uint8, as in the data set."""

    seed: int
    weights: list
    initial: list
    images: np.ndarray  # calibration images, drawn from the training images
    labels: np.ndarray
    penalty: float  # what its training added to the loss: lambda w^2 / 2 a weight
    validation: object
    test: object


def pieces(run, dataset, form):
    """Yield a piece for each seed's oracle, then one for each way to prune each seed's network."""
    material = functools.cache(functools.partial(load_material, run, dataset, form.images))
    for seed in run.config.seeds:
        arguments = functools.partial(_arguments, material, seed, form.refit_images, form.places)
        yield Piece("criteria_oracle", {"seed": seed}, agreement, arguments)
    for stage, seed in itertools.product(stages(form), run.config.seeds):
        for way in stage:
            is_method = (way["kind"], way["criterion"]) in METHODS
            cut = cut_by_method if is_method else cut_by_scores
            arguments = functools.partial(_arguments, material, seed, form, way)
            yield Piece("criteria", {"seed": seed} | way, cut, arguments)


def load_material(run, dataset, images, seed):
    """Load a seed's trained network, make its initial one again, and draw calibration images."""
    recipe = run.config.recipe
    sizes = layer_sizes(dataset, recipe.hidden)
    count = min(images, len(dataset.train))
    drawn = stream(seed, "calibration").choice(len(dataset.train), count, replace=False)
    return Material(
        seed,
        trained(run, dataset, seed),
        init_weights(sizes, stream(seed, "weights"), recipe.initialization),
        dataset.train.images[drawn],
        dataset.train.labels[drawn],
        recipe.penalty,
        dataset.validation,
        dataset.test,
    )


def _arguments(material, seed, *others):
    return material(seed), *others


def stages(form):
    """Ways to prune, as parts of their keys, in three lists: cut alone, by methods, refitted."""
    scored = [(kind, criterion, "trained") for kind in TABLES for criterion in TABLES[kind]]
    initial = [("weight", criterion, "initial") for criterion in AT_INITIALIZATION]
    methods = [(*method, "trained") for method in METHODS if _sparsities(form, method[1])]
    return [
        [
            {"kind": kind, "criterion": criterion, "at": at, "repair": repair}
            for kind, criterion, at in listed
            if form.only is None or (kind, criterion) in form.only
        ]
        for listed, repair in ((scored + initial, "none"), (methods, "refit"), (scored, "refit"))
    ]


def cut_by_scores(material, form, way):
    """Prune by one criterion, with every budget at every sparsity, refitted or not.

    -> {"criteria": records}
    """
    weights, X = material.weights, inputs(material.images)
    scored = material.initial if way["at"] == "initial" else weights
    rng, table = stream(material.seed, "random masks"), TABLES[way["kind"]]
    known = scored, X, material.labels, rng, table, material.penalty
    scores, seconds = _timed(score, way["criterion"], *known)
    images = X[: form.refit_images if way["repair"] == "refit" else 0]
    rows = []
    for budget, k in itertools.product(BUDGETS, form.sparsities):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="layer .* left with nothing")
            masks = budget_masks(budget, scores, scored, k)
        if way["repair"] == "refit":
            repaired = _timed(refit, weights, masks, images)
        else:
            repaired = _timed(apply_masks, weights, masks)
        known = {"budget": budget, "k": k, "images": len(images)}
        rows.append(known | _outcome(material, seconds, *repaired))
    return {"criteria": rows}


def _timed(function, *arguments):
    """Call a function; -> what it returns, and the seconds of processor time that it took."""
    start = time.process_time()
    return function(*arguments), time.process_time() - start


def _outcome(material, score_seconds, pruned, repair_seconds):
    """What is left of the network, what it is still worth, and what that took."""
    return {
        "achieved_sparsity": sparsity(pruned),
        "emptied_layers": sum(not W.any() for W in pruned),
        **outcome(pruned, material.validation, material.test),
        "score_seconds": score_seconds,
        "repair_seconds": repair_seconds,
    }


def _unit_obs(weights, counts, X):
    """Cut units by structured OBS and refit."""
    return refit(weights, unit_obs_masks(weights, counts, X), X)


METHODS = {
    ("weight", "admm"): admm,
    ("weight", "sparsegpt"): sparsegpt,
    ("weight", "greedy-obs"): greedy_obs,
    ("unit", "obs"): _unit_obs,
}


def _sparsities(form, method):
    if method == "greedy-obs":
        return [k for k in form.sparsities if GREEDY_FROM <= k < 1]
    return form.sparsities


def cut_by_method(material, form, way):
    """Prune by a method that chooses and repairs in one, under the budgets that need no scores.

    -> {"criteria": records}

    Magnitude or the incoming norm stands in for the scores where a budget asks how many there are.
    """
    kind, name = way["kind"], way["criterion"]
    weights, X = material.weights, inputs(material.images)
    sizes = score("in-l2" if kind == "unit" else "magnitude", weights, criteria=TABLES[kind])
    rows = []
    for budget, k in itertools.product(METHOD_BUDGETS, _sparsities(form, name)):
        counts = BUDGETS[budget](sizes, weights, k)
        repaired = _timed(METHODS[kind, name], weights, counts, X)
        known = {"budget": budget, "k": k, "images": len(X)}
        rows.append(known | _outcome(material, 0.0, *repaired))
    return {"criteria": rows}
