"""The training script: what it leaves is whole, is not made twice, and is what comes next's."""

import shlex

import pytest

from npprune import cli, train
from npprune.lab.records import read_csv
from npprune.network.checkpoint import load_weights


@pytest.fixture
def script(tiny_folder, tmp_path):
    """Run the script on the tiny data set, in a folder that is given or `run`; -> the folder."""
    size = ["--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "2"]

    def script(name="run", *flags):
        out = ["--data-dir", str(tiny_folder), "--out", str(tmp_path / name)]
        assert train.main([*size, *out, *flags]) == 0
        return tmp_path / name

    return script


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def untimed(folder):
    """All records of a run, but for what they cost."""
    costs = {"seconds", "peak_memory_mb"}
    return [
        [{column: row[column] for column in row.keys() - costs} for row in read_csv(path)]
        for path in sorted((folder / "data").iterdir())
    ]


def test_what_is_trained_is_not_trained_again_and_seeds_may_be_added(script, capsys):
    before = contents(script())
    before = {path: content for path, content in before.items() if path.name != ".lock"}
    capsys.readouterr()
    folder = script()
    assert contents(folder).items() >= before.items()
    assert capsys.readouterr().err.count("epoch") == 0
    script("run", "--seeds", "2")
    seed_0 = {p: c for p, c in before.items() if p.parent.name == "checkpoints"}
    assert contents(folder).items() >= seed_0.items()
    assert [row["seed"] for row in read_csv(folder / "data" / "baseline.csv")] == [0, 1]


@pytest.mark.parametrize("lost", ["checkpoints/*", "data/baseline.csv", "data/*"])
def test_what_is_lost_is_made_again(lost, script):
    whole, folder = script("whole"), script("lost")
    for path in folder.glob(lost):
        path.unlink()
    script("lost")
    assert untimed(folder) == untimed(whole)
    one, other = (load_weights(run / "checkpoints" / "seed-0.npz") for run in (folder, whole))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_where_the_weights_are_and_what_comes_next_can_be_followed(script, capsys):
    script("a run")
    *_, weights, following = capsys.readouterr().out.splitlines()
    assert [W.shape for W in load_weights(weights.removeprefix("weights: "))] == [
        (30, 16), (16, 12), (12, 10)
    ]  # fmt: skip
    program, *arguments = shlex.split(following.removeprefix("next: "))
    assert program == "npprune"
    assert cli.main([*arguments, "--k", "0.5"]) == 0
