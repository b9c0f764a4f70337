"""Pruning against what its numbers must be where they are known."""

import itertools

import numpy as np
import pytest
from scipy.stats import ks_2samp, mannwhitneyu

from npprune import driver
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.trained import trained
from npprune.network.mlp import evaluate
from npprune.pruning.masks import KINDS, layer_masks, prune
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
    key = {"criterion": "magnitude", "achieved_sparsity": 0.0, "test_loss": 0.1, "seed": 0}

    def most(falls, accuracies=(0.98, 0.90), loss=0.1):
        """What is told where the first of two networks loses {k: accuracy}."""
        base = {"validation_loss": loss, "test_loss": 0.1}
        baseline = [{"seed": s, "test_accuracy": a} | base for s, a in enumerate(accuracies)]
        run.write("baseline", baseline)
        rows = [key | {"k": k, "test_accuracy": 0.98 - fall} for k, fall in falls.items()]
        run.write("sparsity", [{"kind": kind} | row for kind in KINDS for row in rows])
        told = tell.values(run)
        assert told["most_weights"] == told["most_units"]
        return told["most_weights"], told["dead"]

    falls = {0.5: 0.0, 0.7: 0.005, 0.8: 0.011, 0.9: 0.0}  # .9 is no merit after .8
    assert most(falls) == (0.7, False)
    assert most({k: falls[k] for k in (0.8, 0.9)}) == (None, False)
    assert most(falls, (0.1, 0.1), loss=np.log(10)) == (None, True)


def test_with_nothing_pruned_it_is_the_dense_network(run, records, weights, tiny):
    loss, accuracy = evaluate(weights, tiny.test)
    assert accuracy > 0.5
    for row in run.read("baseline") + select(records, k=0):
        assert (row["test_loss"], row["test_accuracy"]) == (loss, accuracy)
    assert {row["achieved_sparsity"] for row in select(records, k=0)} == {0}


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


def test_each_network_has_one_record_and_its_sparsity_is_the_rounded_request(records):
    networks = itertools.product(KINDS, ("magnitude", "random"), Form().sparsities)
    assert [(row["kind"], row["criterion"], row["k"]) for row in records] == [*networks]
    # How many are chosen among in each hidden layer, and the weights of each.
    among = {"weight": [(30 * 16, 1), (16 * 12, 1)], "unit": [(16, 30), (12, 16)]}
    for row in records:
        zeros = sum(round(row["k"] * n) * size for n, size in among[row["kind"]])
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


@pytest.fixture(scope="module")
def wide():
    """Hidden layers of 200 and 100 units: every fraction parts them."""
    rng, shapes = np.random.default_rng(0), ((30, 200), (200, 100), (100, 9))
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.fixture(scope="module")
def compared(wide):
    return magnitudes_of.compare_magnitudes(wide)


@pytest.mark.parametrize("kind", KINDS)
def test_the_histograms_count_each_group_in_equal_bins(kind, compared, wide):
    masks = layer_masks(wide, magnitudes_of.K, kind)
    for layer, (W, mask) in enumerate(zip(wide[:-1], masks[:-1], strict=True), 1):
        rows = select(compared["magnitudes"], layer=layer, kind=kind)
        edges = np.linspace(0, np.abs(W).max(), BINS + 1)
        np.testing.assert_allclose([row["left"] for row in rows], edges[:-1], rtol=1e-5)
        np.testing.assert_allclose([row["right"] for row in rows], edges[1:], rtol=1e-5)
        for name, group in (("all", W), ("eliminated", W[~mask]), ("surviving", W[mask])):
            assert [row[name] for row in rows] == np.histogram(np.abs(group), edges)[0].tolist()


def test_a_layer_of_zeros_has_a_histogram():
    rows = histogram(np.zeros((3, 4)), np.ones((3, 4), bool))
    assert sum(row["surviving"] for row in rows) == 12


def test_distances_are_those_of_the_two_groups(compared, wide):
    for row in compared["distances"]:
        W = wide[row["layer"] - 1]
        mask = layer_masks(wide, row["k"], row["kind"])[row["layer"] - 1]
        kept, gone = np.abs(W[mask]).astype(float), np.abs(W[~mask]).astype(float)
        assert row["ks"] == pytest.approx(ks_2samp(kept, gone).statistic, abs=1e-9)
        pairs = mannwhitneyu(kept, gone).statistic
        assert row["auc"] == pytest.approx(pairs / (len(kept) * len(gone)), abs=1e-9)
        assert row["mean_gap"] == pytest.approx(kept.mean() - gone.mean(), rel=1e-6)
    assert len(compared["distances"]) == 2 * 2 * len(magnitudes_of.FRACTIONS)


def test_a_layer_too_small_to_part_is_left_out():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((6, 4), (4, 3))]
    distances = magnitudes_of.compare_magnitudes(weights)["distances"]
    assert [row["k"] for row in select(distances, kind="unit")] == [0.5]
