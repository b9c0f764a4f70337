"""Arrays in the bytes of .npy files, from strangers too.

An .npz file is a zip of .npy files; an .npy file is a header and the numbers.  numpy.load takes the
memory that a header promises, unpacks what is packed, parses the header as Python, and skips a
member's checksum.  Here nothing is unpickled or evaluated.

Source: numpy.lib.format.

Read next: npprune/streams.py.
"""

import re
import struct
import zipfile
import zlib

import numpy as np

LONGEST = 200  # characters of what is wrong, which may quote the file

# How an .npy file of numbers or text begins, as NumPy writes it (version 1.0).  The text between
# the braces is Python, and evaluating a stranger's is what is avoided here.
NPY = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<dtype>[<>|][biufU]\d{1,9})', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>(?:\d{1,18}, ?)*(?:\d{1,18})?)\), \} *\n",
    re.DOTALL,
)

# What reading a damaged zip, array or text raises.
DAMAGE = (
    EOFError, ValueError, TypeError, AttributeError, LookupError, RuntimeError, OverflowError,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


# What this project writes, by the member that describes it, and who reads it.
ARCHIVES = {
    "header.npy": "a checkpoint: read it with npprune.network.checkpoint.load_weights",
    "about.npy": "an exported network: read it with npprune.inference.export.load_exported",
}


def other_archive(names, own):
    """What a zip with members of these names is, if it lacks the one called own."""
    if own in names:
        return ""
    shown = ", ".join(names[:3])[:LONGEST] or "nothing"
    known = (words for member, words in ARCHIVES.items() if member in names)
    return next(known, f"another archive, which holds {shown}: give another file")


def read_array(content):
    """Array of numbers or text in the bytes of an .npy file.

    Raises one of DAMAGE when they hold none.  A view, which takes no memory, comes first.
    """
    start = NPY.match(content)
    if start is None or int.from_bytes(start["length"], "little") != start.end() - start.end(1):
        raise ValueError("a member of it is not an array of numbers or text")
    shape = [int(size) for size in start["shape"].split(b",") if size.strip()]
    order = "F" if start["fortran"] == b"True" else "C"
    dtype = np.dtype(start["dtype"].decode())
    array = np.ndarray(shape, dtype, content, start.end(), order=order)
    if array.nbytes != len(content) - start.end():
        raise ValueError(f"an array of it is followed by other bytes than its {array.nbytes:,}")
    return array.copy(order)
