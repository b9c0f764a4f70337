"""The command line: its statuses, and one clear line for everything that cannot be used."""

import dataclasses
import errno
import io
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from folders import what_is_there

from npprune import __version__, cli, shell, train
from npprune.data.datasets import FILE_NAMES
from npprune.data.download import PUBLISHED
from npprune.lab.records import read_csv
from npprune.network.checkpoint import save_checkpoint

_, TEST_LABELS, _, TRAIN_IMAGES = FILE_NAMES
SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "1")
DATA = ("-m", "npprune", "data", "--validation", "100", "--data-dir")


@pytest.fixture
def own(tiny_folder, tmp_path):
    """A copy of the tiny data set that a test may damage."""
    return shutil.copytree(tiny_folder, tmp_path / "own")


def run(*words):
    """Run a command of npprune; -> exit status."""
    return cli.main([*map(str, words)])


@pytest.fixture
def refused(capsys):
    """Run a command that must be refused; -> the line that says why, and all lines of stderr."""

    def refused(*words, status=2):
        assert run(*words) == status
        lines = capsys.readouterr().err.splitlines()
        assert [line for line in lines if line.startswith("npprune: ")] == lines[-1:]
        return lines[-1], lines

    return refused


@pytest.fixture
def small(tiny_folder, tmp_path):
    """Flags of a small run."""
    return "--data-dir", tiny_folder, *SMALL, "--out", tmp_path / "run"


