"""Full disks, too few files, folders that go: one line, a status, and nothing finished is lost."""

import os
import shutil

import numpy as np
import pytest
from folders import what_is_there
from points import few_files, full_at, run_points
from test_kill import SMALL

from npprune.errors import InputError
from npprune.lab.records import read_csv
from npprune.network.checkpoint import load_checkpoint
from npprune.network.training import Recipe, Training
from npprune.pruning.masks import prune
from npprune.pruning.retrain import Retraining, nonzero_masks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and fork are POSIX's")


@pytest.mark.parametrize(("limit", "step"), [(full_at, 7), (few_files, 2)])
def test_a_refused_write_loses_nothing_wherever_it_is(limit, step, apart, tiny_folder, tmp_path):
    words = "train", "--data-dir", tiny_folder, *SMALL
    assert apart(run_points, tmp_path / "run", words, step, limit) >= 3


def test_a_file_that_gets_too_large_is_said_and_the_rest_is_kept(run_here, tmp_path):
    """The kernel ends the write of the checkpoint in its middle."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, before[1]))
    try:
        status, _, errors = run_here("train", tmp_path / "run", "--hidden", "100,50")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status == 2
    assert "seed-0.npz: cannot be written (File too large)" in errors.splitlines()[-1]
    assert set(what_is_there(tmp_path / "run")) == {"config.json", "environment.json"}


def test_a_folder_that_vanishes_in_the_middle_is_said(run_here, tmp_path, monkeypatch):
    out, moved, replace = tmp_path / "run", tmp_path / "moved", os.replace

    def replaced(source, target):
        replace(source, target)
        if os.path.basename(target) == "training.csv" and not moved.exists():
            out.rename(moved)

    monkeypatch.setattr(os, "replace", replaced)
    status, _, errors = run_here("train", out, "--epochs", "5")
    assert status == 2
    assert errors.splitlines()[-1].startswith(f"npprune: {out}: has vanished")
    rows = read_csv(moved / "data" / "training.csv")
    assert len(load_checkpoint(moved / "checkpoints" / "seed-0.npz")[1]["history"])
    assert 1 <= len(rows) < 5


def test_training_goes_on_from_the_checkpoint_before_a_damaged_one(run_here, tmp_path):
    calm, torn = tmp_path / "calm", tmp_path / "torn"
    assert run_here("train", calm, "--epochs", "3")[0] == 0
    shutil.copytree(calm, torn)
    shutil.rmtree(torn / "data")  # as if killed right after the last epoch was saved
    path = torn / "checkpoints" / "seed-0.npz"
    path.write_bytes(path.read_bytes()[:5000])
    status, _, errors = run_here("train", torn, "--epochs", "3")
    assert status == 0
    assert sum("going on from seed-0.previous.npz" in line for line in errors.splitlines()) == 1
    assert what_is_there(torn) == what_is_there(calm)


@pytest.mark.parametrize("again", [False, True], ids=["training", "retraining"])
def test_a_run_that_diverges_keeps_the_last_good_checkpoint(again, tiny, tmp_path):
    recipe, path = Recipe(hidden=(8, 6), batch=16), tmp_path / "x.npz"
    training = Training((30, 8, 6, 10), recipe, 0)
    if again:
        masks = nonzero_masks(prune(training.weights, 0.5, "weight"))
        training = Retraining(training.weights, masks, recipe, 0)

    def poison(history):
        if len(history) == 2:
            training.weights[1][3, 4] = np.inf

    with pytest.raises(InputError, match=r"epoch 3, batch 1: .* in the weights of layer 2"):
        training.run(tiny.train, tiny.validation, path, poison)
    groups, record = load_checkpoint(path)
    assert len(record["history"]) == 2
    assert all(np.isfinite(array).all() for group in groups.values() for array in group)
