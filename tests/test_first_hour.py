"""What a person meets in the first hour: refusals that can be followed, no silence, no surprise."""

import shlex

import pytest
from own_data import make

from npprune import cli
from npprune.data import datasets
from npprune.errors import EnvironmentFailure, InputError
from npprune.lab.config import read_config

SMALL = "--hidden", "12,8", "--epochs", "1", "--quick"


@pytest.fixture
def start(tmp_path, capsys):
    """Run a command; -> status, what it said on stderr."""

    def start(*arguments):
        status = cli.main([*map(str, arguments)])
        return status, capsys.readouterr().err.splitlines()

    return start


@pytest.fixture
def own(tmp_path):
    return make(tmp_path / "own", train=100, test=40)


@pytest.mark.parametrize("command", ["train", "prune"])
@pytest.mark.parametrize("wrong", [["--batch", "500"], ["--validation", "0"], ["--epochs", "3"]])
def test_the_command_with_which_a_refusal_ends_works(command, wrong, own, tmp_path, start):
    flags = "--data-dir", own, "--out", tmp_path / "a run"
    if "--epochs" in wrong:
        assert start("train", *flags, *SMALL)[0] == 0
    status, lines = start(command, *flags, *SMALL, *wrong)
    assert status == 2
    program, *cured = shlex.split(lines[-1].rpartition(": ")[2])
    assert program == "npprune"
    assert start(*cured)[0] == 0


def test_the_default_batch_fits_any_data_and_is_recorded(tmp_path, start):
    for images in (10, 37, 139, 140, 200):
        own, out = make(tmp_path / f"{images}", images, 20, classes=2), tmp_path / f"run-{images}"
        assert start("train", "--data-dir", own, *SMALL, "--out", out)[0] == 0
        batch = read_config(out / "config.json").recipe.batch
        assert batch == min(128, len(datasets.load("auto", own).train))


def test_work_that_was_done_is_said_to_be_done(own, tmp_path, start):
    flags = "--data-dir", own, "--out", tmp_path / "run"
    for command in ("train", "prune", "time"):
        _, first = start(command, *flags, *(SMALL if command == "train" else ()))
        _, again = start(command, *flags)
        assert not any("nothing to do" in line for line in first)
        assert any("nothing to do" in line for line in again)


def test_a_home_folder_is_found_or_named(own, tmp_path, start, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert start("train", "--data-dir=~/own", *SMALL, "--out=~/run")[0] == 0
    assert (tmp_path / "run" / "config.json").exists()
    for flag in ("--out", "--data-dir"):
        status, lines = start("train", f"{flag}=~nosuchuser/x", *SMALL)
        assert status == 2
        assert "~nosuchuser/x" in lines[-1]
        assert flag in lines[-1]


def test_a_set_asked_for_by_name_is_not_looked_for_in_other_data(own, monkeypatch):
    def download(name, file_name, announce):
        raise EnvironmentFailure(f"{name}: no mirror answers")

    monkeypatch.setenv("NPPRUNE_DATA", str(own))
    monkeypatch.setattr(datasets, "download", download)
    said = []
    with pytest.raises(EnvironmentFailure, match="kmnist"):
        datasets.load("kmnist", announce=said.append)
    assert str(own) in said[0]
    with pytest.raises(InputError, match="kmnist"):
        datasets.load("kmnist", own)
