"""README's commands, run: every line as it stands there, on the tiny data set.

What makes a run small is appended: the flags of the session's finished quick study, which then is
the run that the command goes on with.  Drawing and reporting are left to the commands that are
about them, and the long studies are cut to their least.  --full cannot be appended to: that it
runs all studies is seen here, and the studies at length, on the tiny network, in
tests/studies/test_pipeline.py (slow).

A line with no check of what README says about it fails, so that none is added without one.
"""

import dataclasses
import functools
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import npprune
from npprune import cli
from npprune import train as script
from npprune.data.datasets import FILE_NAMES
from npprune.data.download import PUBLISHED, SIZES, Published
from npprune.lab import pieces
from npprune.lab.config import protocol_recipe, read_config
from npprune.lab.records import read_csv, write_json
from npprune.network.checkpoint import load_weights
from npprune.network.training import Recipe
from npprune.studies import pipeline
from npprune.studies.criteria import study as criteria
from npprune.studies.frontier import choice, deploy, times
from npprune.studies.frontier import study as frontier
from npprune.studies.locality import study as locality
from npprune.studies.randomness import study as randomness

ROOT = Path(npprune.__file__).parents[1]
BLOCKS = re.findall(
    r"^```(\w*)\n(.*?)^```$",
    (ROOT / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
LINES = [line for language, block in BLOCKS if not language for line in block.splitlines()]
COMMANDS = sorted(
    {line.split("   ")[0].strip() for line in LINES if line.startswith("npprune")}
    | {inner for line in LINES for inner in re.findall(r"--wrap '(npprune .*?)'", line)}
)
PYTEST = [line for line in LINES if line.startswith("python -m pytest ")]
(RECIPE,) = [block for language, block in BLOCKS if language == "json"]
SMALL = ["--validation", "100", "--batch", "16"]
DRAW, WRITE = pipeline.figures, pipeline.report.write
LONG = ("speed", "randomness", "criteria", "frontier", "locality")


@pytest.fixture
def reader(finished, tiny_folder, tmp_path, monkeypatch, at_once, capsys):
    """A reader in a new folder; -> run(words), which must succeed and returns what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NPPRUNE_DATA", str(tiny_folder))
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "0")
    for module in (times, pipeline.timing):
        monkeypatch.setattr(module, "single_threaded_processes", pieces.single_threaded_processes)
    monkeypatch.setattr(pipeline, "figures", lambda run: [])
    monkeypatch.setattr(pipeline.report, "write", lambda run: run.folder / "report.html")
    shorten(monkeypatch)
    Path("my.json").write_text(RECIPE)

    def run(words, main=cli.main):
        status = main(words)
        told = capsys.readouterr()
        assert status == 0, told.err
        return told.out

    return run


def shorten(monkeypatch):
    """Cut the long studies to their least, whatever form of them is asked for."""
    monkeypatch.setattr(randomness, "LAWS", ["gaussian"])
    monkeypatch.setattr(randomness, "RATE_NORMS", (2,))
    form = randomness.TRIAL._replace(name="full", draws=2, fan_ins=(16, 64), columns=50)
    monkeypatch.setattr(randomness, "TRIAL", form)
    form = locality.TRIAL._replace(name="full", draws=2, checks=1, few=1)
    monkeypatch.setattr(locality, "TRIAL", form)
    parts = [part[:1] for part in criteria.stages()]
    monkeypatch.setattr(criteria, "stages", lambda: parts)
    grid = pipeline.timing.QUICK_GRID._replace(sparsities=(0.9,), batches=(100,))
    monkeypatch.setattr(pipeline.timing, "QUICK_GRID", grid)
    monkeypatch.setattr(frontier, "BUDGET", 0.0)
    monkeypatch.setattr(pipeline, "SPEED_BUDGET", 0.0)
    # These take minutes or start programs, whatever the run's network: the published ones stand in.
    for name in ("speed_training", "around", "roofline"):
        rows = published(name)
        monkeypatch.setattr(getattr(pipeline, name), "run", lambda *_, rows=rows: rows)
    rows = published("speed_inference"), published("break_even")
    monkeypatch.setattr(pipeline.speed_inference, "run", lambda *_: rows)


def published(name):
    """The records of a study of the published run."""
    return read_csv(ROOT / "figures" / "data" / f"{name}.csv")


def words_of(command):
    """What a shell makes of a command of README, without the program's name."""
    words = [os.path.expandvars(word) for word in shlex.split(command)[1:]]
    found = [sorted(map(str, Path().glob(word))) if "*" in word else [] for word in words]
    return [name for word, names in zip(words, found, strict=True) for name in names or [word]]


def small(words):
    """The flags that make a command small and name the run of the finished study."""
    flags = SMALL + ([] if "--full" in words else ["--quick"])
    return flags + ([] if "--hidden" in words else ["--hidden", "16,12"])


def folder_of(words):
    """The folder of the run that a command is about."""
    return Path(words[words.index("--out") + 1] if "--out" in words else "npprune-run")


def go_on(finished, words, **changes):
    """Let the folder that a command is about hold the finished study, under a changed name; -> it.

    The changes are to its configuration, so that what was not asked for would be refused.
    """
    folder = shutil.copytree(finished, folder_of(words))
    config = dataclasses.replace(read_config(folder / "config.json"), **changes)
    write_json(folder / "config.json", config.as_json())
    return folder


def column(path, name):
    """The values of a column of a table, each once, in order."""
    return list(dict.fromkeys(row[name] for row in read_csv(path)))


def seeds(reader, finished, words, monkeypatch):
    """The whole study, five seeds, in a folder of its own."""
    folder = go_on(finished, words)
    output = reader([*words, *small(words)])
    count = int(words[words.index("--seeds") + 1])
    assert column(folder / "data" / "sparsity.csv", "seed") == list(range(count))
    assert " +- " in output
    assert output.endswith(f"report: {folder / 'report.html'}\n")


def full(reader, finished, words, monkeypatch):
    """Every study at length, for every seed; what is there already is not done again."""
    recipe = read_config(finished / "config.json").recipe
    recipe = dataclasses.replace(recipe, epochs=Recipe().epochs)
    folder = go_on(finished, words, quick=False, recipe=recipe)
    before = (folder / "checkpoints" / "seed-0.npz").read_bytes()
    called = []
    for name in ("prune", "time", *LONG):
        note = functools.partial(lambda name, *given: called.append((name, *given[2:])), name)
        monkeypatch.setattr(pipeline, name, note)
    output = reader([*words, *small(words)])
    assert {name for name, *_ in called} == {"prune", "time", *LONG}
    assert {("randomness", True), ("locality", True)} <= set(called)
    assert read_config(folder / "config.json").seeds == tuple(
        range(int(words[words.index("--seeds") + 1]) if "--seeds" in words else 1)
    )
    assert (folder / "checkpoints" / "seed-0.npz").read_bytes() == before
    assert output.endswith(f"report: {folder / 'report.html'}\n")


def train(reader, finished, words, monkeypatch):
    """Train only, also as python -m npprune.train."""
    output = reader([*words, *SMALL])
    assert "test accuracy" in output
    sizes = [W.shape for W in load_weights("npprune-run/checkpoints/seed-0.npz")]
    assert sizes == [(30, 300), (300, 100), (100, 10)]
    assert len(read_csv("npprune-run/data/training.csv")) == 20
    assert {path.name for path in Path("npprune-run/data").iterdir()} == {
        "training.csv",
        "baseline.csv",
    }
    again = reader([*words[1:], *SMALL], script.main)  # the same run: nothing is left to do
    assert again == output


def one_study(table, said):
    """The check of a command that runs one study: its table is written, its words are printed."""

    def check(reader, finished, words, monkeypatch):
        folder = go_on(finished, words)
        (folder / "data" / f"{table}.csv").unlink(missing_ok=table != "timing")
        output = reader([*words, *small(words)])
        assert read_csv(folder / "data" / f"{table}.csv")
        assert re.search(said, output, re.IGNORECASE)

    return check


def small_and_fast(reader, finished, words, monkeypatch):
    """How small and how fast at what accuracy, controls beside it; a recipe of one's own too."""
    folder = go_on(finished, words)
    output = reader([*words, *small(words)])
    made = column(folder / "data" / "frontier.csv", "name")
    assert ("mine" in made) == ("--recipe" in words)
    assert ("mine" in output) == ("--recipe" in words)
    assert "scratch" in output
    assert len(list((folder / "networks").iterdir())) == len(made)


def export(reader, finished, words, monkeypatch):
    """The smallest network at no loss; here any loss is none."""
    folder = go_on(finished, words)
    reader(["frontier", *small(words)])
    monkeypatch.setattr(deploy, "cheapest", functools.partial(choice.cheapest, tolerance=1.0))
    output = reader(words)
    size = Path(words[words.index("--to") + 1]).stat().st_size
    pruned = [r for r in read_csv(folder / "data" / "frontier.csv") if r["group"] == "pruned"]
    assert size == min(row["bytes"] for row in pruned)
    assert f"{size:,} bytes" in output


def merge(reader, finished, words, monkeypatch):
    """Join runs of other seeds, from many machines; they are drawn and reported as one."""
    for seed in (0, 1):
        part = ["prune", "--seed", str(seed), "--out", f"part-{seed}"]
        reader([*part, *small(part)])
    words = words_of(shlex.join(["npprune", *words]).replace("'", ""))  # now they can be named
    assert "seeds 0, 1" in reader(words)
    assert column(folder_of(words) / "data" / "sparsity.csv", "seed") == [0, 1]


def figures(reader, finished, words, monkeypatch):
    """Draw the figures again, from the CSV alone."""
    folder = go_on(finished, words)
    for part in ("checkpoints", "figures"):
        shutil.rmtree(folder / part)
    for path in (folder / "data").iterdir():
        if path.name != "training.csv":  # one is enough
            path.unlink()
    monkeypatch.setattr(pipeline, "figures", DRAW)
    drawn = folder / "figures" / "training.png"
    assert reader(words) == f"{drawn}\n"
    assert drawn.read_bytes().startswith(b"\x89PNG")


def report(reader, finished, words, monkeypatch):
    """Write report.md and report.html again."""
    folder = go_on(finished, words)
    before = {name: (folder / name).read_text() for name in ("report.md", "report.html")}
    for name in before:
        (folder / name).unlink()
    monkeypatch.setattr(pipeline.report, "write", WRITE)
    assert reader(words) == f"{folder / 'report.html'}\n"
    assert {name: (folder / name).read_text() for name in before} == before


def data(reader, finished, words, monkeypatch):
    """Say which data set is found, and where."""
    output = reader([*words, *SMALL[:2]])
    assert os.environ["NPPRUNE_DATA"] in output
    assert re.search("loaded .*tiny", output)


def by_name(reader, finished, words, monkeypatch):
    """The whole study of a published data set; the tiny one stands for it here."""
    name = words[words.index("--dataset") + 1]
    checksums = {}
    for file_name in FILE_NAMES:
        content = Path(os.environ["NPPRUNE_DATA"], file_name).read_bytes()
        checksums[file_name] = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(SIZES, file_name, len(content))
    monkeypatch.setitem(PUBLISHED, name, Published(("https://127.0.0.1:9/",), "sha256", checksums))
    folder = go_on(finished, words, dataset=name)
    assert "report: " in reader([*words, *small(words)])
    assert read_config(folder / "config.json").dataset == name


def own_data(reader, finished, words, monkeypatch):
    """Your own four IDX files."""
    Path(words[words.index("--data-dir") + 1]).symlink_to(os.environ["NPPRUNE_DATA"])
    monkeypatch.delenv("NPPRUNE_DATA")
    go_on(finished, words)
    assert "report: " in reader([*words, *small(words)])


def protocol(reader, finished, words, monkeypatch):
    """As the source report did it: Adam, no validation set."""
    recipe = dataclasses.replace(protocol_recipe("source", True), hidden=(16, 12), batch=16)
    assert recipe.optimizer == "adam"
    go_on(finished, words, protocol="source", validation=0, recipe=recipe)
    assert "report: " in reader([*words, *small(words)])


CHECKS = {
    "--full": full,
    "--seeds": seeds,
    "--dataset": by_name,
    "--data-dir": own_data,
    "--protocol": protocol,
    "train": train,
    "prune": one_study("sparsity", "test accuracy after pruning"),
    "time": one_study("timing", "milliseconds"),
    "speed": one_study("growth", "step / products"),
    "randomness": one_study("randomness_layers", "theor"),
    "criteria": one_study("criteria", "magnitude"),
    "locality": one_study("locality", "chance"),
    "frontier": small_and_fast,
    "export": export,
    "merge": merge,
    "figures": figures,
    "report": report,
    "data": data,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_readme_does_what_readme_says(command, reader, finished, monkeypatch):
    words = words_of(command)
    CHECKS[words[0]](reader, finished, words, monkeypatch)


def test_the_commands_are_found():
    assert {shlex.split(command)[1] for command in COMMANDS} == set(CHECKS)


def run_pytest(lines, *flags):
    """Run the benchmarks that some lines name, in one process; -> what is printed."""
    words = [word for line in lines for word in shlex.split(line)[3:]]
    words = [word for word in words if word != "--benchmark-autosave"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_benchmarks_are_there_and_run():
    """One of each file, once, unmeasured."""
    some = "bench_control or bench_compact or (bench_step and 32)"
    assert "3 passed" in run_pytest(PYTEST, "--benchmark-disable", "-k", some)


@pytest.mark.slow
def test_all_benchmarks_run():
    assert " passed" in run_pytest(PYTEST, "--benchmark-disable")
