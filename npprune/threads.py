"""How many threads BLAS uses: decided by environment variables, before NumPy is imported.

BLAS starts its threads when it is loaded; a running process cannot change them.  The command line
leaves the choice to BLAS (all cores) and the user.  Work that is timed, or fills the cores, runs in
fresh interpreters with one BLAS thread.

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
    def submit(self, function, *arguments):
        try:
            return super().submit(function, *arguments)
        except (RuntimeError, OSError) as error:
            self.shutdown(wait=False, cancel_futures=True)  # or leaving would wait for the others
            raise _failure(error) from error


def _failure(error):
    if not os.access(sys.executable, os.X_OK):
        why = f"{sys.executable} is not there any more: start again where Python is"
    elif isinstance(error, BrokenExecutor):
        why = "it could not load its modules, was ended from outside, or lacked memory"
    else:
        why = f"it could not be started ({error})"
    return EnvironmentFailure(f"a worker process: {why}: the same command goes on where it was")


@contextlib.contextmanager
def single_threaded_processes(count=1):
    """An executor of `count` fresh interpreters, each with one BLAS thread.

    Submit functions that can be imported.  Raises EnvironmentFailure when a process cannot be
    started or ends early.
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
    try:
        return _Processes(count, spawn, _follow_the_parent)
    except OSError as error:
        raise _failure(error) from error


@contextlib.contextmanager
def _hidden_script():
    """Keep new processes from running a script without `__main__` guard again."""
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
    """Ignore Ctrl-C, which a terminal sends to all processes; end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()


def _end_with(process):
    process.join()
    os._exit(1)


def cores():
    """Processor cores that this process may use; a quota of time (docker --cpus) limits none."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
