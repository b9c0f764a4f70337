"""One process at a time in a folder, and no trace of those that died."""

import os
import subprocess
import sys
from unittest.mock import Mock

import pytest

from npprune import progress
from npprune.errors import InputError
from npprune.lab import lock as module
from npprune.lab.lock import Lock
from npprune.progress import VERBOSE

pytestmark = pytest.mark.skipif(module.fcntl is None, reason="needs flock")

HOLD = """
import sys, time
from npprune.lab.lock import Lock
lock = Lock(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(elsewhere, tmp_path):
    """Another process that holds tmp_path."""
    command = [sys.executable, "-c", HOLD, tmp_path]
    with subprocess.Popen(command, env=elsewhere, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_is_at_work(holder, tmp_path):
    said = rf"^{tmp_path}: another run is at work there \(process {holder.pid} on.*--out"
    with pytest.raises(InputError, match=said):
        Lock(tmp_path)
    assert holder.poll() is None


def test_the_lock_of_a_dead_process_is_taken_over_and_said(holder, tmp_path, capsys, monkeypatch):
    holder.kill()
    holder.wait()
    assert f"process {holder.pid} " in (tmp_path / ".lock").read_text()
    monkeypatch.setattr(progress, "_level", VERBOSE)
    lock = Lock(tmp_path)
    assert f"left behind by process {holder.pid}" in capsys.readouterr().err
    assert f"process {os.getpid()} " in (tmp_path / ".lock").read_text()
    lock.release()


def test_a_lock_ends_with_release_or_with_its_last_reference(tmp_path):
    for _ in range(3):
        Lock(tmp_path)
        lock = Lock(tmp_path)
        with pytest.raises(InputError):
            Lock(tmp_path)
        lock.release()
        lock.release()
        assert os.listdir(tmp_path) == []


def test_a_lock_file_of_somebody_else_is_left_to_him(tmp_path):
    first = Lock(tmp_path)
    (tmp_path / ".lock").rename(tmp_path / "moved")
    second = Lock(tmp_path)  # as if the first's folder had been moved away
    first.release()
    assert sorted(os.listdir(tmp_path)) == [".lock", "moved"]
    with pytest.raises(InputError):
        Lock(tmp_path)
    second.release()


def test_a_lock_file_taken_away_while_it_was_opened_is_not_trusted(tmp_path, monkeypatch):
    flock, files = module.fcntl.flock, []

    def slow(descriptor, how):
        if not files:  # the holder ends just now
            (tmp_path / ".lock").unlink()
        files.append(os.fstat(descriptor).st_ino)
        flock(descriptor, how)

    monkeypatch.setattr(module.fcntl, "flock", slow)
    lock = Lock(tmp_path)
    assert len(files) == 2
    assert os.stat(tmp_path / ".lock").st_ino == files[1]
    lock.release()


def test_what_stands_in_a_lock_file_is_not_believed_but_shortened(tmp_path):
    (tmp_path / ".lock").write_bytes(b"\xff" * 10**6)
    Lock(tmp_path)


def test_a_system_without_locks_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "fcntl", None)
    for _ in range(2):
        lock = Lock(tmp_path)
        assert "has no locks: start no second run there" in capsys.readouterr().err
        assert f"process {os.getpid()} " in (tmp_path / ".lock").read_text()
        lock.release()
        assert os.listdir(tmp_path) == []


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, capsys):
    no_locks = OSError(37, "No locks available")
    monkeypatch.setattr(module.fcntl, "flock", Mock(side_effect=no_locks))
    Lock(tmp_path)
    assert "cannot be locked (No locks available)" in capsys.readouterr().err


@pytest.mark.parametrize("number", [13, 28, 30, 24])
def test_a_folder_that_takes_no_lock_is_named(number, tmp_path, monkeypatch):
    error = OSError(number, os.strerror(number))
    monkeypatch.setattr(module.os, "open", Mock(side_effect=error))
    with pytest.raises(InputError, match=rf"{tmp_path}: cannot be written \({error.strerror}"):
        Lock(tmp_path)
