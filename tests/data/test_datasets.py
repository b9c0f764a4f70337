"""Data sets: where they are found, what they are called, how they are split, what is refused."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_sets import DEAD, arrays, files, publish, write

from npprune.data import datasets, glyphs
from npprune.data.datasets import FILE_NAMES, load
from npprune.data.download import PUBLISHED
from npprune.data.idx import read_idx, write_idx
from npprune.errors import EnvironmentFailure, InputError

ROOT = Path(datasets.__file__).parents[2]
TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES


@pytest.fixture(autouse=True)
def _dead_mirrors(monkeypatch):
    for name, published in PUBLISHED.items():
        monkeypatch.setitem(PUBLISHED, name, dataclasses.replace(published, mirrors=DEAD))


@pytest.fixture
def own(tmp_path):
    """A folder with the files of arrays()."""
    return write(tmp_path / "own", arrays())


@pytest.mark.parametrize("validation", [0, 8])
def test_the_last_training_images_are_the_validation_set(own, validation):
    four, cut = arrays(), 50 - validation
    data = load(data_dir=own, validation=validation)
    for split, kind, where in (
        (data.train, "train", slice(cut)),
        (data.validation, "train", slice(cut, None)),
        (data.test, "t10k", slice(None)),
    ):
        np.testing.assert_array_equal(split.images, four[f"{kind}-images-idx3-ubyte"][where])
        np.testing.assert_array_equal(split.labels, four[f"{kind}-labels-idx1-ubyte"][where])
    assert data.train.images.base is data.validation.images.base is not None  # nothing is copied


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4"])
@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (3, 11)])
@pytest.mark.parametrize("classes", [2, 10, 47])
def test_size_classes_and_whole_numbers_of_any_type_are_those_of_the_files(
    tmp_path, dtype, shape, classes
):
    four = arrays(shape=shape, classes=classes, train=60, test=50)
    four = {name: (array & 127).astype(dtype) for name, array in four.items()}
    data = load(data_dir=write(tmp_path / "own", four), validation=5)
    assert (data.name, data.image_shape, data.classes) == ("own", shape, classes)
    np.testing.assert_array_equal(data.test.images, four[TEST_IMAGES])
    assert data.train.images.dtype == data.train.labels.dtype == np.uint8


def test_what_is_said_of_the_data_is_kept_with_it_and_names_the_cure(tmp_path):
    four, said = arrays(), []
    four[TRAIN_LABELS].sort()
    four[TEST_LABELS][four[TEST_LABELS] == 1] = 0
    data = load(data_dir=write(tmp_path / "own", four), announce=said.append)
    assert data.notes == ("test: no image of class 1",)
    assert said == [f"validation: {data.kept}", *data.notes]
    said.clear()
    data = load(data_dir=tmp_path / "own", validation=20, announce=said.append)
    assert said == list(data.notes)  # whoever gives a number knows it
    assert [line.split(":")[0] for line in said] == ["training", "validation", "test"]
    assert ["--validation" in line for line in said] == [True, True, False]


def test_argument_before_environment_before_cache(tmp_path, cache, monkeypatch):
    first, second, kept = (arrays(seed) for seed in (3, 2, 1))
    publish(monkeypatch, files(kept))
    write(cache / "mnist", kept)
    folder = write(tmp_path / "first", first)
    for environment, given, name in (
        ("", {}, "mnist"),
        ("", {"name": "mnist"}, "mnist"),
        (write(tmp_path / "second", second), {}, "second"),
        (tmp_path / "second", {"data_dir": folder}, "first"),
        (tmp_path / "second", {"data_dir": str(folder)}, "first"),
    ):
        monkeypatch.setenv("NPPRUNE_DATA", str(environment))  # empty: as good as not set
        assert load(validation=1, **given).name == name


def test_a_name_is_given_by_checksum_only(tmp_path, monkeypatch):
    four = arrays()
    publish(monkeypatch, files(four), name="kmnist")
    packed = write(tmp_path / "some folder", four, end=".gz")
    assert load(data_dir=packed, validation=1).name == "kmnist"
    assert "verified" in load("kmnist", data_dir=packed, validation=1).source

    four[TEST_IMAGES][3, 2, 1] ^= 1
    folder = write(tmp_path / "kmnist", four)
    assert load(data_dir=folder, validation=1).name == "own-kmnist"
    with pytest.raises(InputError, match=rf"{folder / TEST_IMAGES}.*checksum.*--dataset auto"):
        load("kmnist", data_dir=folder, validation=1)


# Which files (by what their names begin with or have in them) are changed, how, what is said.
REFUSED = {
    "more images": ("train-l", lambda y: y[:-1], "holds 50 images.* holds 49 labels"),
    "more labels": ("t10k-i", lambda X: X[:-1], "holds 19 images.* holds 20 labels"),
    "labels of rank 2": ("t10k-l", lambda y: y[:, None], r"t10k-labels.*shape \(20, 1\)"),
    "fractions": ("train-l", lambda y: y.astype("f4"), "train-labels.*float32"),
    "no byte": ("train-l", lambda y: y.astype("i4") * 200, "train-labels.*int32 from 0 to 400"),
    "below 0": ("t10k-l", lambda y: y.astype("i1") - np.int8(1), "t10k-labels.*int8 from -1 to 1"),
    "flat images": ("train-i", lambda X: X.reshape(50, -1), r"train-images.*shape \(50, 35\)"),
    "grey as fractions": ("t10k-i", lambda X: X.astype("f4"), "t10k-images.*float32"),
    "no images": ("t10k", lambda array: array[:0], "at least one"),
    "no pixels": ("images", lambda X: X[:, :0], "at least one"),
    "two sizes": ("t10k-i", lambda X: X[:, :, 1:], r"images of \(5, 6\).*images of \(5, 7\)"),
    "a label never trained": ("t10k-l", lambda y: y + np.uint8(1), "label 3.*end at 2"),
}


@pytest.mark.parametrize(("which", "spoil", "says"), REFUSED.values(), ids=REFUSED)
def test_files_that_do_not_belong_together_are_refused(own, which, spoil, says):
    write(own, {name: spoil(array) for name, array in arrays().items() if which in name})
    with pytest.raises(InputError, match=says) as refusal:
        load(data_dir=own, validation=1)
    assert str(own) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_missing_or_broken_file_is_named(own, name):
    (own / name).write_bytes(b"")
    with pytest.raises(InputError, match=f"{name}: empty"):
        load(data_dir=own)
    (own / name).unlink()
    with pytest.raises(InputError, match=f"{name} missing"):
        load(data_dir=own)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"data_dir": "nothing"}, "no such folder"),
        ({"data_dir": __file__}, "no such folder"),
        ({"name": "emnist"}, r"'emnist'.*auto, mnist, fashion-mnist, kmnist, glyphs"),
        ({"name": "glyphs"}, "rendered"),
        *(({"validation": n}, r"--validation.*from 0 to 49") for n in (-1, 50, 5000, 2.5, "5")),
    ],
)
def test_what_makes_no_sense_is_refused(own, given, says):
    with pytest.raises(InputError, match=says):
        load(**{"data_dir": own} | given)


def test_a_damaged_cache_is_mended(cache, monkeypatch):
    four, said = arrays(), []
    publish(monkeypatch, files(four))
    folder = write(cache / "mnist", four)
    (folder / TRAIN_IMAGES).write_bytes(b"half a fi")
    lacking = {TRAIN_IMAGES: files(four)[TRAIN_IMAGES]}  # the others are not fetched again
    monkeypatch.setattr(datasets, "download", lambda name, file_name, announce: lacking[file_name])
    assert load("mnist", validation=1, announce=said.append).name == "mnist"
    assert "damaged" in said[0]
    np.testing.assert_array_equal(read_idx(folder / TRAIN_IMAGES), four[TRAIN_IMAGES])


@pytest.fixture
def rendered(monkeypatch):
    """Put a few random images in place of the digits; -> which were asked for."""
    asked = []

    def render(count, part):
        asked.append((part, count))
        four = arrays(seed=count, train=count // 100, test=1, shape=(28, 28), classes=10)
        return four[TRAIN_IMAGES], four[TRAIN_LABELS]

    monkeypatch.setattr(glyphs, "render", render)
    return asked


def test_without_network_auto_renders_digits_once_and_says_so(rendered):
    said = []
    data = load(validation=50, announce=said.append)
    assert (data.name, data.classes) == ("glyphs", 10)
    assert [len(data.train), len(data.validation), len(data.test)] == [550, 50, 100]
    assert rendered == [("train", 60_000), ("test", 10_000)]
    assert any("cannot be fetched" in line for line in said)
    assert any("'glyphs'" in line for line in said)

    again = load("glyphs", validation=50)
    assert len(rendered) == 2
    np.testing.assert_array_equal(again.train.images, data.train.images)
    assert (again.name, again.source) == (data.name, data.source)


def test_asked_for_by_name_glyphs_ignore_the_environments_folder(tmp_path, monkeypatch, rendered):
    monkeypatch.setenv("NPPRUNE_DATA", str(tmp_path))
    assert load("glyphs", validation=50).name == "glyphs"


def test_damaged_glyphs_are_rendered_anew(rendered):
    said = []
    load("glyphs", validation=50)
    path = datasets.places("glyphs")[0].folder / TEST_LABELS
    path.write_bytes(path.read_bytes()[:-1])
    assert len(load("glyphs", validation=50, announce=said.append).test) == 100
    assert len(rendered) == 4
    assert "damaged" in said[0]


def test_a_cache_that_cannot_be_written_costs_only_time(monkeypatch, rendered):
    monkeypatch.setenv("NPPRUNE_CACHE", __file__)
    said = []
    assert load("glyphs", validation=50, announce=said.append).name == "glyphs"
    assert any("cannot be written" in line for line in said)

    monkeypatch.setattr(datasets, "download", lambda *_: b"content")
    with pytest.raises(InputError, match=r"cannot be written.*NPPRUNE_CACHE"):
        datasets.fetch("mnist")


def test_what_cannot_be_fetched_is_refused_with_a_way_on():
    with pytest.raises(EnvironmentFailure, match=r"fashion-mnist.*--data-dir.*--dataset glyphs"):
        load("fashion-mnist")
    with pytest.raises(InputError, match="not published"):
        datasets.fetch("glyphs")


def test_places_tell_what_is_where(own, cache, monkeypatch):
    assert datasets.places("kmnist") == [datasets.Place("cache", cache / "kmnist", FILE_NAMES)]
    names = [place.folder.name for place in datasets.places()]
    assert names == ["mnist", f"glyphs-{glyphs.RECIPE}"]
    (own / TEST_LABELS).unlink()
    monkeypatch.setenv("NPPRUNE_DATA", str(own))
    assert datasets.places() == [datasets.Place("NPPRUNE_DATA", own, (TEST_LABELS,))]
    assert datasets.places("auto", cache)[0].kind == "--data-dir"


def test_the_cache_is_where_users_expect_it(tmp_path, monkeypatch):
    monkeypatch.delenv("NPPRUNE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert datasets.places("mnist")[0].folder == tmp_path / "xdg" / "npprune" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert datasets.places("mnist")[0].folder == tmp_path / ".cache" / "npprune" / "mnist"


def test_mnist_is_recognised_compressed_anew_or_unpacked(mnist, tmp_path):
    assert (mnist.name, mnist.classes, mnist.image_shape) == ("mnist", 10, (28, 28))
    assert [len(mnist.train), len(mnist.validation), len(mnist.test)] == [55_000, 5_000, 10_000]
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(mnist.test.labels).tolist() == counts

    # Written again, gzipped or not, the files are other files, and MNIST still.
    train, test = mnist.train, mnist.test
    four = (train.labels.base, test.labels, test.images, train.images.base)
    for name, array, end in zip(FILE_NAMES, four, ("", ".gz", ".gz", ""), strict=True):
        write_idx(tmp_path / f"{name}{end}", array)
    assert load("mnist", data_dir=tmp_path).name == "mnist"


def test_the_checksum_tells_data_sets_apart_and_not_how_they_are_packed(tmp_path):
    four = arrays()
    plain = load(data_dir=write(tmp_path / "own", four), validation=8)
    packed = load(data_dir=write(tmp_path / "packed", four, end=".gz"), validation=3)
    checksum = hashlib.sha256(b"".join(files(four).values())).hexdigest()
    assert plain.checksum == packed.checksum == checksum[:16]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a home folder is found otherwise")
@pytest.mark.parametrize("wrong", ["HOME", "NPPRUNE_CACHE", "NPPRUNE_DATA", "--data-dir"])
def test_without_a_home_folder_what_mends_it_is_named(monkeypatch, wrong):
    for name in ("HOME", "XDG_CACHE_HOME", "NPPRUNE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])  # KeyError, as for a container's user
    if wrong.startswith("NPPRUNE"):
        monkeypatch.setenv(wrong, "~nosuchuser/x")
    with pytest.raises(InputError, match=wrong.replace("HOME", "NPPRUNE_CACHE")):
        load(data_dir="~nosuchuser/x" if wrong == "--data-dir" else None)


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are not bytes")
@pytest.mark.parametrize("locale", ["C.UTF-8", "C", "POSIX"])
def test_a_name_does_not_depend_on_the_locale(tmp_path, locale):
    folder = write(tmp_path / "größe", arrays())
    program = "import sys; from npprune.data.datasets import load; "
    program += "print(ascii(load(data_dir=sys.argv[1]).name))"
    changes = {"PYTHONPATH": str(ROOT), "PYTHONCOERCECLOCALE": "0", "LC_ALL": locale}
    if locale == "C":
        changes["PYTHONUTF8"] = "0"
    command = [sys.executable, "-c", program, os.fsencode(folder)]
    found = subprocess.check_output(command, env=os.environ | changes, timeout=60)
    assert found.decode().strip() == ascii("größe")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("$x^$ <b>a&b\x1b[2J", "-x- -b-a-b-2J"), ("long" * 50, "long" * 25)],
)
def test_a_folders_name_becomes_no_sign_of_a_title_or_a_path(tmp_path, folder, name):
    assert load(data_dir=write(tmp_path / folder, arrays()), validation=8).name == name


def test_what_a_killed_fetch_left_in_the_cache_is_swept_away(cache):
    folder = cache / "mnist"
    folder.mkdir(parents=True)
    for name, age in ((".old.x.partial", 7200), (".young.x.partial", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    with pytest.raises(EnvironmentFailure):
        datasets.fetch("mnist")
    assert os.listdir(folder) == [".young.x.partial"]  # another process may be at it
