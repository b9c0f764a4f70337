"""The locality study on tiny networks: its networks, its tests of known masks, its tables."""

import dataclasses
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import npprune
from npprune import driver, report
from npprune.data.datasets import Dataset, Split
from npprune.lab.config import Config
from npprune.lab.records import read_csv, select
from npprune.lab.run import Run
from npprune.network.training import Recipe, train
from npprune.pruning.masks import layer_masks
from npprune.studies.locality import FULL, TRIAL, networks, rows, tell
from npprune.studies.locality.measure import measure_network, pieces
from npprune.studies.locality.networks import Material, dense
from npprune.studies.locality.transplant import closest, placed, transplant
from npprune.theory.connectivity.pairs import near_pairs, padded, pairs, share_within

SPARSITIES = (0.5, 0.9)
TINY = FULL._replace(draws=9, checks=5, few=2, sparsities=SPARSITIES)
PUBLISHED = Path(npprune.__file__).parents[1] / "figures/data/locality.csv"
RECIPE = Recipe(hidden=(12, 10), learning_rate=0.01, epochs=2, batch=16)


def blocks(n=80, size=4):
    """A mask whose units are blocks of 4 x 4 pixels anywhere."""
    corners = np.random.default_rng(1).integers(0, 14 - size + 1, (2, n, 1, 1))
    inside = np.indices((14, 14))[:, None] - corners
    return ((inside >= 0) & (inside < size)).all(axis=0)


def tested(images, draws, seed):
    return rows.mask_row(images, draws, np.random.default_rng(seed))[0]


@pytest.fixture(scope="module")
def dataset():
    """Images of 7 x 6 pixels with a dead column and a dark one."""
    images = np.random.default_rng(2).integers(1, 255, (296, 7, 6), np.uint8)
    images[:, :, 5] = images[1:, :, 0] = 0
    labels = np.arange(296, dtype=np.uint8) % 10
    parts = (Split(images[a:b], labels[a:b]) for a, b in ((0, 256), (256, 276), (276, 296)))
    return Dataset("glyphs", *parts, classes=10, source="made here")


@pytest.fixture
def material(dataset, tmp_path):
    """What a piece of work on one network needs."""
    splits, sizes = (dataset.train, dataset.validation), (42, *RECIPE.hidden, 10)
    own, _ = train(sizes, RECIPE, 0, splits)

    def material(network):
        return Material(network, 0, sizes, RECIPE, splits, own, tmp_path / f"{network}.npz")

    return material


def test_blocks_are_found():
    row, S, expected = rows.mask_row(blocks(), 49, np.random.default_rng(3))
    assert row["p_value"] == 1 / 50
    assert row["ratio"] == pytest.approx(row["unit_ratio"], rel=0.1)
    assert row["ratio"] > 4
    assert (row["overlap"], row["units"], row["inputs"]) == (1, 80, 16)
    assert share_within(expected, 2) == pytest.approx(row["null_l2"], rel=0.05)
    maps = {(r["dy"], r["dx"]): r["g"] for r in rows.map_rows(S, expected)}
    assert maps[0, 1] > 4
    assert maps[8, 0] == 0


def test_random_masks_are_not_local():
    chance = tested(np.random.default_rng(4).random((80, 14, 14)) < 0.08, 49, 5)
    assert chance["p_value"] > 0.02
    assert chance["ratio"] == pytest.approx(1, abs=0.05)
    assert chance["null_l2"] == pytest.approx(rows.share(np.ones((1, 14, 14), bool)), rel=0.05)


def test_units_without_pairs_count_for_the_density_alone():
    row = tested(np.concatenate([blocks(), np.zeros((20, 14, 14), bool)]), 9, 8)
    assert row["units"] == 80
    assert row["inputs"] == pytest.approx(16 * 0.8)


def test_one_unit_alone_has_no_null_but_itself():
    row = tested(blocks(1), 9, 10)
    assert row["p_value"] == row["ratio"] == row["unit_ratio"] == 1
    assert np.isnan(row["overlap"])


def test_the_mean_over_units_counts_each_unit_once():
    """A large random unit and many small local ones: by pairs the first is most of it."""
    images = np.concatenate([blocks(20, size=2), np.zeros((1, 14, 14), bool)])
    images[-1].flat[np.random.default_rng(3).permutation(196)[:100]] = True
    row, counts, near = tested(images, 19, 4), pairs(images), near_pairs(padded(images, 2), 2)
    assert row["l2"] == pytest.approx(near.sum() / counts.sum())
    assert row["unit_l2"] == pytest.approx(np.mean(near / counts))
    assert row["unit_ratio"] > 2 * row["ratio"]


