"""An exported network comes back to the bit, for anybody; a forged one comes back as one line."""

import io
import itertools
import json
import os
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference import export
from npprune.inference.export import (
    FORMAT,
    MOST_WEIGHTS,
    load_exported,
    save_exported,
    smallest_layout,
)
from npprune.inference.storage import EXPORTED, encode
from npprune.network.checkpoint import load_checkpoint, load_weights, save_checkpoint
from npprune.network.mlp import init_weights, logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, prune

ABOUT = {"seed": 3, "image_shape": [6, 5], "test_accuracy": 0.5}


def load(path):
    """The reader that README shows."""
    file, weights = np.load(path), []
    about = json.loads(bytes(file["about"]))
    for l, layout in enumerate(about["layouts"]):
        W = np.zeros(about["sizes"][l : l + 2], np.float32)
        where = file.get(f"places-{l}", ...)  # nothing is said of a dense layer: all of it
        if layout == "bitmask":
            where = np.unpackbits(where, count=W.size) == 1
        elif layout == "gaps":
            where = np.cumsum(where, dtype=int)
        W.reshape(-1)[where] = file[f"values-{l}"]
        weights.append(W)
    return weights


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.npz"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [0, 0.1, 0.5, 0.9, 0.99, 1])
def test_round_trip_is_exact_to_the_bit_for_us_and_for_anybody(kind, k, network, path):
    pruned = prune(network, k, kind)
    length = save_exported(path, pruned, ABOUT)
    assert path.stat().st_size == length
    found, about = load_exported(path)
    assert about["sizes"] == [30, *(W.shape[1] for W in compact(pruned))]
    assert {name: about[name] for name in ABOUT} == ABOUT
    X = np.random.default_rng(0).random((20, 30), np.float32)
    for weights in (found, load(path)):
        for W, expected in zip(weights, compact(pruned), strict=True):
            assert W.dtype == np.float32
            assert W.shape == expected.shape
            assert W.tobytes() == expected.tobytes()
        np.testing.assert_allclose(logits(weights, X), logits(pruned, X), atol=1e-6)


def test_each_layer_is_stored_in_what_zips_smallest():
    W = init_weights((400, 200, 10), np.random.default_rng(0))[0]
    chosen = [smallest_layout(prune([W, W], k, "weight")[0])[0] for k in (0, 0.5, 0.999)]
    assert chosen == ["dense", "bitmask", "gaps"]


@pytest.mark.parametrize("k", [0, 0.2, 0.9, 0.97, 0.99, 1])
def test_no_other_choice_of_layouts_gives_a_smaller_file(k, path, monkeypatch):
    weights = prune(init_weights((60, 50, 10), np.random.default_rng(0)), k, "weight")
    ours = save_exported(path, weights, ABOUT)
    for layouts in itertools.product(EXPORTED, repeat=2):
        left = iter(layouts)
        monkeypatch.setattr(
            export, "smallest_layout", lambda W, left=left: ((l := next(left)), *encode(W, l))
        )
        assert ours <= save_exported(path, weights, ABOUT) + 8  # the layouts' names, zipped


def test_the_same_network_gives_the_same_bytes(network, tmp_path):
    for name in ("a", "b"):
        save_exported(tmp_path / name, network, ABOUT)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_told_cannot_take_the_place_of_what_is_there(network, path):
    save_exported(path, network, {"sizes": [1, 2], "format": "x", "layouts": []})
    assert load_exported(path)[1]["sizes"] == [30, 16, 12, 10]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_is_not_finite_is_not_exported(value, network, path):
    network[1][0, 0] = value
    with pytest.raises(InputError, match=r"net\.npz.*finite"):
        save_exported(path, network, ABOUT)
    assert not path.exists()


def unreadable(network):
    """Networks and words on them that a file could not give back, by what is said of them."""
    wide = [W.astype("f8") for W in network]
    return [
        ("float32", [wide[0] * 1e60, *wide[1:]], {}),
        ("float32", [*wide[:2], wide[2] * -1e39], {}),
        ("complex64", [W.astype("c8") for W in network], {}),
        ("object", [W.astype(object) for W in network], {}),
        ("shape", [W.ravel() for W in network], {}),
        ("puts out", network[::-1], {}),
        ("no weights", [], {}),
        ("inputs or outputs", [np.ones((0, 4), np.float32)], {}),
        ("inputs or outputs", [np.ones((4, 0), np.float32)], {}),
        ("JSON", network, {"rate": np.float32(1)}),
        ("JSON", network, {(1, 2): 3}),
        ("bytes are told", network, {"note": "x" * 2**20}),
    ]


