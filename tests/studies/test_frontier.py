"""Every point of the frontier is its own file; nothing is made twice; the rest by definition."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from at_once import AtOnce

from npprune.errors import InputError
from npprune.inference.accounting import totals
from npprune.inference.export import load_exported
from npprune.lab.config import Config
from npprune.lab.records import read_csv, select
from npprune.lab.run import Run
from npprune.network.checkpoint import load_weights
from npprune.network.mlp import evaluate
from npprune.network.training import Recipe
from npprune.pruning.masks import sparsity
from npprune.studies import pipeline
from npprune.studies.frontier import footprint
from npprune.studies.frontier import study as frontier
from npprune.studies.frontier import times as frontier_times
from npprune.studies.frontier.controls import from_scratch
from npprune.studies.frontier.study import Entry, entries, file_name, make, requested, total_epochs

SIZES = [30, 16, 12, 10]
STEPS = [
    {"step": "units", "k": 0.25, "method": "in-l2"},
    {"step": "weights", "k": 0.5, "method": "magnitude"},
    {"step": "compact"},
    {"step": "retrain", "epochs": 1, "batch": 16},
]
OWN = {"name": "my own / recipe", "steps": STEPS}


REST = ("dense", "recipe", "splits", "seed")


class Stop:
    """A validation split that interrupts the training when it is evaluated once too often."""

    def __init__(self, split, after):
        self.split, self.left = split, after

    @property
    def images(self):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.split.images

    @property
    def labels(self):
        return self.split.labels


@pytest.fixture
def small(config):
    """A quick configuration of the tiny network, two seeds."""
    recipe = Recipe(hidden=(16, 12), batch=16, epochs=2)
    return dataclasses.replace(config, recipe=recipe, seeds=(0, 1))


def test_every_network_has_a_file_name_of_its_own(small):
    for config in (small, Config(dataset="mnist")):
        listed = entries(config, [OWN])
        files = [file_name(entry.name) for entry in listed]
        assert len(set(files)) == len(files)
        assert [e.group for e in listed if e.name == OWN["name"]] == ["pruned"]
        assert listed[0] == Entry("dense", "dense", {})
    assert file_name("units .8, again/..") == "units-.8-again"


@pytest.mark.parametrize("name", ["dense", "units .8", "scratch .8", "my own  recipe"])
def test_a_name_that_is_taken_is_refused(name, small):
    with pytest.raises(InputError, match=f"'{name}'"):
        entries(small, [OWN, OWN | {"name": name}])


def test_controls_have_the_sizes_that_unit_pruning_leaves():
    listed = entries(Config(dataset="mnist"))
    sizes = {e.name: e.how["hidden"] for e in listed if e.group == "control"}
    assert sizes["scratch .8"] == sizes["scratch .8, taught"] == [200, 200, 100, 40]
    assert sizes["scratch .95"] == [50, 50, 25, 10]


def test_what_a_recipe_asks_for():
    assert requested([], (16, 12)) == {"requested_units": 0, "requested_weights": 0}
    steps = [*STEPS, {"step": "gradual", "k": 0.9, "until": 2, "epochs": 5}]
    found = requested(steps, (16, 12))
    assert found == {"requested_units": 0.25, "requested_weights": 0.9}
    last = [{"step": "units", "k": 0.5, "last": 0.25}]
    assert requested(last, (16, 12))["requested_units"] == pytest.approx((8 + 3) / 28)


def test_a_control_stopped_and_resumed_is_the_same(tiny, network, small, tmp_path):
    how = {"hidden": [8, 6], "epochs": 4, "taught": True}
    rest = (network, small.recipe, (tiny.train, tiny.validation), 5)
    whole = from_scratch(**how, **dict(zip(REST, rest, strict=True)), checkpoint=tmp_path / "a")
    stop = Stop(tiny.validation, after=2)
    with pytest.raises(KeyboardInterrupt):
        from_scratch(
            **how, **dict(zip(REST, (*rest[:2], (tiny.train, stop), 5), strict=True)),
            checkpoint=tmp_path / "b",
        )  # fmt: skip
    again = from_scratch(**how, **dict(zip(REST, rest, strict=True)), checkpoint=tmp_path / "b")
    assert all((a == b).all() for a, b in zip(whole, again, strict=True))
    assert not list(tmp_path.iterdir())


def test_epochs_are_counted_round_by_round():
    steps = [*STEPS, {"step": "iterative", "k": 0.9, "share": 0.5, "epochs": 3}]
    assert total_epochs(steps) == 1 + 4 * 3  # 1/2, 1/4, 1/8, 1/10
    assert total_epochs([{"step": "compact"}]) == 0


@pytest.fixture
def material(small, tiny, network, tmp_path):
    """Arguments of make but for the entry."""
    return 3, network, small.recipe, tiny, tmp_path / "networks" / "x.npz"


@pytest.mark.parametrize(
    "entry",
    [
        Entry("dense", "dense", {}),
        Entry("pruned", "pruned", {"steps": STEPS}),
        Entry("small", "control", {"hidden": [8, 6], "epochs": 1, "taught": False}),
        Entry("taught", "control", {"hidden": [8, 6], "epochs": 2, "taught": True}),
    ],
)
def test_a_record_says_what_the_file_holds(entry, material, tiny):
    row = make(entry, *material)
    *_, path = material
    assert [file.name for file in path.parent.iterdir()] == ["x.npz"]  # no checkpoint stays
    weights, about = load_exported(path)
    assert (row["seed"], row["name"], row["group"]) == (3, entry.name, entry.group)
    assert row["bytes"] == path.stat().st_size
    for part in ("validation", "test"):
        loss, accuracy = evaluate(weights, getattr(tiny, part))
        assert row[f"{part}_loss"] == pytest.approx(loss, rel=1e-6)
        assert row[f"{part}_accuracy"] == accuracy == about[f"{part}_accuracy"]
    counted = totals(weights, SIZES)
    for name in ("effective_sparsity", "parameters", "multiply_adds", "compression_ratio"):
        assert row[name] == counted[name]
    assert (about["image_shape"], about["original_sizes"]) == ([6, 5], SIZES)
    assert about["how"] == entry.how
    assert math.isnan(row["us_1"])


def test_the_dense_network_is_itself(material, network):
    row = make(Entry("dense", "dense", {}), *material)
    weights, _ = load_exported(material[-1])
    assert all((a == b).all() for a, b in zip(weights, network, strict=True))
    assert row["achieved_sparsity"] == 0
    assert row["parameters"] == 30 * 16 + 16 * 12 + 12 * 10
    assert 0.5 < row["times_smaller"] < 2


def test_a_pruned_network_is_as_sparse_as_its_recipe_asked(material):
    row = make(Entry("p", "pruned", {"steps": STEPS}), *material)
    hidden = 30 * 16 + 16 * 12
    assert row["achieved_sparsity"] >= 1 - (hidden - round(0.5 * hidden)) / hidden - 1e-12
    assert row["effective_sparsity"] >= row["achieved_sparsity"]
    assert sparsity(load_exported(material[-1])[0]) <= row["effective_sparsity"]
    assert row["epochs"] == 1


@pytest.fixture(scope="module")
def done(tiny, tmp_path_factory):
    """A finished quick frontier of one seed, with a recipe of one's own, made in processes."""
    recipe = Recipe(hidden=(16, 12), batch=16, epochs=1)
    config = Config(dataset="tiny", validation=100, quick=True, recipe=recipe)
    run = Run(tmp_path_factory.mktemp("frontier") / "run", config)
    pipeline.train(run, tiny)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontier_times, "single_threaded_processes", AtOnce)
        frontier.run(run, tiny, [OWN])
    return run


