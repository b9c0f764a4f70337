"""What is left of a network, against counting by other means."""

import math

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference.accounting import layers, npz_bytes, totals
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, prune, sparsity

SIZES = (30, 40, 25, 10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [0, 0.5, 0.9, 0.97, 0.99, 1])
def test_effective_weights_are_those_on_a_path_from_pixel_to_class(kind, k, weights):
    pruned = prune(weights, k, kind)
    counted, found, left = layers(pruned), totals(pruned), compact(pruned)
    effective = [np.count_nonzero(W) for W in left]  # all on a path, as test_compact.py shows
    assert [layer.effective for layer in counted] == effective
    assert [layer.nonzeros for layer in counted] == [np.count_nonzero(W) for W in pruned]
    for layer in counted:
        assert layer.achieved_sparsity <= layer.effective_sparsity <= 1

    hidden, original = 30 * 40 + 40 * 25, 30 * 40 + 40 * 25 + 25 * 10
    assert found["achieved_sparsity"] == pytest.approx(sparsity(pruned), abs=1e-12)
    effective_sparsity = 1 - sum(effective[:-1]) / hidden
    assert found["effective_sparsity"] == pytest.approx(effective_sparsity, abs=1e-12)
    assert found["parameters"] == found["multiply_adds"] == sum(effective)
    assert found["compact_multiply_adds"] == sum(W.size for W in left)
    ratio = original / sum(effective) if any(effective) else math.inf
    assert found["compression_ratio"] == found["theoretical_speedup"] == pytest.approx(ratio)


@pytest.mark.parametrize(("kind", "k"), [("unit", 0.8), ("weight", 0.97)])
def test_a_compact_network_counts_as_what_is_left_of_its_original(kind, k, weights):
    pruned = prune(weights, k, kind)
    left, original = totals(compact(pruned), SIZES), totals(pruned)
    for name in original.keys() - {"achieved_sparsity"}:  # which counts zeros alone
        assert left[name] == pytest.approx(original[name])


@pytest.mark.parametrize("sizes", [(30, 40, 24, 10), (30, 40, 10), (29, 40, 25, 10)])
def test_an_original_smaller_than_what_is_left_is_refused(sizes, weights):
    with pytest.raises(InputError, match=r"\[30, 40, 25, 10\]"):
        layers(weights, sizes)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_is_as_long_as_it_is_said_to_be(save, tmp_path):
    arrays = [np.zeros((50, 40)), np.arange(7, dtype=np.uint8)]
    save(tmp_path / "x.npz", *arrays)
    assert npz_bytes(arrays, save) == (tmp_path / "x.npz").stat().st_size
