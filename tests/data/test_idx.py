"""The IDX format: every type, every rank, plain or gzipped; and every way a file can lie."""

import gzip
import struct

import numpy as np
import pytest
from memory import memory_below

from npprune.data.idx import IdxError, is_idx, read_idx, write_idx
from npprune.errors import InputError

CODES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
SHAPES = [(), (0,), (1,), (3, 2), (2, 0, 4), (4, 3, 2), (2,) * 12]


def header(code, *shape):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("code", CODES)
def test_what_is_written_is_read_and_is_what_the_format_says(tmp_path, code, shape):
    # Numbers that use every byte, so that a wrong byte order cannot pass.
    numbers = np.random.default_rng(1).integers(-(2**31), 2**31, shape) / 3
    array = np.asarray(numbers).astype(CODES[code])
    content = header(code, *shape) + array.astype(f">{CODES[code]}").tobytes()
    for name, unpack in (("file", bytes), ("file.gz", gzip.decompress)):
        write_idx(tmp_path / name, array)
        assert unpack((tmp_path / name).read_bytes()) == content
        back = read_idx(tmp_path / name)
        assert (back.shape, back.dtype) == (shape, array.dtype)
        assert back.dtype.isnative
        assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_either_byte_order_and_any_layout_can_be_written(path, order):
    array = np.arange(24, dtype=f"{order}i2").reshape(4, 6)[::2, ::-1].T
    write_idx(path, array)
    np.testing.assert_array_equal(read_idx(path), array)


GOOD = header(0x08, 2, 3) + b"abcdef"
PACKED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize("name", ["file", "file.gz"])
@pytest.mark.parametrize(
    "content",
    [GOOD, PACKED, gzip.compress(GOOD[:6]) + gzip.compress(GOOD[6:])],
    ids=["plain", "gzip", "two parts"],
)
def test_content_not_name_tells_gzip_which_may_come_in_parts(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert read_idx(tmp_path / name).tobytes() == b"abcdef"
    assert is_idx(tmp_path / name)


def test_writing_is_repeatable(tmp_path):
    contents = []
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, np.arange(1000, dtype="i4"))
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert contents[0][:8] == b"\x1f\x8b\x08\0" + bytes(4)  # gzip, with no name or time stamp


# What is said, and the contents of files of which it is said.
REFUSED = [
    ("empty", b"", gzip.compress(b"")),
    ("not an IDX file", GOOD[:3]),
    ("50 4e 47 0d", b"PNG\r" + GOOD[4:]),
    ("type code 0a", header(0x0A, 1) + bytes(4)),
    ("within its 2 dimensions", GOOD[:9]),
    ("promises 2 x 3 uint8, 18 bytes in all, but it holds 17", GOOD[:-1], gzip.compress(GOOD[:-1])),
    ("holds 8", header(0x0E, 1)),
    ("too long", GOOD + b"\0", gzip.compress(GOOD + b"\0")),
    ("too long", gzip.compress(header(0x08, 10) + bytes(50_000_000))),  # a bomb
    ("too short", header(0x08, *[2**32 - 1] * 3), header(0x08, 2**31, 2**31, 4)),  # wraps to 0
    ("NumPy cannot hold", header(0x08, 0, *[2**32 - 1] * 2)),
    ("255 dimensions", header(0x08, *[1] * 255) + b"\0"),
    ("cut short", PACKED[: len(PACKED) // 2], PACKED[:-8]),
    ("gzip", b"\x1f\x8b", PACKED[:-8] + bytes(8), PACKED + b"more", PACKED[:10] + b"\xff" * 9),
    ("at most", gzip.compress(header(0x0E, 10**8))),
]
IN_ITS_PLACE = [
    ("a web page", b"<!DOCTYPE html><html>404</html>", b"\xef\xbb\xbf\r\n <html></html>"),
    ("git-lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9912422\n"),
    ("git-annex", b"/annex/objects/MD5E-s28881--ec29112dd5afa0611ce80d1b7f02629c.gz"),
    ("zip", b"PK\3\4" + bytes(30)),
    (".npy", b"\x93NUMPY\1\0" + bytes(30)),
]
for says, *contents in IN_ITS_PLACE:
    REFUSED.append((says, *contents, *map(gzip.compress, contents)))
REFUSED.append(("gzipped twice", gzip.compress(PACKED)))


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused[0])
def test_refusals_name_the_file_and_the_fault_in_little_memory(path, refused):
    says, *contents = refused
    for content in contents:
        path.write_bytes(content)
        with memory_below(5e6), pytest.raises(IdxError) as refusal:
            read_idx(path)
        message = str(refusal.value)
        assert str(path) in message
        assert says in message
        assert "\n" not in message
        assert isinstance(refusal.value, InputError)


def test_what_is_not_a_file_is_refused(tmp_path):
    with pytest.raises(IdxError, match="not a file"):
        read_idx(tmp_path)
    with pytest.raises(IdxError, match="does not exist"):
        read_idx(tmp_path / "nothing")
    assert not is_idx(tmp_path)


def test_what_does_not_begin_as_an_idx_file_is_none(path):
    others = [content for _, *contents in IN_ITS_PLACE for content in contents]
    for content in (GOOD[:3], PACKED[:5], *others, *map(gzip.compress, [*others, PACKED])):
        path.write_bytes(content)
        assert not is_idx(path), content


def test_every_cut_of_a_file_is_refused(path):
    for content in (GOOD, PACKED):
        for length in range(len(content)):
            path.write_bytes(content[:length])
            with pytest.raises(IdxError):
                read_idx(path)


@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_reading_takes_little_more_memory_than_the_array(tmp_path, name):
    array = np.zeros((1200, 100, 100), np.uint8)
    write_idx(tmp_path / name, array)
    with memory_below(array.nbytes + 4e6):
        read_idx(tmp_path / name)


@pytest.mark.parametrize("dtype", ["i8", "u2", "bool", "f2", "c8", "U3", "O"])
def test_types_that_idx_lacks_are_refused_and_nothing_is_written(path, dtype):
    with pytest.raises(IdxError, match="convert"):
        write_idx(path, np.zeros(3, dtype))
    assert list(path.parent.iterdir()) == []


def test_dimensions_beyond_32_bits_are_refused(path):
    with pytest.raises(IdxError, match="32 bits"):
        write_idx(path, np.empty((2**32, 0), np.uint8))
