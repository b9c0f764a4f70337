"""Full disks, too few files, folders that go: one line, a status, and nothing finished is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from points import what_is_there
from test_kill import SMALL

from npprune.errors import InputError
from npprune.lab.records import read_csv
from npprune.network.checkpoint import load_checkpoint
from npprune.network.mlp import init_weights
from npprune.network.training import Recipe, Training
from npprune.pruning.gradual import GradualPruning
from npprune.pruning.masks import prune
from npprune.pruning.retrain import Retraining, nonzero_masks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and fork are POSIX's")


@pytest.fixture
def flags(tiny_folder):
    """Flags of a small run."""
    return "--data-dir", tiny_folder, *SMALL


@pytest.mark.parametrize(("mode", "step"), [("full", 5), ("files", 2)])
def test_a_refused_write_loses_nothing_wherever_it_is(mode, step, points, flags, tmp_path):
    (refusals,) = points(mode, tmp_path / "run", step, "train", *flags)
    assert int(refusals) >= 3


LIMITED = """
import resource, sys
from npprune.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


def test_a_file_that_gets_too_large_is_said_and_the_rest_is_kept(elsewhere, flags, tmp_path):
    """The kernel ends the write of the checkpoint in its middle."""
    out = tmp_path / "run"
    command = map(str, [sys.executable, "-c", LIMITED, "9000", "train", *flags, "--out", out])
    done = subprocess.run(
        [*command], env=os.environ | elsewhere, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2
    assert "seed-0.npz: cannot be written (File too large)" in done.stderr.splitlines()[-1]
    assert set(what_is_there(out)) == {"config.json", "environment.json"}


def test_a_folder_that_vanishes_in_the_middle_is_said(start, tmp_path):
    out = tmp_path / "run"
    process = start("train", out, "--epochs", "500", "--batch", "4")
    while not (out / "data" / "training.csv").exists():
        assert process.poll() is None
        time.sleep(0.005)
    out.rename(tmp_path / "moved")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 2
    assert errors.splitlines()[-1].startswith(f"npprune: {out}: has vanished")
    assert "Traceback" not in errors
    rows = read_csv(tmp_path / "moved" / "data" / "training.csv")
    assert len(load_checkpoint(tmp_path / "moved" / "checkpoints" / "seed-0.npz")[1]["history"])
    assert 1 <= len(rows) < 500


def test_two_runs_at_once_in_one_folder(start, run_here, tmp_path):
    command = "train", tmp_path / "run", "--epochs", "500", "--batch", "4"
    first = start(*command)
    while not (tmp_path / "run" / "data" / "training.csv").exists():
        assert first.poll() is None
        time.sleep(0.005)
    status, _, errors = run_here(*command)
    assert status == 2
    assert f"another run is at work there (process {first.pid} on " in errors.splitlines()[-1]
    assert first.poll() is None
    first.send_signal(signal.SIGKILL)
    first.communicate()


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_training_goes_on_from_the_checkpoint_before_a_damaged_one(damage, run_here, tmp_path):
    calm, torn = tmp_path / "calm", tmp_path / "torn"
    assert run_here("train", calm, "--epochs", "3")[0] == 0
    shutil.copytree(calm, torn)
    shutil.rmtree(torn / "data")  # as if killed right after the last epoch was saved
    path = torn / "checkpoints" / "seed-0.npz"
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 16
    else:
        del content[5000:]
    path.write_bytes(content)
    status, _, errors = run_here("train", torn, "--epochs", "3")
    assert status == 0
    assert sum("going on from seed-0.previous.npz" in line for line in errors.splitlines()) == 1
    assert what_is_there(torn) == what_is_there(calm)


def dense(recipe):
    return Training((30, 8, 6, 10), recipe, 0)


def retraining(recipe):
    weights = init_weights((30, 8, 6, 10), np.random.default_rng(0))
    return Retraining(weights, nonzero_masks(prune(weights, 0.5, "weight")), recipe, 0)


def gradual(recipe):
    weights = init_weights((30, 8, 6, 10), np.random.default_rng(0))
    return GradualPruning(weights, nonzero_masks(weights), 0.5, 1, recipe, 0)


@pytest.mark.parametrize("kind", [dense, retraining, gradual])
def test_a_run_that_diverges_keeps_the_last_good_checkpoint(kind, tiny, tmp_path):
    training, path = kind(Recipe(hidden=(8, 6), batch=16)), tmp_path / "x.npz"

    def poison(history):
        if len(history) == 2:
            training.weights[1][3, 4] = np.inf

    with pytest.raises(InputError, match=r"epoch 3, batch 1: .* in the weights of layer 2"):
        training.run(tiny.train, tiny.validation, path, poison)
    groups, record = load_checkpoint(path)
    assert len(record["history"]) == 2
    assert all(np.isfinite(array).all() for group in groups.values() for array in group)