def test_the_study_makes_counts_and_times_every_network(done):
    rows = done.read("frontier")
    listed = entries(done.config, [OWN])
    assert [row["name"] for row in rows] == [entry.name for entry in listed]
    files = {path.name for path in (done.folder / "networks").iterdir()}
    assert files == {f"{file_name(row['name'])}-seed-0.npz" for row in rows}
    for row in rows:
        for batch in frontier_times.BATCHES:
            assert 0 < row[f"us_q1_{batch}"] <= row[f"us_{batch}"] <= row[f"us_q3_{batch}"]
            speedup = rows[0][f"us_{batch}"] / row[f"us_{batch}"]
            assert row[f"speedup_{batch}"] == pytest.approx(speedup)
    (dense,) = select(rows, name="dense")
    (baseline,) = done.read("baseline")
    assert dense["test_accuracy"] == baseline["test_accuracy"]


def test_bytes_are_counted_once(done):
    rows = done.read("footprint")
    weights = load_weights(done.checkpoint(0))
    again = footprint.run(weights, footprint.QUICK_SPARSITIES)
    assert [{**row, "break_even": 0} for row in rows] == [{**row, "break_even": 0} for row in again]


def test_what_is_there_is_not_made_again(done, tiny, monkeypatch):
    monkeypatch.setattr(frontier, "run_pieces", lambda *a: pytest.fail("made again"))
    monkeypatch.setattr(frontier, "add_times", lambda *a: pytest.fail("timed again"))
    before = read_csv(done.data("frontier"))
    frontier.run(done, tiny, [OWN])
    frontier.run(done, tiny)  # without one's own recipe its records stay
    assert read_csv(done.data("frontier")) == before