@pytest.fixture(scope="module")
def trained_once(tiny_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "run"
    assert run("train", "--data-dir", tiny_folder, *SMALL, "--out", folder) == 0
    return folder


@pytest.fixture
def trained(trained_once, tmp_path):
    """The folder of a small run that has been trained."""
    return shutil.copytree(trained_once, tmp_path / "run")


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
@pytest.mark.parametrize("damage", [cut, Path.unlink])
def test_damaged_data_is_refused_by_name(damage, name, own, refused, tmp_path):
    damage(own / name)
    line, lines = refused("train", "--data-dir", own, *SMALL, "--out", tmp_path / "run")
    assert name in line
    assert len(lines) == 1
    assert not (tmp_path / "run").exists()


def test_a_host_that_does_not_answer_is_nobodys_fault(monkeypatch, refused):
    dead = dataclasses.replace(PUBLISHED["mnist"], mirrors=("https://127.0.0.1:9/",))
    monkeypatch.setitem(PUBLISHED, "mnist", dead)
    line, _ = refused("data", "--fetch", "--dataset", "mnist", status=1)
    assert "127.0.0.1" in line


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ("--hidden 16,x", "--hidden: '16,x'"),
        ("--hidden ''", "--hidden: ''"),
        ("--epochs 0", "--epochs 0: give a whole number from 1"),
        ("--learning-rate nan", "--learning-rate nan: give a number above 0"),
        ("--schedule weekly", "--schedule: invalid choice: 'weekly'"),
        ("--dataset imagenet", "--dataset: invalid choice: 'imagenet'"),
        ("--seed -1", "--seed -1: give 0 or more"),
        ("--seed x", "--seed: invalid"),
        ("--seeds 0", "--seeds 0: give 1 or more"),
        ("--validation 400", "validation 400"),
        ("--nonsense", "--nonsense"),
        ("--out", "--out: expected one argument"),
        ("--out ''", "--out: is empty"),
        ("--data-dir ''", "--data-dir: is empty"),
    ],
)
def test_a_wrong_value_is_refused_by_name(flags, named, own, refused, tmp_path):
    given = "--data-dir", own, "--out", tmp_path / "run", *shlex.split(flags)
    for command in ("train", "reproduce"):
        line, lines = refused(command, *given)
        assert named in line
        assert len(lines) == 1
        assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("retrain", "'retrain'"),
        ("trian", "do you mean train?"),
        ("train --epoch-s 3", "do you mean --epochs?"),
        ("--qiuck", "do you mean --quick?"),
        ("data --quiet --verbose", "not allowed with"),
        # Empty as a shell's variable that is not set: it would mean the folder one is in.
        ("figures --out ''", "is empty: give a path"),
        ("export --to ''", "is empty: give a path"),
        ("merge part-0 '' --out merged", "is empty: give a path"),
        ("merge part-0 --out ''", "is empty: give a path"),
        ("frontier --recipe ''", "is empty: give a path"),
    ],
)
def test_what_is_no_command_is_refused_and_a_near_miss_suggested(
    words, said, refused, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert said in refused(*shlex.split(words))[0]
    assert not list(tmp_path.iterdir())


def test_a_later_command_takes_the_settings_of_the_folder(trained, tiny_folder, refused):
    flags = ["--data-dir", tiny_folder, "--out", trained]
    before = (trained / "config.json").read_bytes()
    assert run("prune", "--k", ".5,.9", *flags) == 0
    assert (trained / "config.json").read_bytes() == before
    rows = read_csv(trained / "data" / "sparsity.csv")
    assert {row["k"] for row in rows} == {0.5, 0.9}
    assert f"--out {trained}-2" in refused("prune", "--epochs", "3", *flags)[0]
    assert "--k" in refused("prune", "--k", "1.5", *flags)[0]


@pytest.mark.parametrize("command", ["figures", "report"])
def test_a_folder_without_a_run_is_refused(command, refused, tmp_path):
    line, _ = refused(command, "--out", tmp_path)
    assert str(tmp_path) in line
    assert "start one: npprune --out FOLDER" in line
    assert not list(tmp_path.iterdir())


def other_network(checkpoint):
    save_checkpoint(checkpoint, {"weights": [np.ones((7, 10), np.float32)]}, {})


@pytest.mark.parametrize("command", ["train", "prune"])
@pytest.mark.parametrize(("damage", "cure"), [(cut, "move it away"), (other_network, "")])
def test_a_checkpoint_that_is_damaged_or_of_another_network_is_refused(
    damage, cure, command, trained, small, refused
):
    checkpoint = trained / "checkpoints" / "seed-0.npz"
    damage(checkpoint)
    if command == "train":
        shutil.rmtree(trained / "data")  # as if stopped before the last epoch
    line, _ = refused(command, *small)
    assert str(checkpoint) in line
    assert cure in line


def test_a_run_that_diverges_is_said_without_warnings(small, refused):
    line, lines = refused("train", *small, "--learning-rate", "1e30")
    assert "diverged in epoch 1, batch 2" in line
    assert not any("Warning" in text for text in lines)


def test_a_folder_that_cannot_be_written_is_refused(small, refused, tmp_path):
    (tmp_path / "run").touch()
    line, lines = refused("train", *small[:-1], tmp_path / "run" / "below")
    assert "cannot be written" in line
    assert len(lines) == 1


def test_a_letter_that_is_no_letter_does_not_reach_the_terminal(capsys):
    assert shell._fail("a\x1b[2J\n\udc9b2J \ud800 \udcc3\udcb6 \udcc2\udc9b \x9b ok", 2) == 2
    line = capsys.readouterr().err.removesuffix("\n")
    assert line == "npprune: a?[2J \ufffd2J ? ö ? ? ok"


@pytest.fixture
def raising(monkeypatch):
    """Let `npprune data` raise an error."""

    def raising(error):
        def fail(options):
            raise error

        monkeypatch.setattr(cli, "data", fail)

    return raising


def test_ctrl_c_is_130(raising, capsys):
    raising(KeyboardInterrupt())
    assert run("data") == 130
    assert capsys.readouterr().err == f"\nnpprune: {shell.ON_INTERRUPT}\n"


@pytest.mark.parametrize("error", [IndexError(), ModuleNotFoundError(name="npprune.nothing")])
def test_a_defect_of_the_program_is_not_hidden(error, raising):
    raising(error)
    with pytest.raises(type(error)):
        run("data")


NOT_INSTALLED = "is not installed: pip install numpy scipy matplotlib"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "Too many open files"),
        (MemoryError("Unable to allocate 37 GiB"), "out of memory: Unable to allocate"),
        (MemoryError(), "out of memory: [a-z].*ulimit"),
        (ImportError("failed to map segment", name="scipy.x"), "scipy.x.*failed to map segment"),
        (ModuleNotFoundError(name="numpy"), f"numpy {NOT_INSTALLED}"),
        (ModuleNotFoundError(name="scipy.sparse"), rf"scipy\.sparse {NOT_INSTALLED}"),
        (ModuleNotFoundError(name="matplotlib"), f"matplotlib {NOT_INSTALLED}"),
    ],
)
def test_a_failure_of_the_machine_is_one_line_and_1(error, said, raising, refused):
    raising(error)
    line, lines = refused("data", status=1)
    assert re.search(said, line)
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("given", "command", "seed"),
    [("", "reproduce", None), ("--quick --seed 3", "reproduce", 3), ("train --seed 3", "train", 3)],
)
def test_without_a_command_the_whole_study_is_meant(given, command, seed, monkeypatch):
    called = []
    for name in ("reproduce", "study"):
        monkeypatch.setattr(cli, name, called.append)
    assert run(*given.split()) == 0
    (options,) = called
    assert (options.study, options.seed) == (command, seed)


