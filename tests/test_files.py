"""A file is written whole or not at all."""

import errno
import os
import stat

import pytest

from npprune.errors import InputError
from npprune.files import write_whole


@pytest.mark.parametrize("content", ["text\nzwölf\n", b"\x00\xff", b"", bytearray(b"abc")])
def test_what_is_written_is_what_is_read(content, tmp_path):
    path = tmp_path / "on" / "the" / "way" / "file"
    write_whole(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else bytes(content))


def test_an_old_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "file"
    for content in ("old and long", "new"):
        write_whole(str(path), content)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old_file(step, error, tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, "old")

    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, step, fail)
    if isinstance(error, OSError):
        with pytest.raises(InputError, match=r"file: cannot be written \(No space left\)"):
            write_whole(path, "new")
    else:
        with pytest.raises(KeyboardInterrupt):
            write_whole(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file/below: cannot be written"):
        write_whole(tmp_path / "file" / "below", "text")
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path, "a folder is there already")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
)
def test_a_read_only_folder_is_named_and_left_alone(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(InputError, match=r"closed/file: cannot be written.*another folder"):
        write_whole(closed / "file", "text")
    assert not os.listdir(closed)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_is_what_open_would_have_given(umask, mode, tmp_path):
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "file", "text")
        assert os.umask(umask) == umask  # still what it was
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode
