"""Four files are a data set under any of the names they go round under."""

import numpy as np
import pytest
from small_sets import arrays, write

from npprune.data.folder import FILE_NAMES, find, missing, read_four
from npprune.data.idx import write_idx
from npprune.errors import InputError

TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES

# What becomes of a published name on the way to somebody's disk.
SPELLINGS = {
    "as published": str,
    "a dot": lambda name: name.replace("-idx", ".idx"),
    "no ubyte": lambda name: name.removesuffix("-ubyte"),
    "short": lambda name: name[: name.index("-idx")],
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


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_data_set_is_found_under_any_usual_name(tmp_path, spell):
    four = arrays()
    for end in ("", ".gz", ".GZ"):
        folder = write(tmp_path / f"set{end}", four, spell, end)
        found, _ = read_four(folder)
        for name in FILE_NAMES:
            np.testing.assert_array_equal(found[name], four[name])
        assert missing(folder) == ()


@pytest.mark.parametrize(
    "stranger",
    [
        *("notes.txt", "train-images.png", "train-labels.csv", "train-images-idx3-ubyte.md5"),
        *(".train-images-idx3-ubyte.x.partial", "._train-images-idx3-ubyte", "trained-images"),
        *("other/train-images-idx3-ubyte", "train-images.idx3-ubyte/train-images.idx3-ubyte"),
    ],
)
def test_other_files_are_no_part_of_it(tmp_path, stranger):
    (tmp_path / stranger).parent.mkdir(exist_ok=True)
    (tmp_path / stranger).write_bytes(b"x")
    assert find(tmp_path) == {}
    assert read_four(write(tmp_path, arrays()))


def test_what_is_plain_and_named_as_published_comes_first(tmp_path):
    for spelling, end in (("twice", ""), ("EMNIST's", ""), ("as published", ".gz"), ("raw", "")):
        write(tmp_path, arrays(seed=1), SPELLINGS[spelling], end)
    write(tmp_path, arrays())
    assert {path.name for path in find(tmp_path).values()} == set(FILE_NAMES)


@pytest.mark.parametrize("other", ["emnist-digits-", "KMNIST/raw/", "FashionMNIST/raw/", "raw/"])
@pytest.mark.parametrize("one", ["emnist-letters-", "MNIST/raw/"])
def test_of_two_data_sets_none_is_taken(tmp_path, one, other):
    for words in (one, other):
        write(tmp_path, arrays(), lambda name, words=words: words + name)
    with pytest.raises(InputError, match="holds 2 data sets") as refusal:
        read_four(tmp_path)
    for words in (one, other):
        assert f"{words}{TRAIN_IMAGES}" in str(refusal.value)


def test_idx_files_under_names_that_say_nothing_are_named(tmp_path):
    unknown = ("array0", "array1.gz", "array2", "array3.gz")
    for name, array in zip(unknown, arrays().values(), strict=True):
        write_idx(tmp_path / name, array)
    (tmp_path / "notes").write_text("no IDX file")
    with pytest.raises(InputError) as refusal:
        read_four(tmp_path)
    said = str(refusal.value)
    assert all(name in said for name in (*FILE_NAMES, *unknown))
    assert "notes" not in said
    assert "\n" not in said
