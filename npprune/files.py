"""Files are written whole or not at all.

The bytes go to a temporary file in the same folder, are forced to the disk, and only then take the
name, in one step.  A killed process leaves its temporary file behind (remove_partials).

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
    """Write bytes or text so that path only ever holds all of it or what it held before.

    previous: another path in the same folder, for the old content.  Raises InputError when the
    folder cannot be written or is full.
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
    """Keep the content under the name previous too; neither name is ever missing."""
    if not path.exists():
        return
    try:
        os.link(path, spare)
    except OSError:
        os.replace(path, previous)
        return
    try:
        os.replace(spare, previous)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(spare)  # a rename between two links of one file does nothing


def _sync_folder(folder):
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_file(path):
    """Open a file to read its bytes.

    Raises OSError for anything but a file: opening a pipe would wait.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "it is no file")
    return open(path, "rb")


def read_text(path, most, advice):
    """Text of a file.

    Raises InputError when it is missing (with the advice), no file, no text or larger than `most`.
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
    """Path with the home folder in place of ~; raises InputError that begins with `what`."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # no HOME and no such user, as in many a container
        raise InputError(f"{what} {path}: there is no such home folder: {cure}") from error


def remove_partials(folder, age=0.0):
    """Delete temporary files of killed processes, if older than age seconds."""
    for path in Path(folder).glob(f".*{PARTIAL}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime >= age:
                path.unlink()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