@pytest.fixture
def shown(capsys):
    """What a command prints that does nothing else, such as --help."""

    def shown(*words):
        with pytest.raises(SystemExit) as end:
            run(*words)
        assert end.value.code == 0
        return capsys.readouterr().out

    return shown


def test_every_command_has_a_help_and_can_be_quiet_or_verbose(shown):
    listed = shown("--help")
    assert "usage: npprune" in listed
    names = re.findall(r"^  (\w+) +\w", listed, re.MULTILINE)
    assert {"reproduce", "train", "prune", "time", "figures", "report", "data"} <= {*names}
    assert {"export", "merge"} <= {*names}
    for name in names:
        text = shown(name, "--help")
        assert "usage: npprune" in text
        assert "-q, --quiet" in text
        assert "-v, --verbose" in text


def test_version(shown):
    assert shown("--version") == f"npprune {__version__}\n"


def test_the_training_script_is_npprune_train(own, tmp_path, capsys):
    flags = ["--data-dir", str(own), *SMALL, "--seeds", "2", "--out"]
    assert train.main([*flags, str(tmp_path / "script")]) == 0
    assert run("train", *flags, tmp_path / "command") == 0
    ours, theirs = (what_is_there(tmp_path / name).items() for name in ("script", "command"))
    assert ours <= theirs  # the command also draws
    assert "test accuracy" in capsys.readouterr().out
    assert train.main(["--seed", "x"]) == 2


def test_data_says_what_is_where(own, capsys):
    assert run("data", "--data-dir", own, "--validation", "100") == 0
    said = capsys.readouterr().out
    assert str(own) in said
    assert "300 training, 100 validation, 120 test images of 6 x 5, 10 classes" in said


def test_figures_and_report_of_a_run_that_was_only_trained(trained, capsys):
    shutil.rmtree(trained / "figures")
    drawn, table = trained / "figures" / "training.png", trained / "data" / "training.csv"
    for command, path in (("report", trained / "report.html"), ("figures", drawn)):
        assert run(command, "--out", trained) == 0
        assert capsys.readouterr().out == f"{path}\n"
        assert drawn.exists()  # a report draws what is missing
    for newer, older in ((drawn, table), (table, drawn)):  # and what is older than its records
        os.utime(newer, (2_000_000_000, 2_000_000_000))
        os.utime(older, (1_000_000_000, 1_000_000_000))
        before = drawn.stat().st_mtime_ns
        assert run("report", "--out", trained) == 0
        assert (drawn.stat().st_mtime_ns != before) == (older == drawn)


@pytest.mark.parametrize("module", ["npprune", "npprune.train"])
def test_status_and_line_reach_the_shell(module, interpreter):
    done = interpreter("-m", module, "--data-dir", "/nowhere/at/all")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("npprune: /nowhere/at/all: no such folder")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("both", [False, True], ids=["|", "2>&1 |"])
