"""The same seed gives the same bits, and how images are cut into batches changes nothing."""

import numpy as np
import pytest
from folders import what_is_there
from matplotlib.figure import Figure

from npprune.data.datasets import Split
from npprune.network import mlp


@pytest.mark.parametrize("seed", range(2))
def test_the_batch_size_of_an_evaluation_changes_nothing(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (10_000, 6, 5), np.uint8)
    split = Split(images, rng.integers(0, 10, 10_000).astype(np.uint8))
    weights = mlp.init_weights((30, 50, 20, 10), rng)
    found = []
    for batch in (1000, 10_000, 4096, 333, 64):
        monkeypatch.setattr(mlp, "EVALUATION_BATCH", batch)
        found.append(mlp.evaluate(weights, split))
    assert np.ptp(found, axis=0) == pytest.approx([0, 0], abs=1e-6)
    wrong = mlp.evaluate(weights, Split(images, split.labels[::-1]))
    assert abs(wrong[0] - found[0][0]) > 1e-4


def test_the_same_seed_gives_the_same_bits_in_another_process(
    start, run_here, tmp_path, monkeypatch, exact_savefig
):
    monkeypatch.setattr(Figure, "savefig", exact_savefig)
    runs, flags = [tmp_path / name for name in "ab"], ("--epochs", "2", "--seed", "3")
    process = start("prune", runs[0], *flags)
    assert run_here("prune", runs[1], *flags)[0] == 0
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert what_is_there(runs[0]) == what_is_there(runs[1])


@pytest.mark.slow
def test_the_quick_study_leaves_the_same_files_in_processes_as_in_one(start, finished, tmp_path):
    folder = tmp_path / "run"
    process = start("reproduce", folder, "--quick")
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert str(folder / "report.html") in output
    assert what_is_there(folder).keys() == what_is_there(finished).keys()
