"""Killed anywhere, a run goes on and ends with the same bits as one that never was."""

import contextlib
import os
import random
import signal
import subprocess
import time

import pytest
from points import what_is_there

SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "2")
STUDIES = ("criteria", "frontier", "locality", "randomness")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX's")


def work_begins(process, folder):
    """Wait until a process holds its folder: before that there is nothing to lose."""
    lock = folder / ".lock"
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if f"process {process.pid} " in lock.read_text():
                return
        time.sleep(0.002)


def kill_and_go_on(start, folder, kills, seed, command, *flags):
    """Kill a command at random moments of its work, and start it again, until so many deaths.

    Whenever it ends by itself, what it leaves must be what an undisturbed one leaves.
    """
    rng = random.Random(seed)
    process = start(command, folder / "calm", *flags)
    work_begins(process, folder / "calm")
    begun = time.monotonic()
    process.communicate(timeout=300)
    assert process.returncode == 0
    length = time.monotonic() - begun
    expected = what_is_there(folder / "calm")

    deaths = round = 0
    while deaths < kills:
        out = folder / f"round-{round}"
        process = start(command, out, *flags)
        work_begins(process, out)
        try:
            process.communicate(timeout=rng.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        if process.returncode == 0:
            assert what_is_there(out) == expected
            round += 1
        else:
            deaths += 1
    process = start(command, out, *flags)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert what_is_there(out) == expected


@pytest.mark.slow
def test_killed_at_200_random_moments(start, tmp_path):
    kill_and_go_on(
        start, tmp_path, 200, 2, "prune", "--epochs", "8", "--seeds", "3", "--batch", "8"
    )


def test_killed_at_20_random_moments(points, tiny_folder, tmp_path):
    flags = "--data-dir", tiny_folder, *SMALL, "--seeds", "2"
    deaths, rounds = points("moments", tmp_path / "run", 20, "prune", *flags)
    assert int(deaths) == 20
    assert int(rounds) >= 1


def test_killed_between_any_two_calls_of_a_saving(points, tmp_path):
    torn, between = points("save", tmp_path / "save")
    assert int(torn) > 20
    assert int(between) > 30


def test_killed_between_some_calls_of_a_run(points, tiny_folder, tmp_path):
    flags = "--data-dir", tiny_folder, *SMALL
    (deaths,) = points("run", tmp_path / "run", 41, "train", *flags)
    assert int(deaths) >= 3


def test_studies_killed_at_random_moments(points, tiny_folder, tmp_path):
    flags = "--data-dir", tiny_folder, *SMALL, "--quick"
    found = points("moments", tmp_path, 1, ",".join(STUDIES), *flags)
    assert found[::2] == ["1"] * len(STUDIES)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize(("mode", "number"), [("run", 23), ("workers", 10)])
def test_studies_killed_anywhere(mode, number, name, points, tiny_folder, tmp_path):
    flags = "--data-dir", tiny_folder, *SMALL, "--quick"
    deaths, *_ = points(mode, tmp_path, number, name, *flags)
    assert int(deaths) >= 10


@pytest.mark.slow
def test_killed_between_any_two_calls_of_a_run(points, tiny_folder, tmp_path):
    flags = "--data-dir", tiny_folder, *SMALL, "--seeds", "2"
    (deaths,) = points("run", tmp_path / "run", 1, "prune", *flags)
    assert int(deaths) > 200
