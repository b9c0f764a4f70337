"""Work in processes whose BLAS has one thread."""

import os
import subprocess
import sys

import pytest

from npprune.threads import VARIABLES, cores, single_threaded_processes


def test_cores_are_those_this_process_may_use():
    assert 1 <= cores() <= os.cpu_count()


def test_a_process_is_told_one_thread_and_this_one_keeps_its_settings(monkeypatch):
    monkeypatch.setenv(VARIABLES[0], "7")
    monkeypatch.delenv(VARIABLES[1], raising=False)
    with single_threaded_processes() as executor:
        told = [executor.submit(os.getenv, name).result() for name in VARIABLES]
    assert told == ["1"] * len(VARIABLES)
    assert os.environ[VARIABLES[0]] == "7"
    assert VARIABLES[1] not in os.environ


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_parent_that_is_killed_takes_its_processes_along(elsewhere):
    """They hold its end of the pipe, so the output is at its end only when all are gone."""
    program = (
        "import os, time\n"
        "from npprune.threads import single_threaded_processes\n"
        "with single_threaded_processes(2) as processes:\n"
        "    print(len([processes.submit(time.sleep, 600) for _ in range(2)]))\n"
        "    processes.submit(os.getpid)\n"
        "    time.sleep(0.5)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-uc", program], env=elsewhere, capture_output=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (-9, b"2\n")
