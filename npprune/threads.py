"""How many threads BLAS uses: decided once, by environment variables, before NumPy is imported.

NumPy's matrix products run on a BLAS library that starts its threads when it is loaded and, in a
running process, has no public switch for them.  The command line leaves the choice to BLAS (all
cores) unless the user has set it.  Work that needs to know exactly what runs (the timing study) or
that fills the cores with processes of its own asks for fresh interpreters in which BLAS has one
thread.

A new process that fails to start, or ends before its work is done, is one EnvironmentFailure that
names what is wrong.

Read next: npprune/network/needs.py.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

from npprune.errors import EnvironmentFailure

# One for each BLAS that a NumPy may be built with.
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class _Processes(ProcessPoolExecutor):
    """An executor that says why a process cannot be started."""

    def submit(self, function, *arguments):
        try:
            return super().submit(function, *arguments)
        except (RuntimeError, OSError) as error:
            self.shutdown(wait=False, cancel_futures=True)  # or leaving would wait for the others
            raise _failure(error) from error


def _failure(error):
    """Return the EnvironmentFailure that says what a process of our own has met."""
    if not os.access(sys.executable, os.X_OK):
        why = f"{sys.executable} is not there any more: start again where Python is"
    elif isinstance(error, BrokenExecutor):
        why = "it could not load its modules, was ended from outside, or lacked memory"
    else:
        why = f"it could not be started ({error})"
    return EnvironmentFailure(f"a worker process: {why}: the same command goes on where it was")


@contextlib.contextmanager
def single_threaded_processes(count=1):
    """Give an executor of `count` fresh interpreters, in each of which BLAS has one thread.

    A new process reads the environment of its parent when it starts, which may be at any time
    within the with block; this process has read its own long ago and is not affected.  What is
    submitted must be a function of a module that can be imported.  Raises EnvironmentFailure when
    a process cannot be started or ends before its work is done.
    """
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    spawn = multiprocessing.get_context("spawn")
    try:
        with _hidden_script(), _executor(count, spawn) as executor:
            yield executor
    except BrokenExecutor as error:
        raise _failure(error) from error
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _executor(count, spawn):
    """Return the executor; its queues ask for a process of their own, which may fail to start."""
    try:
        return _Processes(count, spawn, _follow_the_parent)
    except OSError as error:
        raise _failure(error) from error


@contextlib.contextmanager
def _hidden_script():
    """Keep new processes from running the script that was started once more.

    They do so to find what it defines, which here is nothing that they need.  A script without
    `if __name__ == "__main__"` would begin all its work again in each of them, and one that came
    from standard input is not to be found.
    """
    script = vars(sys.modules["__main__"])
    names = ("__spec__", "__file__")
    before = {name: script[name] for name in names if name in script}
    script.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            del script[name]
        script.update(before)


def _follow_the_parent():
    """Ignore Ctrl-C, which a terminal sends to all processes of a command; end with the parent.

    A parent that is killed can tell nobody, and a worker waiting for work would wait for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()


def _end_with(process):
    """Wait for the end of another process, asleep, and then end this one."""
    process.join()
    os._exit(1)


def cores():
    """Count the processor cores that this process may use, which a container may limit.

    A quota of time (docker --cpus) limits no cores: a half of each of four is still four.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
