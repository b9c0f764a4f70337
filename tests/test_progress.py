"""Progress: one living line on a terminal, few plain lines elsewhere."""

import io
import itertools
import re
import shutil
import sys

import pytest

from npprune import progress as module
from npprune.progress import NORMAL, QUIET, VERBOSE, Progress, say, set_level
from npprune.threads import single_threaded_processes


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves one second each time it is read; a terminal can rewrite a line."""
    monkeypatch.setenv("TERM", "xterm")
    seconds = itertools.count()
    monkeypatch.setattr(module.time, "perf_counter", lambda: float(next(seconds)))


def run(stream, monkeypatch, total=100):
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("work", total) as progress:
        for done in range(1, total + 1):
            progress(done, f"piece {done}")
    return stream.getvalue()


@pytest.mark.parametrize(("stream", "terminal"), [(io.StringIO, "xterm"), (Terminal, "dumb")])
def test_where_no_line_can_be_rewritten_there_are_few_plain_ones(
    stream, terminal, clock, monkeypatch
):
    monkeypatch.setenv("TERM", terminal)
    text = run(stream(), monkeypatch)
    lines = text.splitlines()
    assert len(lines) == 4  # at 30, 60 and 90 seconds, and the end
    assert lines[0] == "work  30/100  piece 30  30 s, 70 s left"
    assert lines[-1] == "work  100/100  piece 100  101 s"
    assert not {"\r", "\x1b"} & {*text}


def test_on_a_terminal_one_line_is_rewritten(clock, monkeypatch):
    text = run(Terminal(), monkeypatch)
    assert text.count("\r\x1b[K") == 101
    assert text.count("\n") == 1
    assert text.endswith("work  100/100  piece 100  101 s\n")


@pytest.mark.parametrize("label", ["work", "a rather long label, as that of a long study"])
def test_the_living_line_is_never_wider_than_the_terminal(label, clock, monkeypatch):
    for columns in (1, 10, 40, 80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress(label, 3504) as progress:
            for done in range(1, 3505, 73):
                progress(done, f"epoch 8  loss {done / 7:.4f}  {10_000 + done:,} images/s")
        lines = stream.getvalue().removesuffix("\n").split("\r\x1b[K")
        assert max(map(len, lines)) < columns or columns == 1
        if columns >= 80:
            assert all(line.endswith(" s left") for line in lines[1:-1])  # what is cut is the note
        if columns == 200:
            assert "images/s" in lines[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_the_width_is_that_of_the_terminal_on_stderr(monkeypatch):
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    monkeypatch.delenv("COLUMNS", raising=False)
    with open(leader, "rb"), open(follower, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        for columns in (33, 132):
            fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
            assert module._columns() == columns
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 0, 0, 0, 0))  # does not say
        assert module._columns() == shutil.get_terminal_size().columns
        monkeypatch.undo()


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


@pytest.fixture
def level():
    """Choose a level, and go back to the usual one afterwards."""
    yield set_level
    set_level(NORMAL)


def test_quiet_says_nothing_but_errors(level, clock, monkeypatch, capsys):
    level(QUIET)
    assert run(io.StringIO(), monkeypatch) == ""
    assert run(Terminal(), monkeypatch) == ""
    monkeypatch.undo()
    say("progress")
    say("an error", QUIET)
    assert capsys.readouterr().err == "an error\n"


def test_verbose_says_more_and_when(level, capsys):
    say("a detail", VERBOSE)
    assert capsys.readouterr().err == ""
    level(VERBOSE)
    say("a detail", VERBOSE)
    assert re.fullmatch(r"\[ +\d+\.\d\d s\] a detail\n", capsys.readouterr().err)


def test_a_child_process_leaves_it_to_its_parent_to_tell():
    with single_threaded_processes() as child:
        assert child.submit(level_here).result() == QUIET


def level_here():
    return module._level
