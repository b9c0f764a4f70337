"""Work in processes whose BLAS has one thread."""

import os

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
