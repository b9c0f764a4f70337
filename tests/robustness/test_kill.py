"""Killed anywhere, a run goes on and ends with the same bits as one that never was."""

import os

import pytest

SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "2")
STUDIES = ("criteria", "frontier", "locality", "randomness")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX's")


@pytest.fixture
def deaths(points, tiny_folder, tmp_path):
    """Kill a command on the tiny data, in a way of points.py; -> how many deaths it died."""

    def deaths(mode, number, command, *flags):
        flags = "--data-dir", tiny_folder, *SMALL, *flags
        return [*map(int, points(mode, tmp_path / "runs", number, command, *flags))]

    return deaths


LONGER = ("--seeds", "3", "--epochs", "8", "--batch", "8")


@pytest.mark.parametrize(
    ("number", "flags"),
    [(20, ("--seeds", "2")), pytest.param(200, LONGER, marks=pytest.mark.slow)],
)
def test_killed_at_random_moments(number, flags, deaths):
    assert deaths("moments", number, "prune", *flags) == [number]


def test_killed_between_any_two_calls_of_a_saving(points, tmp_path):
    torn, between = points("save", tmp_path / "save")
    assert int(torn) > 20
    assert int(between) > 30


def test_killed_between_some_calls_of_a_run(deaths):
    assert deaths("run", 41, "train")[0] >= 3


def test_studies_killed_at_random_moments(deaths):
    assert deaths("moments", 1, ",".join(STUDIES), "--quick") == [1] * len(STUDIES)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize(("mode", "number"), [("run", 23), ("workers", 10)])
def test_studies_killed_anywhere(mode, number, name, deaths):
    assert deaths(mode, number, name, "--quick")[0] >= 10


@pytest.mark.slow
def test_killed_between_any_two_calls_of_a_run(deaths):
    assert deaths("run", 1, "prune", "--seeds", "2")[0] > 200
