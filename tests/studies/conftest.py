"""What the tests of studies share."""

import contextlib
from concurrent.futures import Future

import pytest

from npprune.studies import pieces


@pytest.fixture
def at_once(monkeypatch):
    """In place of processes, an executor that works at once and notes what it was asked to do."""

    class Here(contextlib.nullcontext):
        def submit(self, function, *arguments):
            self.calls.append((function.__name__, *arguments))
            future = Future()
            future.set_result(function(*arguments))
            return future

        def shutdown(self, **how):
            """There is nobody to send home."""

    executor = Here()
    executor.enter_result, executor.calls = executor, []
    monkeypatch.setattr(pieces, "single_threaded_processes", lambda count: executor)
    return executor
