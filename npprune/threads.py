"""How many threads BLAS uses: decided once, by environment variables, before NumPy is imported.

NumPy's matrix products run on a BLAS library that starts its threads when it is loaded and, in a
running process, has no public switch for them.  So a process that wants one thread must say so
first.  The command line leaves the choice to BLAS (all cores) unless the user has set it; only
the timing study, which needs to know exactly what runs, asks for one thread in a process of its
own.  Importing npprune as a library changes nothing.

Read next: npprune/studies/timing.py.
"""

import os
import signal
import sys

# One for each BLAS that a NumPy may be built with.
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def single_threaded_blas():
    """Make BLAS use one thread in this process; raises RuntimeError if NumPy is loaded already."""
    if "numpy" in sys.modules:
        raise RuntimeError("NumPy is loaded already: its threads can no longer be chosen")
    os.environ.update(dict.fromkeys(VARIABLES, "1"))


def prepare_timing_process():
    """Make BLAS use one thread, and leave Ctrl-C, which every process gets, to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    single_threaded_blas()


def cores():
    """Count the processor cores that this process may use, which a container may limit."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
