"""Files are written whole or not at all.

A reader of a run's folder, or the same run started again, must never meet half a file.  So the
bytes go to a temporary file in the same folder (a rename across file systems would be a copy),
are forced to the disk, and only then take the name, in one step that the operating system
guarantees.

Read next: npprune/data/idx.py.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from npprune.errors import InputError


def write_whole(path, content):
    """Write bytes or text to path so that the path only ever holds all of it or what it held.

    Folders on the way are made.  Raises InputError when the folder cannot be written or is full.
    """
    path = Path(path)
    content = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}): choose another folder"
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def _umask():
    """Return the process's file-creation mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
