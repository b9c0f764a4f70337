"""What is left of a network, against counting by other means."""

import io
import math

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference.accounting import layers, npz_bytes, totals
from npprune.network.mlp import init_weights, logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, prune, sparsity

SIZES = (30, 40, 25, 10)


@pytest.fixture(scope="module")
def weights():
    return init_weights(SIZES, np.random.default_rng(2))


def effective_by_trial(weights):
    """A weight counts if a path through it joins pixel and class: with all weights 1, its change
    changes some logit of a linear network."""
    ones = [(W != 0).astype(float) for W in weights]
    counts = []
    for l, W in enumerate(ones):
        before = np.linalg.multi_dot([np.ones((1, len(ones[0]))), *ones[:l], np.eye(len(W))])
        after = np.linalg.multi_dot([np.eye(W.shape[1]), *ones[l + 1 :], np.ones((10, 1))])
        counts.append(np.count_nonzero(before.T * W * after.T))
    return counts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [0, 0.5, 0.9, 0.97, 0.99, 1])
def test_effective_weights_are_those_on_a_path_from_pixel_to_class(kind, k, weights):
    pruned = prune(weights, k, kind)
    counted = layers(pruned)
    assert [layer.effective for layer in counted] == effective_by_trial(pruned)
    assert [layer.nonzeros for layer in counted] == [np.count_nonzero(W) for W in pruned]
    for layer in counted:
        assert layer.achieved_sparsity <= layer.effective_sparsity <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [0, 0.5, 0.9, 1])
def test_totals(kind, k, weights):
    pruned = prune(weights, k, kind)
    found = totals(pruned)
    assert found["achieved_sparsity"] == pytest.approx(sparsity(pruned), abs=1e-12)
    assert found["parameters"] == sum(effective_by_trial(pruned))
    assert found["compact_multiply_adds"] == sum(W.size for W in compact(pruned))
    if k < 1:
        ratio = (30 * 40 + 40 * 25 + 25 * 10) / found["parameters"]
        assert found["compression_ratio"] == found["theoretical_speedup"] == pytest.approx(ratio)
    else:
        assert found["effective_sparsity"] == 1
        assert found["compression_ratio"] == math.inf


def test_units_by_hand(weights):
    """Half of 40 and of 25 units (12) gone: 30 x 20, 20 x 13, 13 x 10 are left."""
    found = totals(prune(weights, 0.5, "unit"))
    assert found["achieved_sparsity"] == 1 - (30 * 20 + 40 * 13) / (30 * 40 + 40 * 25)
    assert found["effective_sparsity"] == 1 - (30 * 20 + 20 * 13) / (30 * 40 + 40 * 25)
    assert found["parameters"] == 30 * 20 + 20 * 13 + 13 * 10


def test_a_compact_network_counts_as_what_is_left_of_its_original(weights):
    pruned = prune(weights, 0.8, "unit")
    assert totals(compact(pruned), SIZES)["effective_sparsity"] == pytest.approx(
        totals(pruned)["effective_sparsity"]
    )
    for name in ("parameters", "compression_ratio", "compact_multiply_adds"):
        assert totals(compact(pruned), SIZES)[name] == totals(pruned)[name]


def test_what_does_not_count_can_be_zeroed(weights):
    pruned = prune(weights, 0.97, "weight")
    X = np.random.default_rng(0).random((50, 30), np.float32)
    assert totals(compact(pruned))["parameters"] == totals(pruned)["parameters"]
    np.testing.assert_allclose(logits(compact(pruned), X), logits(pruned, X), atol=1e-6)


@pytest.mark.parametrize("sizes", [(30, 40, 24, 10), (30, 40, 10), (29, 40, 25, 10)])
def test_an_original_smaller_than_what_is_left_is_refused(sizes, weights):
    with pytest.raises(InputError, match=r"\[30, 40, 25, 10\]"):
        layers(weights, sizes)


def test_a_file_is_as_long_as_it_is_said_to_be(tmp_path):
    arrays = [np.zeros((50, 40)), np.arange(7, dtype=np.uint8)]
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", *arrays)
        assert npz_bytes(arrays, save) == (tmp_path / "x.npz").stat().st_size
    assert npz_bytes(arrays, np.savez_compressed) < npz_bytes(arrays, np.savez)
    with np.load(io.BytesIO((tmp_path / "x.npz").read_bytes())) as file:
        assert len(file.files) == 2
