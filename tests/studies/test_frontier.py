"""Every point of the frontier is its own file; nothing is made twice; the rest by definition."""

import math
import shutil
from itertools import product

import numpy as np
import pytest
from at_once import AtOnce

from npprune import driver
from npprune.errors import InputError
from npprune.inference.accounting import totals
from npprune.inference.export import load_exported
from npprune.lab import stopwatch
from npprune.lab.config import Config
from npprune.lab.outcome import outcome
from npprune.lab.records import read_csv, select
from npprune.lab.run import Run
from npprune.network.mlp import init_weights
from npprune.pruning.recipe_language import total_epochs
from npprune.pruning.recipes import follow
from npprune.pruning.retrain import Retraining
from npprune.studies.frontier import BATCHES, STUDY, measure
from npprune.studies.frontier.controls import from_scratch
from npprune.studies.frontier.recipes import QUICK_RECIPES, RECIPES

SIZES = [30, 16, 12, 10]
STEPS = [
    {"step": "units", "k": 0.25, "method": "in-l2"},
    {"step": "weights", "k": 0.5, "method": "magnitude"},
    {"step": "compact"},
    {"step": "retrain", "epochs": 1, "batch": 16},
]
TAUGHT = [{"step": "retrain", "epochs": 4, "batch": 16, "distill": {"temperature": 2.0}}]
TRIAL, FULL = STUDY.forms["trial"], STUDY.forms["full"]


def own(name="my own / recipe", steps=STEPS):
    """The trial form with one recipe more."""
    return TRIAL._replace(listed=(*TRIAL.listed, {"name": name, "steps": steps}))


def test_every_network_has_a_file_name_of_its_own(tiny_config):
    for form in (own(), FULL):
        listed = measure.entries(tiny_config, form)
        assert len({measure.file_name(entry.name) for entry in listed}) == len(listed)
        assert listed[0] == measure.Entry("dense", "dense", {})
    assert measure.file_name("units .8, again/..") == "units-.8-again"


@pytest.mark.parametrize("name", ["dense", "units .8", "scratch .8", "units  .8"])
def test_a_name_that_is_taken_is_refused(name, tiny_config):
    with pytest.raises(InputError, match=f"'{name}'"):
        measure.entries(tiny_config, own(name))


def test_controls_have_the_sizes_that_unit_pruning_leaves():
    listed = measure.entries(Config(dataset="mnist"), FULL)
    how = {e.name: e.how for e in listed if e.group == "control"}
    assert how["scratch .8"]["hidden"] == how["scratch .8, taught"]["hidden"] == [200, 200, 100, 40]
    assert how["scratch .95"]["hidden"] == [50, 50, 25, 10]
    twins = {recipe["name"].removeprefix("units"): recipe["steps"] for recipe in RECIPES}
    for name, made in how.items():
        twin = twins[name.removeprefix("scratch").removesuffix(", taught")]
        assert total_epochs(made["steps"]) == 8 + total_epochs(twin)  # 8: the dense network's
        assert (made["steps"][0]["distill"] is not None) == name.endswith("taught")


def test_what_a_recipe_asks_for():
    assert measure.requested([], (16, 12)) == {"requested_units": 0, "requested_weights": 0}
    steps = [*STEPS, {"step": "gradual", "k": 0.9, "until": 2, "epochs": 5}]
    assert measure.requested(steps, (16, 12)) == {"requested_units": 0.25, "requested_weights": 0.9}
    last = [{"step": "units", "k": 0.5, "last": 0.25}]
    assert measure.requested(last, (16, 12))["requested_units"] == pytest.approx((8 + 3) / 28)


def test_epochs_are_counted_round_by_round():
    steps = [*STEPS, {"step": "iterative", "k": 0.9, "share": 0.5, "epochs": 3}]
    assert total_epochs(steps) == 1 + 4 * 3  # 1/2, 1/4, 1/8, 1/10


@pytest.mark.parametrize("hidden", [(80, 60, 40, 40), (60,)])
@pytest.mark.parametrize("recipe", [*RECIPES, *QUICK_RECIPES], ids=lambda recipe: recipe["name"])
def test_a_recipe_can_be_followed_and_its_name_says_what_is_pruned(
    recipe, hidden, tiny, monkeypatch
):
    def cut_only(training, train, validation, checkpoint):
        if hasattr(training, "final"):
            training._change(1.0)
        return training.weights

    monkeypatch.setattr(Retraining, "run", cut_only)
    monkeypatch.setattr("warnings.warn", lambda *_, **__: None)  # so few weights may leave nothing
    dense = init_weights((30, *hidden, 10), np.random.default_rng(0))
    weights = follow(recipe["steps"], dense, (tiny.train, tiny.validation), 0)
    kind, _, k = recipe["name"].partition(" ")
    if kind == "units":
        assert [W.shape[1] for W in weights[:-1]] == [n - round(float(k) * n) for n in hidden]
    else:  # compacting may take some weights more, which led nowhere
        n = sum(W.size for W in dense[:-1])
        assert sum(np.count_nonzero(W) for W in weights[:-1]) <= n - round(float(k) * n)


