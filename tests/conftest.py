"""What tests share: a tiny data set, a tiny network, the command line, and a closed door.

No test touches the network, the user's cache or the user's data: NPPRUNE_CACHE and NPPRUNE_DATA
point to a folder of the test session.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from at_once import AtOnce
from matplotlib.figure import Figure

import npprune
from npprune import cli, driver
from npprune.data import datasets
from npprune.data.datasets import FILE_NAMES
from npprune.data.idx import write_idx
from npprune.lab.config import Config
from npprune.network.mlp import init_weights
from npprune.network.training import Recipe

MNIST = os.environ.get("NPPRUNE_DATA")
ROOT = Path(npprune.__file__).parents[1]
SIZES = (30, 16, 12, 10)
HIDDEN = "16,12"
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

# A shell starts what it puts in the background with SIGINT ignored, and that is inherited: the
# tests of Ctrl-C would then stop nothing.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory):
    """Environment variables that lead away from the user's files and hold BLAS to one thread."""
    away = tmp_path_factory.mktemp("away")
    return {
        "NPPRUNE_CACHE": str(away / "cache"),
        "NPPRUNE_DATA": str(away / "nothing"),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(autouse=True)
def _offline(monkeypatch, elsewhere):
    monkeypatch.setenv("NPPRUNE_CACHE", elsewhere["NPPRUNE_CACHE"])
    monkeypatch.setenv("NPPRUNE_DATA", elsewhere["NPPRUNE_DATA"])


@pytest.fixture(scope="session", autouse=True)
def _unsynced():
    """Thousands of small files are written in this process, which need not outlive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def exact_savefig():
    """Draw pictures with few pixels, and not as SVG, which is half of the time; -> what draws them.

    Interpreters of their own draw them as they are, and so do the tests of tests/lab/test_style.py.
    """
    drawn = Figure.savefig

    def savefig(figure, file, format, **options):
        if format == "svg":
            file.write(bytes(10**7))  # larger than the PNG, so it is not kept
        else:
            drawn(figure, file, format=format, dpi=30, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig)
        yield drawn


@pytest.fixture(scope="session")
def mnist():
    """MNIST, checksums verified, or a skipped test."""
    if not MNIST or datasets.places("mnist", MNIST)[0].missing:
        pytest.skip("needs MNIST: set NPPRUNE_DATA to a folder with its four files")
    return datasets.load("mnist", MNIST)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """Four IDX files: 400 + 120 noisy copies of ten patterns of 6 x 5 pixels, classes uneven."""
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 256, (10, 6, 5))
    labels = [np.minimum(np.arange(n) % 13, 9).astype(np.uint8) for n in (400, 120)]
    train, test = (
        np.clip(patterns[y] + rng.normal(0, 50, (len(y), 6, 5)), 0, 255).astype(np.uint8)
        for y in labels
    )
    folder = tmp_path_factory.mktemp("data") / "tiny"
    for name, array in zip(FILE_NAMES, (*labels, test, train), strict=True):
        write_idx(folder / name, array)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder):
    """The tiny data set: 300 training, 100 validation and 120 test images."""
    return datasets.load(data_dir=tiny_folder, validation=100)


@pytest.fixture
def network():
    """A 30-16-12-10 network."""
    return init_weights(SIZES, np.random.default_rng(1))


@pytest.fixture
def config():
    """The configuration of a run on the tiny data set."""
    return Config(dataset="tiny", validation=100, quick=True)


@pytest.fixture(scope="session")
def tiny_config():
    """The configuration of a run on the tiny data set that trains a small network."""
    recipe = Recipe(hidden=SIZES[1:-1], batch=16, epochs=5)
    return Config(dataset="tiny", validation=100, recipe=recipe)


@pytest.fixture
def at_once(monkeypatch):
    """All pieces of work done in this process; -> the executor."""
    executor = AtOnce()
    monkeypatch.setattr(driver, "single_threaded_processes", lambda count=1: executor)
    return executor


def tiny_command(tiny_folder, command, out, *flags):
    """Arguments of a command of npprune on the tiny data."""
    size = ["--validation", "100", "--batch", "16", "--hidden", HIDDEN]
    return [*map(str, [command, "--out", out, "--data-dir", tiny_folder, *size, *flags])]


@pytest.fixture(scope="session")
def run_here(tiny_folder):
    """Run a command on the tiny data in this process; -> exit status, output, errors.

    It spares the second that a new interpreter needs, where that is not what is tested.
    """

    def run_here(*arguments):
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = cli.main(tiny_command(tiny_folder, *arguments))
        return status, output.getvalue(), errors.getvalue()

    return run_here


@pytest.fixture(scope="session")
def start(tiny_folder, elsewhere):
    """Start `python -m npprune` on the tiny data; -> subprocess.Popen."""

    def start(*arguments):
        command = [sys.executable, "-m", "npprune", *tiny_command(tiny_folder, *arguments)]
        return subprocess.Popen(command, env=os.environ | elsewhere, **PIPES)

    return start


@pytest.fixture(scope="session")
def interpreter(elsewhere):
    """Run Python with these words in a process of its own; -> subprocess.CompletedProcess."""

    def interpreter(*words, python=sys.executable, env=(), **how):
        env = os.environ | elsewhere | dict(env)
        return subprocess.run([python, *words], env=env, **PIPES | {"timeout": 90} | how)

    return interpreter


@pytest.fixture(scope="session")
def finished(run_here, tmp_path_factory):
    """Folder of a finished quick study of the tiny data, made once, its pieces in this process."""
    folder = tmp_path_factory.mktemp("study") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "single_threaded_processes", AtOnce)
        status, output, errors = run_here("reproduce", folder, "--quick")
    assert status == 0, errors
    assert str(folder / "report.html") in output
    return folder
