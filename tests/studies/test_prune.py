"""Pruning against what its numbers must be where they are known."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, mannwhitneyu

from npprune import driver
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.trained import trained
from npprune.network.mlp import evaluate, init_weights
from npprune.pruning.masks import layer_masks, prune, unit_mask
from npprune.studies.prune import Form, tell
from npprune.studies.prune import magnitudes as magnitudes_of
from npprune.studies.prune.magnitudes import BINS, histogram


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("prune") / "run", tiny_config)
    driver.measure(run, tiny, "prune", "full")
    return run


@pytest.fixture(scope="module")
def weights(run, tiny):
    return trained(run, tiny, 0)


@pytest.fixture(scope="module")
def records(run):
    return run.read("sparsity")


def test_one_record_for_each_network(records):
    assert len(records) == 48
    for kind in ("weight", "unit"):
        for criterion in ("magnitude", "random"):
            rows = select(records, kind=kind, criterion=criterion)
            assert [row["k"] for row in rows] == list(Form().sparsities)


def test_sparsities_of_ones_own_stand_beside_the_others(run, tiny, records):
    before = list(records)
    driver.measure(run, tiny, "prune", "full", sparsities=(0.3, 0.5))
    after = run.read("sparsity")
    assert [row for row in after if row["k"] != 0.3] == before
    ks = [row["k"] for row in select(after, kind="unit", criterion="random")]
    assert ks == sorted({*Form().sparsities, 0.3})
    run.write("sparsity", before)


def test_the_largest_k_within_a_point_is_that_of_the_networks_that_were_pruned(config, tmp_path):
    run = Run(tmp_path / "run", config)
    dense = {0: 0.98, 1: 0.90}
    base = {"validation_loss": 0.1, "test_loss": 0.1}
    run.write("baseline", [{"seed": s, "test_accuracy": a} | base for s, a in dense.items()])
    falls = {0.5: 0.0, 0.7: 0.005, 0.8: 0.011, 0.9: 0.0}  # .9 is no merit after .8
    key = {"seed": 0, "criterion": "magnitude", "achieved_sparsity": 0.0, "test_loss": 0.1}

    def most(falls):
        run.write(
            "sparsity",
            [
                key | {"kind": kind, "k": k, "test_accuracy": 0.98 - fall}
                for kind in ("weight", "unit")
                for k, fall in falls.items()
            ],
        )
        told = tell.values(run)
        assert told["most_weights"] == told["most_units"]
        return told["most_weights"]

    assert most(falls) == 0.7
    assert most({k: falls[k] for k in (0.8, 0.9)}) is None
    run.write(
        "baseline",
        [{"seed": s, "test_accuracy": 0.1} | base | {"validation_loss": np.log(10)} for s in dense],
    )
    assert tell.values(run)["dead"]
    assert most(falls) is None


def test_with_nothing_pruned_it_is_the_dense_network(records, weights, tiny):
    loss, accuracy = evaluate(weights, tiny.test)
    assert accuracy > 0.5
    for row in select(records, k=0):
        assert (row["test_loss"], row["test_accuracy"]) == (loss, accuracy)
        assert row["achieved_sparsity"] == 0


def test_with_everything_pruned_it_guesses_class_0(records, tiny):
    for row in select(records, k=1):
        assert row["achieved_sparsity"] == 1
        for part in ("test", "validation"):
            assert row[f"{part}_loss"] == pytest.approx(np.log(10), abs=5e-7)
            assert row[f"{part}_accuracy"] == np.mean(getattr(tiny, part).labels == 0)


def test_magnitude_rows_are_those_of_prune(records, weights, tiny):
    for kind in ("weight", "unit"):
        (row,) = select(records, kind=kind, criterion="magnitude", k=0.6)
        loss, accuracy = evaluate(prune(weights, 0.6, kind), tiny.validation)
        assert row["validation_loss"] == pytest.approx(loss, rel=1e-6)
        assert row["validation_accuracy"] == accuracy


def test_achieved_sparsity_is_the_rounded_request(records):
    sizes = [(30, 16), (16, 12)]
    for row in records:
        zeros = sum(
            round(row["k"] * n_in * n_out)
            if row["kind"] == "weight"
            else round(row["k"] * n_out) * n_in
            for n_in, n_out in sizes
        )
        assert row["achieved_sparsity"] == pytest.approx(zeros / (30 * 16 + 16 * 12), abs=1e-12)


def test_the_random_control_is_another_mask_and_repeats_itself(run, tiny, records):
    before = list(records)
    run.write("sparsity", select(records, criterion="magnitude"))
    driver.measure(run, tiny, "prune", "full")
    assert run.read("sparsity") == before
    ours, control = (
        [row["test_loss"] for row in select(before, kind="weight", criterion=criterion)][1:-1]
        for criterion in ("magnitude", "random")
    )
    assert all(a != b for a, b in zip(ours, control, strict=True))


def test_on_mnist_everything_pruned_is_right_for_every_zero(mnist):
    shapes = (784, 20, 10)
    nothing = prune(init_weights(shapes, np.random.default_rng(0)), 1, "weight")
    loss, accuracy = evaluate(nothing, mnist.test)
    assert accuracy == 0.0980
    assert loss == pytest.approx(2.302585, abs=5e-7)


def test_mnist_is_mnist(mnist):
    """The loader believes the name only after comparing checksums of all four files."""
    assert mnist.name == "mnist"
    assert mnist.source.endswith("checksums verified")
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [
        55_000, 5_000, 10_000,
    ]  # fmt: skip
    assert np.bincount(mnist.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def wide():
    """Hidden layers of 200 and 100 units: every fraction parts them."""
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=shape).astype(np.float32) for shape in ((30, 200), (200, 100), (100, 9))
    ]


@pytest.fixture(scope="module")
def compared(wide):
    return magnitudes_of.compare_magnitudes(wide)


def test_every_weight_is_counted_once(compared, wide):
    histograms = compared["magnitudes"]
    for layer, W in enumerate(wide[:-1], 1):
        for kind in ("weight", "unit"):
            rows = select(histograms, layer=layer, kind=kind)
            assert len(rows) == BINS
            assert sum(row["all"] for row in rows) == W.size
            assert all(row["eliminated"] + row["surviving"] == row["all"] for row in rows)
            mask = layer_masks(wide, magnitudes_of.K, kind)[layer - 1]
            assert sum(row["surviving"] for row in rows) == mask.sum()


def test_the_bins_are_equal_and_end_at_the_largest_weight(compared, wide):
    rows = select(compared["magnitudes"], layer=1, kind="unit")
    edges = [row["left"] for row in rows] + [rows[-1]["right"]]
    assert edges[0] == 0
    assert edges[-1] == pytest.approx(np.abs(wide[0]).max())
    np.testing.assert_allclose(np.diff(edges), edges[-1] / len(rows), rtol=1e-5)
    assert [row["right"] for row in rows[:-1]] == edges[1:-1]


def test_weight_pruning_parts_the_histograms(compared):
    rows = select(compared["magnitudes"], layer=1, kind="weight")
    both = [row for row in rows if row["eliminated"] and row["surviving"]]
    assert len(both) <= 1  # the bin of the threshold


def test_a_layer_of_zeros_has_a_histogram():
    rows = histogram(np.zeros((3, 4)), np.ones((3, 4), bool))
    assert sum(row["surviving"] for row in rows) == 12


def test_distances_are_those_of_the_two_groups(compared, wide):
    for row in select(compared["distances"], kind="unit"):
        W = wide[row["layer"] - 1]
        mask = unit_mask(W, row["k"])
        kept, gone = np.abs(W[mask]).astype(float), np.abs(W[~mask]).astype(float)
        assert row["ks"] == pytest.approx(ks_2samp(kept, gone).statistic, abs=1e-9)
        pairs = mannwhitneyu(kept, gone).statistic
        assert row["auc"] == pytest.approx(pairs / (len(kept) * len(gone)), abs=1e-9)
        assert row["mean_gap"] == pytest.approx(kept.mean() - gone.mean(), rel=1e-6)


def test_weight_pruning_is_sorted(compared):
    rows = select(compared["distances"], kind="weight")
    assert len(rows) == 2 * len(magnitudes_of.FRACTIONS)
    assert all((row["ks"], row["auc"]) == pytest.approx((1, 1)) for row in rows)


def test_a_layer_too_small_to_part_is_left_out():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((6, 4), (4, 3))]
    distances = magnitudes_of.compare_magnitudes(weights)["distances"]
    assert [row["k"] for row in select(distances, kind="unit")] == [0.5]