def test_nothing_is_written_that_cannot_be_read_back(network, path):
    for said, weights, about in unreadable(network):
        with pytest.raises(InputError, match=rf"net\.npz.*{said}"):
            save_exported(path, weights, about)
        assert not path.exists(), said
    for dtype in ("?", "i1", "u2", "i8", "f2", ">f4", "f8"):
        whole = [(8 * W).astype(dtype) for W in network]
        save_exported(path, whole, {})
        for W, kept in zip(compact(whole), load_exported(path)[0], strict=True):
            np.testing.assert_array_equal(kept, W.astype(np.float32))


def test_each_reader_knows_the_others_files(network, path, tmp_path):
    other = tmp_path / "other.npz"
    save_exported(path, network, {})
    save_checkpoint(other, {"weights": network}, {})
    for read, file, named in (
        (load_weights, path, "load_exported"),
        (load_checkpoint, path, "load_exported"),
        (load_exported, other, "load_weights"),
    ):
        with pytest.raises(InputError, match=rf"{file.name}.*{named}") as refusal:
            read(file)
        assert "delete" not in str(refusal.value)
        assert "whole" not in str(refusal.value)
    np.savez(other, first=np.ones(3), second=np.ones(2))
    for read in (load_weights, load_exported):
        with pytest.raises(InputError, match=r"other\.npz.*first") as refusal:
            read(other)
        assert "delete" not in str(refusal.value)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    for name in ("none.npz", ".", "pipe.npz"):
        with pytest.raises(InputError, match="export"):
            load_exported(tmp_path / name)


def test_a_shortened_file_is_refused(network, path):
    save_exported(path, prune(network, 0.9, "weight"), ABOUT)
    content = path.read_bytes()
    for length in np.random.default_rng(0).integers(0, len(content), 100):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"net\.npz"):
            load_exported(path)


def test_an_altered_byte_is_refused_or_changes_nothing(network, path):
    save_exported(path, prune(network, 0.9, "weight"), ABOUT)
    content = path.read_bytes()
    expected, told = load_exported(path)
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, len(content), 400):
        altered = bytearray(content)
        altered[place] ^= 1 << rng.integers(8)
        path.write_bytes(altered)
        try:
            found, about = load_exported(path)
        except InputError:
            refused += 1
        else:
            assert about == told
            assert all((a == b).all() for a, b in zip(found, expected, strict=True))
    assert refused > 200


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("an exported file was unpickled",)


def forge(path, members=(), **changes):
    """Write an honest 2-3-2 network, dense and gaps, with some members replaced or left out."""
    told = {"format": FORMAT, "sizes": [2, 3, 2], "layouts": ["dense", "gaps"]} | changes
    honest = {
        "about": np.frombuffer(json.dumps(told).encode(), np.uint8),
        "values-0": np.ones(6, np.float32),
        "values-1": np.ones(2, np.float32),
        "places-1": np.array([1, 3], np.uint8),
    } | dict(members)
    np.savez_compressed(path, **{name: a for name, a in honest.items() if a is not None})


