"""Masks keep exactly what they should: by count, by order, at every k."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import chi2

from npprune.errors import InputError
from npprune.pruning.masks import (
    KINDS,
    SPARSITIES,
    apply_masks,
    check_sparsity,
    layer_masks,
    prune,
    random_unit_mask,
    random_weight_mask,
    smallest,
    sparsity,
    unit_mask,
    weight_mask,
)

SHAPES = [(1, 1), (7, 9), (5, 5), (13, 1), (1, 17), (30, 16)]


def matrix(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def at_random(function):
    """A random mask function with the signature of the others; the same chance every time."""
    return lambda W, k: function(W, k, np.random.default_rng(7))


MASKS = {
    "weight": weight_mask,
    "unit": unit_mask,
    "random weight": at_random(random_weight_mask),
    "random unit": at_random(random_unit_mask),
}
every_mask = pytest.mark.parametrize("name", MASKS)


@every_mask
@pytest.mark.parametrize("shape", SHAPES)
def test_exact_count_at_every_k(name, shape):
    W = matrix(shape)
    for k in (*SPARSITIES, 1e-9, 1 / 3, 0.999999):
        mask = MASKS[name](W, k)
        assert mask.shape == shape
        assert mask.dtype == bool
        if "unit" in name:
            assert (mask == mask[0]).all()
            assert (~mask[0]).sum() == round(k * shape[1])
        else:
            assert (~mask).sum() == round(k * W.size)


@every_mask
def test_a_mask_can_be_written_to_and_its_input_need_not_be(name):
    W = matrix((7, 9))
    W.flags.writeable = False
    mask = MASKS[name](W, 0.5)
    mask[:] = False
    assert W.any()


@every_mask
def test_masks_are_nested_over_k(name):
    W = matrix((7, 9))
    for less, more in itertools.pairwise(SPARSITIES):
        assert not (MASKS[name](W, more) & ~MASKS[name](W, less)).any()


@pytest.mark.parametrize("k", SPARSITIES)
def test_no_weight_that_goes_is_larger_than_one_that_stays(k):
    W = matrix((7, 9))
    mask = weight_mask(W, k)
    assert np.abs(W[~mask]).max(initial=0) <= np.abs(W[mask]).min(initial=np.inf)


@pytest.mark.parametrize("k", SPARSITIES)
def test_no_unit_that_goes_has_a_larger_norm_than_one_that_stays(k):
    W = matrix((7, 9))
    norms = [math.sqrt(sum(float(w) ** 2 for w in column)) for column in W.T]
    mask = unit_mask(W, k)[0]
    gone, kept = ([n for n, keep in zip(norms, mask, strict=True) if keep == b] for b in (0, 1))
    assert max(gone, default=0) <= min(kept, default=math.inf)


def test_units_are_columns_measured_by_their_l2_norm():
    # L2 norms 3.0, 2.9, 3.1; by L1 (3, 4.1, 3.1) or by the largest weight the order would differ.
    W = np.array([[3, 2.05, 3.1], [0, 2.05, 0]], np.float32)
    np.testing.assert_array_equal(unit_mask(W, 1 / 3), [[True, False, True]] * 2)


@pytest.mark.parametrize("count", range(10))
def test_smallest_breaks_ties_by_index(count):
    scores = np.array([[2, 1, 2], [1, 0, 2], [1, 2, 1]])
    order = sorted(range(9), key=lambda i: (scores.flat[i], i))
    np.testing.assert_array_equal(np.flatnonzero(smallest(scores, count)), sorted(order[:count]))


def test_a_matrix_of_equal_weights_loses_its_first_ones():
    mask = weight_mask(np.full((3, 4), -2, np.float32), 0.5)
    np.testing.assert_array_equal(mask.ravel(), [False] * 6 + [True] * 6)


@every_mask
@pytest.mark.parametrize("k", [-0.1, 1.1, math.nan, math.inf, "half", None, [0.5]])
def test_a_sparsity_that_is_none_is_refused(name, k):
    with pytest.raises(InputError, match=r"sparsity.*from 0 to 1"):
        MASKS[name](matrix((3, 3)), k)


def test_a_sparsity_may_be_text_or_a_numpy_number():
    assert check_sparsity("0.5") == check_sparsity(np.float64(0.5)) == 0.5


@pytest.mark.parametrize("mask", [weight_mask, unit_mask])
def test_nan_is_refused(mask):
    W = matrix((3, 3))
    W[1, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        mask(W, 0.5)


@pytest.mark.parametrize(
    ("mask", "shape"), [(random_weight_mask, (4, 3)), (random_unit_mask, (2, 12))]
)
def test_random_masks_choose_every_set_equally_often(mask, shape):
    """Chi-square over the 220 sets of 3 out of 12; fails by chance once in 10^6 (seed fixed)."""
    rng, draws = np.random.default_rng(0), 20_000
    sets = dict.fromkeys(itertools.combinations(range(12), 3), 0)
    for _ in range(draws):
        gone = ~mask(np.ones(shape), 0.25, rng)
        sets[tuple(np.flatnonzero(gone if mask is random_weight_mask else gone[0]))] += 1
    expected = draws / len(sets)
    statistic = sum((count - expected) ** 2 / expected for count in sets.values())
    assert chi2.ppf(1e-6, len(sets) - 1) < statistic < chi2.ppf(1 - 1e-6, len(sets) - 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [None, 0])
def test_layer_by_layer_at_the_same_k_but_never_the_output(kind, seed, network):
    rng = None if seed is None else np.random.default_rng(seed)
    masks = layer_masks(network, 0.7, kind, rng)
    assert masks[-1].all()
    for W, mask in zip(network[:-1], masks[:-1], strict=True):
        n = W.shape[1] if kind == "unit" else W.size
        assert (~mask).sum() == round(0.7 * n) * (W.size // n)


def test_random_masks_do_not_look_at_the_weights(network):
    other = [W[::-1, ::-1] for W in network]
    for kind in KINDS:
        a, b = (layer_masks(w, 0.5, kind, np.random.default_rng(3)) for w in (network, other))
        assert all((x == y).all() for x, y in zip(a, b, strict=True))


def test_an_unknown_kind_is_refused(network):
    with pytest.raises(InputError, match=r"'layer'.*weight, unit"):
        layer_masks(network, 0.5, "layer")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", SPARSITIES)
def test_prune_zeroes_exactly_what_the_masks_do_not_keep(kind, k, network):
    before = [W.copy() for W in network]
    masks = layer_masks(network, k, kind)
    pruned = prune(network, k, kind)
    for W, P, mask in zip(network, pruned, masks, strict=True):
        np.testing.assert_array_equal(P, W * mask)
        assert P.dtype == np.float32
        assert not np.signbit(P[~mask]).any()  # 0, not -0
        assert not np.shares_memory(P, W)
    assert all((a == b).all() for a, b in zip(network, before, strict=True))
    hidden = masks[:-1]
    expected = sum((~m).sum() for m in hidden) / sum(m.size for m in hidden)
    assert sparsity(pruned) == pytest.approx(expected)


def test_apply_masks_zeroes_what_cannot_be_multiplied_away():
    (masked,) = apply_masks([np.array([[np.inf, 1]])], [np.array([[False, True]])])
    np.testing.assert_array_equal(masked, [[0, 1]])
