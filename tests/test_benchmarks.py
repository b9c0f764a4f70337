"""The idioms of pytest-benchmark, none of which may end in an error of pytest's own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import npprune
from npprune.threads import VARIABLES

ROOT = Path(npprune.__file__).parents[1]
ONE = ("-k", "bench_masks and unit", "--benchmark-max-time=0.01", "--benchmark-min-rounds=1")


@pytest.fixture
def bench(tmp_path):
    """Run one benchmark in a folder of its own; -> function of flags that returns what is said."""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in VARIABLES and not name.startswith("PYTEST")
    }

    def run(*flags, files=("benchmarks/bench_pruning.py",), status=0):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files, *ONE, *flags]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        assert "INTERNALERROR" not in said
        return said

    return run


def saved(folder):
    return sorted((folder / ".benchmarks").rglob("*.json"))


def test_comparing_and_saving_work_with_and_without_something_saved(bench, tmp_path):
    assert "1 passed" in bench("--benchmark-compare")
    assert "1 passed" in bench("--benchmark-compare", "--benchmark-autosave")
    (path,) = saved(tmp_path)
    record = json.loads(path.read_text())
    assert "1, dense and sparse alike" in record["machine_info"]["threads"]
    assert "NOW" in bench("--benchmark-compare")
    record["machine_info"] |= {"node": "another", "threads": "8"}  # as from another machine
    path.write_text(json.dumps(record))
    said = bench("--benchmark-compare", f"--benchmark-json={tmp_path / 'own.json'}")
    assert "machine_info is different" in said
    assert json.loads((tmp_path / "own.json").read_text())["benchmarks"]


@pytest.mark.parametrize("flags", [(), ("--benchmark-disable",), ("--benchmark-autosave",)])
def test_benchmarks_run_side_by_side(flags, bench):
    pytest.importorskip("xdist")
    assert "1 passed" in bench("-n", "2", *flags)


def test_the_number_of_threads_stands_above_the_table(bench):
    said = bench()
    assert re.search(r"threads: 1,.*\n(.*\n)*.*bench_masks", said)


def test_numpy_with_threads_of_its_own_is_no_ground_for_a_comparison(bench, tmp_path):
    (tmp_path / "test_before.py").write_text(
        "import numpy\n\n\ndef test_bench_masks():\n    pass\n"
    )
    (tmp_path / "conftest.py").write_text("import numpy\n")
    both = {"files": ("test_before.py", "benchmarks/bench_pruning.py")}
    assert VARIABLES[0] in bench(**both, status=4)
    assert "passed" in bench("--benchmark-disable", **both)
