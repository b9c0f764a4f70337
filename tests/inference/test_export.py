"""An exported network comes back to the bit, for anybody; a forged one comes back as one line."""

import contextlib
import io
import itertools
import json
import os
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from memory import memory_below

import npprune
from npprune.errors import InputError
from npprune.inference import export
from npprune.inference.export import FORMAT, MOST_WEIGHTS, load_exported, save_exported
from npprune.inference.storage import EXPORTED, encode
from npprune.network.checkpoint import load_checkpoint, load_weights, save_checkpoint
from npprune.network.mlp import init_weights
from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, prune

ABOUT = {"seed": 3, "image_shape": [6, 5], "test_accuracy": 0.5}


@pytest.fixture(scope="module")
def load():
    """The reader that the package's README shows."""
    page = Path(npprune.__file__).with_name("README.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"^```python\n(import json\n.*?)^```", page, re.MULTILINE | re.DOTALL)[1], names)
    return names["load"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.npz"


LAYOUTS = {0: "dense", 0.1: "bitmask", 0.6: "bitmask", 0.97: "gaps", 1: "dense"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", LAYOUTS)
def test_round_trip_is_exact_to_the_bit_for_us_and_for_anybody(kind, k, path, load):
    pruned = prune(init_weights((200, 100, 10), np.random.default_rng(0)), k, kind)
    length = save_exported(path, pruned, ABOUT)
    assert path.stat().st_size == length
    found, about = load_exported(path)
    assert about["sizes"] == [200, *(W.shape[1] for W in compact(pruned))]
    assert about["layouts"][0] == (LAYOUTS[k] if kind == "weight" else "dense")
    assert {name: about[name] for name in ABOUT} == ABOUT
    for weights in (found, load(path)):
        for W, expected in zip(weights, compact(pruned), strict=True):
            assert (W.dtype, W.shape) == (np.float32, expected.shape)
            assert W.tobytes() == expected.tobytes()


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


def test_nothing_is_written_that_cannot_be_read_back(network, path):
    for said, weights, about in (
        ("finite", [*network[:2], np.full((12, 10), np.nan)], {}),
        ("finite", [*network[:2], np.full((12, 10), np.inf)], {}),
        ("float32", [network[0].astype("f8") * 1e60, *network[1:]], {}),
        ("float32", [*network[:2], network[2].astype("f8") * -1e39], {}),
        ("puts out", network[::-1], {}),
        ("no weights", [], {}),
        ("inputs or outputs", [np.ones((0, 4), np.float32)], {}),
        ("inputs or outputs", [np.ones((4, 0), np.float32)], {}),
        ("JSON", network, {"rate": np.float32(1)}),
        ("JSON", network, {(1, 2): 3}),
        ("bytes are told", network, {"note": "x" * 2**20}),
    ):
        with pytest.raises(InputError, match=rf"net\.npz.*{said}"):
            save_exported(path, weights, about)
        assert not path.exists(), said


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i8", "f2", ">f4", "f8"])
def test_weights_of_any_type_are_stored_as_float32(dtype, network, path):
    whole = [(8 * W).astype(dtype) for W in network]
    save_exported(path, whole, {})
    for W, kept in zip(compact(whole), load_exported(path)[0], strict=True):
        np.testing.assert_array_equal(kept, W.astype(np.float32))


def test_each_reader_knows_the_others_files(network, path, tmp_path):
    other, strange = tmp_path / "other.npz", tmp_path / "strange.npz"
    save_exported(path, network, {})
    save_checkpoint(other, {"weights": network}, {})
    np.savez(strange, first=np.ones(3), second=np.ones(2))
    for read, file, named in (
        (load_weights, path, "load_exported"),
        (load_checkpoint, path, "load_exported"),
        (load_exported, other, "load_weights"),
        (load_weights, strange, "first"),
        (load_exported, strange, "first"),
    ):
        with pytest.raises(InputError, match=rf"{file.name}.*{named}") as refusal:
            read(file)
        assert "delete" not in str(refusal.value)
        assert "whole" not in str(refusal.value)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    for name in ("none.npz", ".", "pipe.npz"):
        with pytest.raises(InputError, match="export"):
            load_exported(tmp_path / name)


def test_a_cut_or_altered_file_is_refused_or_is_what_it_was(network, path):
    save_exported(path, prune(network, 0.9, "weight"), ABOUT)
    content, expected = path.read_bytes(), load_exported(path)
    for place in np.random.default_rng(0).integers(0, len(content), 300):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        for mutant in (content[:place], altered):
            path.unlink()  # writing over a file waits for the disk
            path.write_bytes(mutant)
            with contextlib.suppress(InputError):
                np.testing.assert_equal(load_exported(path), expected)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("an exported file was unpickled",)


def text(content):
    return np.frombuffer(content, np.uint8)


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def forge(path, changes=(), compression=zipfile.ZIP_DEFLATED):
    """Write a file of two layers with some of it changed: what is told, arrays, or their bytes."""
    about = {"format": FORMAT, "sizes": [2, 3, 2], "layouts": ["dense", "gaps"]}
    values = {"values-0": np.ones(6, np.float32), "values-1": np.ones(2, np.float32)}
    members = values | {"places-1": np.array([1, 3], np.uint8)}
    for name, value in dict(changes).items():
        (about if name in about else members)[name] = value
    members = {"about": text(json.dumps(about).encode())} | members
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, member in members.items():
            if member is not None:
                content = member if isinstance(member, bytes) else npy(member)
                archive.writestr(f"{name}.npy", content)


def test_the_forger_can_be_honest(path):
    forge(path)
    weights, _ = load_exported(path)
    assert weights[1].tolist() == [[0, 1], [0, 0], [1, 0]]


def promising(shape, dtype="<f4", data=bytes(24), version=b"\x01\x00"):
    """An array's bytes with a header that may promise anything."""
    content = io.BytesIO()
    promised = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(content, promised)
    return content.getvalue()[:6] + version + content.getvalue()[8:] + data


# What is changed, what is said of it, and what is there instead.
FORGED = [
    ("format", "its format is", "npprune network 2", None),
    ("sizes", "no network", [], [2, 3, 0], [2, -3, 2], [2, 3.0, 2], [2, True, 2], "ab", {"0": 2}),
    ("sizes", "not iterable", 3),
    ("sizes", "layouts", [2, 3], [1] * 10_000),
    ("sizes", "layer 1: it has 6 values for 8 places", [2, 4, 2]),
    ("sizes", "layer 1: it has 6 values for", [1, MOST_WEIGHTS // 3, 2]),
    ("sizes", "layer 2.*beyond", [2, 3, 1]),
    ("sizes", "promise more", [2**20, 2**20, 2], [1, 2**27, 2]),
    ("sizes", "about", [1] * 500_000),
    ("layouts", "its layouts", {"x" * 9000: 0}, ["dense", "csr"]),
    ("layouts", "unhashable", ["dense", ["gaps"]]),
    ("layouts", "NoneType", None),
    ("layouts", "layer 2: it has 2 values for 6", ["dense", "dense"]),
    ("layouts", "places-0", ["bitmask", "gaps"]),
    ("about", "int", text(b'{"format": ' + b"9" * 9000)),
    ("about", "property name|Expecting", text(b"{")),
    ("about", r"\[1\]", text(b"[1]")),
    ("about", "codec|decode", text(b"\xff\xfe\x00")),
    ("about", "", text(b"[" * 10_000)),
    ("about", "not an array of numbers", np.array([Bomb()])),
    ("values-0", "values-0", None),
    ("values-0", "row of float32", np.ones(6), np.ones((2, 3), np.float32)),
    ("values-0", "at most 24", np.zeros(10_000, np.float32), promising((6,), data=bytes(2**26))),
    ("values-0", "too small", promising((10**12,)), promising((7,))),
    ("values-0", "other bytes than its 20", promising((5,))),
    ("values-0", "not an array of numbers", np.array([Bomb()]), b"", b"no array at all"),
    ("values-0", "not an array", promising((-6,)), promising((3,), "|O")),
    ("values-0", "not an array", promising((6,), version=b"\x09\x00")),
    ("values-0", "not an array", promising((6,))[:-50] + b"(" * 26 + bytes(24)),
    ("places-1", "beyond", np.array([1, 2**32 - 1], np.uint32)),
    ("places-1", "row of uint8", np.array([1, -1], np.int8)),
]


@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: " ".join(forged[:2]))
def test_a_forged_file_is_refused_in_little_memory(forged, path):
    name, said, *values = forged
    for value in values:
        forge(path, {name: value})
        says = f"(?s)^{path}: not a whole exported.*{said}"
        with memory_below(2**20), pytest.raises(InputError, match=says) as refusal:
            load_exported(path)
        assert "\n" not in str(refusal.value)
        assert len(str(refusal.value)) < 300 + len(str(path))


def test_a_bomb_whose_directory_lies_of_its_size_is_not_unpacked(path):
    bomb = promising((6,), data=bytes(2**26))
    forge(path, {"values-0": bomb})
    with zipfile.ZipFile(path, "a") as archive:
        lie = archive.getinfo("values-0.npy")
        lie.file_size, lie.CRC = 152, zlib.crc32(bomb[:152])  # what an honest one is
        archive.comment = b"so that the directory is written again"
    with memory_below(2**20):
        weights, _ = load_exported(path)
    assert not weights[0].any()


def test_another_compression_is_refused(path):
    forge(path, compression=zipfile.ZIP_BZIP2)
    with pytest.raises(InputError, match="compressed"):
        load_exported(path)