def test_correlated_units_are_local_where_the_data_are():
    pixels = np.ones((14, 14), bool)
    places, rng = np.argwhere(pixels), np.random.default_rng(11)
    smooth, flat = (
        rows.correlated_row(blocks(), correlations, pixels, 3, rng)["correlated_l2"]
        for correlations in (np.exp(-cdist(places, places)), np.full((196, 196), 0.1))
    )
    assert flat == pytest.approx(rows.share(pixels[None]), rel=0.1)
    assert smooth > 2 * flat


def test_moved_images_are_the_same_images_elsewhere():
    images = np.zeros((500, 9, 8), np.uint8)
    images[:, 4, 3] = np.arange(500) % 250 + 1
    found = networks.moved(images, np.random.default_rng(14), most=3)
    places = np.argwhere(found)
    assert np.array_equal(found[tuple(places.T)], images[:, 4, 3])
    steps = places[:, 1:] - (4, 3)
    assert (steps.min(), steps.max()) == (-3, 3)
    assert abs(steps.mean()) < 4.5 * 2 / np.sqrt(1000)


def test_networks_are_what_their_names_say(material):
    own, initial, relabelled = (dense(material(n), None) for n in ("sgd", "initial", "relabelled"))
    assert [W.shape for W in own] == [W.shape for W in initial]
    assert not np.array_equal(own[0], initial[0])
    assert np.array_equal(own[0], relabelled[0])
    assert networks.networks("sgd")[4] == networks.networks("adam")[1] == "adam"
    adam = material("adam")
    weights = dense(adam, adam.splits)
    assert adam.checkpoint.exists()
    assert np.array_equal(weights[0], dense(adam, adam.splits)[0])  # from its checkpoint
    assert networks.training_splits(adam) is adam.splits
    translated = networks.training_splits(material("translated"))[0]
    assert translated.images.shape == adam.splits[0].images.shape
    assert not np.array_equal(translated.images, adam.splits[0].images)


@pytest.mark.parametrize("network", ["sgd", "gradual", "lottery"])
def test_masks_have_the_sparsity_asked_for(network, material):
    here, sparsities = material(network), (0.8, 0.9)
    found = networks.pruned(here, here.own, here.splits, None, ("magnitude",), sparsities)
    low, high = (masks.first for masks in found)
    for k, first in zip(sparsities, (low, high), strict=True):
        assert first.sum() == first.size - round(k * first.size)
        if network == "sgd":
            assert np.array_equal(first, layer_masks(here.own, k, "weight")[0])
    assert not np.any(high & ~low)


def test_a_convolution_keeps_no_more_than_its_patches(material):
    weights = dense(material("convolution"), material("sgd").splits)
    (masks,) = networks.at_once("magnitude", weights, None, (0.1,))
    assert np.array_equal(masks.first, weights[0] != 0)


def test_tables_of_a_network(material):
    tables = measure_network(material("sgd"), TINY, detailed=True)
    found = tables["locality"]
    ways = {(row["criterion"], row["k"]) for row in found}
    assert ways == {*product(networks.CRITERIA, SPARSITIES)}
    for row in found:
        assert row["draws"] == (9 if row["k"] == 0.9 else 5)
        assert row["correlated_l2"] > 0
    assert {row["k"] for row in tables["locality_maps"]} == {*SPARSITIES}
    again = measure_network(material("sgd"), TINY, detailed=False)
    assert repr(again) == repr({"locality": found, "locality_maps": []})
    relabelled = measure_network(material("relabelled"), TINY, detailed=False)["locality"]
    for row in relabelled:  # live pixels stay among themselves
        (same,) = select(found, criterion=row["criterion"], k=row["k"])
        assert (row["units"], row["inputs"]) == (same["units"], same["inputs"])


def test_transplanted_masks_differ_in_their_places_alone():
    images, rng = blocks(60), np.random.default_rng(5)
    images[3] = False
    images[:, :, :2] &= rng.random((60, 14, 2)) < 0.5
    assert placed("found", images, rng) is images
    assert placed("dense", images, rng).all()
    local = placed("local", images, np.random.default_rng(7))
    apart = placed("local shuffled", images, np.random.default_rng(7))
    assert np.array_equal(local.sum(axis=(1, 2)), images.sum(axis=(1, 2)))
    for close, shuffled in ((images, placed("shuffled", images, rng)), (local, apart)):
        for axis in (0, (1, 2)):
            assert np.array_equal(shuffled.sum(axis=axis), close.sum(axis=axis))
        assert rows.share(shuffled) < 0.5 * rows.share(local)
    for image in closest(blocks(5, size=3), rng):  # nine pixels: never further than the ninth
        places = np.argwhere(image)
        assert np.hypot(*(places - places.mean(axis=0)).T).max() < 3


def test_networks_are_trained_under_their_masks(material, dataset):
    shuffled, again, unmasked = (
        transplant(mask, material("sgd"), dataset.test)["locality_transplant"]
        for mask in ("shuffled", "shuffled", "dense")
    )
    assert again == shuffled
    assert unmasked[0]["validation_loss"] != shuffled[0]["validation_loss"]


