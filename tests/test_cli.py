"""The command line: its statuses, and one clear line for everything that cannot be used."""

import configparser
import contextlib
import errno
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import npprune
from npprune import __version__, cli, shell, train
from npprune.data.datasets import FILE_NAMES
from npprune.data.download import PUBLISHED, Published
from npprune.data.idx import read_idx, write_idx
from npprune.lab.records import read_csv
from npprune.network.checkpoint import load_weights, save_checkpoint

TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES
SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "1")


@pytest.fixture
def own(tiny_folder, tmp_path):
    """A copy of the tiny data set that a test may damage."""
    return shutil.copytree(tiny_folder, tmp_path / "own")


@pytest.fixture
def refused(capsys):
    """Run a command that must be refused; -> the line that says why, and all lines of stderr."""

    def refused(*arguments, status=2):
        assert cli.main([str(argument) for argument in arguments]) == status
        lines = capsys.readouterr().err.splitlines()
        assert [line for line in lines if line.startswith("npprune: ")] == lines[-1:]
        return lines[-1], lines

    return refused


@pytest.fixture
def trained(own, tmp_path):
    """A run that has been trained; -> the flags that go on with it, and its checkpoint."""
    flags = ("--data-dir", own, *SMALL, "--out", tmp_path / "run")
    assert cli.main(["train", *map(str, flags)]) == 0
    return flags, tmp_path / "run" / "checkpoints" / "seed-0.npz"


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path):
    path.write_bytes(path.read_bytes() + b"x")


def half_gzip(path):
    path.write_bytes(gzip.compress(path.read_bytes())[:-20])


def other(position, byte):
    def change(path):
        content = bytearray(path.read_bytes())
        content[position] = byte
        path.write_bytes(content)

    return change


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lengthen,
        half_gzip,
        other(0, 7),
        other(2, 0x0A),
        other(2, 0x0B),
        other(3, 2),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x1f\x8bnot gzip"),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=[
        "truncated", "oversized", "half gzip", "magic", "no type", "wider", "rank", "empty",
        "not gzip", "missing", "folder",
    ],
)  # fmt: skip
def test_damaged_data_is_refused_by_name(damage, name, own, refused, tmp_path):
    damage(own / name)
    line, lines = refused("train", "--data-dir", own, *SMALL, "--out", tmp_path / "run")
    assert name in line
    assert len(lines) == 1
    assert not (tmp_path / "run").exists()


def fewer_labels(own):
    write_idx(own / TRAIN_LABELS, read_idx(own / TRAIN_LABELS)[:-1])


def label_out_of_range(own):
    labels = read_idx(own / TEST_LABELS)
    labels[3] = 10
    write_idx(own / TEST_LABELS, labels)


