"""Data sets: where they are found, what they are called, how they are split, what is refused."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from npprune.data import datasets, glyphs
from npprune.data.datasets import FILE_NAMES, load
from npprune.data.download import PUBLISHED, SIZES, Published
from npprune.data.idx import read_idx, write_idx
from npprune.errors import EnvironmentFailure, InputError

MNIST = os.environ.get("NPPRUNE_DATA")
ROOT = Path(datasets.__file__).parents[2]
TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Point the cache into the test's folder and the mirrors at a closed port."""
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NPPRUNE_DATA", raising=False)
    for name, published in PUBLISHED.items():
        dead = Published(("https://127.0.0.1:9/",), published.algorithm, dict(published.checksums))
        monkeypatch.setitem(PUBLISHED, name, dead)


def arrays(seed=0, train=50, test=20, shape=(5, 7), classes=3):
    """Four small arrays by file name."""
    rng = np.random.default_rng(seed)
    labels = [np.arange(count, dtype=np.uint8) % classes for count in (train, test)]
    images = [rng.integers(0, 256, (count, *shape), np.uint8) for count in (test, train)]
    return dict(zip(FILE_NAMES, labels + images, strict=True))


def write(folder, four, end=""):
    for name, array in four.items():
        write_idx(folder / f"{name}{end}", array)
    return folder


def publish(monkeypatch, four, name="mnist"):
    """Let these arrays be what was published under a name."""
    checksums = {}
    for file_name, array in four.items():
        content = array_bytes(array)
        checksums[file_name] = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(SIZES, file_name, len(content))
    monkeypatch.setitem(PUBLISHED, name, Published(("https://127.0.0.1:9/",), "sha256", checksums))


