"""A checkpoint gives back what was put in, or says that it cannot."""

import contextlib
import functools
import io
import json
import os
import zipfile

import numpy as np
import pytest
from memory import memory_below

from npprune.errors import InputError
from npprune.network import checkpoint
from npprune.network.checkpoint import CheckpointError, load_checkpoint, load_weights
from npprune.pruning.compact import compact
from npprune.pruning.masks import prune, sparsity

RECORD = {"epoch": 3, "history": [{"loss": 0.1}], "note": "text"}


@pytest.fixture
def groups(network):
    return {"weights": network, "velocity": [-W for W in network], "empty": []}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.npz"


@pytest.fixture
def saved(path, groups):
    checkpoint.save_checkpoint(path, groups, RECORD)
    return path


def assert_same(found, expected):
    np.testing.assert_equal(found, expected)
    for name, arrays in expected.items():
        assert [a.dtype for a in found[name]] == [a.dtype for a in arrays]


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def scribble(path):
    path.write_bytes(b"\x89PNG" + bytes(100))


def test_round_trip(saved, groups, network):
    found, record = load_checkpoint(saved)
    assert_same(found, groups)
    assert record == RECORD
    for sizes in (None, (30, 16, 12, 10)):
        weights = load_weights(saved, sizes)
        assert_same({"weights": weights}, {"weights": network})
    weights[0][0, 0] = 1  # what is read may be written into


def test_weights_of_other_sizes_are_refused(saved):
    with pytest.raises(CheckpointError, match=r"net\.npz.*\[30, 16, 12, 10\].*\[30, 16, 10\]"):
        load_weights(saved, (30, 16, 10))


def test_a_shortened_or_altered_checkpoint_is_refused_or_holds_the_same(saved, groups):
    content = saved.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(content), 200):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        for mutant in (content[:place], altered):
            saved.write_bytes(mutant)
            with contextlib.suppress(CheckpointError):
                found, record = load_checkpoint(saved)
                assert_same(found, groups)
                assert record == RECORD


def test_an_altered_array_header_is_refused(saved):
    """NumPy would read half of the numbers as float16 and never come to the checksum."""
    saved.write_bytes(saved.read_bytes().replace(b"'<f4'", b"'<f2'"))
    with pytest.raises(CheckpointError, match="CRC"):
        load_checkpoint(saved)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a checkpoint was unpickled",)


def header(**changes):
    return np.array(
        json.dumps({"format": checkpoint.FORMAT, "groups": {"weights": 1}, "record": {}} | changes)
    )


def promise(shape, descr="<f4"):
    """An .npy file whose header promises more than follows."""
    file = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue() + bytes(400)


