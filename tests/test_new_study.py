"""A new study takes one folder and one entry in the list: all else follows.

The package is copied, a study of a few lines is added, and the commands run as they are.
"""

import shutil
from pathlib import Path

import pytest

import npprune
from npprune.lab.records import read_csv, write_csv

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


@pytest.fixture
def house(tmp_path):
    """A copy of the package with one study more; its code has at most 40 lines."""
    package = shutil.copytree(
        Path(npprune.__file__).parent, tmp_path / "house" / "npprune",
        ignore=shutil.ignore_patterns("__pycache__"),
    )  # fmt: skip
    folder = package / "studies" / "toy"
    folder.mkdir()
    files = {"__init__": FACE, "measure": MEASURE, "draw": DRAW, "tell": TELL}
    assert sum(len(text.strip().splitlines()) for text in files.values()) <= 40
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "tell.md").write_text(WORDS)
    listing = package / "studies" / "__init__.py"
    listing.write_text(
        listing.read_text().replace('    "train",\n', '    "train",\n    "toy",\n', 1)
    )
    return package.parent


@pytest.fixture
def command(house, tiny_folder, interpreter):
    """Run a command of the copied package; -> what it printed."""
    small = ["--hidden", "16,12", "--batch", "16", "--epochs", "1", "--validation", "100"]
    data = ["--data-dir", tiny_folder, *small]

    def command(name, *others):
        words = "-m", "npprune", name, *others, *(data if name == "toy" else [])
        done = interpreter(*words, cwd=house, env={"PYTHONPATH": str(house)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def test_its_command_figure_report_resume_and_merge(command, tmp_path):
    parts, both = [tmp_path / "0", tmp_path / "1"], tmp_path / "both"
    table = parts[0] / "data" / "toy.csv"
    assert "Sums" in command("toy", "--out", parts[0])
    first, *others = read_csv(table)
    write_csv(table, [first])  # as if killed then
    command("toy", "--out", parts[0])
    begun, *again = read_csv(table)
    assert begun == first  # not measured again
    assert [row["sum"] for row in again] == [row["sum"] for row in others]
    assert [row["layers"] for row in again] == [2, 3]

    command("toy", "--seed", "1", "--out", parts[1])
    command("merge", *parts, "--out", both)
    rows = read_csv(both / "data" / "toy.csv")
    keys = [(row["seed"], row["layers"]) for row in rows]
    assert keys == [(seed, layers) for seed in (0, 1) for layers in (1, 2, 3)]
    assert (both / "figures" / "toy.png").exists()
    page = (both / "report.md").read_text()
    assert f"They sum to {max(row['sum'] for row in rows):.1f} at most." in page
    assert "figures/toy.png" in page


def test_it_stands_in_the_help(command):
    assert "how large are the weights?" in command("--help")