def other_image_size(own):
    write_idx(own / TEST_IMAGES, np.zeros((120, 5, 5), np.uint8))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (fewer_labels, "400 images.*399 labels"),
        (label_out_of_range, "label 10"),
        (other_image_size, r"\(5, 5\)"),
        (shutil.rmtree, "no such folder"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(damage, said, own, refused):
    damage(own)
    line, lines = refused("data", "--data-dir", own, "--validation", "100")
    assert str(own) in line
    assert re.search(said, line)
    assert len(lines) == 1


def test_a_wrong_checksum_is_refused(own, refused):
    line, lines = refused("data", "--data-dir", own, "--dataset", "mnist")
    assert "checksum" in line
    assert len(lines) == 1


def test_a_host_that_does_not_answer_is_nobodys_fault(monkeypatch, refused):
    published = PUBLISHED["mnist"]
    dead = Published(("https://127.0.0.1:9/",), published.algorithm, published.checksums)
    monkeypatch.setitem(PUBLISHED, "mnist", dead)
    line, _ = refused("data", "--fetch", "--dataset", "mnist", status=1)
    assert "127.0.0.1" in line


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--hidden", "16,x"), "--hidden: '16,x'"),
        (("--hidden", ""), "--hidden: ''"),
        (("--hidden", "16,0"), "--hidden (16, 0)"),
        (("--hidden", "-3"), "--hidden (-3,)"),
        (("--hidden", "2.5"), "--hidden: '2.5'"),
        (("--epochs", "0"), "--epochs 0: give a whole number from 1"),
        (("--epochs", "many"), "--epochs: invalid"),
        (("--batch", "-1"), "--batch -1"),
        (("--learning-rate", "nan"), "--learning-rate nan: give a number above 0"),
        (("--learning-rate", "-0.1"), "--learning-rate -0.1"),
        (("--momentum", "1"), "--momentum 1"),
        (("--weight-decay", "inf"), "--weight-decay inf"),
        (("--schedule", "weekly"), "--schedule: invalid choice: 'weekly'"),
        (("--dataset", "imagenet"), "--dataset: invalid choice: 'imagenet'"),
        (("--dataset", "glyphs"), "glyphs"),
        (("--seed", "-1"), "--seed -1: give 0 or more"),
        (("--seed", "x"), "--seed: invalid"),
        (("--seeds", "0"), "--seeds 0: give 1 or more"),
        (("--validation", "400"), "validation 400"),
        (("--validation", "-1"), "validation -1"),
        (("--nonsense",), "--nonsense"),
        (("--out",), "--out: expected one argument"),
        (("--out", ""), "--out: is empty"),
        (("--data-dir", ""), "--data-dir: is empty"),
    ],
)
def test_a_wrong_value_is_refused_by_name(flags, named, own, refused, tmp_path):
    given = ("--data-dir", own, "--out", tmp_path / "run", *flags)
    for command in ("train", "reproduce"):
        line, lines = refused(command, *given)
        assert named in line
        assert len(lines) == 1
        assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("figures", "--out", ""),
        ("export", "--to", ""),
        ("merge", "part-0", "", "--out", "merged"),
        ("merge", "part-0", "--out", ""),
        ("frontier", "--recipe", ""),
    ],
)
def test_an_empty_path_is_refused(words, refused, monkeypatch, tmp_path):
    """It comes from a shell's variable that is not set, and would mean the folder one is in."""
    monkeypatch.chdir(tmp_path)
    assert "is empty: give a path" in refused(*words)[0]
    assert not list(tmp_path.iterdir())


def test_an_unknown_command_is_refused(refused):
    assert "'retrain'" in refused("retrain")[0]


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["trian"], "train"), (["train", "--epoch-s", "3"], "--epochs"), (["--qiuck"], "--quick")],
)
def test_a_near_miss_is_suggested(words, meant, refused):
    assert f"do you mean {meant}?" in refused(*words)[0]


def test_a_later_command_takes_the_settings_of_the_folder(trained, own, capsys, refused):
    _, checkpoint = trained
    folder = checkpoint.parents[1]
    before = (folder / "config.json").read_bytes()
    assert cli.main(["prune", "--k", ".5,.9", "--data-dir", str(own), "-o", str(folder)]) == 0
    assert (folder / "config.json").read_bytes() == before
    rows = read_csv(folder / "data" / "sparsity.csv")
    assert {row["k"] for row in rows} == {0.5, 0.9}
    line, _ = refused("prune", "--epochs", "3", "--data-dir", own, "--out", folder)
    assert f"--out {folder}-2" in line
    assert "--k" in refused("prune", "--k", "1.5", "--data-dir", own, "--out", folder)[0]


@pytest.mark.parametrize("command", ["figures", "report"])
def test_a_folder_without_a_run_is_refused(command, refused, tmp_path):
    line, _ = refused(command, "--out", tmp_path)
    assert str(tmp_path) in line
    assert "start one: npprune --out FOLDER" in line
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_refused(own, refused, tmp_path):
    (tmp_path / "file").touch()
    line, lines = refused("train", "--data-dir", own, *SMALL, "--out", tmp_path / "file" / "run")
    assert "cannot be written" in line
    assert len(lines) == 1