def archive(path, weights, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as members:
        members.writestr("header.npy", npy(header()))
        for name, content in weights.items():
            members.writestr(f"{name}.npy", content)


def overlapping(path):
    """A zip in whose directory a thousand members share the same bytes."""
    archive(path, {"weights/0": npy(np.zeros((300, 300), np.float32))})
    with zipfile.ZipFile(path, "a") as members:
        members.filelist += members.filelist[-1:] * 999
        members._didModify = True


def packed(path):
    archive(path, {"weights/0": npy(np.zeros((5000, 5000), np.float32))}, zipfile.ZIP_DEFLATED)


CANNOT_READ = r"cannot be read \(it is no file\)"
# How what is no checkpoint is made, and what is said of it.
NO_CHECKPOINTS = {
    "none": (lambda path: None, "no such checkpoint: train first"),
    "folder": (os.mkdir, CANNOT_READ),
    "pipe": (os.mkfifo, CANNOT_READ),  # to open it would be to wait for ever
    "empty": (lambda path: path.touch(), ""),
    "array": (lambda path: path.write_bytes(npy(np.ones(3))), ""),
    "packed": (packed, "packed"),
    "overlapping": (overlapping, ""),
}
SQUARE = np.ones((2, 2), np.float32)
MEMBERS = {
    "pickled": {"header": header(), "weights/0": np.array([Bomb()])},
    "pickled header": {"header": np.array([Bomb()])},
    "format": {"header": header(format="npprune checkpoint 0"), "weights/0": SQUARE},
    "missing": {"header": header(groups={"weights": 2}), "weights/0": SQUARE},
    "groups": {"header": header(groups=[1]), "weights/0": SQUARE},
    "list": {"header": np.array("[1, 2]")},
    "no json": {"header": np.array("{")},
    "headless": {"weights/0": SQUARE},
}
PROMISES = {
    "promise": promise((10**6, 10**6)),
    "overflow": promise((2**62, 2**62)),
    "negative": promise((-1, 3)),
    "wide": promise((), "|V2000000000"),
}
for name, members in MEMBERS.items():
    NO_CHECKPOINTS[name] = functools.partial(np.savez, **members), ""
for name, content in PROMISES.items():
    NO_CHECKPOINTS[name] = functools.partial(archive, weights={"weights/0": content}), ""


@pytest.mark.parametrize(("make", "words"), NO_CHECKPOINTS.values(), ids=NO_CHECKPOINTS)
def test_what_is_no_checkpoint_is_refused_in_little_memory(make, words, path):
    make(path)
    for load in (load_checkpoint, load_weights):
        with memory_below(5e6), pytest.raises(CheckpointError, match=rf"net\.npz.*{words}"):
            load(path)


NAN = r"net\.npz: layer 2 holds NaN or infinity"
NO_WEIGHTS = {
    "none": ([], r"net\.npz.*no weights"),
    "rank": ([np.ones(3, np.float32)], r"net\.npz.*no weights"),
    "integers": ([np.ones((3, 2), int)], r"net\.npz.*no weights"),
    "shapes": ([np.ones((3, 2), np.float32)] * 2, r"net\.npz.*no weights"),
    **{str(x): ([np.ones((3, 2)), np.full((2, 2), x)], NAN) for x in (np.nan, np.inf, -np.inf)},
    "too large for float32": ([np.ones((3, 2)), np.full((2, 2), 1e60)], NAN),
}


@pytest.mark.parametrize(("weights", "words"), NO_WEIGHTS.values(), ids=NO_WEIGHTS)
def test_weights_that_make_no_network_are_refused(weights, words, path):
    checkpoint.save_checkpoint(path, {"weights": weights}, {})
    with pytest.raises(CheckpointError, match=words):
        load_weights(path)


@pytest.mark.parametrize("damage", [flip, cut, os.unlink, scribble])
def test_the_one_before_takes_the_place_of_a_damaged_one(damage, saved, groups, capsys):
    checkpoint.save_checkpoint(saved, {"weights": []}, {"epoch": 4})
    assert load_checkpoint(saved) == ({"weights": []}, {"epoch": 4})
    damage(saved)
    found, record = load_checkpoint(saved)
    assert_same(found, groups)
    assert record == RECORD
    (line,) = capsys.readouterr().err.splitlines()
    assert str(saved) in line
    assert "going on from net.previous.npz" in line
    # But nobody takes it for the network, or is advised to delete a file.
    with pytest.raises(CheckpointError, match=r"^(?!.*delete).*net\.npz"):
        load_weights(saved)


def test_two_damaged_ones_are_refused_with_the_newest_fault(saved):
    checkpoint.save_checkpoint(saved, {}, {})
    cut(checkpoint.previous_checkpoint(saved))
    assert load_checkpoint(saved) == ({}, {})
    cut(saved)
    with pytest.raises(CheckpointError, match=r"net\.npz"):
        load_checkpoint(saved)


def test_two_generations_are_kept_and_no_more(path):
    for epoch in range(4):
        checkpoint.save_checkpoint(path, {}, {"epoch": epoch})
    assert sorted(os.listdir(path.parent)) == ["net.npz", "net.previous.npz"]
    assert load_checkpoint(checkpoint.previous_checkpoint(path)) == ({}, {"epoch": 2})


@pytest.mark.parametrize("damage", [cut, os.unlink])
def test_a_damaged_one_is_not_kept_in_place_of_the_one_before(damage, saved, groups):
    checkpoint.save_checkpoint(saved, {}, {"epoch": 4})
    damage(saved)
    checkpoint.save_checkpoint(saved, {}, {"epoch": 5})
    assert load_checkpoint(saved) == ({}, {"epoch": 5})
    assert_same(load_checkpoint(checkpoint.previous_checkpoint(saved))[0], groups)


def test_names_inside_never_become_paths(path):
    archive(path, dict.fromkeys(("../../outside", "/outside", "weights/0"), npy(SQUARE)))
    load_weights(path)
    assert os.listdir(path.parent) == ["net.npz"]


@pytest.mark.parametrize("dtype", ["c8", "O", "S3", "M8[s]"])
def test_arrays_that_are_not_of_numbers_are_not_written(dtype, path):
    with pytest.raises(InputError, match=r"net\.npz.*numbers"):
        checkpoint.save_checkpoint(path, {"weights": [np.zeros((3, 2), dtype)]}, {})
    assert not os.listdir(path.parent)


def test_a_network_whose_units_are_all_pruned_saves_and_loads(network, path):
    gone = compact(prune(network, 1, "unit"))
    checkpoint.save_checkpoint(path, {"weights": gone}, {})
    assert [W.shape for W in load_weights(path)] == [(30, 0), (0, 0), (0, 10)]
    assert sparsity(gone) == 1
