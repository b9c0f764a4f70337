"""The IDX format: every type, every rank, plain or gzipped; and every way a file can lie."""

import gzip
import struct

import numpy as np
import pytest
from memory import memory_below

from npprune.data.idx import CODES, IdxError, is_idx, read_idx, write_idx
from npprune.errors import InputError

SHAPES = [(), (0,), (1,), (3, 2), (2, 0, 4), (4, 3, 2), (2,) * 12]


def header(code, *shape):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.mark.parametrize("name", ["file", "file.gz"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", CODES.values())
def test_what_is_written_is_read(tmp_path, dtype, shape, name):
    # Numbers that use every byte, so that a wrong byte order cannot pass.
    numbers = np.random.default_rng(1).integers(-(2**31), 2**31, shape) / 3
    array = numbers.astype(dtype)
    write_idx(tmp_path / name, array)
    back = read_idx(tmp_path / name)
    assert back.shape == shape
    assert back.dtype == np.dtype(dtype)
    assert back.dtype.isnative
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("code", "value", "packed"),
    [
        (0x08, np.uint8(200), b"\xc8"),
        (0x09, np.int8(-2), b"\xfe"),
        (0x0B, np.int16(-2), b"\xff\xfe"),
        (0x0C, np.int32(258), b"\x00\x00\x01\x02"),
        (0x0D, np.float32(1.5), b"\x3f\xc0\x00\x00"),
        (0x0E, np.float64(-2.0), b"\xc0" + b"\x00" * 7),
    ],
)
def test_bytes_worked_out_by_hand(path, code, value, packed):
    content = header(code, 1, 2) + packed + packed
    path.write_bytes(content)
    array = read_idx(path)
    assert array.dtype == value.dtype
    assert array.tolist() == [[value, value]]
    write_idx(path, array)
    assert path.read_bytes() == content


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


REFUSED = {
    "empty": (b"", "empty"),
    "cut in the magic": (GOOD[:3], "not an IDX file"),
    "wrong magic": (b"PNG\r" + GOOD[4:], "50 4e 47 0d"),
    "unknown type": (header(0x0A, 1) + bytes(4), "type code 0a"),
    "cut in the dimensions": (GOOD[:9], "within its 2 dimensions"),
    "cut in the numbers": (GOOD[:-1], "promises 2 x 3 uint8, 18 bytes in all, but it holds 17"),
    "one byte too many": (GOOD + b"\0", "too long"),
    "no numbers": (header(0x0E, 1), "holds 8"),
    "dimensions that overflow 64 bits": (header(0x08, *[2**32 - 1] * 3), "too short"),
    "dimensions whose product wraps to 0": (header(0x08, 2**31, 2**31, 4), "too short"),
    "empty, but too large for NumPy": (header(0x08, 0, *[2**32 - 1] * 2), "NumPy cannot hold"),
    "more dimensions than NumPy has": (header(0x08, *[1] * 255) + b"\0", "255 dimensions"),
    "half a gzip": (PACKED[: len(PACKED) // 2], "cut short"),
    "gzip magic alone": (b"\x1f\x8b", "gzip"),
    "gzip without its checksum": (PACKED[:-8], "cut short"),
    "gzip with a wrong checksum": (PACKED[:-8] + bytes(8), "gzip"),
    "gzip with garbage behind": (PACKED + b"garbage", "gzip"),
    "gzip of garbage": (PACKED[:10] + b"\xff" * 9, "gzip"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "gzip, too short inside": (gzip.compress(GOOD[:-1]), "holds 17"),
    "gzip, too long inside": (gzip.compress(GOOD + b"\0"), "too long"),
    "gzip that cannot hold so much": (gzip.compress(header(0x0E, 10**8)), "at most"),
    "a gzip bomb": (gzip.compress(header(0x08, 10) + bytes(50_000_000)), "too long"),
}
IN_ITS_PLACE = {
    "a web page": b"<!DOCTYPE html><html>404</html>",
    "a web page, with a mark": b"\xef\xbb\xbf\r\n <html></html>",
    "git-lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9912422\n",
    "git-annex": b"/annex/objects/MD5E-s28881--ec29112dd5afa0611ce80d1b7f02629c.gz",
    "zip": b"PK\3\4" + bytes(30),
    ".npy": b"\x93NUMPY\1\0" + bytes(30),
}
NO_IDX = {"gzipped twice": (gzip.compress(PACKED), "gzipped twice")}
for what, content in IN_ITS_PLACE.items():
    NO_IDX[what] = (content, what.split(",")[0])
    NO_IDX[f"{what}, gzipped"] = (gzip.compress(content), what.split(",")[0])
REFUSED |= NO_IDX


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_file_and_the_fault_in_little_memory(path, content, says):
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
    for content in (GOOD[:3], PACKED[:5], *(content for content, _ in NO_IDX.values())):
        path.write_bytes(content)
        assert not is_idx(path), content


def test_every_cut_of_a_file_is_refused(path):
    for content in (GOOD, PACKED):
        for length in range(len(content)):
            path.write_bytes(content[:length])
            with pytest.raises(IdxError):
                read_idx(path)


def mutants(count, seed):
    """Small IDX files with bytes changed, cut out, doubled or appended."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        content = bytearray((GOOD, PACKED, header(0x0D, 2) + bytes(8))[rng.integers(3)])
        for _ in range(rng.integers(1, 5)):
            at, kind = rng.integers(len(content) + 1), rng.integers(4)
            if kind == 0 and at < len(content):
                content[at] = rng.integers(256)
            elif kind == 1:
                del content[at : at + rng.integers(1, 5)]
            elif kind == 2:
                content[at:at] = rng.bytes(rng.integers(1, 5))
            else:
                content = content + content[at:]
        yield bytes(content)


@pytest.mark.parametrize(
    ("count", "seed"), [(1000, 2), pytest.param(1_000_000, 3, marks=pytest.mark.slow)]
)
def test_mutated_files_are_read_or_refused_in_little_memory(path, count, seed):
    blamed = []
    with memory_below(4e6):
        for content in mutants(count, seed):
            path.unlink(missing_ok=True)  # writing over a file waits for the disk
            path.write_bytes(content)
            try:
                read_idx(path)
            except IdxError as refusal:
                blamed.append(str(refusal).split(": ")[0])
    assert set(blamed) == {str(path)}
    assert len(blamed) < count


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
