"""The locality study on tiny networks: its networks, its tests of known masks, its tables."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import npprune
from npprune import driver, report
from npprune.data.datasets import Dataset, Split
from npprune.errors import InputError
from npprune.lab.config import Config
from npprune.lab.records import read_csv, select
from npprune.lab.run import Run
from npprune.network.training import SOURCE_RECIPE, Recipe
from npprune.studies.locality import FULL, STUDY, TRIAL, rows, tell
from npprune.studies.locality.measure import measure_network, pieces
from npprune.studies.locality.networks import (
    CRITERIA,
    Material,
    at_once,
    dense,
    moved,
    networks,
    pruned,
    training_splits,
)
from npprune.studies.locality.transplant import closest, placed, transplant
from npprune.theory.connectivity.images import unit_images
from npprune.theory.connectivity.pairs import near_pairs, padded, pair_counts, pairs, share_within

TINY = FULL._replace(draws=9, checks=5, few=2, sparsities=(0.5, 0.9))
HIDDEN = (12, 10)
PUBLISHED = Path(npprune.__file__).parents[1] / "figures/data/locality.csv"
RECIPE = Recipe(hidden=HIDDEN, learning_rate=0.01, epochs=2, batch=16)


def blocks(n=80, side=14, size=4):
    """A mask whose units are blocks of 4 x 4 pixels anywhere."""
    rng = np.random.default_rng(1)
    images = np.zeros((n, side, side), bool)
    for image in images:
        y, x = rng.integers(0, side - size + 1, 2)
        image[y : y + size, x : x + size] = True
    return images


@pytest.fixture(scope="module")
def dataset():
    """Images of 7 x 6 pixels with a dead column and a dark one."""
    rng = np.random.default_rng(2)

    def split(n):
        images = rng.integers(1, 255, (n, 7, 6), np.uint8)
        images[:, :, 5] = 0
        images[1:, :, 0] = 0
        return Split(images, np.arange(n, dtype=np.uint8) % 10)

    parts = (split(256), split(20), split(20))
    return Dataset("glyphs", *parts, classes=10, source="made here")


@pytest.fixture
def material(dataset, tmp_path):
    """What a piece of work on one network needs; the run's own network saw moved images."""

    def make(network):
        folder = tmp_path / "checkpoints"
        own = Material(
            "translated", 0, (42, *HIDDEN, 10), RECIPE, (dataset.train, dataset.validation),
            None, folder / "own.npz",
        )  # fmt: skip
        weights = dense(own, own.splits)
        return own._replace(network=network, own=weights, checkpoint=folder / f"{network}.npz")

    return make


def test_blocks_are_found_and_random_masks_are_not():
    row, S, expected = rows.mask_row(blocks(), 49, np.random.default_rng(3))
    assert row["p_value"] == 1 / 50
    assert row["ratio"] == pytest.approx(row["unit_ratio"], rel=0.1)
    assert row["ratio"] > 4
    assert row["overlap"] == 1
    assert row["units"] == 80
    assert row["inputs"] == 16
    assert share_within(expected, 2) == pytest.approx(row["null_l2"], rel=0.05)
    maps = {(r["dy"], r["dx"]): r["g"] for r in rows.map_rows(S, expected)}
    assert maps[0, 1] > 4
    assert maps[8, 0] == 0
    chance = np.random.default_rng(4).random((80, 14, 14)) < 0.08
    row, *_ = rows.mask_row(chance, 49, np.random.default_rng(5))
    assert row["p_value"] > 0.02
    assert row["ratio"] == pytest.approx(1, abs=0.05)
    assert row["null_l2"] == pytest.approx(rows.share(np.ones((1, 14, 14), bool)), rel=0.05)


def test_permuted_blocks_are_not_local():
    images = blocks()
    order = np.random.default_rng(6).permutation(14 * 14)
    permuted = images.reshape(80, -1)[:, order].reshape(images.shape)
    row, *_ = rows.mask_row(permuted, 19, np.random.default_rng(7))
    assert row["ratio"] == pytest.approx(1, abs=0.15)


def test_units_without_pairs_count_for_the_density_alone():
    images = np.concatenate([blocks(), np.zeros((20, 14, 14), bool)])
    row, *_ = rows.mask_row(images, 9, np.random.default_rng(8))
    assert row["units"] == 80
    assert row["inputs"] == pytest.approx(16 * 0.8)
    with pytest.raises(InputError, match="none of 20 units"):
        rows.mask_row(images[80:], 9, np.random.default_rng(9))


