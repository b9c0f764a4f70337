"""Several numbers in a slot: what its format says of them."""

import numpy as np
import pytest

from npprune.lab.words import counted, listed, written


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (".2f", "2.00 ± 1.41"), ("mean .1f", "2.0"), ("low g", "1"), ("high ", "3"),
        ("span .1f", "1.0 to 3.0"), ("gap .1f", "+2.0 (-10.7 to +14.7)"),
    ],
)  # fmt: skip
def test_a_format_says_what_is_written_of_several_numbers(how, words):
    assert written(f"{{x:{how}}}", {"x": np.array([1, 3])}) == words


@pytest.mark.parametrize(
    ("how", "words"),
    [(".4f", "0.1235"), ("span .2f", "0.12"), ("gap .1f", "+0.1"), ("mean .0%", "12%")],
)
def test_of_a_single_number_there_is_no_spread(how, words):
    assert written(f"{{x:{how}}}", {"x": np.array([0.12345])}) == words


def test_no_numbers_are_no_words():
    for how in (".2f", "mean .2f", "span .2f", "gap .2f"):
        assert written(f"{{x:{how}}}", {"x": np.array([])}) == ""


def test_no_interval_ends_at_minus_zero():
    assert written("{x:gap .1f}", {"x": np.array([-0.01, -0.01])}) == "+0.0 (+0.0 to +0.0)"


def test_what_is_no_array_has_its_own_format():
    assert written("{x:.1f} {y:>3} {{z}}", {"x": np.float64(2), "y": "a"}) == "2.0   a {z}"


def test_things_are_counted_and_listed():
    assert [counted(n, "seed") for n in (0, 1, 2000)] == ["0 seeds", "1 seed", "2,000 seeds"]
    assert [listed(names, "; ") for names in ([], ["a"], "ab")] == ["none", "a", "a; b"]
