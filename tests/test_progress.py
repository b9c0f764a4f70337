"""Progress: one living line on a terminal, few plain lines elsewhere."""

import io
import sys

import pytest

from npprune import progress as module
from npprune.progress import Progress, say


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves one second each time it is read."""
    seconds = iter(range(10**6))
    monkeypatch.setattr(module.time, "perf_counter", lambda: float(next(seconds)))


def run(stream, monkeypatch, total=100):
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("work", total) as progress:
        for done in range(1, total + 1):
            progress(done, f"piece {done}")
    return stream.getvalue()


def test_without_a_terminal_there_are_few_plain_lines(clock, monkeypatch):
    text = run(io.StringIO(), monkeypatch)
    lines = text.splitlines()
    assert len(lines) == 4  # at 30, 60 and 90 seconds, and the end
    assert lines[0] == "work  30/100  piece 30  30 s, 70 s left"
    assert lines[-1] == "work  100/100  piece 100  101 s"
    assert "\r" not in text
    assert "\x1b" not in text


def test_on_a_terminal_one_line_is_rewritten(clock, monkeypatch):
    text = run(Terminal(), monkeypatch)
    assert text.count("\r\x1b[K") == 101
    assert text.count("\n") == 1
    assert text.endswith("work  100/100  piece 100  101 s\n")


def test_a_line_that_stays_takes_the_place_of_the_living_one(clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress("work", 2) as progress:
        progress(1)
        progress.say("stays")
    assert "\r\x1b[Kstays\n" in sys.stderr.getvalue()


def test_work_that_never_began_says_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress("work", 10):
        pass
    assert sys.stderr.getvalue() == ""


def test_an_error_passes_through():
    with pytest.raises(KeyError), Progress("work", 10):
        raise KeyError


def test_say_goes_to_stderr(capsys):
    say("hello")
    assert capsys.readouterr() == ("", "hello\n")
