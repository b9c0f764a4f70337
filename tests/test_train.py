"""The training script: what it leaves is whole, is not made twice, and is what comes next's."""

import shlex

import pytest
from folders import contents, what_is_there

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


def test_what_is_trained_is_not_trained_again_and_seeds_may_be_added(script, capsys):
    before = contents(script())
    capsys.readouterr()
    folder = script()
    assert contents(folder).items() >= before.items()
    assert capsys.readouterr().err.count("epoch") == 0
    script("run", "--seeds", "2")
    seed_0 = {name: content for name, content in before.items() if name.startswith("checkpoints")}
    assert contents(folder).items() >= seed_0.items()
    assert [row["seed"] for row in read_csv(folder / "data" / "baseline.csv")] == [0, 1]


@pytest.mark.parametrize("lost", ["checkpoints/*", "data/baseline.csv", "data/*"])
def test_what_is_lost_is_made_again(lost, script):
    whole, folder = script("whole"), script("lost")
    for path in folder.glob(lost):
        path.unlink()
    script("lost")
    assert what_is_there(folder) == what_is_there(whole)


def test_where_the_weights_are_and_what_comes_next_can_be_followed(script, capsys):
    script("a run")
    *_, weights, following = capsys.readouterr().out.splitlines()
    assert [W.shape for W in load_weights(weights.removeprefix("weights: "))] == [
        (30, 16), (16, 12), (12, 10)
    ]  # fmt: skip
    program, *arguments = shlex.split(following.removeprefix("next: "))
    assert program == "npprune"
    assert cli.main([*arguments, "--k", "0.5"]) == 0
