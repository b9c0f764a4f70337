"""How many threads BLAS uses: decided once, by environment variables, before NumPy is imported.

NumPy's matrix products run on a BLAS library that starts its threads when it is loaded and, in a
running process, has no public switch for them.  The command line leaves the choice to BLAS (all
cores) unless the user has set it.  Work that needs to know exactly what runs (the timing study)
or that fills the cores with processes of its own asks for fresh interpreters in which BLAS has
one thread.  Importing npprune as a library changes nothing.

Read next: npprune/data/idx.py.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor

# One for each BLAS that a NumPy may be built with.
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextlib.contextmanager
def single_threaded_processes(count=1):
    """Give an executor of `count` fresh interpreters, in each of which BLAS has one thread.

    A new process reads the environment of its parent when it starts, which may be at any time
    within the with block; this process has read its own long ago and is not affected.
    """
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, spawn, _follow_the_parent) as executor:
            yield executor
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
    """Count the processor cores that this process may use, which a container may limit."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
