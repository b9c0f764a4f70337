"""The IDX file format: a few bytes that say what the numbers are, then the numbers.

    bytes 0-1   0 0
    byte  2     type code (CODES)
    byte  3     rank r
    4 r bytes   the r dimensions, big-endian uint32
    the rest    the numbers, big-endian, last dimension fastest

The header gives the length of the file, which is checked before memory is taken.  Deflate cannot
shrink data more than 1032 times, so a packed file whose header promises more is refused.

Source: LeCun, Cortes and Burges, THE MNIST DATABASE, "The IDX file format".

Read next: npprune/data/folder.py.
"""

import gzip
import math
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np

from npprune.errors import InputError
from npprune.files import write_whole

CODES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_LIMIT = 1032  # bytes out for one byte in, at the very most (zlib's technical notes)
CHUNK = 1 << 18
LONGEST_START = 100  # bytes that are looked at to tell what another file is
MEND = "fetch or copy the file again"

# What lies in place of a data file when fetching, copying or packing it went wrong, by how it
# begins (after white space and a mark of UTF-8), and what to do then.
OTHERS = (
    (b"<", f"a web page: {MEND}, from a link to the file itself"),
    (b"version https://git-lfs", "a pointer of git-lfs: run git lfs pull"),
    (b"/annex/objects/", "a pointer of git-annex: run git annex get"),
    (b"../", "the target of a symbolic link that was not kept: copy the file it names"),
    (GZIP_MAGIC, "gzipped twice: unpack it once"),
    (b"PK\3\4", "a zip archive: unpack it"),
    (b"BZh", "packed by bzip2: unpack it"),
    (b"\xfd7zXZ", "packed by xz: unpack it"),
    (b"\x93NUMPY", "an .npy file: write it with npprune.data.idx.write_idx"),
    (b"\x89HDF", "an HDF5 file: write its arrays with npprune.data.idx.write_idx"),
)


class IdxError(InputError):
    """A file is not an IDX file, or an array cannot be one."""


def read_idx(path):
    """Read the array in an IDX file, plain or gzipped (the content decides).

    Shapes: any; dtype uint8, int8, int16, int32, float32 or float64, in native byte order

    Raises IdxError, which names the file and the fault.
    """
    path = Path(path)
    if not os.path.isfile(path):
        what = "is not a file" if os.path.exists(path) else "does not exist"
        raise IdxError(f"{path}: {what}: give the path of an IDX file")
    try:
        with open(path, "rb") as raw:
            size = path.stat().st_size
            if raw.read(2) == GZIP_MAGIC:
                raw.seek(0)
                with gzip.open(raw) as unpacked:
                    return _read(unpacked, path, DEFLATE_LIMIT * size, "at most ")
            raw.seek(0)
            return _read(raw, path, size, "")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IdxError(
            f"{path}: the gzip data is damaged or cut short ({error}): {MEND}"
        ) from error
    except OSError as error:
        raise IdxError(f"{path}: cannot be read ({error.strerror or error})") from error


def is_idx(path):
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            with gzip.open(raw) if packed else raw as file:
                magic = file.read(4)
    except (EOFError, OSError, zlib.error):
        return False
    return len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in CODES


def _read(file, path, limit, hedge):
    dtype, shape, header_size = _read_header(file, path)
    expected = header_size + math.prod(shape) * dtype.itemsize  # Python ints: no overflow
    promise = f"its header promises {_words(shape, dtype)}, {expected:,} bytes in all"
    if expected > limit:
        raise IdxError(f"{path}: too short: {promise}, but it holds {hedge}{limit:,}: {MEND}")
    try:
        array = np.empty(shape, dtype)
    except (ValueError, MemoryError) as error:
        raise IdxError(f"{path}: {promise}, which NumPy cannot hold here ({error})") from error

    flat = array.reshape(-1).view(np.uint8)
    filled = 0
    while filled < flat.size:
        chunk = file.read(min(CHUNK, flat.size - filled))
        if not chunk:
            held = header_size + filled
            raise IdxError(f"{path}: too short: {promise}, but it holds {held:,}: {MEND}")
        flat[filled : filled + len(chunk)] = np.frombuffer(chunk, np.uint8)
        filled += len(chunk)
    if file.read(1):  # at the end of a gzip file this also checks its CRC
        raise IdxError(f"{path}: too long: {promise}, but more follows: {MEND}")

    if sys.byteorder == "little" and dtype.itemsize > 1:
        array.byteswap(inplace=True)
    return array


def _read_header(file, path):
    magic = file.read(4)
    if not magic:
        raise IdxError(f"{path}: empty: {MEND}")
    if len(magic) < 4 or magic[:2] != b"\0\0":
        start = (magic + file.read(LONGEST_START)).removeprefix(b"\xef\xbb\xbf").lstrip()
        other = next((words for begin, words in OTHERS if start.startswith(begin)), None)
        raise IdxError(
            f"{path}: not an IDX file but {other}"
            if other
            else f"{path}: not an IDX file: it starts with {magic.hex(' ')}, "
            "not with 00 00, a type code and a rank"
        )
    code, rank = magic[2:]
    if code not in CODES:
        known = ", ".join(f"{known:02x}" for known in CODES)
        raise IdxError(f"{path}: unknown IDX type code {code:02x}: known are {known}")
    dimensions = file.read(4 * rank)
    if len(dimensions) < 4 * rank:
        raise IdxError(f"{path}: too short: it ends within its {rank} dimensions: {MEND}")
    return np.dtype(CODES[code]), struct.unpack(f">{rank}I", dimensions), 4 + 4 * rank


def write_idx(path, array):
    """Write array as an IDX file, gzipped if the name ends in .gz, whole or not at all.

    The same array gives the same bytes.  Raises IdxError for a dtype without a code, such as int64,
    or a dimension above 32 bits.
    """
    array = np.asarray(array)
    content = b"".join([idx_header(array), _big_endian(array)])
    write_whole(path, gzip.compress(content, 6, mtime=0) if str(path).endswith(".gz") else content)


def idx_header(array):
    """The bytes that an IDX file of this array starts with; with the numbers they identify it."""
    codes = {dtype: code for code, dtype in CODES.items()}
    code = codes.get(array.dtype.str[1:])
    if code is None:
        known = ", ".join(np.dtype(dtype).name for dtype in codes)
        raise IdxError(f"IDX cannot hold {array.dtype}: convert the array to one of {known}")
    if max(array.shape, default=0) > 0xFFFFFFFF:
        raise IdxError(f"IDX cannot hold the shape {array.shape}: a dimension exceeds 32 bits")
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)


def _big_endian(array):
    return np.asarray(array, array.dtype.newbyteorder(">"), order="C")


def _words(shape, dtype):
    if len(shape) > 8:
        return f"{dtype.name} in {len(shape)} dimensions"
    return f"{' x '.join(map(str, shape)) or 'one'} {dtype.name}"
