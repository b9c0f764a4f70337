"""A text with slots becomes blocks: what has no value is left out, what is unknown is an error."""

import pytest

from npprune.lab.page import Group, Heading, Paragraph, Picture, Table, Values
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


def test_what_may_stand_alone_in_a_slot():
    assert fill("{numbers}", {"numbers": [TABLE, TABLE]}) == [TABLE, TABLE]
    assert fill("{loss}\n\n{kind}", VALUES) == [Paragraph("1.234"), Paragraph("good")]


def test_a_table_is_written_as_its_header_and_its_cells():
    text = "{lines}: Of {kind} things\n| name | loss, {kind} | mean |\n"
    text += "| {name} | {x:.1f} | {x:m,.0f} |"
    assert slots(text) == {"lines", "kind"}
    rows = [{"name": "a", "x": 1000.0}, {"name": "a", "x": 2000.0}]
    for lines, expected in (
        ([Group(rows)], ["a", "1500.0 ± 707.1", "1,500"]),
        ([Group(rows[:1], name="b")], ["b", "1000.0", "1,000"]),
        ([Group(rows, x=Values())], ["a", "", ""]),
    ):
        table = Table("Of good things", ["name", "loss, good", "mean"], [expected])
        assert fill(text, VALUES | {"lines": lines}) == [table]
    assert fill(text, VALUES | {"lines": None}) == []


def test_a_slot_that_nothing_fills_is_an_error():
    assert slots(TEXT) == {"kind", "loss", "quick?", "numbers"}
    with pytest.raises(KeyError, match="loss"):
        fill(TEXT, {"kind": "good"})
