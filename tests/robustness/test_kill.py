"""Killed anywhere, a run goes on and ends with the same bits as one that never was."""

import os

import points
import pytest

SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "2")
STUDIES = ("criteria", "frontier", "locality", "randomness")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX's")


@pytest.fixture
def deaths(apart, tiny_folder, tmp_path):
    """Kill a command on the tiny data, in a way of points.py; -> how many deaths it died."""

    def deaths(way, number, command, *flags):
        words = command, "--data-dir", tiny_folder, *SMALL, *flags
        return apart(way, tmp_path / command, words, number)

    return deaths


LONGER = ("--seeds", "3", "--epochs", "8", "--batch", "8")


@pytest.mark.parametrize(
    ("number", "flags"),
    [(20, ("--seeds", "2")), pytest.param(200, LONGER, marks=pytest.mark.slow)],
)
def test_killed_at_random_moments(number, flags, deaths):
    assert deaths(points.moments, number, "prune", *flags) == number


def test_killed_between_any_two_calls_of_a_saving(apart, tmp_path):
    torn, between = apart(points.save_points, tmp_path / "save")
    assert torn > 20
    assert between > 30


def test_killed_between_some_calls_of_a_run(deaths):
    assert deaths(points.run_points, 41, "train") >= 3


@pytest.mark.parametrize("name", STUDIES)
def test_studies_killed_at_random_moments(name, deaths):
    assert deaths(points.moments, 1, name, "--quick") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize(("way", "number"), [(points.run_points, 23), (points.workers, 10)])
def test_studies_killed_anywhere(way, number, name, deaths):
    assert deaths(way, number, name, "--quick") >= 10


@pytest.mark.slow
def test_killed_between_any_two_calls_of_a_run(deaths):
    assert deaths(points.run_points, 1, "prune", "--seeds", "2") > 200