def test_a_reader_that_leaves_early_is_no_error_of_ours(both, tiny_folder, interpreter):
    ours, theirs = os.pipe()
    os.close(ours)
    streams = {"stdout": theirs} | ({"stderr": theirs} if both else {})
    done = interpreter(*DATA, tiny_folder, **streams)
    os.close(theirs)
    assert (done.returncode, done.stderr or "") == (1, "")


@pytest.mark.parametrize(
    ("encoding", "wish", "shown"),
    [
        ("ascii", None, "\u017bary".encode()),
        ("ascii", "ascii", b"\\u017bary"),
        ("latin-1", None, b"\\u017bary"),
    ],
)
def test_a_name_that_stdout_cannot_hold_is_no_fault_of_the_records(
    encoding, wish, shown, trained, monkeypatch
):
    folder = trained.rename(trained.with_name("\u017bary"))
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    if wish:
        monkeypatch.setenv("PYTHONIOENCODING", wish)
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", output)
    assert run("figures", "--out", folder) == 0
    assert shown in output.buffer.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are not bytes")
@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]
)
def test_a_path_is_printed_as_it_was_given_whatever_the_locale(locale, interpreter, tmp_path):
    folder = tmp_path / "größe"
    folder.mkdir()
    env = {"PYTHONCOERCECLOCALE": "0"} | locale
    done = interpreter(*DATA, folder, env=env, text=False)
    assert done.returncode == 2
    assert os.fsencode(folder) in done.stdout
    assert os.fsencode(folder) in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="closes streams as POSIX does")
@pytest.mark.parametrize("closed", [[1], [2], [1, 2]], ids=[">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed_is_not_written_to(closed, tiny_folder, interpreter):
    done = interpreter(*DATA, tiny_folder, preexec_fn=lambda: [*map(os.close, closed)])
    assert (done.returncode, done.stderr) == (0, "")
    assert ("loaded" in done.stdout) == (closed == [2])


def test_quiet_leaves_results_and_errors_alone(trained, small, capsys):
    assert run("prune", "--quiet", *small) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "Test accuracy after pruning" in told.out
    assert run("prune", "--quiet", *small, "--batch", "0") == 2
    assert capsys.readouterr().err.startswith("npprune: --batch 0")
    assert run("prune", *small) == 0  # and the next command is not quiet
    assert str(small[1]) in capsys.readouterr().err


def test_verbose_says_what_was_done_already_in_plain_lines(trained, small, capsys):
    assert run("train", "--verbose", *small) == 0
    lines = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert all(re.match(r"\[ *\d+\.\d\d s\] ", line) and line.isprintable() for line in lines)
    assert any("baseline.csv: holds 1 records of seed 0" in line for line in lines)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("accuracy", "other"), r"no column '\w*accuracy'"),
        (lambda text: text.replace("epoch", "apoch").replace("k,", "K,"), r"no column|do not fit"),
        (lambda text: re.sub(r"0\.\d+", "much", text), r"no column|do not fit|is no number"),
        (lambda text: text + "1\n", r"its columns are not the header's"),
    ],
    ids=["column", "case", "words", "short"],
)
def test_records_that_are_damaged_are_refused_by_file(
    change, said, finished, capsys, tmp_path, at_once
):
    folder, refused = shutil.copytree(finished, tmp_path / "run"), set()
    read = [("report", name) for name in ("baseline", "sparsity", "timing", "distances")]
    for command, name in [*read, ("figures", "training")]:
        path = folder / "data" / f"{name}.csv"
        before = path.read_text()
        path.write_text(change(before))
        status, line = run(command, "--out", folder), capsys.readouterr().err
        path.write_text(before)
        if status != 0:  # as it is where a column is not asked for
            assert status == 2
            assert re.search(f"{folder / 'data'}.*({said})", line), line
            refused.add(command)
    assert refused == {"report", "figures"}