def test_a_disk_that_fills_up_is_said_and_leaves_no_half_file(own, refused, tmp_path, monkeypatch):
    sync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 6:  # config, environment, and the first checkpoint still fit, two each
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    out = tmp_path / "run"
    line, _ = refused("train", "--data-dir", own, *SMALL, "--out", out)
    assert "training.csv: cannot be written (No space left on device)" in line
    files = [path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()]
    assert sorted(files) == ["checkpoints/seed-0.npz", "config.json", "environment.json"]
    assert load_weights(out / "checkpoints" / "seed-0.npz")


def test_a_run_in_another_runs_folder_is_refused(trained, refused):
    flags, _ = trained
    line, lines = refused("train", *flags, "--batch", "15")
    assert "batch was 16, now 15" in line
    assert len(lines) == 1


@pytest.mark.parametrize("command", ["train", "prune"])
def test_a_damaged_checkpoint_is_refused(command, trained, refused):
    flags, checkpoint = trained
    cut(checkpoint)
    if command == "train":
        shutil.rmtree(checkpoint.parents[1] / "data")  # as if stopped before the last epoch
    line, _ = refused(command, *flags)
    assert str(checkpoint) in line
    assert "move it away" in line


@pytest.mark.parametrize("command", ["train", "prune"])
def test_a_checkpoint_of_another_network_is_refused(command, trained, refused):
    flags, checkpoint = trained
    save_checkpoint(checkpoint, {"weights": [np.ones((7, 10), np.float32)]}, {})
    if command == "train":
        shutil.rmtree(checkpoint.parents[1] / "data")
    line, _ = refused(command, *flags)
    assert str(checkpoint) in line


def test_a_run_that_diverges_is_said(own, refused, tmp_path):
    out = tmp_path / "run"
    line, lines = refused(
        "train", "--data-dir", own, *SMALL, "--learning-rate", "1e30", "--out", out
    )
    assert "diverged in epoch 1, batch 2" in line
    assert not any("Warning" in text for text in lines)


def test_a_batch_larger_than_the_data_is_refused(own, refused, tmp_path):
    flags = ("--data-dir", own, *SMALL, "--batch", "301", "--out", tmp_path / "run")
    assert "--batch 301" in refused("train", *flags)[0]


def test_a_letter_that_is_no_letter_does_not_reach_the_terminal(capsys):
    assert shell._fail("a\x1b[2J \udc9b2J \ud800 \udcc3\udcb6 \udcc2\udc9b \x9b ok", 2) == 2
    line = capsys.readouterr().err.removesuffix("\n")
    assert line == "npprune: a?[2J \ufffd2J ? ö ? ? ok"


def test_ctrl_c_is_130(monkeypatch, capsys):
    def stop(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "data", stop)
    assert cli.main(["data"]) == 130
    assert capsys.readouterr().err == f"\nnpprune: {shell.ON_INTERRUPT}\n"


@pytest.mark.parametrize("error", [IndexError(), ModuleNotFoundError(name="npprune.nothing")])
def test_a_defect_of_the_program_is_not_hidden(error, monkeypatch):
    def broken(options):
        raise error

    monkeypatch.setattr(cli, "data", broken)
    with pytest.raises(type(error)):
        cli.main(["data"])


@pytest.mark.parametrize("name", ["numpy", "scipy.sparse", "matplotlib"])
def test_a_package_that_is_not_installed_is_named(name, monkeypatch, refused):
    """As when the program is run from its folder, with nothing installed."""

    def lacking(options):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(cli, "data", lacking)
    line, _ = refused("data", status=1)
    assert f"{name} is not installed: pip install numpy scipy matplotlib" in line


def test_the_packages_that_are_named_are_those_of_setup_cfg():
    config = configparser.ConfigParser()
    config.read(Path(npprune.__file__).parents[1] / "setup.cfg")
    required = config["options"]["install_requires"].split()
    assert [re.match(r"\w+", line)[0] for line in required] == list(shell.DEPENDENCIES)


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ([], "reproduce"),
        (["--quick", "--seed", "3"], "reproduce"),
        (["train", "--seed", "3"], "train"),
    ],
)
def test_without_a_command_the_whole_study_is_meant(given, command, monkeypatch):
    called = []
    for name in ("reproduce", "study"):
        monkeypatch.setattr(cli, name, called.append)
    assert cli.main(given) == 0
    (options,) = called
    assert options.study == command
    assert options.seed == (3 if "3" in given else None)


