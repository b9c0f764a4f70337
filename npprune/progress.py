"""Long work says how far it is and how long it will still take, on stderr.

On a terminal one line is rewritten in place.  In a file or a pipe that would be garbage, so there
a plain line is printed when a piece of work ends, and one every half minute while it lasts.

Read next: npprune/streams.py.
"""

import sys
import time

TERMINAL_INTERVAL, LOG_INTERVAL = 0.1, 30.0  # seconds between lines


def say(text):
    """Print one line for people."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Count `total` pieces of work under a label; used as a context manager.

    with Progress("timing", total=300) as progress:
        for done in range(300):
            ...
            progress(done + 1, "k = 0.9")
    """

    def __init__(self, label, total):
        """Start the clock."""
        self.label, self.total = label, total
        self.done, self.note = 0, ""
        self._start = time.perf_counter()
        self._terminal = sys.stderr.isatty()
        self._interval = TERMINAL_INTERVAL if self._terminal else LOG_INTERVAL
        self._last = self._start

    def __call__(self, done, note=""):
        """Say that `done` pieces are finished, with a word on the current one."""
        self.done, self.note = done, note
        now = time.perf_counter()
        if now - self._last >= self._interval:
            self._last = now
            self._show(now)

    def say(self, text):
        """Print a line that stays, above the one that is rewritten."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
        say(text)

    def _show(self, now, end=False):
        elapsed = now - self._start
        left = f", {(self.total - self.done) * elapsed / self.done:.0f} s left" if self.done else ""
        when = f"{elapsed:.0f} s" if end else f"{elapsed:.0f} s{left}"
        line = f"{self.label}  {self.done}/{self.total}  {self.note}  {when}"
        if self._terminal:
            sys.stderr.write("\r\x1b[K" + line + ("\n" if end else ""))
            sys.stderr.flush()
        else:
            say(line)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.done:
            self._show(time.perf_counter(), end=True)
