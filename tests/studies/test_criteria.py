"""The study of criteria on tiny networks: its records against brute force, and what is told."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from npprune.lab.config import Config
from npprune.lab.page import Table
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.mlp import evaluate, init_weights, inputs, loss_and_gradients
from npprune.network.training import Recipe
from npprune.pruning.masks import prune, sparsity
from npprune.pruning.repair import refit
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream
from npprune.studies import pipeline
from npprune.studies.criteria import choice
from npprune.studies.criteria import plots as criteria_plots
from npprune.studies.criteria import report as criteria_report
from npprune.studies.criteria import study as criteria
from npprune.studies.criteria.oracle import ALL_LAYERS, agreement, spearman
from npprune.studies.criteria.study import (
    FULL,
    GREEDY_FROM,
    METHODS,
    Form,
    method_rows,
    scored_rows,
)

TINY = Form("full", 60, 40, (0.5, 0.9, 0.99, 1.0), 8)


@pytest.fixture
def material(tiny, network):
    initial = init_weights([30, 16, 12, 10], np.random.default_rng(2))
    images, labels = tiny.train.images[:60], tiny.train.labels[:60]
    return criteria.Material(3, network, initial, images, labels, tiny.validation, tiny.test)


def tiny_run(folder, seeds=(0,)):
    recipe = Recipe(hidden=(12, 10), epochs=1, batch=16)
    return Run(folder, Config("tiny", validation=100, seeds=seeds, recipe=recipe))


def test_the_grid_is_the_whole_grid():
    assert FULL.sparsities == (
        0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995, 0.998, 1.0
    )  # fmt: skip
    cut, methods, refitted = criteria.stages()
    assert len(cut) == len(CRITERIA) + len(UNIT_CRITERIA) + 3
    assert len(refitted) == len(CRITERIA) + len(UNIT_CRITERIA)
    assert {(part["kind"], part["criterion"]) for part in methods} == set(METHODS)


def test_magnitude_under_the_layer_wise_budget_is_the_method_of_the_report(material):
    rows = list(scored_rows(material, TINY, "weight", "magnitude", "trained", "none"))
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
    rows = list(scored_rows(material, TINY, "unit", "in-l2", "trained", "refit"))
    (row,) = select(rows, budget="layer-wise", k=0.5)
    masks = [W != 0 for W in prune(material.weights, 0.5, "unit")]
    fitted = refit(material.weights, masks, inputs(material.images[:40]))
    assert row["test_loss"] == pytest.approx(evaluate(fitted, material.test)[0], rel=1e-5)
    assert row["images"] == 40


def test_scores_of_the_initial_network_cut_the_trained_one(material):
    rows = list(scored_rows(material, TINY, "weight", "snip", "initial", "none"))
    scores = score("snip", material.initial, inputs(material.images), material.labels)
    everything = np.concatenate([s.ravel() for s in scores])
    limit = np.sort(everything)[round(0.9 * everything.size)]
    pruned = [np.where(s < limit, 0, W) for s, W in zip(scores, material.weights, strict=False)]
    (row,) = select(rows, budget="global", k=0.9)
    expected = evaluate([*pruned, material.weights[-1]], material.test)[0]
    assert row["test_loss"] == pytest.approx(expected, rel=1e-5)


def test_everything_cut_is_chance_and_counted(material):
    for row in scored_rows(material, TINY, "weight", "random", "trained", "none"):
        if row["k"] == 1:
            assert row["test_loss"] == pytest.approx(math.log(10), abs=1e-6)
            assert row["emptied_layers"] == 2


@pytest.mark.parametrize(("kind", "criterion"), METHODS)
def test_methods_cut_what_the_budget_says(material, kind, criterion):
    rows = list(method_rows(material, TINY, kind, criterion))
    ks = {row["k"] for row in rows}
    assert ks == ({0.99} if criterion == "greedy-obs" else set(TINY.sparsities))
    assert all(k >= GREEDY_FROM for k in ks) or criterion != "greedy-obs"
    total = 30 * 16 + 16 * 12
    for row in rows:
        if kind == "weight" and row["budget"] != "layer-wise":
            assert row["achieved_sparsity"] == pytest.approx(round(row["k"] * total) / total)
        assert row["images"] == 60


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


@pytest.fixture
def few(monkeypatch):
    """Two criteria of each kind and one method, so that a whole study takes a second."""
    kept = {"weight": ("magnitude", "random"), "unit": ("in-l2", "random")}
    tables = {
        kind: {name: table[name] for name in kept[kind]} for kind, table in criteria.TABLES.items()
    }
    monkeypatch.setattr(criteria, "TABLES", tables)
    monkeypatch.setattr(criteria, "AT_INITIALIZATION", ("magnitude",))
    for place in (criteria, choice):
        monkeypatch.setattr(place, "METHODS", {("unit", "obs"): METHODS["unit", "obs"]})


def test_a_piece_that_wrote_half_of_its_tables_is_done_again(
    tmp_path, tiny, at_once, few, monkeypatch
):
    run = tiny_run(tmp_path)
    pipeline.train(run, tiny)
    add, written = Run.add, []

    def die(run, name, *others):
        written.append(name)
        if {"criteria_oracle", "criteria_curvature"} <= set(written):
            raise KeyboardInterrupt
        add(run, name, *others)

    monkeypatch.setattr(Run, "add", die)
    with pytest.raises(KeyboardInterrupt):
        criteria.run(run, tiny, TINY)
    monkeypatch.setattr(Run, "add", add)
    criteria.run(run, tiny, TINY)
    assert run.read("criteria_oracle")
    assert run.read("criteria_curvature")


def test_a_study_goes_on_where_it_stopped_and_is_drawn_and_told(tmp_path, tiny, at_once, few):
    form = TINY._replace(sparsities=(0.9, 0.95))
    run = tiny_run(tmp_path)
    pipeline.train(run, tiny)
    criteria.run(run, tiny, form)
    assert len(at_once.calls) == 1 + 5 + 1 + 4
    rows = run.read("criteria")
    assert rows == sorted(rows, key=lambda row: [row[column] for column in criteria.KEY])

    before = run.data("criteria").read_bytes()
    criteria.run(run, tiny, form)
    assert len(at_once.calls) == 11
    gone = {"kind": "unit", "criterion": "random", "repair": "refit"}
    lost = [row for row in rows if row not in select(rows, **gone)]
    run.add("criteria", {"seed": 0}, lost)
    criteria.run(run, tiny, form)
    assert len(at_once.calls) == 12
    assert select(run.read("criteria"), **gone)
    times = ("score_seconds", "repair_seconds")

    def without_times(rows):
        return [{k: v for k, v in row.items() if k not in times} for row in rows]

    assert without_times(run.read("criteria")) == without_times(rows)
    assert before != b""

    paths = criteria_plots.figures(run)
    assert [path.stem for path in paths] == ["criteria", "criteria_oracle"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    tables = [block for block in criteria_report.blocks(run) if isinstance(block, Table)]
    (table,) = [t for t in tables if t.caption.startswith("Test accuracy, weights cut alone")]
    first = dict(zip(table.header, table.rows[0], strict=True))
    shown = select(
        run.read("criteria"), kind="weight", criterion=first["criterion"], repair="none",
        at="trained", budget=first["budget"], k=0.95,
    )  # fmt: skip
    assert first["0.95"] == f"{shown[0]['test_accuracy']:.4f}"
    assert "weights cut alone" in criteria_report.summary(run)


def test_a_run_without_the_study_has_no_section(tmp_path):
    run = tiny_run(tmp_path)
    assert criteria_report.blocks(run) == criteria_plots.figures(run) == []


def row(criterion, budget, k, accuracy, seed=0):
    return {
        "seed": seed, "kind": "weight", "criterion": criterion, "at": "trained", "repair": "none",
        "budget": budget, "k": k, "validation_accuracy": accuracy,
    }  # fmt: skip


def test_the_budget_is_chosen_by_validation_at_the_sparsities_of_the_table():
    rows = [
        row("magnitude", "global", 0.5, 1.0),
        row("magnitude", "global", 0.9, 0.6),
        row("magnitude", "global", 0.99, 0.4),
        row("magnitude", "erk", 0.5, 0.1),
        row("magnitude", "erk", 0.9, 0.7),
        row("magnitude", "erk", 0.99, 0.5),
        row("random", "erk", 0.9, 0.2),
    ]
    assert choice.best_budgets(rows) == {"magnitude": "erk", "random": "erk"}


def test_criteria_are_ranked_where_all_of_them_were_measured():
    rows = [row("magnitude", "erk", k, worth) for k, worth in ((0.9, 0.9), (0.99, 0.5))]
    rows.append(row("random", "erk", 0.99, 0.6))  # better there, and nothing elsewhere
    assert choice.shared_sparsities(rows) == [0.99]
    assert choice.ranked(rows) == [("random", "erk"), ("magnitude", "erk")]


def test_a_score_that_is_the_same_everywhere_has_no_rank_correlation():
    a, b = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0])
    assert spearman(a, b) == pytest.approx(spearmanr(a, b)[0])
    assert math.isnan(spearman(a, np.ones(4)))


def test_seeds_that_are_not_done_are_not_averaged():
    rows = [row(c, "erk", 0.9, 0.5, seed) for seed in (0, 1) for c in ("magnitude", "random")]
    rows.append(row("magnitude", "erk", 0.9, 0.5, 2))
    assert {r["seed"] for r in choice.part(rows, "weight", "cut")} == {0, 1}


def test_calibration_images_are_drawn_once_each_by_the_seed(tmp_path, tiny):
    run = tiny_run(tmp_path)
    pipeline.train(run, tiny)
    drawn = criteria.material(run, tiny, 0, TINY)
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
    assert (criteria.material(run, tiny, 0, TINY).images == drawn.images).all()
