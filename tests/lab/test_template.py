"""A text with slots becomes blocks: what has no value is left out, what is unknown is an error."""

import pytest

from npprune.lab.page import Heading, Paragraph, Picture, Table
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
    assert fill(TEXT, without) == [
        Heading(2, "A good heading"),
        Paragraph("Do not quote these numbers."),
        Paragraph("Braces: {1}"),
    ]


def test_the_terminal_is_shown_only_what_is_marked():
    assert fill(TEXT, VALUES, {"curve": " (origin)"}, "shown") == [TABLE]


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


def test_a_slot_that_nothing_fills_is_an_error():
    assert slots(TEXT) == {"kind", "loss", "quick?", "numbers"}
    with pytest.raises(KeyError, match="loss"):
        fill(TEXT, {"kind": "good"})
