"""Records of one thing: their numbers, their parts, and where they stand beside others."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.lab.group import Group, means, surely
from npprune.lab.records import Record

ROWS = [
    {"seed": seed, "name": name, "x": x, "test_accuracy": x / 10}
    for seed, name, x in ((0, "a", 1), (1, "a", 3), (0, "b", 5), (2, "b", 8))
]


def test_a_column_is_numbers_or_the_common_word_and_a_cell_is_what_it_is():
    group = Group(ROWS, y=9)
    assert group["x"].tolist() == [1, 3, 5, 8]
    assert (group["name"], group["y"], group.count, group.seeds) == ("a", 9, 4, "3 seeds")
    assert len(Group([])["x"]) == 0
    record = Record(x=1)
    record.path = "table.csv"
    with pytest.raises(InputError, match=r"table\.csv: has no column 'y'"):
        Group([record])["y"]


def test_groups_have_what_they_are_grouped_by_as_single_values():
    assert [row["x"] for row in Group(ROWS).where(name="b", seed=2)] == [8]
    found = Group(ROWS).by("name", "seed")
    assert [*found] == [("a", 0), ("a", 1), ("b", 0), ("b", 2)]
    assert found["b", 2]["seed"] == 2
    assert Group(ROWS).by("name")["a"]["x"].tolist() == [1, 3]


def test_differences_are_those_of_common_seeds():
    names = Group(ROWS).by("name")
    assert names["b"].minus(names["a"]) == pytest.approx([0.4])
    assert names["b"].minus(names["a"], "x").tolist() == [4]


def test_means_are_of_numbers():
    assert means(ROWS, "name") == [
        {"seed": 0.5, "name": "a", "x": 2, "test_accuracy": 0.2},
        {"seed": 1, "name": "b", "x": 6.5, "test_accuracy": 0.65},
    ]


def test_what_is_sure_is_corrected_for_the_number_of_comparisons():
    """Each p is .02 or less; of four, .02 is not sure, of one it is."""
    clear, unclear = np.array([1.0, 1.1, 0.9]), np.array([1.0, 0.8, 1.4])
    gaps = {"up": clear, "down": -clear, "perhaps": unclear, "no": np.array([1.0, -1.0, 0.1])}
    assert surely(gaps, 1) == ["up"]
    assert surely(gaps, -1) == ["down"]
    assert surely(gaps, 0) == ["perhaps", "no"]
    assert surely({"perhaps": unclear}, 1) == ["perhaps"]
