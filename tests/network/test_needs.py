"""Training is refused before it takes what is not there; a busy machine is said to be one."""

import numpy as np
import pytest

from npprune.network import needs
from npprune.network.needs import warn_if_busy
from npprune.threads import VARIABLES


@pytest.mark.parametrize(
    ("seconds", "expected"), [((0.1, 0.1), 1), ((0.1, 0.1, 0.4), 2), ((0.3, 0.1), 2), ((9,), 1)]
)
def test_how_slow_products_are_is_told_by_the_best(seconds, expected, monkeypatch):
    # Read at the beginning, and before and after each product, and to see if it was the last.
    ends = np.cumsum(seconds)
    ticks = [0, *np.stack([ends - seconds, ends, ends], axis=1).flat]
    monkeypatch.setattr(needs.time, "perf_counter", iter([*ticks, 1e9]).__next__)
    assert needs.slowdown(sum(seconds)) == pytest.approx(expected)


def test_on_a_busy_machine_the_cure_is_said_once(capsys, monkeypatch):
    def said(slower):
        monkeypatch.setattr(needs, "slowdown", lambda: slower)
        warn_if_busy.cache_clear()
        warn_if_busy()
        warn_if_busy()
        return capsys.readouterr().err.splitlines()

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert said(slower=1.05) == []
    (line,) = said(slower=2.0)
    assert f"{VARIABLES[0]}=1" in line
    monkeypatch.setenv(VARIABLES[2], "2")  # whoever has chosen knows
    assert said(slower=2.0) == []
    warn_if_busy.cache_clear()
