"""The randomness study on tiny networks: its tables, against brute force, and its resumption."""

import dataclasses
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from npprune import driver, report
from npprune.data.datasets import Split
from npprune.lab.config import Config
from npprune.lab.page import markdown
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.training import SOURCE_RECIPE, Recipe
from npprune.studies import study
from npprune.studies.randomness import FULL, SHORT, assumptions, measure, rates, shuffles, tell
from npprune.studies.randomness.layers import layer_rows
from npprune.studies.randomness.recipes import variant
from npprune.studies.variants import VARIANTS
from npprune.theory.theorem.distances import layer_distances

SMALL = {"draws": 3, "fan_ins": (4, 64, 256), "sizes": (20,), "columns": 100}
CASES = (("tail", 1.5, 2), ("scales", 0.3, 2))
SMALL |= {"laws": ("uniform",), "assumptions": CASES, "null_layers": (2,)}
TINY = FULL._replace(**SMALL, variants=("default", "no weight decay"), variant_hidden=(9,))


@pytest.fixture(scope="module")
def weights():
    """Two hidden layers with unit scales of spread .2, and an output layer."""
    rng = np.random.default_rng(0)
    sizes = [(60, 100), (100, 80), (80, 10)]
    scales = [np.exp(0.2 * rng.standard_normal(n)) for _, n in sizes]
    layers = [rng.standard_normal(size) * scale for size, scale in zip(sizes, scales, strict=True)]
    return [W.astype(np.float32) for W in layers]


def test_distances_are_those_of_the_layer_and_exceed_no_bound(weights):
    rows = layer_rows(weights)
    assert len(rows) == 2 * 3 * 3
    for row in rows:
        found = layer_distances(weights[row["layer"] - 1], [row["p"]], [row["k"]])
        measured = (row["ks"], row["auc"], row["gap"])
        assert measured == pytest.approx([part.item() for part in found], rel=1e-9)
        assert row["identity"] < 1e-12
        assert row["ks"] <= max(row["best_rule"], row["reverse_rule"]) <= row["matrix_bound"]
        assert row["sharp_bound"] <= row["bound"]
        assert 0 < row["energy_sorted"] <= row["energy"] < 1
        assert 0 < row["largest"] <= row["largest_sorted"] <= 1
        assert row["log_variance"] > 0
        assert (row["scale_bound"] == "") == math.isinf(row["p"])  # whose bound there is none
        if (row["p"], row["k"]) == (2, 0.5):  # scaled units show in the bounds and the prediction
            assert row["predictor"] == pytest.approx(row["ks"], rel=0.15)
            assert 0.85 * row["best_rule"] < row["ks"] < row["scale_bound"]


def test_a_layer_with_dead_units_is_left_out(weights):
    units = weights[0].shape[1]
    for live in (0, 1, 2, units - 1, units):
        partly_dead = weights[0] * (np.arange(units) < live)
        layers = {row["layer"] for row in layer_rows([partly_dead, *weights[1:]])}
        assert layers == ({1, 2} if live == units else {2})


def test_layers_of_independent_weights_meet_their_expectation():
    """40 layers of 100 x 200: the mean AUC within 3.5 standard errors of the expected one, which
    a constant wrong by 10 % would miss; the study's own tolerance is that of its theory's tests."""
    rng = np.random.default_rng(1)
    hidden = [rng.random((100, 200), dtype=np.float32) for _ in range(40)]
    rows = [row for row in layer_rows([*hidden, hidden[0]]) if row["p"] == 2 and row["k"] == 0.5]
    excess = np.array([row["auc"] - row["independent_auc"] for row in rows])
    signal = np.mean([row["independent_auc"] for row in rows]) - 0.5
    error = excess.std(ddof=1) / math.sqrt(len(excess))
    assert abs(excess.mean()) < 3.5 * error < 0.1 * signal
    assert np.mean([row["ks"] for row in rows]) < rows[0]["sharp_bound"]


def test_nulls_tell_scaled_units_from_chance(weights):
    rows = shuffles.null_rows(weights, 19, seed=0, epoch=0, layers=(1,))
    assert {row["layer"] for row in rows} == {1}
    by_null = {row["null"]: row for row in select(rows, distance="auc")}
    for null in ("entries", "inputs"):
        assert by_null[null]["p_value"] == 1 / 20
        assert by_null[null]["observed"] > by_null[null]["mean"] + 5 * by_null[null]["deviation"]
    assert by_null["scales"]["mean"] == pytest.approx(by_null["scales"]["observed"], rel=0.05)
    assert rows == shuffles.null_rows(weights, 19, seed=0, epoch=0, layers=(1,))


def test_simulated_rates_meet_the_exact_values():
    form = TINY._replace(fan_ins=(16, 64), sizes=(50,), columns=5000)
    rows = rates.simulated_rates("gaussian", 2, form)["randomness_rates"]
    for row in rows:
        assert abs(row["estimate"] - row["exact"]) < 4.5 * row["error"]
        assert row["distance"] != "ks" or row["exact"] < row["sharp_bound"]
    for row in rates.slopes(rows):
        assert row["low"] - 0.03 < row["exact_slope"] < row["high"] + 0.03
        assert row["theory"] == -0.5


def test_slopes_recover_a_power_law():
    known = {"law": "any", "p": math.inf, "n": 9, "k": 0.5, "distance": "ks"}
    sizes = [{"d": d, "estimate": 3 / d, "error": 0.01 / d, "exact": 3 / d} for d in (10, 99, 1000)]
    rows = [known | size for size in sizes]
    (row,) = rates.slopes(rows)
    assert (row["slope"], row["exact_slope"]) == pytest.approx((-1, -1))
    assert rates.slopes([rows[0] | {"estimate": -1.0}, *rows[1:]]) == []


@pytest.mark.parametrize(
    ("case", "value", "slope", "tolerance"),
    [("tail", 1.5, -1, None), ("correlation", 0.5, -0.5, 0.05), ("scales", 0.3, 0, 0.05),
     ("inputs", 0.5, -0.5, 0.08)],
)  # fmt: skip
def test_rate_when_an_assumption_is_dropped(case, value, slope, tolerance):
    form = TINY._replace(fan_ins=(64, 256), sizes=(200,), columns=8000)
    rows = assumptions.simulated_assumption(case, value, 2, form)["randomness_assumptions"]
    fitted = assumptions.fitted_slope(rows)
    assert abs(fitted.slope - slope) < fitted.half_width + 0.05
    assert assumptions.fitted_slope(rows[:1]) is None
    if tolerance:
        assert rows[-1]["estimate"] == pytest.approx(rows[-1]["expected"], rel=tolerance)


def test_recipes_are_the_run_s_own_and_the_default_of_the_other():
    own = Recipe(hidden=(5,), learning_rate=0.03, epochs=20)
    both = measure.recipes(Config("mnist", recipe=own), 8)
    assert both["sgd"] == dataclasses.replace(own, epochs=8)
    assert both["adam"] == dataclasses.replace(SOURCE_RECIPE, hidden=(5,), epochs=8)


def test_variants_differ_in_one_thing_and_shrink_weights_as_their_name_says():
    default = variant((5,), {}, 8)
    assert default == Recipe(hidden=(5,))
    for name, changes in VARIANTS.items():
        recipe = variant((5,), changes, 8)
        if "as before" in name:
            shrinks = recipe.learning_rate * recipe.weight_decay
            assert shrinks == pytest.approx(default.learning_rate * default.weight_decay)


def test_every_test_that_the_text_names_exists():
    text = Path(tell.__file__).with_name("tell.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    named = set(re.findall(r"test_\w+", text))
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in tests] == []


def tiny_run(folder, seeds=(0,)):
    recipe = Recipe(hidden=(12, 10), epochs=2, batch=16)
    return Run(folder, Config("glyphs", seeds=seeds, recipe=recipe))


@pytest.mark.parametrize("images", [9, 10_000])
def test_no_network_asks_for_more_images_than_there_are(images, tmp_path, tiny):
    train = Split(np.zeros((images, 4, 5), np.uint8), np.zeros(images, np.uint8))
    few = dataclasses.replace(tiny, train=train)
    for piece in measure.pieces(tiny_run(tmp_path), few, TINY):
        recipes_of = [part for part in piece.arguments if isinstance(part, Recipe)]
        assert all(recipe.batch <= min(images, 128) for recipe in recipes_of)


def epochs(run, table, **values):
    return {row["epoch"] for row in select(run.read(f"randomness_{table}"), **values)}


def test_full_form_looks_at_every_epoch_and_resumes(tmp_path, tiny, at_once):
    run = tiny_run(tmp_path)
    driver.work(run, tiny, "randomness", TINY)
    work = {"simulated_rates": 4, "train_network": 2, "simulated_assumption": 2, "train_variant": 2}
    assert Counter(name for name, *_ in at_once.calls) == work
    assert epochs(run, "layers", optimizer="sgd") == epochs(run, "layers", optimizer="adam")
    assert epochs(run, "layers") == {0, 1, 2}
    assert epochs(run, "nulls", optimizer="sgd") == {0, 2}
    assert epochs(run, "nulls", optimizer="adam") == {2}
    assert {row["law"] for row in run.read("randomness_slopes")} == {"uniform"}
    assert {row["fan_in"] for row in run.read("randomness_recipes")} == {30}
    _draw_and_tell(run)

    before = run.data("randomness_layers").read_bytes()
    driver.work(run, tiny, "randomness", TINY)
    assert len(at_once.calls) == 10
    driver.work(tiny_run(tmp_path, (0, 1)), tiny, "randomness", TINY)
    again = Counter(name for name, *_ in at_once.calls[10:])
    assert again == {"train_network": 2, "train_variant": 2}
    after = run.data("randomness_layers").read_bytes().splitlines()
    assert set(before.splitlines()) < set(after)


def _draw_and_tell(run):
    paths = driver.figures(run, ["randomness"])
    assert [path.stem for path in paths] == [f.name for f in study("randomness").figures]
    text = markdown(report.section(run, "randomness"))
    assert all(f"({path.relative_to(run.folder)})" in text for path in paths)


def test_short_form_takes_the_first_seed_and_everything_is_drawn_and_told(tmp_path, tiny, at_once):
    run = tiny_run(tmp_path)
    assert report.section(run, "randomness") == driver.figures(run, ["randomness"]) == []
    driver.work(run, tiny, "train", None)
    driver.work(run, tiny, "randomness", SHORT._replace(**SMALL))
    assert epochs(run, "layers") == {0, run.read("baseline")[0]["kept_epoch"]}
    assert {row["layer"] for row in run.read("randomness_nulls")} == {2}
    _draw_and_tell(run)


def test_full_records_stay(tmp_path):
    run = tiny_run(tmp_path)
    run.add("randomness_rates", {"form": "full", "law": "uniform", "p": 1}, [{"value": 1}])
    driver.work(run, None, "randomness", SHORT)  # returns before it needs a data set
    assert [row["value"] for row in run.read("randomness_rates")] == [1]
