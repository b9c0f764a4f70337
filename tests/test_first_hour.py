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


def test_the_command_that_comes_next_works(own, tmp_path, start):
    flags = "--data-dir", own, "--out", tmp_path / "run"
    status, lines = start("time", *flags, *SMALL)  # trains, and draws its own figures alone
    assert status == 0
    program, *following = shlex.split(lines[-1].removeprefix("next: "))
    assert program == "npprune"
    assert start(*following)[0] == 0


def test_own_data_are_asked_for_again(own, tmp_path, start, monkeypatch):
    out = "--out", tmp_path / "run"
    assert start("train", "--data-dir", own, *out, *SMALL)[0] == 0
    other = make(tmp_path / "other", train=100, test=40)
    for place in (None, tmp_path / "nothing", other):
        monkeypatch.delenv("NPPRUNE_DATA", raising=False)
        if place:
            monkeypatch.setenv("NPPRUNE_DATA", str(place))
        status, lines = start("prune", *out)
        assert status == 2
        assert "own" in lines[-1] or "nothing" in lines[-1]
        assert "--data-dir" in lines[-1] or "no such folder" in lines[-1]
    assert start("prune", "--data-dir", own, *out)[0] == 0


@pytest.mark.parametrize("name", ["report.md", "data", "figures"])
def test_a_folder_with_other_things_under_a_runs_names_is_left_alone(name, own, tmp_path, start):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / name).write_text("mine") if "." in name else (folder / name).mkdir()
    status, lines = start("train", "--data-dir", own, "--out", folder, *SMALL)
    assert status == 2
    assert name in lines[-1]
    assert "no run's folder" in lines[-1]
    assert {path.name for path in folder.iterdir()} <= {"notes.txt", name, ".lock"}
    (folder / name).unlink() if "." in name else (folder / name).rmdir()
    assert start("train", "--data-dir", own, "--out", folder, *SMALL)[0] == 0
    assert (folder / "notes.txt").read_text() == "mine"


def test_nothing_is_reported_of_a_run_that_measured_nothing(own, tmp_path, start):
    out = tmp_path / "run"
    assert start("train", "--data-dir", own, "--out", out, *SMALL, "--k", "1")[0] == 2
    assert start("train", "--data-dir", own, "--out", out, *SMALL)[0] == 0
    (out / "data" / "training.csv").unlink()
    (out / "data" / "baseline.csv").unlink()
    status, lines = start("report", "--out", out)
    assert (status, len(lines)) == (2, 1)
    assert "npprune train" in lines[0]


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
