"""One run at a time in a folder, by a lock of the operating system.

The kernel frees the lock when the process ends in any way.  The file says who holds the lock.
Without flock (Windows) only a message warns.

Read next: npprune/lab/run.py.
"""

import contextlib
import os
import socket
import time
import weakref
from pathlib import Path

from npprune.errors import InputError
from npprune.progress import QUIET, VERBOSE, say

try:
    import fcntl
except ImportError:
    fcntl = None

MOST_TEXT = 200  # bytes of a lock file that are shown


_held = weakref.WeakValueDictionary()  # the locks of this process, by folder


def hold(folder):
    """This process's lock on a folder, the same one as long as it is held."""
    key = os.path.realpath(folder)
    lock = _held.get(key)
    if lock is None or not lock.release.alive:
        lock = _held[key] = Lock(folder)
    return lock


class Lock:
    """A folder held by this process, until release() or until nothing refers to the lock."""

    def __init__(self, folder):
        """Take the lock; raises InputError when it is held or the folder is not writable."""
        path = Path(folder) / ".lock"
        try:
            descriptor = _take(path)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be written ({error.strerror}): mend that, or choose another "
                "folder"
            ) from error
        self.release = weakref.finalize(self, _release, path, descriptor)


def _take(path):
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _flock(descriptor, path)
            if _is_at(descriptor, path):
                _write(descriptor, path)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder took the file away after it was opened here


def _flock(descriptor, path):
    if fcntl is None:
        say(f"{path.parent}: this system has no locks: start no second run there")
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"{path.parent}: another run is at work there ({_text(descriptor)}): wait for its "
            "end, stop it, or choose another folder with --out"
        ) from error
    except OSError as error:  # some file systems of networks have no locks
        say(f"{path}: cannot be locked ({error.strerror}): start no second run there", QUIET)


def _is_at(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _text(descriptor):
    os.lseek(descriptor, 0, os.SEEK_SET)
    return " ".join(os.read(descriptor, MOST_TEXT).decode(errors="replace").split())


def _write(descriptor, path):
    if left := _text(descriptor):
        say(f"{path}: left behind by {left}: taken over", VERBOSE)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    text = f"process {os.getpid()} on {socket.gethostname()}, since {started}\n"
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())


def _release(path, descriptor):
    with contextlib.suppress(OSError):
        if _is_at(descriptor, path):
            path.unlink()
    os.close(descriptor)