def test_a_control_stopped_and_resumed_is_the_same(
    tiny, tiny_config, network, tmp_path, monkeypatch
):
    def killed(training, path, save=Retraining.save):
        save(training, path)
        raise KeyboardInterrupt

    splits, path = (tiny.train, tiny.validation), tmp_path / "stopped"
    control = [8, 6], TAUGHT, network, tiny_config.recipe, splits, 5
    with monkeypatch.context() as patch:
        patch.setattr(Retraining, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            from_scratch(*control, path)
    assert path.exists()
    np.testing.assert_equal(from_scratch(*control, path), from_scratch(*control))
    assert not path.exists()


HOW = {
    "dense": {},
    "pruned": {"steps": STEPS},
    "control": {"hidden": [8, 6], "steps": TAUGHT},
    "large": {"steps": TAUGHT},
}


@pytest.mark.parametrize(("group", "how"), HOW.items())
def test_a_record_says_what_the_file_holds(group, how, network, tiny, tiny_config, tmp_path):
    path, entry = tmp_path / "x.npz", measure.Entry("x", group, how)
    (row,) = measure.make(entry, 3, network, tiny_config.recipe, tiny, path)["frontier"]
    assert [*tmp_path.iterdir()] == [path]  # no checkpoint stays
    weights, about = load_exported(path)
    assert row["bytes"] == path.stat().st_size
    worth = outcome(weights, tiny.validation, tiny.test)
    assert {name: row[name] for name in worth} == pytest.approx(worth, rel=1e-6)
    assert about | {name: row[name] for name in worth} == about
    assert totals(weights, SIZES).items() <= row.items()
    assert (about["image_shape"], about["original_sizes"]) == ([6, 5], SIZES)
    assert (about["how"], row["group"]) == (how, group)
    assert math.isnan(row["us_1"])
    if group == "dense":
        np.testing.assert_equal(weights, network)
        assert 0.5 < row["times_smaller"] < 2
    if group == "pruned":
        assert row["achieved_sparsity"] >= 0.5
        assert row["epochs"] == 1


@pytest.fixture(scope="module")
def kept(tiny, tiny_config, tmp_path_factory):
    """A finished trial of one seed, with a recipe of one's own."""
    run = Run(tmp_path_factory.mktemp("frontier") / "run", tiny_config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "single_threaded_processes", AtOnce)
        driver.measure(run, tiny, "train", "trial")
        driver.work(run, tiny, "frontier", own())
    return run


@pytest.fixture
def done(kept, tmp_path):
    """A copy of one's own."""
    unlocked = shutil.ignore_patterns(".lock")
    return Run(shutil.copytree(kept.folder, tmp_path / "run", ignore=unlocked), kept.config)


def test_the_study_makes_and_times_every_network(kept):
    rows = kept.read("frontier")
    assert {row["name"] for row in rows} == {e.name for e in measure.entries(kept.config, own())}
    files = {path.name for path in (kept.folder / "networks").iterdir()}
    assert files == {f"{measure.file_name(row['name'])}-seed-0.npz" for row in rows}
    for row, batch in product(rows, BATCHES):
        assert 0 < row[f"us_q1_{batch}"] <= row[f"us_{batch}"] <= row[f"us_q3_{batch}"]
        speedup = rows[0][f"us_{batch}"] / row[f"us_{batch}"]
        assert row[f"speedup_{batch}"] == pytest.approx(speedup)
    (baseline,) = kept.read("baseline")
    assert select(rows, name="dense")[0]["test_accuracy"] == baseline["test_accuracy"]


def test_only_what_is_missing_or_of_another_recipe_is_made(done, tiny, at_once):
    before = done.read("frontier")
    for form in (own(), TRIAL):  # without one's own recipe its records stay
        driver.work(done, tiny, "frontier", form)
    assert at_once.calls == []
    assert read_csv(done.data("frontier")) == before
    measure.network_path(done, "dense", 0).unlink()
    damaged = measure.network_path(done, "scratch .8", 0)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    driver.work(done, tiny, "frontier", own(steps=STEPS[:1]))
    made = [call[1].name for call in at_once.calls if call[0] == "make"]
    assert made == ["dense", "my own / recipe", "scratch .8"]
    rows = done.read("frontier")
    assert [row["name"] for row in rows] == [row["name"] for row in before]
    assert all(math.isfinite(row["us_1000"]) for row in rows)
    assert select(rows, name="my own / recipe")[0]["requested_weights"] == 0


def test_a_recipe_that_is_none_is_refused_before_anything_is_made(done, tiny, at_once, tmp_path):
    (tmp_path / "none.json").write_text('{"name": "mine", "steps": [{"step": "unknown"}]}')
    with pytest.raises(InputError, match="recipe"):
        driver.work(done, tiny, "frontier", TRIAL._replace(recipes=(tmp_path / "none.json",)))
    assert at_once.calls == []


def test_a_network_with_wrong_logits_is_not_timed(network, monkeypatch):
    right = stopwatch.build(network)
    monkeypatch.setattr(stopwatch, "build", lambda *a: lambda X: right(X) * 1.001)
    with pytest.raises(RuntimeError, match="dense"):
        stopwatch.compare({"dense": network}, np.ones((3, 30), np.float32), 0)


def test_times_are_those_of_an_image(network, monkeypatch):
    seconds = {"dense": [4.0, 2.0, 3.0], "half": [1.0, 1.5, 2.0]}
    monkeypatch.setattr(stopwatch, "interleave", lambda *_, **__: seconds)
    networks = {"dense": network, "half": network}
    found = stopwatch.compare(networks, np.ones((10, 30), np.float32), 0)
    assert found["dense"] == {"us": 3e5, "us_q1": 2.5e5, "us_q3": 3.5e5, "speedup": 1}
    assert found["half"]["us"] == 1.5e5
    assert found["half"]["speedup"] == 2
