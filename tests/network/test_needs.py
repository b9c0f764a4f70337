"""Training is refused before it takes what is not there; a busy machine is said to be one."""

import pytest

from npprune.network import needs
from npprune.network.needs import warn_if_busy
from npprune.threads import VARIABLES


@pytest.fixture
def clock(monkeypatch):
    """Let products take as long as is given, in turn; -> function of seconds."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def products_take(*seconds):
        # Read at the beginning, and before and after each product, and to see if it was the last.
        ends = [sum(seconds[: i + 1]) for i in range(len(seconds))]
        starts = [0, *ends[:-1]]
        ticks = [0, *(t for pair in zip(starts, ends, ends, strict=True) for t in pair)]
        monkeypatch.setattr(needs.time, "perf_counter", iter([*ticks, 1e9]).__next__)
        warn_if_busy.cache_clear()

    yield products_take
    warn_if_busy.cache_clear()


@pytest.mark.parametrize(
    ("seconds", "expected"), [((0.1, 0.1), 1), ((0.1, 0.1, 0.4), 2), ((0.3, 0.1), 2), ((9,), 1)]
)
def test_how_slow_products_are_is_told_by_the_best(clock, seconds, expected):
    clock(*seconds)
    assert needs.slowdown(sum(seconds)) == pytest.approx(expected)


def test_on_a_busy_machine_the_cure_is_said_once(clock, capsys, monkeypatch):
    clock(0.1, 0.11)
    warn_if_busy()
    assert capsys.readouterr().err == ""
    clock(0.01, 0.1, 0.1)
    warn_if_busy()
    warn_if_busy()
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{VARIABLES[0]}=1" in line
    clock(0.01, 0.1, 0.1)
    monkeypatch.setenv(VARIABLES[2], "2")  # whoever has chosen knows
    warn_if_busy()
    assert capsys.readouterr().err == ""
