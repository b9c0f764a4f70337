"""README's commands, run: every line as it stands there, in its order, on the tiny data set.

What makes a run small is appended where a line begins a folder; whatever goes on in a folder goes
on with its settings, as README says.  Every study has its tiny form, and its pieces are done in
this process.  A line with no check of what README says about it fails, so that none is added
without one.
"""

import hashlib
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from tiny import tiny_studies

import npprune
from npprune import cli, driver
from npprune.data.datasets import FILE_NAMES
from npprune.data.download import PUBLISHED, SIZES, Published
from npprune.files import write_whole
from npprune.lab.config import read_config
from npprune.lab.records import read_csv
from npprune.network.checkpoint import load_weights

ROOT = Path(npprune.__file__).parents[1]
PAGES = [ROOT / folder / "README.md" for folder in ("", "npprune", "benchmarks")]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
LINES = [line for language, block in BLOCKS if not language for line in block.splitlines()]
COMMANDS = [line.split("   ")[0].strip() for line in LINES if line.startswith("npprune ")]
JOBS = [inner for line in LINES for inner in re.findall(r"--wrap '(npprune .*?)'", line)]
PYTEST = [line for line in LINES if line.startswith("python -m pytest ")]
(RECIPE,) = [block for language, block in BLOCKS if language == "json"]
SMALL = ["--validation", "100", "--batch", "16", "--epochs", "2"]


def column(path, name):
    """The values of a column of a table, each once, in order."""
    return list(dict.fromkeys(row[name] for row in read_csv(path)))


def made(table, *words):
    """The check of a command whose table is there, and whose output has these words."""

    def check(folder, output):
        assert read_csv(folder / "data" / f"{table}.csv")
        assert not [word for word in words if not re.search(word, output, re.IGNORECASE)]

    return check


def trained(folder, output):
    sizes = [W.shape for W in load_weights(folder / "checkpoints" / "seed-0.npz")]
    assert sizes == [(30, 300), (300, 100), (100, 10)]
    assert "test accuracy" in output
    assert not (folder / "data" / "sparsity.csv").exists()


def networks(folder, output):
    names = column(folder / "data" / "frontier.csv", "name")
    assert "scratch" in output
    assert len(list((folder / "networks").iterdir())) == len(names)


def exported(folder, output):
    size = Path("net.npz").stat().st_size
    assert f"{size:,} bytes" in output
    assert size in column(folder / "data" / "frontier.csv", "bytes")


def drawn(folder, output):
    names = output.split()
    assert str(folder / "figures" / "training.png") in names
    assert all(Path(name).read_bytes().startswith(b"\x89PNG") for name in names)


def reported(folder, output):
    assert output == f"{folder / 'report.html'}\n"
    assert (folder / "report.md").exists()


BASIC = ("training", "sparsity")  # tables, and figures of the same names


def everything(*words, tables=(), **settings):
    """The check of a whole study: its report, its words, its tables and its settings."""

    def check(folder, output):
        assert output.endswith(f"report: {folder / 'report.html'}\n")
        assert not [word for word in words if word not in output]
        assert all((folder / "figures" / f"{name}.png").exists() for name in BASIC)
        assert all(read_csv(folder / "data" / f"{name}.csv") for name in (*BASIC, *tables))
        config = read_config(folder / "config.json")
        assert settings.items() <= ({"optimizer": config.recipe.optimizer} | vars(config)).items()
        assert column(folder / "data" / "sparsity.csv", "seed") == [*config.seeds]

    return check


def found(folder, output):
    assert os.environ["NPPRUNE_DATA"] in output
    assert re.search("loaded .*tiny", output)