def test_one_unit_alone_has_no_null_but_itself():
    row, *_ = rows.mask_row(blocks(1), 9, np.random.default_rng(10))
    assert row["p_value"] == row["ratio"] == row["unit_ratio"] == 1
    assert np.isnan(row["overlap"])


def test_correlated_units_are_local_where_the_data_are():
    images, pixels = blocks(), np.ones((14, 14), bool)
    y, x = np.indices((14, 14)).reshape(2, 1, -1)
    near = np.exp(-np.hypot(y - y.T, x - x.T))
    rng = np.random.default_rng(11)
    smooth = rows.correlated_row(images, near, pixels, 3, rng)["correlated_l2"]
    flat = rows.correlated_row(images, np.full((196, 196), 0.1), pixels, 3, rng)["correlated_l2"]
    assert flat == pytest.approx(rows.share(pixels[None]), rel=0.1)
    assert smooth > 2 * flat


def test_moved_images_are_the_same_images_elsewhere():
    images = np.zeros((500, 9, 8), np.uint8)
    images[:, 4, 3] = np.arange(500) % 250 + 1
    found = moved(images, np.random.default_rng(14), most=3)
    places = np.argwhere(found)
    assert len(places) == 500
    assert np.array_equal(found[tuple(places.T)], images[:, 4, 3])
    steps = places[:, 1:] - (4, 3)
    assert steps.min() == -3
    assert steps.max() == 3
    assert abs(steps.mean()) < 4.5 * 2 / np.sqrt(1000)
    assert not moved(np.ones((1, 2, 2), np.uint8), np.random.default_rng(15), most=0).max() > 1


def test_networks_are_what_their_names_say(material):
    own = dense(material("sgd"), None)
    initial = dense(material("initial"), None)
    assert [W.shape for W in own] == [W.shape for W in initial]
    assert not np.array_equal(own[0], initial[0])
    assert np.array_equal(own[0], dense(material("relabelled"), None)[0])
    adam = material("adam")
    weights = dense(adam, adam.splits)
    assert adam.checkpoint.exists()
    assert np.array_equal(weights[0], dense(adam, adam.splits)[0])  # from its checkpoint
    assert SOURCE_RECIPE.epochs > 3  # so that fewer are a choice
    assert networks("sgd")[4] == "adam"
    assert networks("adam")[1] == "adam"
    assert sorted(networks("adam")) == sorted(networks("sgd"))
    assert training_splits(adam) is adam.splits
    translated = training_splits(material("translated"))[0]
    assert translated.images.shape == adam.splits[0].images.shape
    assert not np.array_equal(translated.images, adam.splits[0].images)


@pytest.mark.parametrize("network", ["sgd", "gradual", "lottery"])
def test_masks_have_the_sparsity_asked_for(network, material):
    here = material(network)
    X = here.splits[0].images.reshape(256, -1).astype(np.float32) / 255
    found = list(pruned(here, dense(here, here.splits), here.splits, X, CRITERIA, (0.8, 0.9)))
    assert [masks.k for masks in found] == [0.8, 0.9] * (3 if network == "sgd" else 1)
    for masks in found:
        assert masks.first.sum() == masks.first.size - round(masks.k * masks.first.size)
        if (network, masks.criterion) == ("sgd", "magnitude"):
            magnitudes = np.abs(here.own[0])
            assert magnitudes[masks.first].min() >= magnitudes[~masks.first].max()
    if network != "sgd":
        assert not np.any(found[1].first & ~found[0].first)


def test_a_convolution_keeps_no_more_than_its_patches(material):
    weights = dense(material("convolution"), material("sgd").splits)
    (masks,) = at_once("magnitude", weights, None, (0.1,))
    assert np.array_equal(masks.first, weights[0] != 0)
    assert share_within(pair_counts(unit_images(masks.first, (7, 6))), 4) == 1


