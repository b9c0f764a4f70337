"""Randomness with a name: repeatable, and different for every name and number."""

import itertools

import numpy as np
import pytest

from npprune.streams import stream


def test_other_words_give_other_numbers():
    words = [*itertools.product((0, 1, 7), "ab", (0, 1), (0, 1))]
    drawn = [tuple(stream(*w).integers(0, 2**63, 4)) for w in words]
    assert len({number for draw in drawn for number in draw}) == 4 * len(words)


def test_streams_do_not_correlate():
    drawn = [stream(0, "shuffle", epoch).normal(size=10_000) for epoch in range(6)]
    for a, b in itertools.combinations(drawn, 2):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.05  # 5 standard errors


def test_a_stream_is_the_same_in_every_process_and_version():
    assert stream(0, "weights").bit_generator.random_raw() == 12931118059200592493


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    stream(0, "weights").random(9)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_negative_seed_is_no_seed():
    with pytest.raises(ValueError, match="non-negative"):
        stream(-1, "weights")