@pytest.mark.parametrize("gain", [-0.001, 0.01])
def test_what_locality_is_worth_is_told_by_the_interval(gain):
    accuracies, rng = (0.98, 0.97, 0.96, 0.96 + gain, 0.96), np.random.default_rng(6)
    records = [
        {"seed": seed, "mask": mask, "k": 0.97, "l2": 0.1, "test_accuracy": rng.normal(mean, 1e-4)}
        for (mask, mean), seed in product(zip(tell.MASKS, accuracies, strict=True), range(5))
    ]
    told = tell.transplants(records)
    assert told["helpful"] == (gain > 0)
    assert told["gaps"]["local minus dense"].mean() < 0
    assert told["gaps"]["found minus shuffled"].mean() == pytest.approx(1, abs=0.05)
    told = tell.transplants([row | {"l2": np.nan} for row in records])  # no unit has two inputs
    assert {len(line["near"]) for line in told["transplants"]} == {0}
    assert not tell.transplants(records[5:])


@pytest.mark.parametrize("own", ["sgd", "adam"])
def test_a_trial_has_one_seed_and_two_networks(dataset, tmp_path, own):
    recipe = dataclasses.replace(RECIPE, optimizer=own)
    run = Run(tmp_path, Config("glyphs", seeds=(0, 1), recipe=recipe))
    for form, expected in (
        (TRIAL, product((0,), ("initial", own))),
        (FULL, product((0, 1), networks.networks(own))),
    ):
        keys = [piece.key for piece in pieces(run, dataset, form) if piece.table == "locality"]
        assert [(key["seed"], key["network"]) for key in keys] == [*expected]


def test_a_study_is_drawn_and_told_and_done_once(dataset, tmp_path, at_once):
    run = Run(tmp_path, Config("glyphs", recipe=RECIPE))
    driver.work(run, dataset, "train", None)
    driver.work(run, dataset, "locality", TRIAL)
    assert tell.values(run)["quick"]
    driver.work(run, dataset, "locality", TINY)  # full records replace those of the quick form
    found = run.read("locality")
    assert list(dict.fromkeys(row["network"] for row in found)) == [*networks.networks("sgd")]
    assert {row["form"] for row in found} == {"full"}
    before = {path: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    handed_over = len(at_once.calls)
    driver.work(run, dataset, "locality", TINY)
    driver.work(run, None, "locality", TRIAL)
    assert before == {path: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert handed_over == len(at_once.calls)
    paths = driver.figures(run, ["locality"])
    assert {path.stem for path in paths} >= {"locality_ratios", "locality_maps"}
    assert report.section(run, "locality", ["shown"])
    powers = run.read("locality_correlation")
    assert [(row["k"], row["exponent"]) for row in powers] == [*product(SPARSITIES, (1, 2, 4))]
    tested = select(found, network="sgd", criterion="magnitude")
    assert {row["k"]: row["l2"] for row in powers} == {row["k"]: row["l2"] for row in tested}


def test_only_networks_that_have_learned_are_counted_as_tested(tmp_path):
    run = Run(tmp_path, Config("mnist"))
    published = select(read_csv(PUBLISHED), k=0.99, criterion="magnitude", seed=0)
    chances = {"sgd": 0.001, "convolution": 0.001, "initial": 0.04, "relabelled": 0.5}
    chosen = [row for row in published if row["network"] in chances]
    run.write("locality", [row | {"p_value": chances[row["network"]]} for row in chosen])
    values = tell.values(run)
    expected = {
        "rejected": 1, "tested": 1, "low_controls": 1, "low_networks": 1, "control_networks": 2,
        "low_corrected": 1, "local": True,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == expected
    assert values["nothing"].count == 2
    assert values["shapes"]["ratio"].mean() > 1
    run.write("locality", [row | {"p_value": 0.3} for row in chosen])
    assert not tell.values(run)["local"]
    run.write("locality", select(chosen, network="convolution"))
    assert "shapes" not in tell.values(run)


@pytest.mark.parametrize(
    ("ratios", "hangs"),
    [((2.9, 1.4, 0.8), True), ((2.9, 2.4, 1.8), False), ((0.9, 0.8, 0.7), False)],
)
def test_the_answer_of_the_data_s_null_may_hang_on_the_exponent(ratios, hangs):
    powers = zip((1, 2, 4), ratios, strict=True)
    told = tell.correlation([{"k": 0.9, "exponent": e, "ratio": ratio} for e, ratio in powers], 0.9)
    assert told["hangs"] == hangs
    assert told["steepest"]["ratio"].tolist() == [ratios[-1]]
    assert told["by_power"].startswith(f"{ratios[0]:.2f} (power 1); {ratios[1]:.2f} (power 2)")
