"""What fuzz.py makes is read or refused, in little memory; in large numbers with -m slow."""

import pytest
from fuzz import FUZZ, fuzz
from memory import memory_below


@pytest.mark.parametrize("count", [400, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("what", sorted(FUZZ.keys() - {"data", "study"}))
def test_mutated_files_are_read_or_refused_in_little_memory(what, count):
    with memory_below(4e6):
        read, refused = fuzz(what, count, seed=1)
    assert read > 0
    assert refused > count / 2


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.slow)])
def test_whatever_data_sets_are_given_are_loaded(count):
    assert fuzz("data", count, seed=1) == (count, 0)


@pytest.mark.slow
def test_whatever_data_sets_are_given_are_studied_or_refused():
    studied, refused = fuzz("study", 20, seed=1)
    assert studied > 5
    assert refused > 0
