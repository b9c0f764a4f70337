"""A file is written whole or not at all."""

import errno
import os
import stat
import time

import pytest

from npprune.errors import InputError
from npprune.files import PARTIAL, remove_partials, write_whole


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.mark.parametrize("content", ["text\nzwölf\n", b"\x00\xff", b"", bytearray(b"abc")])
def test_what_is_written_is_what_is_read(content, tmp_path):
    path = tmp_path / "on" / "the" / "way" / "file"
    write_whole(str(path), content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else bytes(content))


def raising(error):
    def fail(*arguments):
        raise error

    return fail


@pytest.mark.parametrize("step", ["open", "fsync", "chmod", "replace"])
@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (OSError(errno.ENOSPC, "No space"), InputError, r"file: cannot be written \(No space\)"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
@pytest.mark.parametrize("previous", [None, "before"])
def test_a_failure_in_the_middle_leaves_the_old_file_alone(
    step, error, raised, said, previous, path, monkeypatch
):
    write_whole(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, step, raising(error))
        with pytest.raises(raised, match=said):
            write_whole(path, "new", previous and path.with_name(previous))
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["file"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/below: cannot be written.*another folder"):
        write_whole(tmp_path / "file" / "below", "text")
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path, "a folder is there already")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_is_what_open_would_have_given(umask, mode, path):
    before = os.umask(umask)
    try:
        write_whole(path, "text")
        assert os.umask(umask) == umask  # still what it was
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("links", [True, False])
def test_what_was_there_before_can_be_kept(links, path, monkeypatch):
    """By a rename where there are no links."""
    if not links:
        monkeypatch.setattr(os, "link", raising(PermissionError(errno.EPERM, "not permitted")))
    previous = path.with_name("before")
    for content in "abc":
        write_whole(path, content, previous)
    assert (path.read_text(), previous.read_text()) == ("c", "b")
    assert sorted(os.listdir(path.parent)) == ["before", "file"]


def test_two_names_of_one_file_are_no_trouble(path):
    """As a process leaves them that is killed between keeping the old file and naming the new."""
    previous = path.with_name("before")
    path.write_text("a")
    os.link(path, previous)
    write_whole(path, "b", previous)
    assert (path.read_text(), previous.read_text()) == ("b", "a")
    assert sorted(os.listdir(path.parent)) == ["before", "file"]


@pytest.mark.skipif(os.name != "posix", reason="folders are synced on POSIX")
def test_the_folder_is_synced_after_the_rename(tmp_path, monkeypatch):
    done = []
    for step in ("fsync", "replace"):
        call = getattr(os, step)

        def traced(first, *rest, call=call, step=step):
            folder = step == "fsync" and stat.S_ISDIR(os.fstat(first).st_mode)
            done.append("folder" if folder else step)
            return call(first, *rest)

        monkeypatch.setattr(os, step, traced)
    write_whole(tmp_path / "file", "text")
    assert done == ["fsync", "replace", "folder"]


def test_a_folder_that_turns_into_a_file_is_named(tmp_path, monkeypatch):
    folder, fsync = tmp_path / "folder", os.fsync

    def turn(descriptor):
        fsync(descriptor)
        folder.rename(tmp_path / "moved")
        folder.touch()

    monkeypatch.setattr(os, "fsync", turn)
    with pytest.raises(InputError, match=f"^{folder / 'file'}: cannot be written"):
        write_whole(folder / "file", "text")


def test_partial_files_are_removed_and_nothing_else(tmp_path):
    names = [f".file.abc{PARTIAL}", f".young.abc{PARTIAL}", f"mine{PARTIAL}", ".mine", "file"]
    for name in names:
        (tmp_path / name).touch()
    os.utime(tmp_path / names[0], (time.time() - 60,) * 2)
    remove_partials(tmp_path, age=30)
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])
    remove_partials(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(names[2:])
    remove_partials(tmp_path / "not there")