def array_bytes(array):
    """The IDX file of a uint8 array, put together by hand."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def test_the_last_training_images_are_the_validation_set(tmp_path):
    four = arrays()
    data = load(data_dir=write(tmp_path / "own", four), validation=8)
    for kind, whole in (("images", four[TRAIN_IMAGES]), ("labels", four[TRAIN_LABELS])):
        np.testing.assert_array_equal(getattr(data.train, kind), whole[:42])
        np.testing.assert_array_equal(getattr(data.validation, kind), whole[42:])
    np.testing.assert_array_equal(data.test.images, four[TEST_IMAGES])
    np.testing.assert_array_equal(data.test.labels, four[TEST_LABELS])
    assert [len(data.train), len(data.validation), len(data.test)] == [42, 8, 20]


def test_splits_share_memory_but_not_images(tmp_path):
    data = load(data_dir=write(tmp_path / "own", arrays()), validation=8)
    assert data.train.images.base is data.validation.images.base is not None
    assert not np.shares_memory(data.train.images, data.validation.images)
    assert not np.shares_memory(data.train.images, data.test.images)


def test_the_whole_training_set_can_be_kept_for_training(tmp_path):
    data = load(data_dir=write(tmp_path / "own", arrays()), validation=0)
    assert len(data.train) == 50
    assert data.validation.images.shape == (0, 5, 7)
    assert data.validation.labels.shape == (0,)


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (3, 11)])
@pytest.mark.parametrize("classes", [2, 10, 47])
def test_size_and_classes_follow_the_files(tmp_path, shape, classes):
    four = arrays(shape=shape, classes=classes, train=60, test=50)
    data = load(data_dir=write(tmp_path / "own", four), validation=5)
    assert data.image_shape == shape
    assert data.classes == classes
    assert data.name == "own"
    assert data.train.images.dtype == data.train.labels.dtype == np.uint8


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("spelling", ["-idx", ".idx"])
def test_the_usual_spellings_of_the_file_names_are_found(tmp_path, spelling, end):
    four = arrays()
    folder = write(tmp_path / "own", {n.replace("-idx", spelling): a for n, a in four.items()}, end)
    for name in FILE_NAMES:  # as an archive unpacked into folders leaves them
        if spelling == ".idx":
            (folder / name).mkdir()
    np.testing.assert_array_equal(
        load(data_dir=folder, validation=1).test.images, four[TEST_IMAGES]
    )


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4"])
def test_whole_numbers_that_fit_in_a_byte_are_taken_as_they_are(tmp_path, dtype):
    four = arrays()
    wider = {name: (array // 2).astype(dtype) for name, array in four.items()}
    data = load(data_dir=write(tmp_path / "own", wider), validation=5)
    np.testing.assert_array_equal(data.test.images, four[TEST_IMAGES] // 2)
    assert data.train.images.dtype == data.train.labels.dtype == np.uint8


def test_what_is_said_of_the_data_is_kept_with_it(tmp_path):
    four, said = arrays(), []
    four[TEST_LABELS][four[TEST_LABELS] == 1] = 0
    data = load(data_dir=write(tmp_path / "own", four), announce=said.append)
    assert said == [f"validation: {data.kept}", *data.notes]
    assert "test: no image of class 1" in data.notes
    said.clear()
    data = load(data_dir=tmp_path / "own", validation=8, announce=said.append)
    assert said == list(data.notes)  # whoever gives a number knows it


def test_a_number_that_takes_classes_away_is_said_with_its_cure(tmp_path):
    four = arrays()
    order = np.argsort(four[TRAIN_LABELS], kind="stable")  # sorted by class
    folder = write(tmp_path / "own", {n: a[order] if "train" in n else a for n, a in four.items()})
    lines = load(data_dir=folder, validation=20).notes
    assert [line.split(":")[0] for line in lines] == ["training", "validation"]
    assert all("--validation" in line for line in lines)
    assert load(data_dir=folder).notes == ()


def test_argument_before_environment_before_cache(tmp_path, monkeypatch):
    published = arrays(seed=1)
    publish(monkeypatch, published)
    write(tmp_path / "cache" / "mnist", published)
    assert load(validation=1).name == "mnist"
    assert load("mnist", validation=1).name == "mnist"

    monkeypatch.setenv("NPPRUNE_DATA", str(write(tmp_path / "second", arrays(seed=2))))
    assert load(validation=1).name == "second"
    first = write(tmp_path / "first", arrays(seed=3))
    assert load(data_dir=first, validation=1).name == "first"
    assert load(data_dir=str(first), validation=1).name == "first"

    monkeypatch.setenv("NPPRUNE_DATA", "")  # as good as not set
    assert load(validation=1).name == "mnist"


def test_a_name_is_given_by_checksum_only(tmp_path, monkeypatch):
    four = arrays()
    publish(monkeypatch, four, "kmnist")
    packed = write(tmp_path / "some folder", four, ".gz")
    assert load(data_dir=packed, validation=1).name == "kmnist"
    assert "verified" in load("kmnist", data_dir=packed, validation=1).source

    four[TEST_IMAGES][3, 2, 1] ^= 1
    folder = write(tmp_path / "kmnist", four)
    assert load(data_dir=folder, validation=1).name == "own-kmnist"
    with pytest.raises(InputError, match="checksum") as refusal:
        load("kmnist", data_dir=folder, validation=1)
    assert str(folder / TEST_IMAGES) in str(refusal.value)
    assert "--dataset auto" in str(refusal.value)


def change(four, name, array):
    four[name] = array


REFUSED = {
    "more images than labels": (
        lambda four: change(four, TRAIN_LABELS, four[TRAIN_LABELS][:-1]),
        "holds 50 images.* holds 49 labels",
    ),
    "test counts": (
        lambda four: change(four, TEST_IMAGES, four[TEST_IMAGES][:-1]),
        "holds 19 images.* holds 20 labels",
    ),
    "labels of rank 2": (
        lambda four: change(four, TEST_LABELS, four[TEST_LABELS][:, None]),
        r"t10k-labels.*shape \(20, 1\)",
    ),
    "labels of another type": (
        lambda four: change(four, TRAIN_LABELS, four[TRAIN_LABELS].astype("f4")),
        "train-labels.*float32",
    ),
    "labels that fit in no byte": (
        lambda four: change(four, TRAIN_LABELS, four[TRAIN_LABELS].astype("i4") * 200),
        "train-labels.*int32 from 0 to 400",
    ),
    "labels below 0": (
        lambda four: change(four, TEST_LABELS, four[TEST_LABELS].astype("i1") - np.int8(1)),
        "t10k-labels.*int8 from -1 to 1",
    ),
    "images of rank 2": (
        lambda four: change(four, TRAIN_IMAGES, four[TRAIN_IMAGES].reshape(50, -1)),
        r"train-images.*shape \(50, 35\)",
    ),
    "images of another type": (
        lambda four: change(four, TEST_IMAGES, four[TEST_IMAGES].astype("f4")),
        "t10k-images.*float32",
    ),
    "no images": (
        lambda four: four.update({n: four[n][:0] for n in (TEST_IMAGES, TEST_LABELS)}),
        "at least one",
    ),
    "images without pixels": (
        lambda four: four.update({n: four[n][:, :0] for n in (TEST_IMAGES, TRAIN_IMAGES)}),
        "at least one",
    ),
    "two image sizes": (
        lambda four: change(four, TEST_IMAGES, four[TEST_IMAGES][:, :, 1:]),
        r"images of \(5, 6\).*images of \(5, 7\)",
    ),
    "a label never trained": (
        lambda four: change(four, TEST_LABELS, four[TEST_LABELS] + np.uint8(1)),
        "label 3.*end at 2",
    ),
}


@pytest.mark.parametrize(("spoil", "says"), REFUSED.values(), ids=REFUSED)
def test_files_that_do_not_belong_together_are_refused(tmp_path, spoil, says):
    four = arrays()
    spoil(four)
    folder = write(tmp_path / "own", four)
    with pytest.raises(InputError, match=says) as refusal:
        load(data_dir=folder, validation=1)
    assert str(folder) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_missing_file_is_named(tmp_path, name):
    folder = write(tmp_path / "own", arrays())
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} missing"):
        load(data_dir=folder)


def test_a_broken_file_is_named(tmp_path):
    folder = write(tmp_path / "own", arrays())
    (folder / TEST_IMAGES).write_bytes(b"")
    with pytest.raises(InputError, match=f"{TEST_IMAGES}: empty"):
        load(data_dir=folder)


@pytest.mark.parametrize("folder", ["nothing", "file"])
def test_what_is_not_a_folder_is_refused(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="no such folder"):
        load(data_dir=tmp_path / folder)


@pytest.mark.parametrize("validation", [-1, 50, 5000, 2.5, "5"])
def test_validation_must_leave_training_images(tmp_path, validation):
    with pytest.raises(InputError, match=r"--validation.*from 0 to 49"):
        load(data_dir=write(tmp_path / "own", arrays()), validation=validation)


def test_names_are_checked(tmp_path):
    with pytest.raises(InputError, match=r"'emnist'.*auto, mnist, fashion-mnist, kmnist, glyphs"):
        load("emnist")
    with pytest.raises(InputError, match="rendered"):
        load("glyphs", data_dir=tmp_path)
    with pytest.raises(InputError, match="not published"):
        datasets.fetch("glyphs")


def test_a_damaged_cache_is_mended(tmp_path, monkeypatch):
    four = arrays()
    publish(monkeypatch, four)
    folder = write(tmp_path / "cache" / "mnist", four)
    (folder / TRAIN_IMAGES).write_bytes(b"half a fi")
    fetched, said = [], []

    def download(name, file_name, announce):
        fetched.append(file_name)
        return array_bytes(four[file_name])

    monkeypatch.setattr(datasets, "download", download)
    assert load("mnist", validation=1, announce=said.append).name == "mnist"
    assert fetched == [TRAIN_IMAGES]
    assert "damaged" in said[0]
    np.testing.assert_array_equal(read_idx(folder / TRAIN_IMAGES), four[TRAIN_IMAGES])


def few_glyphs(monkeypatch):
    """Put a few random images in place of the digits, and list what was asked for."""
    rendered = []

    def render(count, part):
        rendered.append((part, count))
        four = arrays(seed=count, train=count // 100, test=1, shape=(28, 28), classes=10)
        return four[TRAIN_IMAGES], four[TRAIN_LABELS]

    monkeypatch.setattr(glyphs, "render", render)
    return rendered


def test_without_network_auto_renders_digits_once_and_says_so(monkeypatch):
    rendered, said = few_glyphs(monkeypatch), []
    data = load(validation=50, announce=said.append)
    assert data.name == "glyphs"
    assert data.classes == 10
    assert [len(data.train), len(data.validation), len(data.test)] == [550, 50, 100]
    assert rendered == [("train", 60_000), ("test", 10_000)]
    assert any("cannot be fetched" in line for line in said)
    assert any("'glyphs'" in line for line in said)

    again = load("glyphs", validation=50)
    assert len(rendered) == 2
    np.testing.assert_array_equal(again.train.images, data.train.images)
    assert (again.name, again.source) == (data.name, data.source)


def test_asked_for_by_name_glyphs_ignore_the_environments_folder(tmp_path, monkeypatch):
    few_glyphs(monkeypatch)
    monkeypatch.setenv("NPPRUNE_DATA", str(tmp_path))
    assert load("glyphs", validation=50).name == "glyphs"


def test_another_recipe_has_another_cache(monkeypatch):
    rendered = few_glyphs(monkeypatch)
    load("glyphs", validation=50)
    monkeypatch.setattr(glyphs, "RECIPE", glyphs.RECIPE + 1)
    load("glyphs", validation=50)
    assert len(rendered) == 4


def test_damaged_glyphs_are_rendered_anew(monkeypatch):
    rendered, said = few_glyphs(monkeypatch), []
    load("glyphs", validation=50)
    path = datasets.places("glyphs")[0].folder / TEST_LABELS
    path.write_bytes(path.read_bytes()[:-1])
    assert len(load("glyphs", validation=50, announce=said.append).test) == 100
    assert len(rendered) == 4
    assert "damaged" in said[0]


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    few_glyphs(monkeypatch)
    (tmp_path / "file").touch()
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path / "file"))
    said = []
    assert load("glyphs", validation=50, announce=said.append).name == "glyphs"
    assert any("cannot be written" in line for line in said)

    monkeypatch.setattr(datasets, "download", lambda *_: b"content")
    with pytest.raises(InputError, match=r"cannot be written.*NPPRUNE_CACHE"):
        datasets.fetch("mnist")


def test_a_named_set_without_network_says_how_to_go_on():
    with pytest.raises(EnvironmentFailure, match=r"fashion-mnist.*--data-dir.*--dataset glyphs"):
        load("fashion-mnist")


def test_places_tell_what_is_where(tmp_path, monkeypatch):
    (cached,) = datasets.places("kmnist")
    assert cached == datasets.Place("cache", tmp_path / "cache" / "kmnist", FILE_NAMES)
    assert [place.folder.name for place in datasets.places()] == [
        "mnist",
        f"glyphs-{glyphs.RECIPE}",
    ]
    folder = write(tmp_path / "own", arrays())
    (folder / TEST_LABELS).unlink()
    monkeypatch.setenv("NPPRUNE_DATA", str(folder))
    assert datasets.places() == [datasets.Place("NPPRUNE_DATA", folder, (TEST_LABELS,))]
    assert datasets.places("auto", tmp_path)[0].kind == "--data-dir"


def test_the_cache_is_where_users_expect_it(tmp_path, monkeypatch):
    monkeypatch.delenv("NPPRUNE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert datasets.places("mnist")[0].folder == tmp_path / "xdg" / "npprune" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert datasets.places("mnist")[0].folder == tmp_path / ".cache" / "npprune" / "mnist"


@pytest.mark.skipif(not MNIST, reason="NPPRUNE_DATA is not set: no MNIST to read")
def test_mnist_is_recognised_compressed_anew_or_unpacked(tmp_path):
    data = load(data_dir=MNIST)
    assert data.name == "mnist"
    assert [len(data.train), len(data.validation), len(data.test)] == [55_000, 5_000, 10_000]
    assert (data.classes, data.image_shape) == (10, (28, 28))
    assert np.bincount(data.test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]

    # Written again, gzipped or not, the files are other files, and MNIST still.
    four = (data.train.labels.base, data.test.labels, data.test.images, data.train.images.base)
    for name, array, end in zip(FILE_NAMES, four, ("", ".gz", ".gz", ""), strict=True):
        write_idx(tmp_path / f"{name}{end}", array)
    assert load("mnist", data_dir=tmp_path).name == "mnist"


def test_the_checksum_tells_data_sets_apart_and_not_how_they_are_packed(tmp_path):
    four = arrays()
    plain = load(data_dir=write(tmp_path / "own", four), validation=8)
    packed = load(data_dir=write(tmp_path / "packed", four, ".gz"), validation=3)
    content = b"".join(array_bytes(four[name]) for name in FILE_NAMES)
    assert plain.checksum == packed.checksum == hashlib.sha256(content).hexdigest()[:16]
    for name in FILE_NAMES:
        four[name][-1] ^= 1
        changed = load(data_dir=write(tmp_path / name, four), validation=8)
        assert changed.checksum != plain.checksum
        four[name][-1] ^= 1


NAMELESS = {"HOME": None, "XDG_CACHE_HOME": None, "NPPRUNE_CACHE": None, "NPPRUNE_DATA": None}
HOMELESS = {
    "a cache in no home": (NAMELESS, (), "NPPRUNE_CACHE"),
    "a cache of nobody": (NAMELESS | {"NPPRUNE_CACHE": "~nosuchuser/x"}, (), "NPPRUNE_CACHE"),
    "data of nobody": (NAMELESS | {"NPPRUNE_DATA": "~nosuchuser/x"}, (), "NPPRUNE_DATA"),
    "a flag of nobody": (NAMELESS, ("auto", "~nosuchuser/x"), "--data-dir"),
}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a home folder is found otherwise")
@pytest.mark.parametrize(("changes", "given", "named"), HOMELESS.values(), ids=HOMELESS)
def test_without_a_home_folder_what_mends_it_is_named(monkeypatch, changes, given, named):
    for name, value in changes.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    if not given and "~" not in "".join(filter(None, changes.values())):
        import pwd

        def unknown(uid):
            raise KeyError(uid)

        monkeypatch.setattr(pwd, "getpwuid", unknown)  # as for a container's user
    with pytest.raises(InputError, match=named):
        load(*given)


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are not bytes")
def test_a_name_does_not_depend_on_the_locale(tmp_path):
    folder = write(tmp_path / "größe", arrays())
    program = (
        "import os, sys; from npprune.data.datasets import load;"
        "print(ascii(load(data_dir=sys.argv[1]).name))"
    )
    for changes in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "POSIX"}):
        done = subprocess.run(
            [sys.executable, "-c", program, os.fsencode(folder)],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONCOERCECLOCALE": "0"} | changes,
            capture_output=True,
            timeout=60,
        )
        assert done.stdout.decode().strip() == ascii("größe"), (changes, done.stderr)


def test_a_folders_name_becomes_no_sign_of_a_title_or_a_path(tmp_path):
    folder = write(tmp_path / "$x^$ <b>a&b\x1b[2J", arrays())
    assert load(data_dir=folder, validation=8).name == "-x- -b-a-b-2J"
    folder = write(tmp_path / ("long" * 50), arrays())
    assert len(load(data_dir=folder, validation=8).name) == 100


def test_what_a_killed_fetch_left_in_the_cache_is_swept_away(tmp_path, monkeypatch):
    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)
    for name, age in ((".old.x.partial", 7200), (".young.x.partial", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    with pytest.raises(EnvironmentFailure):
        datasets.fetch("mnist")
    assert os.listdir(folder) == [".young.x.partial"]  # another process may be at it