def test_the_forger_can_be_honest(path):
    forge(path)
    weights, _ = load_exported(path)
    assert weights[1].tolist() == [[0, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "npprune network 2"}, "network 2"),
        ({"format": None}, "None"),
        ({"sizes": [2, 3]}, "layouts"),
        ({"sizes": []}, "no network"),
        ({"sizes": [2, 3, 0]}, "no network"),
        ({"sizes": [2, -3, 2]}, "no network"),
        ({"sizes": [2, 3.0, 2]}, "no network"),
        ({"sizes": [2, True, 2]}, "no network"),
        ({"sizes": "ab"}, "no network"),
        ({"sizes": 3}, "not iterable"),
        ({"sizes": {"0": 2}}, "no network"),
        ({"layouts": {"x" * 9000: 0}}, "layouts"),
        ({"members": {"about": np.frombuffer(b'{"format": ' + b"9" * 9000, np.uint8)}}, "int"),
        ({"sizes": [2, 4, 2]}, "layer 1: it has 6 values for 8 places"),
        ({"sizes": [2, 3, 1]}, "layer 2.*beyond"),
        ({"sizes": [2**20, 2**20, 2]}, "promise more"),
        ({"sizes": [1, 2**27, 2]}, "promise more"),
        ({"sizes": [1] * 100_000}, "no|layouts"),
        ({"sizes": [1] * 500_000}, "about"),
        ({"layouts": ["dense", "csr"]}, "layouts"),
        ({"layouts": ["dense", ["gaps"]]}, "unhashable"),
        ({"layouts": None}, "NoneType"),
        ({"layouts": ["dense", "dense"]}, "layer 2: it has 2 values for 6"),
        ({"layouts": ["bitmask", "gaps"]}, "places-0"),
        ({"members": {"values-0": None}}, "values-0"),
        ({"members": {"about": np.frombuffer(b"{", np.uint8)}}, "property name|Expecting"),
        ({"members": {"about": np.frombuffer(b"[1]", np.uint8)}}, r"\[1\]"),
        ({"members": {"about": np.frombuffer(b"\xff\xfe\x00", np.uint8)}}, "codec|decode"),
        ({"members": {"about": np.frombuffer(b"[" * 10_000, np.uint8)}}, ""),
        ({"members": {"about": np.array([Bomb()])}}, "not an array of numbers"),
        ({"members": {"values-0": np.array([Bomb()])}}, "not an array of numbers"),
        ({"members": {"values-0": np.ones(6)}}, "row of float32"),
        ({"members": {"values-0": np.ones((2, 3), np.float32)}}, "row of float32"),
        ({"members": {"values-0": np.ones(5, np.float32)}}, "5 values for 6"),
        ({"members": {"values-0": np.full(6, np.nan, np.float32)}}, "finite"),
        ({"members": {"values-0": np.zeros(10_000, np.float32)}}, "at most 24"),
        ({"members": {"values-1": np.ones(3, np.float32)}}, "3 values for 2"),
        ({"members": {"places-1": np.array([1, 5], np.uint8)}}, "beyond"),
        ({"members": {"places-1": np.array([1, 0], np.uint8)}}, "twice"),
        ({"members": {"places-1": np.array([1, -1], np.int8)}}, "row of uint8"),
        ({"members": {"places-1": np.array([1, 2**32 - 1], np.uint32)}}, "beyond"),
    ],
    ids=itertools.count(),
)
def test_a_forged_file_is_refused(changes, said, path):
    forge(path, **changes)
    with pytest.raises(InputError, match=f"(?s)^{path}: not a whole exported.*{said}") as refusal:
        load_exported(path)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300 + len(str(path))


def member(shape, dtype="<f4", data=b"\0" * 24, version=b"\x01\x00"):
    """An array's bytes with a header that may promise anything."""
    content = io.BytesIO()
    promised = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(content, promised)
    return content.getvalue()[:6] + version + content.getvalue()[8:] + data


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (member((10**12,)), "too small"),
        (member((7,)), "too small"),
        (member((5,)), "other bytes than its 20"),
        (member((-6,)), "not an array"),
        (member((6,), version=b"\x09\x00"), "not an array"),
        (member((3,), "|O"), "not an array"),
        (b"", "not an array"),
        (b"no array at all", "not an array"),
        (member((6,))[:-50] + b"(" * 26 + bytes(24), "not an array"),
        (member((6,), data=b"\0" * 2**26), "at most 24"),
    ],
    ids=[
        "huge",
        "more",
        "fewer",
        "negative",
        "version",
        "objects",
        "empty",
        "text",
        "no Python",
        "bomb",
    ],
)
def test_a_header_that_promises_what_is_not_there_allocates_nothing(content, said, path, tmp_path):
    forge(tmp_path / "honest.npz")
    with (
        zipfile.ZipFile(tmp_path / "honest.npz") as honest,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as forged,
    ):
        for name in honest.namelist():
            forged.writestr(name, content if name == "values-0.npy" else honest.read(name))
    tracemalloc.start()
    with pytest.raises(InputError, match=said):
        load_exported(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_bomb_whose_directory_lies_of_its_size_is_not_unpacked(path, tmp_path):
    forge(tmp_path / "honest.npz")
    bomb = member((6,), data=bytes(2**26))
    with (
        zipfile.ZipFile(tmp_path / "honest.npz") as honest,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as forged,
    ):
        for name in honest.namelist():
            forged.writestr(name, bomb if name == "values-0.npy" else honest.read(name))
        lie = forged.getinfo("values-0.npy")
        lie.file_size, lie.CRC = 152, zlib.crc32(bomb[:152])  # what an honest one is
    tracemalloc.start()
    weights, _ = load_exported(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not weights[0].any()
    assert peak < 2**20


def test_large_sizes_with_few_values_allocate_nothing(path):
    sizes = [1, MOST_WEIGHTS // 3, 2]
    forge(path, sizes=sizes, members={"places-1": np.array([0, 0], np.uint8)})
    tracemalloc.start()
    with pytest.raises(InputError, match="layer 1"):
        load_exported(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_another_compression_is_refused(path, tmp_path):
    forge(tmp_path / "honest.npz")
    with (
        zipfile.ZipFile(tmp_path / "honest.npz") as honest,
        zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as forged,
    ):
        for name in honest.namelist():
            forged.writestr(name, honest.read(name))
    with pytest.raises(InputError, match="compressed"):
        load_exported(path)
