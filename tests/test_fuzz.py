"""A short form of fuzz.py, which is run by hand in its long one."""

import pytest
from fuzz import FUZZ, fuzz


@pytest.mark.parametrize("what", FUZZ)
def test_mutated_files_are_read_or_refused(what):
    read, refused = fuzz(what, 400, seed=1)
    assert read > 0
    assert refused > 200
