"""Which weights to cut: every criterion, every budget, every repair, at every sparsity.

The criterion says which weights of a layer go (npprune/pruning/saliency.py, unit_saliency.py), the
budget how many each layer gives (budgets.py), and the repair whether those that stay may make up
for them (repair.py).  Methods that choose and repair in one (admm.py, obs.py, unit_obs.py) stand
beside them as criteria of their own, always refitted.  Nothing is retrained.

    needs nothing but the network        magnitude, lamp, synflow, random, the norms
    needs unlabelled training images     obd, obd-lecun, obd-rounds, wanda, energy, apoz, ...
    needs their labels                   taylor, snip, fisher, obd-taylor, grasp
    calibrated                           whatever is refitted, on unlabelled training images

SNIP, GraSP and SynFlow were made for untrained networks.  At "initial" their scores are those of
the initial weights, and the cut is made in the trained network all the same.

A piece of work is one seed, kind, criterion and repair.  Those without a repair come first, for
all seeds, since they are cheap; then the methods; then all criteria refitted.

Left out: a global budget for the methods, which have no scores to compare between layers.

Read next: npprune/studies/criteria/choice.py.
"""

import time
import warnings
from typing import NamedTuple

import numpy as np

from npprune.lab.outcome import outcome
from npprune.lab.pieces import run_pieces
from npprune.lab.records import select
from npprune.network.mlp import init_weights, inputs, layer_sizes
from npprune.pruning.admm import admm
from npprune.pruning.budgets import BUDGETS, budget_masks
from npprune.pruning.masks import SPARSITIES, apply_masks, sparsity
from npprune.pruning.obs import greedy_obs, sparsegpt
from npprune.pruning.repair import refit
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream
from npprune.studies.baseline import trained
from npprune.studies.criteria.oracle import agreement

TABLES = {"weight": CRITERIA, "unit": UNIT_CRITERIA}
AT_INITIALIZATION = ("snip", "grasp", "synflow")
METHOD_BUDGETS = ("layer-wise", "erk", "lamp")
GREEDY_FROM = 0.99  # below, the exact greedy form takes many minutes


class Form(NamedTuple):
    """How much is done."""

    name: str
    images: int  # to score by, and for the methods
    refit_images: int  # for the refit of all the other masks, and for the oracle
    sparsities: tuple
    places: int  # weights of each layer that the oracle removes


FULL = Form("full", 10_000, 2_000, (*SPARSITIES[1:-1], 0.995, 0.998, 1.0), 300)
QUICK = Form("quick", 500, 500, (0.9, 0.95), 20)


class Material(NamedTuple):
    """What every piece of a seed works on; images are uint8, as in the data set."""

    seed: int
    weights: list
    initial: list
    images: np.ndarray  # calibration images, drawn from the training images
    labels: np.ndarray
    validation: object
    test: object


def material(run, dataset, seed, form):
    """Load a seed's trained network, make its initial one again, and draw calibration images."""
    recipe = run.config.recipe
    sizes = layer_sizes(dataset, recipe.hidden)
    count = min(form.images, len(dataset.train))
    drawn = stream(seed, "calibration").choice(len(dataset.train), count, replace=False)
    return Material(
        seed,
        trained(run, dataset, seed),
        init_weights(sizes, stream(seed, "weights"), recipe.initialization),
        dataset.train.images[drawn],
        dataset.train.labels[drawn],
        dataset.validation,
        dataset.test,
    )


def run(run, dataset, form):
    """Do what the run's folder does not hold yet; writes data/criteria*.csv as it goes."""
    keys = list(missing(run))
    if not keys:
        return
    materials = {seed: material(run, dataset, seed, form) for seed in run.config.seeds}
    pieces = [(key, work, materials[key["seed"]], form, key) for key in keys]

    def record(key, tables):
        for name, rows in tables.items():
            run.add(name, key, rows)

    run_pieces("criteria", pieces, record)


