"""What results depend on besides the code: versions, BLAS, threads, processor.

Kept as environment.json beside the records, since a time means nothing without its machine, and
another BLAS or another number of threads changes the last bits of a sum.

Read next: npprune/lab/config.py.
"""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

import npprune
from npprune import threads


def environment():
    """Describe this machine as values that JSON can hold."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "npprune": npprune.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": version("scipy"),
        "matplotlib": version("matplotlib"),
        "blas": f"{blas['name']} {blas['version']}",
        "BLAS kernels": os.environ.get("OPENBLAS_CORETYPE", ""),  # its own choice
        "processor": _processor(),
        "cores": threads.cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "thread settings": {name: os.environ.get(name, "not set") for name in threads.VARIABLES},
    }


def _processor():
    """Name the processor; Linux tells it in a file only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def is_machine(record):
    """Say whether a record has the form that environment() gives it, as far as it is read."""
    parts = ("thread settings", "measured")
    return isinstance(record, dict) and all(isinstance(record.get(p, {}), dict) for p in parts)