@pytest.mark.parametrize("command", [[], *([name] for name in (
    "reproduce", "train", "prune", "time", "figures", "report", "data"
))])  # fmt: skip
def test_help_everywhere(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([*command, "--help"])
    assert end.value.code == 0
    assert "usage: npprune" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"npprune {__version__}\n"


def test_the_training_script_is_npprune_train(own, tmp_path, capsys):
    flags = ["--data-dir", str(own), *SMALL, "--seeds", "2", "--out"]
    assert train.main([*flags, str(tmp_path / "script")]) == 0
    assert cli.main(["train", *flags, str(tmp_path / "command")]) == 0
    for seed in (0, 1):
        a, b = (
            load_weights(tmp_path / name / "checkpoints" / f"seed-{seed}.npz")
            for name in ("script", "command")
        )
        assert all((x == y).all() for x, y in zip(a, b, strict=True))
    assert "test accuracy" in capsys.readouterr().out
    assert train.main(["--seed", "x"]) == 2


def test_seeds_can_be_added_to_a_run(trained, capsys):
    flags, checkpoint = trained
    before = checkpoint.read_bytes()
    assert cli.main(["prune", *map(str, flags), "--seeds", "2"]) == 0
    assert checkpoint.read_bytes() == before
    assert (checkpoint.parent / "seed-1.npz").exists()
    assert "±" in capsys.readouterr().out


def test_data_says_what_is_where(own, capsys):
    assert cli.main(["data", "--data-dir", str(own), "--validation", "100"]) == 0
    said = capsys.readouterr().out
    assert str(own) in said
    assert "300 training, 100 validation, 120 test images of 6 x 5, 10 classes" in said


def test_figures_and_report_of_a_run_that_was_only_trained(trained, capsys):
    folder = trained[1].parents[1]
    shutil.rmtree(folder / "figures")
    for command, path in (("report", "report.html"), ("figures", "figures/training.png")):
        assert cli.main([command, "--out", str(folder)]) == 0
        assert capsys.readouterr().out == f"{folder / path}\n"
        assert (folder / "figures" / "training.png").exists()  # a report draws what is missing
    drawn, table = folder / "figures" / "training.png", folder / "data" / "training.csv"
    for newer, again in ((drawn, False), (table, True)):  # and what is older than its records
        older = table if newer is drawn else drawn
        os.utime(newer, (2_000_000_000, 2_000_000_000))
        os.utime(older, (1_000_000_000, 1_000_000_000))
        before = drawn.stat().st_mtime_ns
        assert cli.main(["report", "--out", str(folder)]) == 0
        assert (drawn.stat().st_mtime_ns != before) == again


@pytest.mark.parametrize("module", ["npprune", "npprune.train"])
def test_status_and_line_reach_the_shell(module, elsewhere):
    command = [sys.executable, "-m", module, "--data-dir", "/nowhere/at/all"]
    done = subprocess.run(
        command, env=os.environ | elsewhere, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("npprune: /nowhere/at/all: no such folder")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("both", [False, True], ids=["|", "2>&1 |"])
def test_a_reader_that_leaves_early_is_no_error_of_ours(both, own, elsewhere):
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", "npprune", "data", "--data-dir", own, "--validation", "100"],
        env=os.environ | elsewhere,
        stdout=theirs,
        stderr=theirs if both else subprocess.PIPE,
        text=True,
        timeout=90,
    )
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
    folder = trained[1].parents[1].rename(trained[1].parents[2] / "\u017bary")
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    if wish:
        monkeypatch.setenv("PYTHONIOENCODING", wish)
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", output)
    assert cli.main(["figures", "--out", str(folder)]) == 0
    assert shown in output.buffer.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are not bytes")
def test_a_path_is_printed_as_it_was_given_whatever_the_locale(elsewhere, tmp_path):
    folder = tmp_path / "größe"
    folder.mkdir()
    for changes in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}):
        done = subprocess.run(
            [sys.executable, "-m", "npprune", "data", "--data-dir", folder],
            env=os.environ | elsewhere | {"PYTHONCOERCECLOCALE": "0"} | changes,
            capture_output=True,
            timeout=90,
        )
        assert done.returncode == 2
        for text in (done.stdout, done.stderr):
            assert os.fsencode(folder) in text, changes


