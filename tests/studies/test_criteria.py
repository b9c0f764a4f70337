"""The study of criteria on tiny networks: its records against brute force, and what is told."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from npprune import driver, report
from npprune.lab.config import Config
from npprune.lab.page import Paragraph, Table
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.statistics import paired_interval
from npprune.network.mlp import evaluate, init_weights, inputs, loss_and_gradients
from npprune.network.training import Recipe
from npprune.pruning.masks import prune, sparsity
from npprune.pruning.repair import refit
from npprune.pruning.saliency import score
from npprune.streams import stream
from npprune.studies.criteria import Form, choice, draw, measure
from npprune.studies.criteria.oracle import ALL_LAYERS, agreement, correlation

TINY = Form(60, 40, (0.5, 0.9, 0.99, 1.0), 8)


@pytest.fixture
def material(tiny, network):
    initial = init_weights([30, 16, 12, 10], np.random.default_rng(2))
    images, labels = tiny.train.images[:60], tiny.train.labels[:60]
    return measure.Material(3, network, initial, images, labels, 5e-4, tiny.validation, tiny.test)


@pytest.fixture
def run(tmp_path, tiny):
    recipe = Recipe(hidden=(12, 10), epochs=1, batch=16)
    run = Run(tmp_path, Config("tiny", validation=100, recipe=recipe))
    driver.work(run, tiny, "train", None)
    return run


def cut(material, kind, criterion, at="trained", repair="none"):
    """Records of one way to prune."""
    way = {"kind": kind, "criterion": criterion, "at": at, "repair": repair}
    is_method = (kind, criterion) in measure.METHODS
    function = measure.cut_by_method if is_method else measure.cut_by_scores
    return function(material, TINY, way)["criteria"]


def test_every_criterion_is_measured_in_every_way_and_has_a_look():
    alone, methods, refitted = measure.stages(Form())
    scored = [(kind, name) for kind, table in measure.TABLES.items() for name in table]
    for stage, expected in ((refitted, scored), (methods, list(measure.METHODS))):
        assert [(way["kind"], way["criterion"]) for way in stage] == expected
    assert len(alone) == len(scored) + len(measure.AT_INITIALIZATION)
    for kind, name in [*scored, *measure.METHODS]:
        assert name in draw.looks(kind)


def test_magnitude_under_the_layer_wise_budget_is_the_method_of_the_report(material):
    rows = cut(material, "weight", "magnitude")
    assert len(rows) == 4 * len(TINY.sparsities)
    for row in select(rows, budget="layer-wise"):
        pruned = prune(material.weights, row["k"], "weight")
        assert row["achieved_sparsity"] == sparsity(pruned)
        loss, accuracy = evaluate(pruned, material.test)
        assert (row["test_loss"], row["test_accuracy"]) == pytest.approx((loss, accuracy), abs=1e-6)
        loss, accuracy = evaluate(pruned, material.validation)
        assert row["validation_loss"] == pytest.approx(loss, abs=1e-6)
        assert row["validation_accuracy"] == accuracy
        assert row["images"] == 0


def test_refitted_units_are_those_of_the_refit_on_the_first_images(material):
    rows = cut(material, "unit", "in-l2", repair="refit")
    (row,) = select(rows, budget="layer-wise", k=0.5)
    masks = [W != 0 for W in prune(material.weights, 0.5, "unit")]
    fitted = refit(material.weights, masks, inputs(material.images[:40]))
    assert row["test_loss"] == pytest.approx(evaluate(fitted, material.test)[0], rel=1e-5)
    assert row["images"] == 40


def test_scores_of_the_initial_network_cut_the_trained_one(material):
    rows = cut(material, "weight", "snip", at="initial")
    scores = score("snip", material.initial, inputs(material.images), material.labels)
    everything = np.concatenate([s.ravel() for s in scores])
    limit = np.sort(everything)[round(0.9 * everything.size)]
    pruned = [np.where(s < limit, 0, W) for s, W in zip(scores, material.weights, strict=False)]
    (row,) = select(rows, budget="global", k=0.9)
    expected = evaluate([*pruned, material.weights[-1]], material.test)[0]
    assert row["test_loss"] == pytest.approx(expected, rel=1e-5)


def test_everything_cut_is_chance_and_counted(material):
    for row in cut(material, "weight", "random"):
        if row["k"] == 1:
            assert row["test_loss"] == pytest.approx(math.log(10), abs=1e-6)
            assert row["emptied_layers"] == 2


def test_methods_cut_what_the_budget_says(material):
    total = 30 * 16 + 16 * 12
    for kind, criterion in measure.METHODS:
        rows = cut(material, kind, criterion)
        ks = {0.99} if criterion == "greedy-obs" else set(TINY.sparsities)
        assert {row["k"] for row in rows} == ks
        assert {row["images"] for row in rows} == {60}
        for row in rows:
            if kind == "weight" and row["budget"] != "layer-wise":
                assert row["achieved_sparsity"] == pytest.approx(round(row["k"] * total) / total)


def test_rank_correlations_are_those_of_removals_one_by_one(material):
    tables = agreement(material, 50, 8)
    X, y = inputs(material.images[:50]), material.labels[:50]
    before = loss_and_gradients(material.weights, X, y)[0]
    changes = []
    for j in range(16):
        cut = [W.copy() for W in material.weights]
        cut[0][:, j] = 0
        changes.append(loss_and_gradients(cut, X, y)[0] - before)
    norms = np.linalg.norm(material.weights[0], axis=0)
    (row,) = select(tables["criteria_oracle"], kind="unit", criterion="in-l2", layer=1)
    assert row["count"] == 16
    assert row["spearman"] == pytest.approx(spearmanr(norms, changes)[0], abs=0.02)
    absolute = spearmanr(norms, np.abs(changes))[0]
    assert row["spearman_absolute"] == pytest.approx(absolute, abs=0.02)

    rows = select(tables["criteria_oracle"], kind="weight", layer=ALL_LAYERS)
    assert {row["count"] for row in rows} == {16}
    knowing = {row["criterion"]: row["spearman"] for row in rows}
    assert knowing["obd-taylor"] > 0.9 > knowing["magnitude"]
    last = select(tables["criteria_curvature"], curvature="lecun", layer=3)[0]
    assert [last[name] for name in ("pearson", "spearman", "ratio")] == pytest.approx([1, 1, 1])


def test_a_study_is_done_once_drawn_and_told(run, tiny, at_once):
    weights = [("weight", name) for name in ("magnitude", "random", "snip", "greedy-obs")]
    units = [("unit", name) for name in ("in-l2", "random", "obs")]
    form = TINY._replace(sparsities=(0.9, 0.95), only=weights + units)
    driver.work(run, tiny, "criteria", form)
    assert len(at_once.calls) == 1 + 6 + 1 + 5  # greedy-obs is for larger sparsities
    driver.work(run, tiny, "criteria", form)
    assert len(at_once.calls) == 13
    assert [path.stem for path in driver.figures(run, ["criteria"])] == [
        "criteria",
        "criteria_oracle",
    ]
    blocks = report.section(run, "criteria")
    table = next(block for block in blocks if isinstance(block, Table))
    first = dict(zip(table.header, table.rows[0], strict=True))
    chosen = {name: first[name] for name in ("criterion", "budget")}
    known = {"kind": "weight", "repair": "none", "at": "trained", "k": 0.95}
    (shown,) = select(run.read("criteria"), **known, **chosen)
    assert first["0.95"] == f"{shown['test_accuracy']:.4f}"
    texts = [block.text for block in blocks if isinstance(block, Paragraph)]
    assert any(all(first[name] in text for name in ("criterion", "reach")) for text in texts)


def row(criterion, budget, k, accuracy, seed=0):
    """A record of weights cut alone; its test accuracy is that of the validation, less .1."""
    return {
        "seed": seed, "kind": "weight", "criterion": criterion, "at": "trained", "repair": "none",
        "budget": budget, "k": k, "validation_accuracy": accuracy, "test_accuracy": accuracy - 0.1,
    }  # fmt: skip


DENSE = choice.dense_accuracies(
    {"seed": seed, "validation_accuracy": 0.98, "test_accuracy": 0.88} for seed in range(5)
)


def test_a_reach_is_where_one_point_is_lost_first():
    curve = [(0.9, 0.975), (0.99, 0.965), (0.999, 0.98), (1.0, 0.1)]
    for shift, reach in ((0, 1.5), (0.002, 1.7), (-0.004, 1.1), (-0.0075, 0.8), (0.01, 3)):
        rows = [row("magnitude", "erk", k, accuracy + shift) for k, accuracy in curve]
        found = choice.reaches(rows[::-1], DENSE)
        assert found == {("magnitude", "erk"): {0: pytest.approx(reach)}}
        assert choice.reaches(rows, DENSE, "test") == found


def test_budgets_and_criteria_are_chosen_by_how_far_they_reach_on_the_validation_images():
    rows = [
        row("magnitude", "global", 0.9, 0.975),  # reaches the last k, and is worthless beyond
        row("magnitude", "global", 0.99, 0.1),
        row("magnitude", "erk", 0.9, 0.96),
        row("magnitude", "erk", 0.99, 0.95),
        row("lamp", "global", 0.9, 0.975),
        row("lamp", "global", 0.99, 0.1),
        row("random", "erk", 0.9, 0.979),
    ]
    assert list(choice.best_budgets(rows[::-1], DENSE).items()) == [
        ("magnitude", "global"),
        ("lamp", "global"),
        ("random", "erk"),
    ]


def test_criteria_are_compared_with_the_sources_own_seed_by_seed():
    losses = {"magnitude": [0.02, 0.03, 0.04, 0.05, 0.06], "random": [0.03, 0.05, 0.06, 0.08, 0.1]}
    losses["lamp"] = losses["magnitude"][::-1]
    rows = [
        row(name, "erk", 0.9, 0.98 - loss, seed)
        for name, of in losses.items()
        for seed, loss in enumerate(of)
    ]
    compared = choice.against_own(rows, "weight", DENSE)
    assert list(compared) == ["lamp", "random"]
    (lamp, p_lamp), (random, p) = compared.values()
    differences = 0.01 / np.array(losses["random"]) - 0.01 / np.array(losses["magnitude"])
    assert random == pytest.approx(paired_interval(differences))
    assert p == pytest.approx(2 * random.p)
    assert lamp.mean == pytest.approx(0, abs=1e-12)
    assert p_lamp == pytest.approx(1)
    assert choice.against_own(select(rows, criterion="random"), "weight", DENSE) == {}


def test_a_score_that_is_the_same_everywhere_has_no_rank_correlation():
    a, b = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0])
    assert correlation(spearmanr, a, b) == pytest.approx(spearmanr(a, b)[0])
    assert math.isnan(correlation(spearmanr, a, np.ones(4)))


def test_seeds_that_are_not_done_are_not_averaged():
    rows = [row(c, "erk", 0.9, 0.5, seed) for seed in (0, 1) for c in ("magnitude", "random")]
    rows.append(row("magnitude", "erk", 0.9, 0.5, 2))
    assert {r["seed"] for r in choice.part(rows, "weight", "cut")} == {0, 1}


def test_calibration_images_are_drawn_once_each_by_the_seed(run, tiny):
    drawn = measure.load_material(run, tiny, 60, 0)
    assert len(drawn.images) == len(drawn.labels) == 60
    every = tiny.train.images.reshape(300, -1)
    places = [
        int(np.flatnonzero((every == image.ravel()).all(axis=1))[0]) for image in drawn.images
    ]
    assert len(set(places)) == 60
    assert (tiny.train.labels[places] == drawn.labels).all()
    expected = init_weights([30, 12, 10, 10], stream(0, "weights"), "he")
    for ours, theirs in zip(drawn.initial, expected, strict=True):
        assert (ours == theirs).all()
    assert (measure.load_material(run, tiny, 60, 0).images == drawn.images).all()
