"""One run at a time in a folder, by a lock that the operating system keeps.

The lock is on an open file, so the kernel lets go of it when the process ends, in whatever way: a
file that a dead process left behind locks nothing. What stands in the file says who holds it, to
people.

Left out: systems without flock (Windows), where nothing keeps two runs apart, and it is said.

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
    """Return this process's lock on a folder, the same one as long as somebody has it."""
    key = os.path.realpath(folder)
    lock = _held.get(key)
    if lock is None or not lock.release.alive:
        lock = _held[key] = Lock(folder)
    return lock


class Lock:
    """A folder held by this process, until release() or until nothing refers to the lock."""

    def __init__(self, folder):
        """Take the lock; raises InputError when another holds it or the folder is not writable."""
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
    """Return the descriptor of the lock file, locked, with this process's name in it."""
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
    """Lock an open file, or raise InputError with who has done so."""
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
    """Say whether path still is the name of an open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _text(descriptor):
    """Return what stands in the lock file."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return " ".join(os.read(descriptor, MOST_TEXT).decode(errors="replace").split())


def _write(descriptor, path):
    """Put this process's name into the lock file."""
    if left := _text(descriptor):
        say(f"{path}: left behind by {left}: taken over", VERBOSE)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    text = f"process {os.getpid()} on {socket.gethostname()}, since {started}\n"
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())


def _release(path, descriptor):
    """Take the file away, if it is still the lock, and then let go of it."""
    with contextlib.suppress(OSError):
        if _is_at(descriptor, path):
            path.unlink()
    os.close(descriptor)