def test_only_what_is_missing_or_of_another_recipe_is_made(done, tiny, monkeypatch):
    made = []

    def here(label, pieces, record):
        for key, function, *arguments in pieces:
            made.append(key["name"])
            record(key, function(*arguments))

    monkeypatch.setattr(frontier, "run_pieces", here)
    monkeypatch.setattr(frontier_times, "single_threaded_processes", AtOnce)
    names = [row["name"] for row in done.read("frontier")]
    frontier.network_path(done, "dense", 0).unlink()
    damaged = frontier.network_path(done, "scratch .8", 0)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    other = OWN | {"steps": STEPS[:1]}
    frontier.run(done, tiny, [other])
    assert made == ["dense", OWN["name"], "scratch .8"]
    rows = done.read("frontier")
    assert [row["name"] for row in rows] == names
    assert all(math.isfinite(row["us_1000"]) for row in rows)
    assert select(rows, name=OWN["name"])[0]["requested_weights"] == 0


def test_a_network_with_wrong_logits_is_not_timed(network, monkeypatch):
    right = frontier_times.build(network)
    monkeypatch.setattr(frontier_times, "build", lambda *a: lambda X: right(X) * 1.001)
    with pytest.raises(RuntimeError, match="dense"):
        frontier_times.compare({"dense": network}, np.ones((3, 30), np.float32), 0)


def test_times_are_those_of_an_image(network, monkeypatch):
    seconds = {"dense": [4.0, 2.0, 3.0], "half": [1.0, 1.5, 2.0]}
    monkeypatch.setattr(frontier_times, "interleave", lambda contenders, budget: seconds)
    networks = {"dense": network, "half": network}
    found = frontier_times.compare(networks, np.ones((10, 30), np.float32), 0)
    assert found["dense"] == {"us": 3e5, "us_q1": 2.5e5, "us_q3": 3.5e5, "speedup": 1}
    assert found["half"]["us"] == 1.5e5
    assert found["half"]["speedup"] == 2


def test_columns_of_times():
    kinds = ("us", "us_q1", "us_q3", "speedup")
    expected = [f"{kind}_{batch}" for batch, kind in itertools.product((1, 100, 1000), kinds)]
    assert expected == frontier_times.TIME_COLUMNS
