"""A new study takes one folder and one entry in the list: all else follows.

The package is copied, a study of a few lines is added, and the commands run as they are.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import npprune
from npprune.lab.records import read_csv

FACE = '''
"""How does the sum of a network's weights grow with the number of layers?"""
from npprune.lab.study import MODES, Figure, Records, Study
STUDY = Study(
    "toy", "how large are the weights?",
    tables=(Records("toy", ("seed", "layers"), costs=("seconds",)),),
    figures=(Figure("toy", "sums", ("toy",)),),
    forms=dict.fromkeys(MODES), needs=("train",),
)
'''
MEASURE = """
import time
from npprune.lab.study import Later, Piece
from npprune.lab.trained import trained
def pieces(run, dataset, form):
    for seed in run.config.seeds:
        for layers in (1, 2, 3):
            arguments = (Later(first, run, dataset, seed, layers),)
            yield Piece("toy", {"seed": seed, "layers": layers}, add, arguments)
def first(run, dataset, seed, layers):
    return trained(run, dataset, seed)[:layers]
def add(weights):
    time.sleep(0.5)
    return {"toy": [{"sum": float(sum(abs(W).sum() for W in weights)), "seconds": time.time()}]}
"""
DRAW = """
from npprune.lab import style
def sums(path, config, rows):
    with style.figure(path) as (_, axes):
        axes.plot([row["layers"] for row in rows], [row["sum"] for row in rows], "o")
"""
TELL = """
from npprune.lab.page import table
def values(run):
    if rows := run.read("toy"):
        columns = [("layers", "{layers}"), ("sum", "{sum:.1f}")]
        most = max(row["sum"] for row in rows)
        return {"sums": table("Sums", rows, columns), "most": most}
"""
WORDS = """
## How large are the weights?

They sum to {most:.1f} at most.

![Points over the number of layers](figures/toy.png)
Sums

<!-- shown -->
{sums}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the package with one study more; its code has at most 40 lines."""
    root = tmp_path_factory.mktemp("house")
    package = Path(npprune.__file__).parent
    shutil.copytree(package, root / "npprune", ignore=shutil.ignore_patterns("__pycache__"))
    folder = root / "npprune" / "studies" / "toy"
    folder.mkdir()
    files = {"__init__": FACE, "measure": MEASURE, "draw": DRAW, "tell": TELL}
    assert sum(len(text.strip().splitlines()) for text in files.values()) <= 40
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "tell.md").write_text(WORDS)
    listing = root / "npprune" / "studies" / "__init__.py"
    names = listing.read_text().replace('    "train",\n', '    "train",\n    "toy",\n', 1)
    listing.write_text(names)
    return root


@pytest.fixture(scope="module")
def start(house, tiny_folder, elsewhere):
    """Start a command of the copied package; -> Popen."""

    def start(command, out, *flags):
        small = ["--hidden", "16,12", "--batch", "16", "--epochs", "1", "--validation", "100"]
        data = ["--data-dir", str(tiny_folder), *small] if command in ("toy", "reproduce") else []
        words = [command, *flags, *data, "--out", str(out)]
        return subprocess.Popen(
            [sys.executable, "-m", "npprune", *words], cwd=house,
            env=os.environ | elsewhere | {"PYTHONPATH": str(house)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


@pytest.fixture(scope="module")
def command(start):
    """Run a command of the copied package to its end; -> what it printed."""

    def command(*words):
        process = start(*words)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output

    return command


def test_its_command_figure_report_merge_kill_and_resume(command, start, tmp_path):
    table = tmp_path / "0" / "data" / "toy.csv"
    process = start("toy", tmp_path / "0")
    while not table.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    begun = read_csv(table)
    assert 1 <= len(begun) < 3

    output = command("toy", tmp_path / "0")
    assert "Sums" in output
    rows = read_csv(table)
    assert [row["layers"] for row in rows] == [1, 2, 3]
    assert [row for row in rows if row in begun] == begun  # not measured again

    command("toy", tmp_path / "1", "--seed", "1")
    command("merge", tmp_path / "both", str(tmp_path / "0"), str(tmp_path / "1"))
    rows = read_csv(tmp_path / "both" / "data" / "toy.csv")
    keys = [(row["seed"], row["layers"]) for row in rows]
    assert keys == [(seed, layers) for seed in (0, 1) for layers in (1, 2, 3)]

    assert str(tmp_path / "both" / "figures" / "toy.png") in command("figures", tmp_path / "both")
    command("report", tmp_path / "both")
    page = (tmp_path / "both" / "report.md").read_text()
    assert f"They sum to {max(row['sum'] for row in rows):.1f} at most." in page
    assert "figures/toy.png" in page


def test_it_stands_in_the_help(command, house, elsewhere):
    done = subprocess.run(
        [sys.executable, "-m", "npprune", "--help"], cwd=house, text=True, capture_output=True,
        env=os.environ | elsewhere | {"PYTHONPATH": str(house)}, check=True,
    )  # fmt: skip
    assert "how large are the weights?" in done.stdout
