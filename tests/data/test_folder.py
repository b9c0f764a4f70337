"""Four files are a data set under any of the names they go round under."""

import gzip

import numpy as np
import pytest

from npprune.data.folder import FILE_NAMES, find, missing, read_four
from npprune.data.idx import write_idx
from npprune.errors import InputError

TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES

# What becomes of a published name on the way to somebody's disk.
SPELLINGS = {
    "as published": lambda name: name,
    "a dot": lambda name: name.replace("-idx", ".idx"),
    "no ubyte": lambda name: name.removesuffix("-ubyte"),
    "short": lambda name: name[: name.index("-idx")],
    "Kaggle's": lambda name: name.replace("-idx", ".idx"),
    "EMNIST's": lambda name: f"emnist-letters-{name.replace('t10k', 'test')}",
    "a set's name": lambda name: f"My Set_{name}",
    "test": lambda name: name.replace("t10k", "test"),
    "twice": lambda name: f"{name}(1)",
    "twice, Windows": lambda name: f"{name} (2)",
    "underscores": lambda name: name.replace("-", "_"),
    "capitals": str.upper,
    "a capital": str.capitalize,
    "torchvision's": lambda name: f"MNIST/raw/{name}",
    "raw": lambda name: f"raw/{name}",
}
ENDS = ("", ".gz", ".GZ")


def four(seed=0):
    rng = np.random.default_rng(seed)
    labels = [np.arange(n, dtype=np.uint8) % 3 for n in (12, 6)]
    images = [rng.integers(0, 256, (n, 2, 3), np.uint8) for n in (6, 12)]
    return dict(zip(FILE_NAMES, labels + images, strict=True))


def write(folder, arrays, spell=SPELLINGS["as published"], end=""):
    for name, array in arrays.items():
        write_idx(folder / "plain", array)
        content = (folder / "plain").read_bytes()
        (folder / "plain").unlink()
        path = folder / f"{spell(name)}{end}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if end else content)
    return folder


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_data_set_is_found_under_any_usual_name(tmp_path, spelling):
    arrays = four()
    for end in ENDS:
        folder = write(tmp_path / f"set{end}", arrays, SPELLINGS[spelling], end)
        found, _ = read_four(folder)
        for name in FILE_NAMES:
            np.testing.assert_array_equal(found[name], arrays[name])
        assert missing(folder) == ()


@pytest.mark.parametrize(
    "stranger",
    [
        *("notes.txt", "train-images.png", "train-labels.csv", "train-images-idx3-ubyte.md5"),
        *(".train-images-idx3-ubyte.x.partial", "._train-images-idx3-ubyte", "trained-images"),
        "other/train-images-idx3-ubyte",
    ],
)
def test_other_files_are_no_part_of_it(tmp_path, stranger):
    (tmp_path / stranger).parent.mkdir(exist_ok=True)
    (tmp_path / stranger).write_bytes(b"x")
    assert find(tmp_path) == {}
    assert read_four(write(tmp_path, four()))


def test_what_is_plain_and_named_as_published_comes_first(tmp_path):
    arrays = four()
    for spelling, end in (("twice", ""), ("EMNIST's", ""), ("as published", ".gz"), ("raw", "")):
        write(tmp_path, four(seed=1), SPELLINGS[spelling], end)
    write(tmp_path, arrays)
    assert {path.name for path in find(tmp_path).values()} == set(FILE_NAMES)


@pytest.mark.parametrize(
    "spell",
    [
        (SPELLINGS["EMNIST's"], lambda name: f"emnist-digits-{name}"),
        (SPELLINGS["EMNIST's"], lambda name: f"KMNIST/raw/{name}"),
        (SPELLINGS["torchvision's"], lambda name: f"FashionMNIST/raw/{name}"),
        (SPELLINGS["torchvision's"], SPELLINGS["raw"]),
    ],
    ids=["words", "a folder", "two folders", "raw and a folder"],
)
def test_of_two_data_sets_none_is_taken(tmp_path, spell):
    for spelling in spell:
        write(tmp_path, four(), spelling)
    with pytest.raises(InputError, match="holds 2 data sets") as refusal:
        read_four(tmp_path)
    assert all(spelling(TRAIN_IMAGES) in str(refusal.value) for spelling in spell)


def test_idx_files_under_names_that_say_nothing_are_named(tmp_path):
    for i, (array, end) in enumerate(zip(four().values(), ("", ".gz", "", ".gz"), strict=True)):
        write_idx(tmp_path / f"array{i}{end}", array)
    (tmp_path / "notes").write_text("no IDX file")
    with pytest.raises(InputError) as refusal:
        read_four(tmp_path)
    said = str(refusal.value)
    assert all(name in said for name in (*FILE_NAMES, "array0", "array1.gz", "array2", "array3.gz"))
    assert "notes" not in said
    assert "\n" not in said
