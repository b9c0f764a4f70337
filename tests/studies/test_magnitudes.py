"""Histograms that lose no weight, and distances against their definitions."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, mannwhitneyu

from npprune.lab.records import select
from npprune.pruning.masks import layer_masks, unit_mask
from npprune.studies import magnitudes


@pytest.fixture(scope="module")
def wide():
    """Hidden layers of 200 and 100 units: every fraction parts them."""
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=shape).astype(np.float32) for shape in ((30, 200), (200, 100), (100, 9))
    ]


@pytest.fixture(scope="module")
def study(wide):
    return magnitudes.run(3, wide)


def test_every_weight_is_counted_once(study, wide):
    histograms, _ = study
    for layer, W in enumerate(wide[:-1], 1):
        for kind in ("weight", "unit"):
            rows = select(histograms, layer=layer, kind=kind)
            assert len(rows) == magnitudes.BINS
            assert sum(row["all"] for row in rows) == W.size
            assert all(row["eliminated"] + row["surviving"] == row["all"] for row in rows)
            mask = layer_masks(wide, magnitudes.K, kind)[layer - 1]
            assert sum(row["surviving"] for row in rows) == mask.sum()


def test_the_bins_are_equal_and_end_at_the_largest_weight(study, wide):
    rows = select(study[0], layer=1, kind="unit")
    edges = [row["left"] for row in rows] + [rows[-1]["right"]]
    assert edges[0] == 0
    assert edges[-1] == pytest.approx(np.abs(wide[0]).max())
    np.testing.assert_allclose(np.diff(edges), edges[-1] / len(rows), rtol=1e-5)
    assert [row["right"] for row in rows[:-1]] == edges[1:-1]


def test_weight_pruning_parts_the_histograms(study):
    rows = select(study[0], layer=1, kind="weight")
    both = [row for row in rows if row["eliminated"] and row["surviving"]]
    assert len(both) <= 1  # the bin of the threshold


def test_a_layer_of_zeros_has_a_histogram():
    rows = magnitudes.histogram(np.zeros((3, 4)), np.ones((3, 4), bool))
    assert sum(row["surviving"] for row in rows) == 12


def test_distances_are_those_of_the_two_groups(study, wide):
    for row in select(study[1], kind="unit"):
        W = wide[row["layer"] - 1]
        mask = unit_mask(W, row["k"])
        kept, gone = np.abs(W[mask]).astype(float), np.abs(W[~mask]).astype(float)
        assert row["ks"] == pytest.approx(ks_2samp(kept, gone).statistic, abs=1e-9)
        pairs = mannwhitneyu(kept, gone).statistic
        assert row["auc"] == pytest.approx(pairs / (len(kept) * len(gone)), abs=1e-9)
        assert row["mean_gap"] == pytest.approx(kept.mean() - gone.mean(), rel=1e-6)


def test_weight_pruning_is_sorted(study):
    rows = select(study[1], kind="weight")
    assert len(rows) == 2 * len(magnitudes.FRACTIONS)
    assert all((row["ks"], row["auc"]) == pytest.approx((1, 1)) for row in rows)


def test_a_layer_too_small_to_part_is_left_out():
    rng = np.random.default_rng(0)
    _, distances = magnitudes.run(0, [rng.normal(size=shape) for shape in ((6, 4), (4, 3))])
    assert [row["k"] for row in select(distances, kind="unit")] == [0.5]