def missing(run):
    """Keys of the pieces that have no records yet, in the order in which they are to be done."""
    for seed in run.config.seeds:
        key = {"seed": seed}
        if not select(run.read("criteria_oracle"), **key):
            yield key
    done = {tuple(r[column] for column in KEY) for r in run.read("criteria")}
    for stage in stages():
        for seed in run.config.seeds:
            for part in stage:
                key = {"seed": seed} | part
                if tuple(key[column] for column in KEY) not in done:
                    yield key


KEY = ("seed", "kind", "criterion", "at", "repair")


def stages():
    """Keys of one seed's pieces, without the seed, in three lists: cut, calibrated, refitted."""
    scored = [
        {"kind": kind, "criterion": criterion, "at": "trained"}
        for kind, table in TABLES.items()
        for criterion in table
    ]
    initial = [{"kind": "weight", "criterion": c, "at": "initial"} for c in AT_INITIALIZATION]
    methods = [
        {"kind": kind, "criterion": criterion, "at": "trained", "repair": "refit"}
        for kind, criterion in METHODS
    ]
    return (
        [part | {"repair": "none"} for part in scored + initial],
        methods,
        [part | {"repair": "refit"} for part in scored],
    )


def work(material, form, key):
    """Do one piece: {table: records}."""
    if "kind" not in key:
        return agreement(material, form.refit_images, form.places)
    if (key["kind"], key["criterion"]) in METHODS:
        rows = method_rows(material, form, key["kind"], key["criterion"])
    else:
        rows = scored_rows(material, form, **{k: v for k, v in key.items() if k != "seed"})
    return {"criteria": list(rows)}


def scored_rows(material, form, kind, criterion, at, repair):
    """Records of one criterion: every budget and sparsity, refitted or not."""
    weights, X = material.weights, inputs(material.images)
    scored = material.initial if at == "initial" else weights
    rng = stream(material.seed, "random masks")
    start = time.process_time()
    scores = score(criterion, scored, X, material.labels, rng, TABLES[kind])
    seconds = time.process_time() - start
    images = X[: form.refit_images] if repair == "refit" else X[:0]
    for budget in BUDGETS:
        for k in form.sparsities:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="layer .* left with nothing")
                masks = budget_masks(budget, scores, scored, k)
            start = time.process_time()
            pruned = apply_masks(weights, masks)
            if repair == "refit":
                pruned = refit(weights, masks, images)
            cost = {"score_seconds": seconds, "repair_seconds": time.process_time() - start}
            head = {"budget": budget, "k": k, "images": len(images)}
            yield head | result(pruned, material) | cost


def _unit_obs(weights, counts, X):
    """Cut units by structured OBS and refit."""
    return refit(weights, unit_obs_masks(weights, counts, X), X)


METHODS = {
    ("weight", "admm"): admm,
    ("weight", "sparsegpt"): sparsegpt,
    ("weight", "greedy-obs"): greedy_obs,
    ("unit", "obs"): _unit_obs,
}


def method_rows(material, form, kind, criterion):
    """Records of a method that chooses and repairs in one, under the budgets that need no scores.

    Magnitude or the incoming norm stands in for the scores where a budget asks how many there are.
    """
    weights, X = material.weights, inputs(material.images)
    sizes = score("in-l2" if kind == "unit" else "magnitude", weights, criteria=TABLES[kind])
    for budget in METHOD_BUDGETS:
        for k in form.sparsities:
            if criterion == "greedy-obs" and not GREEDY_FROM <= k < 1:
                continue
            counts = BUDGETS[budget](sizes, weights, k)
            start = time.process_time()
            pruned = METHODS[kind, criterion](weights, counts, X)
            cost = {"score_seconds": 0.0, "repair_seconds": time.process_time() - start}
            head = {"budget": budget, "k": k, "images": len(X)}
            yield head | result(pruned, material) | cost


def result(pruned, material):
    """What is left of the network, and what it is still worth."""
    return {
        "achieved_sparsity": sparsity(pruned),
        "emptied_layers": sum(not W.any() for W in pruned),
    } | outcome(pruned, material.validation, material.test)
