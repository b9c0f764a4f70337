"""Masks keep exactly what they should: by count, by order, at every k."""

import math
from collections import Counter

import numpy as np
import pytest
from compare import bits, flat
from scipy.stats import chisquare

from npprune.errors import InputError
from npprune.pruning import masks
from npprune.studies.prune import SPARSITIES


def matrix(shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def at_random(function):
    """A random mask function with the signature of the others; the same chance every time."""
    return lambda W, k: function(W, k, np.random.default_rng(7))


MASKS = {
    "weight": masks.weight_mask,
    "unit": masks.unit_mask,
    "random weight": at_random(masks.random_weight_mask),
    "random unit": at_random(masks.random_unit_mask),
}
every_mask = pytest.mark.parametrize("name", MASKS)


@every_mask
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (5, 5), (13, 1), (1, 17), (30, 16)])
def test_exact_count_at_every_k(name, shape):
    W = matrix(shape)
    W.flags.writeable = False
    for k in (*SPARSITIES, 1e-9, 1 / 3, 0.999999):
        mask = MASKS[name](W, k)
        assert (mask.shape, mask.dtype) == (shape, bool)
        if "unit" in name:
            assert (mask == mask[0]).all()
            assert (~mask[0]).sum() == round(k * shape[1])
        else:
            assert (~mask).sum() == round(k * W.size)
        mask[:] = False  # a mask may be written to, though what it is of may not


def norms(W):
    return np.sqrt((W.astype(float) ** 2).sum(axis=0)) * np.ones(W.shape)


TIES = np.array([[2, 1, -2], [1, 0, 2], [-1, 2, 1]])
SIZED = [
    (masks.weight_mask, np.abs, matrix((7, 9))),
    (masks.weight_mask, np.abs, TIES),
    (masks.unit_mask, norms, matrix((7, 9))),
]


@pytest.mark.parametrize(("mask", "size", "W"), SIZED)
@pytest.mark.parametrize("k", [*SPARSITIES, *np.arange(10) / 9])
def test_the_smallest_go_and_of_equal_weights_the_first(mask, size, W, k):
    gone = np.flatnonzero(~mask(W, k))
    order = size(W).argsort(axis=None, kind="stable")
    assert gone.tolist() == sorted(order[: len(gone)])


@every_mask
@pytest.mark.parametrize("k", [-0.1, 1.1, math.nan, math.inf, "half", None, [0.5]])
def test_a_sparsity_that_is_none_is_refused(name, k):
    with pytest.raises(InputError, match=r"sparsity.*from 0 to 1"):
        MASKS[name](matrix((3, 3)), k)


def test_a_sparsity_may_be_text_or_a_numpy_number():
    assert masks.check_sparsity("0.5") == masks.check_sparsity(np.float64(0.5)) == 0.5


@pytest.mark.parametrize("mask", [masks.weight_mask, masks.unit_mask])
def test_nan_is_refused(mask):
    with pytest.raises(InputError, match="NaN"):
        mask(np.array([[1, 2], [np.nan, 4]]), 0.5)


@pytest.mark.parametrize(
    ("mask", "shape"), [(masks.random_weight_mask, (4, 3)), (masks.random_unit_mask, (1, 12))]
)
def test_random_masks_choose_every_set_equally_often(mask, shape):
    """Chi-square over the 220 sets of 3 out of 12; fails by chance once in 10^6 (seed fixed)."""
    rng, W = np.random.default_rng(0), np.ones(shape)
    drawn = Counter(mask(W, 0.25, rng).tobytes() for _ in range(20_000))
    assert len(drawn) == 220
    assert 1e-6 < chisquare(list(drawn.values())).pvalue < 1 - 1e-6


@pytest.mark.parametrize(
    ("kind", "mask"), [("weight", masks.random_weight_mask), ("unit", masks.random_unit_mask)]
)
def test_random_masks_are_drawn_layer_by_layer_whatever_the_weights(kind, mask, network):
    rng = np.random.default_rng(3)
    expected = [mask(np.ones(W.shape), 0.7, rng) for W in network[:-1]]
    *hidden, output = masks.layer_masks(network, 0.7, kind, np.random.default_rng(3))
    np.testing.assert_equal(hidden, expected)
    assert output.all()


def test_an_unknown_kind_is_refused(network):
    with pytest.raises(InputError, match=r"'layer'.*weight, unit"):
        masks.layer_masks(network, 0.5, "layer")


@pytest.mark.parametrize("kind", masks.KINDS)
@pytest.mark.parametrize("k", SPARSITIES)
def test_prune_zeroes_exactly_what_the_masks_do_not_keep(kind, k, network):
    before = bits(network)
    kept, pruned = masks.layer_masks(network, k, kind), masks.prune(network, k, kind)
    for W, P, mask in zip(network, pruned, kept, strict=True):
        np.testing.assert_array_equal(P, W * mask)
        assert P.dtype == np.float32
        assert not np.signbit(P[~mask]).any()  # 0, not -0
        assert not np.shares_memory(P, W)
    assert bits(network) == before
    assert kept[-1].all()  # the output layer is never pruned
    assert masks.sparsity(pruned) == pytest.approx((~flat(kept[:-1])).mean())


def test_apply_masks_zeroes_what_cannot_be_multiplied_away():
    masked = masks.apply_masks([np.array([[np.inf, 1]])], [np.array([[False, True]])])
    np.testing.assert_equal(masked, [np.array([[0, 1]])])
