"""A short form of fuzz.py, which is run by hand in its long one."""

import pytest
from fuzz import FUZZ, fuzz


@pytest.mark.parametrize("what", sorted(FUZZ.keys() - {"data", "study"}))
def test_mutated_files_are_read_or_refused(what):
    read, refused = fuzz(what, 400, seed=1)
    assert read > 0
    assert refused > 200


def test_whatever_data_sets_are_given_are_loaded():
    assert fuzz("data", 150, seed=1) == (150, 0)


@pytest.mark.slow
def test_whatever_data_sets_are_given_are_studied_or_refused():
    studied, refused = fuzz("study", 20, seed=1)
    assert studied > 5
    assert refused > 0
