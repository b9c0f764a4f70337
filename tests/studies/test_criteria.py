"""The study of criteria on tiny networks: its records against brute force, and what is told."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import spearmanr

from npprune import driver, report
from npprune.lab.outcome import outcome
from npprune.lab.records import groups, select
from npprune.lab.run import Run
from npprune.lab.statistics import paired_interval
from npprune.pruning.admm import admm
from npprune.pruning.budgets import budget_masks
from npprune.pruning.masks import apply_masks, layer_masks
from npprune.pruning.oracle import unit_oracle
from npprune.pruning.repair import refit
from npprune.pruning.saliency import score
from npprune.pruning.unit_obs import unit_obs_masks
from npprune.studies.criteria import MEASURED, Form, choice, draw, measure, tell
from npprune.studies.criteria.oracle import agreement, rank_correlation

TINY = Form(40, (20, 40), 50, 8, sparsities=dict.fromkeys(MEASURED, (0.0, 0.5, 0.9, 0.99)))


@pytest.fixture
def material(tiny, network):
    return measure.Material(3, network, tiny.train[:60], 5e-4, tiny.validation, tiny.test)


@pytest.fixture
def run(tmp_path, tiny, tiny_config):
    run = Run(tmp_path, tiny_config)
    driver.work(run, tiny, "train", None)
    return run


def by_hand(weights, k, X, kind, criterion, repair):
    cut = [round(k * (W.size if kind == "weight" else W.shape[1])) for W in weights[:-1]]
    if criterion == "admm":
        return admm(weights, cut, X)
    if criterion == "obs":
        masks = unit_obs_masks(weights, cut, X)
    elif criterion == "obd-decay":
        scores = score("obd-decay", weights, X, penalty=5e-4)
        masks = budget_masks("layer-wise", scores, weights, k)
    else:  # by magnitude or norm
        masks = layer_masks(weights, k, kind)
    return refit(weights, masks, X) if repair == "refit" else apply_masks(weights, masks)


@pytest.mark.parametrize(
    ("kind", "criterion", "repair"),
    [
        ("weight", "magnitude", "none"),
        ("weight", "obd-decay", "none"),
        ("unit", "in-l2", "refit"),
        ("weight", "admm", "refit"),
        ("unit", "obs", "refit"),
    ],
)
def test_records_are_those_of_networks_pruned_by_hand(material, kind, criterion, repair):
    way = {"kind": kind, "criterion": criterion, "repair": repair}
    rows = select(measure.cut(material, TINY, way)["criteria"], budget="layer-wise")
    assert [row["k"] for row in rows] == [0, 0.5, 0.9, 0.99]
    for row in rows:
        network = by_hand(material.weights, row["k"], material.first(40)[0], **way)
        worth = outcome(network, material.validation, material.test)
        assert {name: row[name] for name in worth} == pytest.approx(worth, rel=1e-4)


def test_few_images_give_what_a_study_of_so_many_images_gives(material):
    rows = measure.calibrate(material, TINY)["criteria_calibration"]
    criteria = {criterion for criterion, _ in measure.CALIBRATED}
    assert {*groups(rows, "criterion", "images")} == {*product(criteria, (20, 40))}
    (row,) = select(rows, criterion="admm", images=20, k=0.95)
    network = by_hand(material.weights, 0.95, material.first(20)[0], "weight", "admm", "refit")
    worth = outcome(network, material.validation, material.test)
    assert {name: row[name] for name in worth} == pytest.approx(worth, rel=1e-5)


def test_rank_correlations_are_those_of_removals_one_by_one(material):
    rows = agreement(material, TINY)["criteria_oracle"]
    changes = np.concatenate(unit_oracle(material.weights, *material.first(50)))
    norms = np.concatenate([np.linalg.norm(W, axis=0) for W in material.weights[:-1]])
    large, absolute = np.argsort(norms)[-3:], np.abs(changes)
    (row,) = select(rows, kind="unit", criterion="in-l2")
    assert row["signed"] == pytest.approx(spearmanr(norms, changes)[0])
    assert row["absolute"] == pytest.approx(spearmanr(norms, absolute)[0])
    assert row["largest"] == pytest.approx(spearmanr(norms[large], absolute[large])[0])
    knowing = {row["criterion"]: row["signed"] for row in select(rows, kind="weight")}
    assert knowing["obd-taylor"] > 0.9 > knowing["magnitude"]
    assert math.isnan(rank_correlation(norms, np.ones(len(norms))))


def test_a_study_is_done_once_drawn_and_told(run, tiny, at_once):
    form = TINY._replace(criteria={key: names[:3] for key, names in MEASURED.items()})
    assert not report.told(run, "criteria")
    for _ in range(2):
        driver.work(run, tiny, "criteria", form)
        assert len(at_once.calls) == 2 + 3 + 4 * 3
    assert {*draw.LOOKS} <= {name for names in MEASURED.values() for name in names}
    assert [path.stem for path in driver.figures(run, ["criteria"])] == ["criteria"]
    assert report.section(run, "criteria")
    told, rows = tell.values(run), choice.part(run.read("criteria"), "weight", "none")
    best, budget = next(iter(choice.best_budgets(rows).items()))
    k = 1 - 10 ** -choice.reaches(rows, "test")[best, budget][0]
    part, first = told["weight_none"], told["weight_ranking"][0]
    assert (part["number"], part["best"], part[best]) == (3, best, pytest.approx(k))
    assert (first["criterion"], first["alone"]) == (best, f"{k:.4f} {budget}")
    kept = {row["criterion"]: row["test_accuracy"] for row in run.read("criteria_retrained")}
    gap = 100 * (kept["obd"] - kept["magnitude"])
    assert gap != 0
    assert told["retrained_gaps"].startswith(f"obd {gap:+.2f}")


def curve(criterion, budget, accuracies, seed=0):
    """Records of weights cut alone, at k = 0, .9, .99, ...; less accurate by .1 on test images."""
    key = {"seed": seed, "kind": "weight", "criterion": criterion, "repair": "none"}
    return [
        key
        | {"budget": budget, "k": 1 - 10**-i, "validation_accuracy": a, "test_accuracy": a - 0.1}
        for i, a in enumerate([0.98, *accuracies])
    ]


@pytest.mark.parametrize(
    ("shift", "reach"), [(0, 1.5), (0.002, 1.7), (-0.004, 1.1), (-0.0075, 0.8), (0.01, 3)]
)
@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_reach_is_where_one_point_is_lost_first(shift, reach, split):
    rows = curve("magnitude", "global", np.array([0.975, 0.965, 0.98]) + shift)
    found = choice.reaches(rows[::-1], split)
    assert found == {("magnitude", "global"): {0: pytest.approx(reach)}}


@pytest.mark.parametrize("loss", choice.LOSSES)
def test_another_loss_may_be_asked_for(loss):
    rows = curve("magnitude", "global", [0.98 - 2 * loss])  # a straight line: half-way is the loss
    assert choice.reaches(rows, "test", loss) == {("magnitude", "global"): {0: pytest.approx(0.5)}}
    best = [*rows, *curve("magnitude", "layer-wise", [0.98 - 4 * loss])]
    assert choice.best_budgets(best, loss) == {"magnitude": "global"}


def test_budgets_and_criteria_are_chosen_by_how_far_they_reach_on_the_validation_images():
    rows = [
        *curve("magnitude", "layer-wise", [0.96, 0.95, 0.94]),
        *curve("magnitude", "global", [0.975, 0.1]),  # reaches further, and is worthless beyond
        *curve("random", "layer-wise", [0.979]),
        *curve("obd", "global", [0.979, 0.975]),
    ]
    chosen = [("obd", "global"), ("magnitude", "global"), ("random", "layer-wise")]
    assert list(choice.best_budgets(rows[::-1]).items()) == chosen


def test_criteria_are_compared_with_the_sources_own_seed_by_seed():
    losses = {"magnitude": [0.02, 0.03, 0.04, 0.05, 0.06], "random": [0.03, 0.05, 0.06, 0.08, 0.1]}
    losses["obd"] = losses["magnitude"][::-1]
    rows = []
    for (criterion, lost), seed in product(losses.items(), range(5)):
        rows += curve(criterion, "global", [0.98 - lost[seed]], seed)
    compared = choice.against_own(rows, "weight")
    assert list(compared) == ["obd", "random"]
    (obd, p_obd), (random, p) = compared.values()
    differences = 0.01 / np.array(losses["random"]) - 0.01 / np.array(losses["magnitude"])
    assert random == pytest.approx(paired_interval(differences))
    assert p == pytest.approx(2 * random.p)
    assert obd.mean == pytest.approx(0, abs=1e-12)
    assert p_obd == pytest.approx(1)
    assert choice.against_own(select(rows, criterion="random"), "weight") == {}


def test_seeds_that_are_not_done_are_not_averaged():
    both = [("magnitude", 0), ("random", 0), ("magnitude", 1), ("random", 1), ("magnitude", 2)]
    rows = [line for name, seed in both for line in curve(name, "global", [0.5], seed)]
    assert {r["seed"] for r in choice.part(rows, "weight", "none")} == {0, 1}


def test_calibration_images_are_drawn_once_each_by_the_seed(run, tiny):
    drawn = measure.load_material(run, tiny, TINY, 0).seen
    images = [image.tobytes() for image in tiny.train.images]
    places = [images.index(image.tobytes()) for image in drawn.images]
    assert len(set(places)) == 40
    assert (tiny.train.labels[places] == drawn.labels).all()
    assert (measure.load_material(run, tiny, TINY, 0).seen.images == drawn.images).all()
