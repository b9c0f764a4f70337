"""Long work says on stderr how far it is and how long it still takes.

On a terminal one line is rewritten in place.  In a file or a pipe a line is printed when the work
ends, and one every half minute.  A worker process says errors only: its parent counts for it.

Read next: npprune/threads.py.
"""

import contextlib
import multiprocessing
import os
import shutil
import sys
import time

TERMINAL_INTERVAL, LOG_INTERVAL = 0.1, 30.0  # seconds between lines

# What is said at a level is said at all higher ones too.
QUIET, NORMAL, VERBOSE = range(3)  # errors; progress; also what is read, written and left out

_level = NORMAL if multiprocessing.parent_process() is None else QUIET
_begin = time.perf_counter()


def set_level(level):
    global _level
    _level = level


def say(text, level=NORMAL):
    if level <= _level:
        when = f"[{time.perf_counter() - _begin:8.2f} s] " if _level == VERBOSE else ""
        print(f"{when}{text}", file=sys.stderr, flush=True)


def _columns():
    with contextlib.suppress(OSError, ValueError):
        if columns := os.get_terminal_size(sys.stderr.fileno()).columns:
            return columns
    return shutil.get_terminal_size().columns


class Progress:
    """Count `total` pieces of work under a label.

    with Progress("timing", total=300) as progress:
        for done in range(300):
            ...
            progress(done + 1, "k = 0.9")
    """

    def __init__(self, label, total):
        self.label, self.total = label, total
        self.done, self.note = 0, ""
        self._start = time.perf_counter()
        # TERM=dumb: one that cannot go back in a line, such as an editor's.
        capable = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._terminal = capable and _level > QUIET
        self._interval = TERMINAL_INTERVAL if self._terminal else LOG_INTERVAL
        self._last = self._start

    def __call__(self, done, note=""):
        self.done, self.note = done, note
        now = time.perf_counter()
        if now - self._last >= self._interval:
            self._last = now
            self._show(now)

    def say(self, text):
        """Print a line that stays, above the rewritten one."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
        say(text)

    def _show(self, now, end=False):
        elapsed = now - self._start
        left = f", {(self.total - self.done) * elapsed / self.done:.0f} s left" if self.done else ""
        when = f"{elapsed:.0f} s" if end else f"{elapsed:.0f} s{left}"
        before = f"{self.label}  {self.done}/{self.total}  "
        line = f"{before}{self.note}  {when}"
        if self._terminal:
            room = _columns() - 1
            note = self.note[: max(0, room - len(before) - len(when) - 2)]
            line = f"{before}{note}  {when}"[:room]
            sys.stderr.write("\r\x1b[K" + line + ("\n" if end else ""))
            sys.stderr.flush()
        else:
            say(line)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.done:
            self._show(time.perf_counter(), end=True)
