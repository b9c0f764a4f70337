"""Files are written whole or not at all.

A reader of a run's folder, or the same run started again, must never meet half a file.  So the
bytes go to a temporary file in the same folder (a rename across file systems would be a copy), are
forced to the disk, and only then take the name, in one step.  Last the folder is forced to the disk
too.

A process that is killed on the way leaves the temporary file behind, under a name that says so;
whoever knows that nobody else is writing there sweeps them away (remove_partials).

Read next: npprune/npy.py.
"""

import contextlib
import errno
import os
import tempfile
import time
from pathlib import Path

from npprune.errors import InputError

PARTIAL = ".partial"  # how the names of temporary files end; they start with a dot


def write_whole(path, content, previous=None):
    """Write bytes or text to path so that the path only ever holds all of it or what it held.

    With previous, another path in the same folder, what path held before stays there.  Folders on
    the way are made.  Raises InputError when the folder cannot be written or is full.
    """
    path = Path(path)
    content = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(PARTIAL, f".{path.name}.", path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        if previous is not None:
            _keep(path, previous, temporary + PARTIAL)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}): mend that, or choose another folder"
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # mostly, since it has its name by now
                os.unlink(temporary)


def _keep(path, previous, spare):
    """Let what path holds, if anything, stand under the name previous as well.

    A second link first takes a spare name and then, by a rename, the one it is for, so that at no
    moment is either name missing.  File systems without links have to make do with a rename.
    """
    if not path.exists():
        return
    try:
        os.link(path, spare)
    except OSError:
        os.replace(path, previous)
    else:
        os.replace(spare, previous)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(spare)  # a rename between two links of one file does nothing


def _sync_folder(folder):
    """Force a folder's names to the disk, where the system lets folders be opened and synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_file(path):
    """Open a file to read its bytes; raises OSError, of anything but a file without opening it.

    To open a pipe is to wait until somebody writes to it.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "it is no file")
    return open(path, "rb")


def read_text(path, most, advice):
    """Return the text of a file of at most so many bytes.

    Raises InputError when there is none, or what is there is no file, larger, or not text; advice
    says what to do where nothing is there.
    """
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > most:
                raise InputError(f"{path}: cannot be read: larger than {most:,} bytes")
            return file.read().decode()
    except FileNotFoundError as error:
        raise InputError(f"{path}: not there: {advice}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: cannot be read as text ({error}): mend it or move it away"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def expanded(path, what, cure="give a path without ~"):
    """Return a Path with the home folder in place of ~; raises InputError, saying what it is of."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # no HOME and no such user, as in many a container
        raise InputError(f"{what} {path}: there is no such home folder: {cure}") from error


def remove_partials(folder, age=0.0):
    """Delete temporary files that killed processes left in a folder, if older than age seconds."""
    for path in Path(folder).glob(f".*{PARTIAL}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime >= age:
                path.unlink()


def _umask():
    """Return the process's file-creation mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