def test_tables_of_a_network(material):
    tables = measure_network(material("sgd"), TINY, detailed=True)
    found = tables["locality"]
    assert {(row["criterion"], row["k"]) for row in found} == {
        (criterion, k) for criterion in CRITERIA for k in (0.5, 0.9)
    }
    for row in found:
        assert row["draws"] == (9 if row["k"] == 0.9 else 5)
        assert row["correlated_l2"] > 0
    assert {row["k"] for row in tables["locality_maps"]} == {0.5, 0.9}
    again = measure_network(material("sgd"), TINY, detailed=False)
    assert repr(again["locality"]) == repr(found)
    assert not again["locality_maps"]


def test_the_mean_over_units_counts_each_unit_once():
    """A large random unit and many small local ones: by pairs the first is most of it."""
    images = np.concatenate([blocks(20, size=2), np.zeros((1, 14, 14), bool)])
    images[-1].flat[np.random.default_rng(3).permutation(196)[:100]] = True
    row, *_ = rows.mask_row(images, 19, np.random.default_rng(4))
    counts = pairs(images)
    near = near_pairs(padded(images, 2), 2)
    assert row["l2"] == pytest.approx(near.sum() / counts.sum())
    assert row["unit_l2"] == pytest.approx(np.mean(near / counts))
    assert row["unit_ratio"] > 2 * row["ratio"]


def test_transplanted_masks_differ_in_their_places_alone():
    images, rng = blocks(60), np.random.default_rng(5)
    images[3] = False
    images[:, :, :2] &= rng.random((60, 14, 2)) < 0.5
    inputs = images.sum(axis=(1, 2))
    assert placed("found", images, rng) is images
    assert placed("dense", images, rng).all()
    shuffled, local = (placed(name, images, rng) for name in ("shuffled", "local"))
    for moved_images in (shuffled, local):
        assert np.array_equal(moved_images.sum(axis=(1, 2)), inputs)
    assert np.array_equal(shuffled.sum(axis=0), images.sum(axis=0))
    assert rows.share(shuffled) < 0.5 * rows.share(local)
    same, moved_local = (
        placed(n, images, np.random.default_rng(7)) for n in ("local", "local shuffled")
    )
    for axis in (0, (1, 2)):
        assert np.array_equal(same.sum(axis=axis), moved_local.sum(axis=axis))
    assert rows.share(moved_local) < 0.5 * rows.share(same)
    for image in closest(blocks(5, size=3), rng):  # nine pixels: never further than the ninth
        places = np.argwhere(image)
        assert np.hypot(*(places - places.mean(axis=0)).T).max() < 3


def test_networks_are_trained_under_their_masks(material, dataset):
    own = material("translated")
    (row,) = transplant("shuffled", own, dataset.test)["locality_transplant"]
    again = transplant("shuffled", own, dataset.test)["locality_transplant"]
    assert again == [row]
    assert 0 <= row["test_accuracy"] <= 1
    (other,) = transplant("dense", own, dataset.test)["locality_transplant"]
    assert other["validation_loss"] != row["validation_loss"]


@pytest.mark.parametrize("gain", [-0.001, 0.01])
def test_what_locality_is_worth_is_told_by_the_interval(gain):
    noise = np.random.default_rng(6).normal(0, 1e-4, (5, 5))
    accuracy = {"dense": 0.98, "found": 0.97, "shuffled": 0.96, "local": 0.96 + gain}
    accuracy |= {"local shuffled": 0.96}
    records = [
        {"seed": seed, "mask": mask, "k": 0.97, "l2": 0.1, "test_accuracy": value + noise[i, seed]}
        for i, (mask, value) in enumerate(accuracy.items()) for seed in range(5)
    ]  # fmt: skip
    told = tell.transplants(records)
    assert told["helpful"] == (gain > 0)
    assert told["gaps"]["local minus dense"].mean() < 0
    assert told["gaps"]["found minus shuffled"].mean() == pytest.approx(1, abs=0.05)
    told = tell.transplants([row | {"l2": np.nan} for row in records])  # no unit has two inputs
    assert {len(line["near"]) for line in told["transplants"]} == {0}
    assert not tell.transplants(records[5:])


def test_relabelling_keeps_live_pixels_among_themselves(material):
    own, relabelled = (
        measure_network(material(network), TINY, detailed=False)["locality"]
        for network in ("sgd", "relabelled")
    )
    for row in relabelled:
        (same,) = select(own, criterion=row["criterion"], k=row["k"])
        assert (row["units"], row["inputs"]) == (same["units"], same["inputs"])