@pytest.mark.skipif(os.name != "posix", reason="closes streams by a shell's words")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed_is_not_written_to(closed, own, elsewhere):
    done = subprocess.run(
        f'"$PYTHON" -m npprune data --data-dir "$OWN" --validation 100 {closed}',
        shell=True,
        env=os.environ | elsewhere | {"PYTHON": sys.executable, "OWN": str(own)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ("loaded" in done.stdout) == (closed == "2>&-")


def commands():
    """Every command that the help lists."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        cli.main(["--help"])
    return re.findall(r"^  (\w+) +\w", output.getvalue(), re.MULTILINE)


def test_every_command_can_be_quiet_or_verbose(capsys):
    names = commands()
    assert {"reproduce", "train", "prune", "time", "export", "merge", "data"} <= {*names}
    for name in names:
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])
        text = capsys.readouterr().out
        assert "-q, --quiet" in text
        assert "-v, --verbose" in text
    assert cli.main(["data", "--quiet", "--verbose"]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_quiet_leaves_results_and_errors_alone(own, tmp_path, capsys):
    flags = ["--data-dir", str(own), *SMALL, "--out", str(tmp_path / "run")]
    assert cli.main(["prune", "--quiet", *flags]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "Test accuracy after pruning" in told.out
    assert cli.main(["prune", "--quiet", *flags, "--batch", "0"]) == 2
    assert capsys.readouterr().err.startswith("npprune: --batch 0")
    assert cli.main(["prune", *flags]) == 0  # and the next command is not quiet
    assert str(own) in capsys.readouterr().err


def test_verbose_says_what_was_done_already(trained, capsys):
    flags, _ = trained
    assert cli.main(["train", "--verbose", *map(str, flags)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert all(re.match(r"\[ *\d+\.\d\d s\] ", line) for line in lines)
    assert any("baseline.csv: holds 1 records of seed 0" in line for line in lines)


def test_a_log_in_a_file_is_plain_lines(start, tmp_path):
    process = start("train", tmp_path / "run", "--epochs", "3", "--verbose")
    output, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert log
    for text in (output, log):
        assert all(line.isprintable() for line in text.splitlines())
        assert "\r" not in text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "Too many open files"),
        (MemoryError("Unable to allocate 37 GiB"), "out of memory: Unable to allocate"),
        (MemoryError(), "out of memory: [a-z].*ulimit"),
        (ImportError("failed to map segment", name="scipy.x"), "scipy.x.*failed to map segment"),
    ],
)
def test_a_failure_of_the_machine_is_one_line_and_1(error, said, monkeypatch, refused):
    def fail(options):
        raise error

    monkeypatch.setattr(cli, "data", fail)
    line, lines = refused("data", status=1)
    assert re.search(said, line)
    assert len(lines) == 1


def test_what_a_file_says_cannot_reach_the_terminal_as_it_is(trained, refused):
    folder = trained[1].parents[1]
    (folder / "config.json").write_text('{"\\u001b[2J\\nnpprune: all is well": 1}')
    line, lines = refused("report", "--out", folder)
    assert line.isprintable()
    assert len(lines) == 1
    assert "config.json" in line


@pytest.mark.parametrize("command", ["figures", "report"])
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
    command, change, said, finished, capsys, tmp_path, at_once
):
    folder = shutil.copytree(finished, tmp_path / "run")
    refusals = 0
    read = ("baseline", "sparsity", "timing", "distances") if command == "report" else ("training",)
    for name in read:
        path = folder / "data" / f"{name}.csv"
        before = path.read_text()
        path.write_text(change(before))
        if path.read_text() != before:
            status = cli.main([command, "--out", str(folder)])
            line = capsys.readouterr().err
            assert status in (0, 2)
            refusals += status == 2
            if status == 2:
                assert str(folder / "data") in line
                assert re.search(said, line), line
        path.write_text(before)
    assert refusals
