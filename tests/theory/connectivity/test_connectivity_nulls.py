"""The nulls: what each keeps, that walks mix, and the level and power of the serial test."""

import itertools

import numpy as np
import pytest
from masks import random_blocks, random_images
from scipy import ndimage, stats

from npprune.errors import InputError
from npprune.theory.connectivity.curveball import FORGOTTEN, serial_draws, trade
from npprune.theory.connectivity.nulls import correlated, correlation, relabelled
from npprune.theory.connectivity.pairs import near_pairs, padded, pair_counts, share_within


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_trades_keep_both_marginals(n):
    rows = random_images(1, n, (8, 9), 0.2).reshape(n, -1)
    before = rows.copy()
    rng = np.random.default_rng(2)
    for _ in range(5):
        trade(rows, rng)
        assert np.array_equal(rows.sum(axis=0), before.sum(axis=0))
        assert np.array_equal(rows.sum(axis=1), before.sum(axis=1))
    assert (rows != before).any() == (n > 1)


def test_trades_reach_every_matrix_equally_often():
    """3 x 4 with row sums (2, 1, 2) and column sums (2, 1, 1, 1): chi-squared at .001."""
    start = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1]], bool)
    every = np.array(list(itertools.product([False, True], repeat=12))).reshape(-1, 3, 4)
    same = [(every.sum(axis) == start.sum(axis - 1)).all(axis=1) for axis in (1, 2)]
    counts = {member.tobytes(): 0 for member in every[same[0] & same[1]]}
    rng = np.random.default_rng(3)
    for _ in range(700):
        rows = start.copy()
        for _ in range(6):
            trade(rows, rng)
        counts[rows.tobytes()] += 1
    assert len(counts) > 5
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


def test_walks_forget_where_they_began():
    """A permuted block: after FORGOTTEN rounds nothing is left of it, and the mean is that of
    E S(d) ~ sum c (c - 1) sum_a pi_a pi_(a+d) / (1 - sum pi^2)."""
    images = random_blocks(4, 300)
    rng, after = np.random.default_rng(5), []
    rows = images.reshape(300, -1).copy()
    for _ in range(FORGOTTEN):
        trade(rows, rng)
    for _ in range(40):
        trade(rows, rng)
        after.append(share_within(pair_counts(rows.reshape(images.shape)), 2))
    pi = images.mean(axis=0) / images.mean(axis=0).sum()
    near = 25 * ndimage.uniform_filter(pi, 5, mode="constant") - pi
    expected = (pi * near).sum() / (1 - np.square(pi).sum())
    assert np.mean(after) == pytest.approx(expected, rel=0.02)
    assert share_within(pair_counts(images), 2) == 1 > 3 * expected


def test_serial_draws_are_as_many_as_asked_and_leave_the_mask():
    images = random_images(6, 60, (8, 9), 0.2)
    before = images.copy()
    drawn = [(age, mask.sum()) for age, mask in serial_draws(images, 30, np.random.default_rng(7))]
    ages = [age for age, _ in drawn]
    ahead = next((i for i, age in enumerate(ages) if i and age == 1), 30)
    assert ages == [*range(1, ahead + 1), *range(1, 30 - ahead + 1)]
    assert {count for _, count in drawn} == {before.sum()}
    assert np.array_equal(images, before)


def p_of(images, draws, rng):
    state = padded(images, 2)
    observed = near_pairs(state, 2).sum()
    drawn = [near_pairs(walker, 2).sum() for _, walker in serial_draws(state, draws, rng)]
    return (1 + sum(value >= observed for value in drawn)) / (draws + 1)


def test_the_serial_test_has_its_level_and_finds_blocks():
    """200 random masks, 19 draws: the share with p <= .2 is at most .2, within 4.5 sigma."""
    rng = np.random.default_rng(8)
    p = [p_of(random_images(100 + seed, 12, (5, 5), 0.3), 19, rng) for seed in range(200)]
    assert np.mean(np.array(p) <= 0.2) == pytest.approx(0.2, abs=4.5 * np.sqrt(0.16 / 200))
    assert p_of(random_blocks(9, 60), 99, rng) == 1 / 100


def test_relabelled_pixels_keep_what_units_share_and_lose_the_blocks():
    pixels = np.ones((12, 12), bool)
    pixels[0] = False
    inside = random_blocks(10, 400) & pixels
    moved = relabelled(inside, pixels, np.random.default_rng(11))
    a, b = inside.reshape(400, -1).astype(int), moved.reshape(400, -1).astype(int)
    assert np.array_equal(a @ a.T, b @ b.T)
    assert sorted(a.sum(axis=0)) == sorted(b.sum(axis=0))
    assert not moved[:, 0].any()
    rng = np.random.default_rng(12)
    shares = [share_within(pair_counts(relabelled(inside, pixels, rng)), 2) for _ in range(100)]
    expected = share_within(pair_counts(pixels[None]), 2)
    assert np.mean(shares) == pytest.approx(expected, abs=4.5 * np.std(shares) / 10)
    assert share_within(pair_counts(inside), 2) == 1 > 3 * expected


def test_correlation_is_numpy_s_and_0_for_dead_pixels():
    X = np.random.default_rng(15).random((50, 6)).astype(np.float32)
    X[:, 1] += X[:, 0]
    X[:, 5] = 0
    expected = np.zeros((6, 6))
    expected[:5, :5] = np.abs(np.corrcoef(X[:, :5].T))
    assert correlation(X) == pytest.approx(expected, abs=1e-5)
    assert not correlation(X)[5].any()
    assert correlation(X).dtype == np.float32


@pytest.mark.parametrize("exponent", [0, 1, 2, 4])
def test_correlated_units_follow_a_power_of_the_data(exponent):
    """One pair a unit: its share of neighbours is that of the correlations, whatever the seed."""
    places = np.indices((5, 6)).reshape(2, -1).T
    far = np.abs(places[:, None] - places[None]).max(axis=2)
    correlations = np.where(far <= 1, 0.8, 0.3)
    images = np.zeros((20_000, 30), bool)
    images[:, [13, 20]] = True  # the seeds
    images, pixels = images.reshape(-1, 5, 6), np.ones((5, 6), bool)
    drawn = correlated(images, correlations, pixels, np.random.default_rng(16), exponent)
    assert np.all(drawn.sum(axis=(1, 2)) == 2)
    near, distant = 8 * 0.8**exponent, 21 * 0.3**exponent  # both seeds have 8 neighbours
    chance = near / (near + distant)
    spread = np.sqrt(chance * (1 - chance) / len(images))
    assert share_within(pair_counts(drawn), 1) == pytest.approx(chance, abs=4 * spread)


def test_more_inputs_than_pixels_are_refused():
    images = np.ones((2, 3, 3), bool)
    pixels = np.zeros((3, 3), bool)
    pixels[0] = True
    with pytest.raises(InputError, match="9 inputs among 3 pixels"):
        correlated(images, np.ones((9, 9)), pixels, np.random.default_rng(17))
