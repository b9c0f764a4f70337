"""A study that is not whole is refused with its name, when it is imported."""

import pytest

from npprune.lab.study import Figure, Records, Study

TABLE = Records("rows", ("seed",))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"tables": (Records("rows", ()),)}, "rows has no key"),
        ({"forms": {"fast": None}}, "no form 'fast'"),
        (
            {"figures": (Figure("curve", "draw", ("lost",), "Curve"),)},
            "curve is of a table lost",
        ),
        ({"tables": (TABLE, TABLE)}, "two tables are named rows"),
        ({"tables": (Records("rows", ("k",), follows="lost"),)}, "rows follows lost"),
    ],
)
def test_a_study_that_is_not_whole(parts, words):
    with pytest.raises(ValueError, match=f"^study toy: .*{words}"):
        Study(name="toy", question="?", **parts)


def test_a_study_that_is_whole():
    figure = Figure("curve", "curve", ("rows",), "A curve")
    assert Study("toy", "?", tables=(TABLE,), figures=(figure,), forms={"full": None}).takes == ""
