"""A study that is not whole is refused with its name, when it is imported."""

import pytest

from npprune.lab.study import Figure, Records, Study

TABLE = Records("rows", ("seed",))
CURVE = Figure("curve", "curve", ("rows",))
FAULTS = {
    "rows has no key": {"tables": (TABLE._replace(key=()),)},
    "no form 'fast'": {"forms": {"fast": None}},
    "curve is of a table rows": {"figures": (CURVE,)},
    "two tables are named rows": {"tables": (TABLE, TABLE)},
    "rows follows lost": {"tables": (TABLE._replace(follows="lost"),)},
}


@pytest.mark.parametrize(("words", "parts"), FAULTS.items(), ids=FAULTS)
def test_a_study_that_is_not_whole(words, parts):
    with pytest.raises(ValueError, match=f"^study toy: .*{words}"):
        Study("toy", "?", **parts)


def test_a_study_that_is_whole():
    study = Study("toy", "?", tables=(TABLE,), figures=(CURVE,), forms={"full": None})
    assert study.takes == ""