def tiny_run(folder, seeds=(0,), recipe=RECIPE):
    return Run(folder, Config("glyphs", seeds=seeds, recipe=recipe))


def contents(run):
    paths = [run.data(table.name) for table in STUDY.tables]
    return {path: path.read_bytes() for path in paths if path.exists()}


def test_a_study_is_drawn_and_told_and_done_once(dataset, tmp_path, at_once):
    run = tiny_run(tmp_path)
    driver.work(run, dataset, "train", None)
    driver.work(run, dataset, "locality", TRIAL)
    driver.work(run, dataset, "locality", TINY)  # full records replace those of the quick form
    found = run.read("locality")
    assert list(dict.fromkeys(row["network"] for row in found)) == list(networks("sgd"))
    assert {row["form"] for row in found} == {"full"}
    before, handed_over = contents(run), len(at_once.calls)
    driver.work(run, dataset, "locality", TINY)
    driver.work(run, None, "locality", TRIAL)
    assert before == contents(run)
    assert handed_over == len(at_once.calls)
    paths = driver.figures(run, ["locality"])
    assert {path.stem for path in paths} >= {"locality_ratios", "locality_maps"}
    assert report.section(run, "locality", ["shown"])
    powers = run.read("locality_correlation")
    assert [(row["k"], row["exponent"]) for row in powers] == [
        (k, exponent) for k in (0.5, 0.9) for exponent in (1, 2, 4)
    ]
    tested = select(found, network="sgd", criterion="magnitude")
    assert {row["k"]: row["l2"] for row in powers} == {row["k"]: row["l2"] for row in tested}


def test_quick_form_takes_the_first_seed(tmp_path, dataset, at_once):
    run = tiny_run(tmp_path, (0, 1))
    driver.work(run, dataset, "train", None)
    driver.work(run, dataset, "locality", TRIAL)
    found = run.read("locality")
    assert {(row["seed"], row["network"]) for row in found} == {(0, "initial"), (0, "sgd")}
    assert tell.values(run)["quick"]


def test_only_networks_that_have_learned_are_counted_as_tested(tmp_path):
    run = Run(tmp_path, Config("mnist"))
    published = [row for row in read_csv(PUBLISHED) if row["k"] == 0.99]
    chances = {"sgd": 0.001, "convolution": 0.001, "initial": 0.04, "relabelled": 0.5}
    run.write(
        "locality",
        [row | {"p_value": chances[row["network"]]} for row in published
         if row["network"] in chances and row["criterion"] == "magnitude" and row["seed"] == 0],
    )  # fmt: skip
    values = tell.values(run)
    assert (values["rejected"], values["tested"]) == (1, 1)
    assert (values["low_controls"], values["nothing"].count) == (1, 2)
    assert (values["low_networks"], values["control_networks"]) == (1, 2)
    assert values["low_corrected"] == 1
    assert values["local"]
    assert values["shapes"]["ratio"].mean() > 1
    run.write("locality", [row | {"p_value": 0.3} for row in run.read("locality")])
    assert not tell.values(run)["local"]
    run.write("locality", select(run.read("locality"), network="convolution"))
    assert "shapes" not in tell.values(run)


def test_the_answer_of_the_data_s_null_may_hang_on_the_exponent():
    def told(*ratios):
        powers = zip((1, 2, 4), ratios, strict=True)
        rows = [{"k": 0.9, "exponent": e, "ratio": ratio} for e, ratio in powers]
        return tell.correlation(rows, 0.9)

    assert told(2.9, 1.4, 0.8)["hangs"]
    assert told(2.9, 1.4, 0.8)["steepest"]["ratio"].tolist() == [0.8]
    assert told(2.9, 1.4, 0.8)["by_power"].startswith("2.90 (power 1); 1.40 (power 2)")
    assert not told(2.9, 2.4, 1.8)["hangs"]
    assert not told(0.9, 0.8, 0.7)["hangs"]


def test_a_run_trained_by_adam_has_sgd_as_the_other(tmp_path, dataset):
    run = tiny_run(tmp_path, recipe=dataclasses.replace(RECIPE, optimizer="adam"))
    keys = [piece.key for piece in pieces(run, dataset, TINY)]
    found = [key["network"] for key in keys if "network" in key]
    assert [*dict.fromkeys(found)] == [*networks("adam")]