CHECKS = {
    "npprune train --hidden 300,100": trained,
    "npprune prune": made("sparsity", "test accuracy after pruning"),
    "npprune prune --k .92,.94": made("sparsity", "0.92", "0.94"),
    "npprune time": made("timing", "milliseconds"),
    "npprune randomness": made("randomness_layers", "least random"),
    "npprune criteria": made("criteria", "magnitude"),
    "npprune frontier": networks,
    "npprune frontier --recipe my.json": made("frontier", "mine"),
    "npprune export --network dense --to net.npz": exported,
    "npprune fewest": made("fewest", "weights"),
    "npprune tuning": made("tuning", "half"),
    "npprune look": made("masks", "units"),
    "npprune locality": made("locality", "null"),
    "npprune ablation": made("ablation", "default"),
    "npprune lost": made("lost", "calibration"),
    "npprune speed": made("speed_training", "products"),
    "npprune figures": drawn,
    "npprune report": reported,
    "npprune data": found,
    "npprune --seeds 5 --out five": everything(" ± ", seeds=(0, 1, 2, 3, 4)),
    "npprune --full --out long": everything(tables=("criteria", "frontier", "speed_training")),
    "npprune --protocol source --out adam": everything(optimizer="adam"),
    "npprune --dataset fashion-mnist --out fashion": everything(dataset="fashion-mnist"),
    "npprune --data-dir my-data --out own": everything(),
    "npprune merge part-* --out merged": everything("seeds 0, 1", seeds=(0, 1)),
}


PICTURES = {}


def draw_once(name, function, path, config, *tables, draw=driver.draw):
    """Draw a figure once for each protocol, of one seed and of several; others get that picture."""
    kind = function, config.protocol, len(config.seeds) > 1
    if kind not in PICTURES:
        draw(name, function, path, config, *tables)
        PICTURES[kind] = path.read_bytes()
    write_whole(path, PICTURES[kind])


@pytest.fixture
def reader(tiny_folder, tmp_path, monkeypatch, at_once, capsys):
    """A reader in a new folder; -> run(words), which must succeed and returns what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NPPRUNE_DATA", str(tiny_folder))
    tiny_studies(monkeypatch.setattr)
    Path("my.json").write_text(RECIPE)
    Path("my-data").symlink_to(tiny_folder)
    monkeypatch.setattr(driver, "draw", draw_once)
    checksums = {}
    for name in FILE_NAMES:  # the tiny data set stands for a published one
        content = (tiny_folder / name).read_bytes()
        checksums[name] = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(SIZES, name, len(content))
    source = Published(("https://127.0.0.1:9/",), "sha256", checksums)
    monkeypatch.setitem(PUBLISHED, "fashion-mnist", source)

    def run(words):
        status = cli.main(words)
        told = capsys.readouterr()
        assert status == 0, (words, told.err)
        return told.out

    return run


def folder_of(words):
    return Path(words[words.index("--out") + 1] if "--out" in words else "npprune-run")


def words_of(command):
    """What a shell makes of a command of README, and what makes it small if it begins a folder."""
    words = [os.path.expandvars(word) for word in shlex.split(command)[1:]]
    words = [name for word in words for name in (sorted(map(str, Path().glob(word))) or [word])]
    begins = not (folder_of(words) / "config.json").exists() and words[0] not in ("merge", "data")
    wide = ["--hidden", "16,12"] if "--hidden" not in words else []
    return [*words, *(SMALL + wide if begins else [])]


def test_the_commands_work_one_after_the_other(reader, monkeypatch):
    assert {*COMMANDS} == {*CHECKS}
    for command in JOBS:
        for seed in ("0", "1"):
            monkeypatch.setenv("SLURM_ARRAY_TASK_ID", seed)
            reader(words_of(command))
    shutil.copytree("part-0", "long")  # done from nothing just now; here what is done is found
    for command in COMMANDS:
        words = words_of(command)
        CHECKS[command](folder_of(words), reader(words))


@pytest.mark.parametrize("command", PYTEST)
def test_benchmarks_are_collected(command, interpreter):
    done = interpreter(*shlex.split(command)[1:], "--collect-only", cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert "::bench_" in done.stdout
