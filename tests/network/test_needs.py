"""Training is refused before it takes what is not there; a busy machine is said to be one."""

import os

import pytest

from npprune.network import needs
from npprune.network.needs import warn_if_busy
from npprune.threads import VARIABLES


@pytest.fixture
def load(monkeypatch):
    """Let the machine's load be what is given; -> function of it that warns and returns nothing."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def at(value):
        monkeypatch.setattr(needs.os, "getloadavg", lambda: (value, 0.0, 0.0), raising=False)
        warn_if_busy.cache_clear()
        warn_if_busy()
        warn_if_busy()  # said once

    yield at
    warn_if_busy.cache_clear()


def test_on_a_busy_machine_the_cure_is_said_once(load, capsys, monkeypatch):
    load(os.cpu_count() - 0.1)
    assert capsys.readouterr().err == ""
    load(os.cpu_count() + 0.1)
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{VARIABLES[0]}=1" in line
    monkeypatch.setenv(VARIABLES[2], "2")  # whoever has chosen knows
    load(99.0 * os.cpu_count())
    assert capsys.readouterr().err == ""
