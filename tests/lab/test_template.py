"""A text with slots becomes blocks: what has no value is left out, what is unknown is an error."""

import numpy as np
import pytest

from npprune.lab.group import Group
from npprune.lab.page import Heading, Paragraph, Picture, Play, Table
from npprune.lab.template import fill, slots

TABLE = Table("numbers", ["a"], [["1"]])
TEXT = """\
## A {kind} heading

The loss is {loss:.2f},
and no more.

{quick?} Do not quote these numbers.

![What is seen](figures/curve.png)
Its caption

<!-- shown -->
{numbers}

Braces: {{1}}
"""
VALUES = {"kind": "good", "loss": 1.234, "quick": False, "numbers": TABLE}


def test_every_kind_of_block():
    assert fill(TEXT, VALUES, {"curve": " (origin)"}) == [
        Heading(2, "A good heading"),
        Paragraph("The loss is 1.23, and no more."),
        Picture("figures/curve.png", "Its caption (origin)", "What is seen"),
        TABLE,
        Paragraph("Braces: {1}"),
    ]


def test_what_has_no_value_or_was_not_drawn_is_left_out():
    without = VALUES | {"loss": None, "quick": True, "numbers": None}
    heading, *paragraphs = fill(TEXT, without)
    assert heading == Heading(2, "A good heading")
    assert paragraphs == [Paragraph("Do not quote these numbers."), Paragraph("Braces: {1}")]


def test_each_block_stands_in_its_places():
    text = "a\n\n<!-- limits -->\nb\n\n<!-- shown -->\nc\n\n<!-- appendix -->\nd\n\ne\n\n"
    text += "<!-- shown -->\nf\n\n<!-- abstract -->\ng"
    places = {"body": "ac", "limits": "b", "appendix": "def", "abstract": "g", "shown": "cf"}
    for place, letters in places.items():
        assert fill(text, {}, place=place) == [Paragraph(letter) for letter in letters]


def test_a_formula_has_no_slots():
    text = r"For $x_{i}$, {name}: $\frac{1}{d}$."
    assert slots(text) == {"name"}
    assert fill(text, {"name": "n"}) == [Paragraph(r"For $x_{i}$, n: $\frac{1}{d}$.")]


def test_a_condition_may_be_denied_and_one_without_a_value_is_never_met():
    text = "{quick?}a\n\n{not quick?}b\n\n{quick?}{not numbers?}c"
    assert slots(text) == {"quick", "numbers"}
    for quick, numbers, letters in (
        (True, [], "ac"),
        (False, [], "b"),
        (True, [1], "a"),
        (None, [], ""),
    ):
        blocks = fill(text, {"quick": quick, "numbers": numbers})
        assert blocks == [Paragraph(letter) for letter in letters]


def test_a_slot_may_be_a_part_of_a_value():
    text = "{some[x]:mean .1f} of {some.count}\n\n{none[x]}\n\n{some[gap]}\n\n{lost[x]}"
    assert slots(text) == {"some", "none", "lost"}
    some = Group([{"x": 1}, {"x": 2}], gap=None)
    assert fill(text, {"some": some, "none": Group([]), "lost": None}) == [Paragraph("1.5 of 2")]


def test_what_may_stand_alone_in_a_slot():
    for block in (TABLE, Play("<b>", {})):
        assert fill("{numbers}", {"numbers": block}) == [block]
    assert fill("{loss}\n\n{kind}", VALUES) == [Paragraph("1.234"), Paragraph("good")]


def test_a_table_is_written_as_its_header_and_its_cells():
    text = "{lines}: Of {kind} things\n| name | loss, {kind} | mean |\n"
    text += "| {name} | {x:.1f} | {x:mean ,.0f} |"
    assert slots(text) == {"lines", "kind"}
    rows = [{"name": "a", "x": 1000.0}, {"name": "a", "x": 2000.0}]
    for lines, expected in (
        ([Group(rows)], ["a", "1500.0 ± 707.1", "1,500"]),
        ([Group(rows[:1], name="b")], ["b", "1000.0", "1,000"]),
        ([Group(rows, x=np.array([]))], ["a", "", ""]),
    ):
        table = Table("Of good things", ["name", "loss, good", "mean"], [expected])
        assert fill(text, VALUES | {"lines": lines}) == [table]
    for missing in ({"lines": None}, {"lines": []}, {"kind": None}):
        assert fill(text, VALUES | {"lines": [Group(rows)]} | missing) == []


def test_a_header_stands_for_a_column_for_none_or_for_one_a_value():
    text = "{lines}: c\n| name | {quick?}quick | {not quick?}slow | k = {k:g} ... |\n"
    text += "| {name} | 1 | 2 | {x:mean g} |"
    assert slots(text) == {"lines", "quick"}
    rows = [{"name": "a", "k": k, "x": 10 * k} for k in (0.9, 0.5)]
    (table,) = fill(text, {"quick": False, "lines": [Group(rows), Group(rows[:1])]})
    assert table.header == ["name", "slow", "k = 0.5", "k = 0.9"]
    assert table.rows == [["a", "2", "5", "9"], ["a", "2", "", "9"]]


def test_a_slot_that_nothing_fills_is_an_error():
    assert slots(TEXT) == {"kind", "loss", "quick", "numbers"}
    with pytest.raises(KeyError, match="loss"):
        fill(TEXT, {"kind": "good"})
