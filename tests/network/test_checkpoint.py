"""A checkpoint gives back what was put in, or says that it cannot."""

import io
import json
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.checkpoint import (
    FORMAT,
    CheckpointError,
    is_whole,
    load_checkpoint,
    load_weights,
    previous_checkpoint,
    save_checkpoint,
)
from npprune.pruning.compact import compact
from npprune.pruning.masks import prune, sparsity

RECORD = {"epoch": 3, "history": [{"loss": 0.1}], "note": "text"}


@pytest.fixture
def groups(network):
    return {"weights": network, "velocity": [-W for W in network], "empty": []}


@pytest.fixture
def path(tmp_path, groups):
    save_checkpoint(tmp_path / "net.npz", groups, RECORD)
    return tmp_path / "net.npz"


def same(groups, others):
    return groups.keys() == others.keys() and all(
        a.dtype == b.dtype and np.array_equal(a, b)
        for name, arrays in groups.items()
        for a, b in zip(arrays, others[name], strict=True)
    )


def test_round_trip(path, groups):
    found, record = load_checkpoint(path)
    assert same(found, groups)
    assert record == RECORD


def test_load_weights_returns_the_weights(path, network):
    assert same({"weights": load_weights(path)}, {"weights": network})


def test_weights_of_other_sizes_are_refused(path, network):
    assert same({"weights": load_weights(path, (30, 16, 12, 10))}, {"weights": network})
    with pytest.raises(CheckpointError, match=r"net\.npz.*\[30, 16, 12, 10\].*\[30, 16, 10\]"):
        load_weights(path, (30, 16, 10))


def test_a_missing_checkpoint_says_to_train(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.npz.*train"):
        load_checkpoint(tmp_path / "none.npz")


def test_a_shortened_checkpoint_is_refused(path):
    content = path.read_bytes()
    for length in np.random.default_rng(0).integers(0, len(content), 100):
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"net\.npz"):
            load_checkpoint(path)


def test_an_altered_byte_is_refused_or_changes_nothing(path, groups):
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    # Half of the places in the end, where the directory of the zip is; some bytes there, such as
    # the time of writing, mean nothing for the arrays.
    places = [
        rng.integers(0, len(content), 150),
        rng.integers(len(content) - 900, len(content), 150),
    ]
    for place in np.concatenate(places):
        altered = bytearray(content)
        altered[place] ^= 1 << rng.integers(8)
        path.write_bytes(altered)
        try:
            found, record = load_checkpoint(path)
        except CheckpointError:
            refused += 1
        else:
            assert same(found, groups), place
            assert record == RECORD
    assert refused > 150


def test_an_altered_array_header_is_refused(path):
    """NumPy would read half of the numbers as float16 and never come to the checksum."""
    path.write_bytes(path.read_bytes().replace(b"'<f4'", b"'<f2'"))
    with pytest.raises(CheckpointError, match="CRC"):
        load_checkpoint(path)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a checkpoint was unpickled",)


def header(**changes):
    return np.array(
        json.dumps({"format": FORMAT, "groups": {"weights": 1}, "record": {}} | changes)
    )


@pytest.mark.parametrize(
    "members",
    [
        {"header": header(), "weights/0": np.array([Bomb()])},
        {"header": np.array([Bomb()])},
        {"header": header(format="npprune checkpoint 0"), "weights/0": np.ones((2, 2))},
        {"header": header(groups={"weights": 2}), "weights/0": np.ones((2, 2))},
        {"header": header(groups=[1]), "weights/0": np.ones((2, 2))},
        {"header": np.array("[1, 2]")},
        {"header": np.array("{")},
        {"weights/0": np.ones((2, 2))},
    ],
    ids=["pickled", "pickled header", "format", "missing", "groups", "list", "no json", "headless"],
)
def test_what_is_no_checkpoint_is_refused(members, tmp_path):
    np.savez(tmp_path / "x.npz", **members)
    with pytest.raises(CheckpointError, match=r"x\.npz"):
        load_checkpoint(tmp_path / "x.npz")


def test_other_files_and_folders_are_refused(tmp_path):
    np.save(tmp_path / "array.npy", np.ones(3))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")  # to open it would be to wait for ever
    (tmp_path / "empty").touch()
    for name in ("array.npy", "folder", "pipe", "empty"):
        with pytest.raises(CheckpointError, match=name):
            load_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    "weights",
    [
        [],
        [np.ones(3, np.float32)],
        [np.ones((3, 2), int)],
        [np.ones((3, 2), np.float32), np.ones((3, 2), np.float32)],
    ],
    ids=["none", "rank", "integers", "shapes"],
)
def test_weights_that_make_no_network_are_refused(weights, tmp_path):
    save_checkpoint(tmp_path / "x.npz", {"weights": weights}, {})
    with pytest.raises(CheckpointError, match=r"x\.npz.*no weights"):
        load_weights(tmp_path / "x.npz")


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [flip, cut, os.unlink, lambda path: path.write_bytes(b"")])
def test_the_one_before_takes_the_place_of_a_damaged_one(damage, path, groups, capsys):
    save_checkpoint(path, {"weights": []}, {"epoch": 4})
    assert load_checkpoint(path) == ({"weights": []}, {"epoch": 4})
    damage(path)
    found, record = load_checkpoint(path)
    assert same(found, groups)
    assert record == RECORD
    (line,) = capsys.readouterr().err.splitlines()
    assert str(path) in line
    assert "going on from net.previous.npz" in line
    with pytest.raises(CheckpointError, match=r"net\.npz"):  # but nobody takes it for the network
        load_weights(path)


