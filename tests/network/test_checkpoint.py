"""A checkpoint gives back what was put in, or says that it cannot."""

import json

import numpy as np
import pytest

from npprune.network.checkpoint import (
    FORMAT,
    CheckpointError,
    load_checkpoint,
    load_weights,
    save_checkpoint,
)

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
    with pytest.raises(CheckpointError, match="checksum"):
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
    (tmp_path / "empty").touch()
    for name in ("array.npy", "folder", "empty"):
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
