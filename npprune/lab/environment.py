"""What results depend on besides the code: versions, BLAS, threads, processor.

Kept as environment.json: times depend on the machine, the last bits of a sum on BLAS and threads.

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
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def about(machine):
    return {name: value for name, value in machine.items() if name != "measured"}


def credit(machines, here, measured):
    """Add to a list of machines what one measured, {table: seeds}."""
    same = next((machine for machine in machines if about(machine) == here), None)
    if same is None:
        machines.append(same := here | {"measured": {}})
    for name, seeds in measured.items():
        same["measured"][name] = sorted({*same["measured"].get(name, ()), *seeds})


def is_machine(record):
    parts = ("thread settings", "measured")
    return isinstance(record, dict) and all(isinstance(record.get(p, {}), dict) for p in parts)