def test_two_damaged_ones_are_refused_with_the_newest_fault(path):
    save_checkpoint(path, {}, {})
    cut(previous_checkpoint(path))
    assert is_whole(path)
    cut(path)
    with pytest.raises(CheckpointError, match=r"net\.npz"):
        load_checkpoint(path)


def test_two_generations_are_kept_and_no_more(path):
    for epoch in range(4):
        save_checkpoint(path, {}, {"epoch": epoch})
    assert sorted(os.listdir(path.parent)) == ["net.npz", "net.previous.npz"]
    assert load_checkpoint(previous_checkpoint(path)) == ({}, {"epoch": 2})


@pytest.mark.parametrize("damage", [cut, os.unlink])
def test_a_damaged_one_is_not_kept_in_place_of_the_one_before(damage, path, groups):
    save_checkpoint(path, {}, {"epoch": 4})
    damage(path)
    save_checkpoint(path, {}, {"epoch": 5})
    assert load_checkpoint(path) == ({}, {"epoch": 5})
    assert same(load_checkpoint(previous_checkpoint(path))[0], groups)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def promise(shape, numbers=100, descr="<f4"):
    """An .npy file whose header promises more than follows."""
    file = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue() + bytes(4 * numbers)


def archive(path, weights, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as members:
        members.writestr("header.npy", npy(header()))
        members.writestr("weights/0.npy", weights)
    return path


def overlapping(path):
    """A zip in whose directory a thousand names share the same bytes."""
    archive(path, npy(np.zeros((300, 300), np.float32)))
    with zipfile.ZipFile(path, "a") as members:
        whole = members.infolist()[1]
        for i in range(1, 1000):
            twin = zipfile.ZipInfo(f"weights/{i}.npy")
            for name in ("header_offset", "CRC", "file_size", "compress_size", "flag_bits"):
                setattr(twin, name, getattr(whole, name))
            members.filelist.append(twin)
            members._didModify = True


@pytest.mark.parametrize(
    "make",
    [
        lambda path: archive(path, npy(np.zeros((5000, 5000), np.float32)), zipfile.ZIP_DEFLATED),
        lambda path: archive(path, promise((10**6, 10**6))),
        lambda path: archive(path, promise((2**62, 2**62))),
        lambda path: archive(path, promise((-1, 3))),
        lambda path: archive(path, promise((), descr="|V2000000000")),
        overlapping,
    ],
    ids=["packed", "promise", "overflow", "negative", "wide", "overlapping"],
)
def test_a_bomb_takes_no_memory(make, tmp_path):
    make(tmp_path / "bomb.npz")
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match=r"bomb\.npz"):
            load_weights(tmp_path / "bomb.npz")
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_names_inside_never_become_paths(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as members:
        members.writestr("header.npy", npy(header()))
        for name in ("../../outside.npy", "/outside.npy", "weights/0.npy"):
            members.writestr(name, npy(np.ones((2, 2), np.float32)))
    load_weights(tmp_path / "x.npz")
    assert os.listdir(tmp_path) == ["x.npz"]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(number, tmp_path):
    weights = [np.ones((3, 2), np.float32), np.full((2, 2), number, np.float32)]
    save_checkpoint(tmp_path / "x.npz", {"weights": weights}, {})
    with pytest.raises(CheckpointError, match=r"x\.npz: layer 2 holds NaN or infinity"):
        load_weights(tmp_path / "x.npz")


def test_weights_that_float32_cannot_hold_are_refused(tmp_path):
    save_checkpoint(tmp_path / "x.npz", {"weights": [np.full((3, 2), 1e60)]}, {})
    with pytest.raises(CheckpointError, match=r"x\.npz: layer 1 holds NaN or infinity"):
        load_weights(tmp_path / "x.npz")


@pytest.mark.parametrize("dtype", ["c8", "O", "S3", "M8[s]"])
def test_arrays_that_are_not_of_numbers_are_not_written(dtype, tmp_path):
    with pytest.raises(InputError, match=r"x\.npz.*numbers"):
        save_checkpoint(tmp_path / "x.npz", {"weights": [np.zeros((3, 2), dtype)]}, {})
    assert not os.listdir(tmp_path)


def test_no_message_advises_to_delete_a_file(path, tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(100))
    cut(path)
    for file in (path, tmp_path / "picture.png"):
        with pytest.raises(CheckpointError) as refusal:
            load_weights(file)
        assert "delete" not in str(refusal.value)


def test_a_file_that_cannot_be_opened_is_not_called_damaged(path, monkeypatch):
    def fail(*arguments):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(zipfile, "ZipFile", fail)
    with pytest.raises(CheckpointError, match=r"net\.npz: cannot be read \(Too many open files\)"):
        load_checkpoint(path)


def test_what_is_read_may_be_written_into(path):
    load_weights(path)[0][0, 0] = 1


def test_a_network_whose_units_are_all_pruned_saves_and_loads(network, tmp_path):
    path = tmp_path / "empty.npz"
    gone = compact(prune(network, 1, "unit"))
    save_checkpoint(path, {"weights": gone}, {})
    assert [W.shape for W in load_weights(path)] == [(30, 0), (0, 0), (0, 10)]
    assert sparsity(gone) == 1
