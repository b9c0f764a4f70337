"""A picture is drawn once as PNG, and as SVG beside it where that is smaller."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from npprune.lab import style


@pytest.fixture(autouse=True)
def _as_they_are(exact_savefig, monkeypatch):
    monkeypatch.setattr(Figure, "savefig", exact_savefig)


def draw(path, points):
    with style.figure(path, size=(3, 2)) as (_, axes):
        axes.plot(np.linspace(0, 1, points), np.random.default_rng(0).random(points), linewidth=9)
    return path.read_bytes()


def test_a_drawing_of_few_lines_is_an_svg_too_and_one_of_many_is_not(tmp_path):
    assert draw(tmp_path / "few.png", 2).startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "few.svg").read_bytes()
    (tmp_path / "many.svg").write_text("of an earlier run")
    draw(tmp_path / "many.png", 100_000)
    assert not (tmp_path / "many.svg").exists()


def test_the_same_numbers_give_the_same_bytes_whatever_the_users_settings(tmp_path, monkeypatch):
    first = draw(tmp_path / "a.png", 5), (tmp_path / "a.svg").read_bytes()
    monkeypatch.setenv("MPLBACKEND", "nothing of this name")
    import matplotlib

    with matplotlib.rc_context({"lines.color": "red", "font.size": 30}):
        assert (draw(tmp_path / "a.png", 5), (tmp_path / "a.svg").read_bytes()) == first
