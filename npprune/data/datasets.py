"""A data set by name or by folder: found, fetched or rendered, checked, and split in three.

Where the images come from, in this order:

    the folder that was asked for   (--data-dir)
    the folder in NPPRUNE_DATA      (set once, for all but other sets that are asked for by name)
    the cache                       (NPPRUNE_CACHE, else npprune in the user's cache folder)
    a public mirror                 (then kept in the cache, unpacked)
    digits rendered from fonts      (only for "auto", and said aloud)

Any four IDX files make a data set, whatever the image size and the number of classes.  What calls
itself "mnist" is MNIST, to the byte: a name is given by checksum only.

Images stay uint8; pixels are scaled to [0, 1] one batch at a time.

Read next: npprune/data/download.py.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from npprune.data import glyphs
from npprune.data.download import PUBLISHED, download, is_published
from npprune.data.folder import (
    FILE_NAMES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    missing,
    read_four,
)
from npprune.data.idx import idx_header, write_idx
from npprune.data.split import Split, divide, remarks
from npprune.errors import EnvironmentFailure, InputError
from npprune.files import expanded, remove_partials, write_whole

NAMES = ("auto", *PUBLISHED, "glyphs")
HOMELESS = "set NPPRUNE_CACHE to a folder, or give --data-dir"
LONGEST_NAME = 100  # characters of a data set's name
STALE = 3600.0  # seconds after which nobody is still writing a file of the cache


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one data set, its name, its number of classes and where it came from.

    checksum is of the four files, unpacked, as hexadecimal digits; empty if the files are unknown.
    last is how many of the last training images are the validation split, None where each class
    gives a share; notes say what is odd about the data, in lines.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: int
    source: str
    checksum: str = ""
    last: int | None = None
    notes: tuple = ()

    @property
    def kept(self):
        """Say which training images are the validation split."""
        share = f"{len(self.validation):,} of {len(self.train) + len(self.validation):,}"
        if self.last is None:
            return f"{share} training images, the last ones of each class"
        return f"the last {share} training images"

    @property
    def image_shape(self):
        """Height and width of an image."""
        return self.train.images.shape[1:]


@dataclass(frozen=True)
class Place:
    """A folder where a data set may be: what kind of place it is, and which files it lacks."""

    kind: str
    folder: Path
    missing: tuple


def load(name="auto", data_dir=None, validation=None, announce=None):
    """Return the Dataset called name, from data_dir or wherever it can be had (see the module).

    Shapes: images (N, height, width) uint8, labels (N,) uint8

    The last `validation` training images are the validation split; 0 leaves it empty, and None
    takes what suits the data (npprune/data/split.py), of MNIST the last 5,000.  announce is called
    with a line for people: which these are, what is odd about the data, what takes long.
    Raises InputError for a name, a number or files that cannot be used, EnvironmentFailure when a
    data set that was asked for by name can be had nowhere.
    """
    announce = announce or _silent
    given = _given_folder(name, data_dir)
    if given is not None:
        try:
            arrays, name, source = _read_folder(given, name)
        except InputError:
            if data_dir or name == "auto":
                raise
            announce(f"NPPRUNE_DATA {given}: not {name}: looking for it elsewhere")
            arrays, name, source = _published(name, announce)
    elif name == "glyphs":
        arrays, name, source = _glyphs(announce)
    else:
        try:
            arrays, name, source = _published("mnist" if name == "auto" else name, announce)
        except EnvironmentFailure as failure:
            if name != "auto":
                raise
            announce(f"{failure}")
            announce("No MNIST here: going on with digits rendered from fonts, data set 'glyphs'.")
            arrays, name, source = _glyphs(announce)
    dataset = _dataset(arrays, name, source, validation)
    if validation is None:
        announce(f"validation: {dataset.kept}")
    for note in dataset.notes:
        announce(note)
    return dataset


def places(name="auto", data_dir=None):
    """Return the Places where load would look for name on this machine, in order, files unread."""
    given = _given_folder(name, data_dir)
    if given is not None:
        return [Place("--data-dir" if data_dir else "NPPRUNE_DATA", given, missing(given))]
    names = {"auto": ("mnist", "glyphs")}.get(name, (name,))
    return [Place("cache", _cache(one), missing(_cache(one))) for one in names]


def fetch(name, announce=None):
    """Fill the cache with the published files of name and return the folder.

    Files that are there and right are kept.  Raises EnvironmentFailure when no mirror has them.
    """
    announce = announce or _silent
    if name not in PUBLISHED:
        raise InputError(f"dataset {name!r} is not published: fetch {', '.join(PUBLISHED)}")
    folder = _cache(name)
    remove_partials(folder, STALE)
    for file_name in FILE_NAMES:
        path = folder / file_name
        if not _is_kept(name, path):
            try:
                write_whole(path, download(name, file_name, announce))
            except InputError as error:
                raise InputError(f"{error} by setting NPPRUNE_CACHE") from error
    return folder


def _is_kept(name, path):
    """Say whether path holds the published file of its name."""
    try:
        return is_published(name, path.name, path.read_bytes())
    except OSError:
        return False


def _silent(text):
    """Announce nothing."""


def _given_folder(name, data_dir):
    """Return the folder to read name from if the user gave one, after checking the name."""
    if name not in NAMES:
        raise InputError(f"unknown dataset {name!r}: choose one of {', '.join(NAMES)}")
    if name == "glyphs":
        if data_dir:
            raise InputError(
                f"dataset 'glyphs' is rendered, not read from {data_dir}: leave the folder out, "
                "or read it with --dataset auto"
            )
        return None
    if data_dir:
        return expanded(data_dir, "--data-dir")
    folder = os.environ.get("NPPRUNE_DATA")
    return expanded(folder, "NPPRUNE_DATA") if folder else None


def _cache(name):
    """Return the folder of the cache that holds the data set called name."""
    if os.environ.get("NPPRUNE_CACHE"):
        root = expanded(os.environ["NPPRUNE_CACHE"], "NPPRUNE_CACHE")
    else:
        user = os.environ.get("XDG_CACHE_HOME") or expanded("~/.cache", "the cache", HOMELESS)
        root = Path(user) / "npprune"
    return root / (f"glyphs-{glyphs.RECIPE}" if name == "glyphs" else name)


def _published(name, announce):
    """Return the arrays, name and source of a published data set, from the cache or a mirror."""
    folder = _cache(name)
    if not missing(folder):
        try:
            return _read_folder(folder, name)
        except InputError:
            announce(f"{folder}: damaged: fetching it again")
    return _read_folder(fetch(name, announce), name)


def _glyphs(announce):
    """Return the arrays, name and source of the rendered digits, from the cache if they are there.

    A cache that cannot be written costs the time of rendering at every start, and nothing else.
    """
    folder, source = _cache("glyphs"), f"digits rendered from fonts, recipe {glyphs.RECIPE}"
    if not missing(folder):
        try:
            return _read_folder(folder, "auto")[0], "glyphs", source
        except InputError:
            announce(f"{folder}: damaged: rendering it again")
    announce("Rendering 70,000 digits from fonts: about 10 seconds, once.")
    train_images, train_labels = glyphs.render(60_000, "train")
    test_images, test_labels = glyphs.render(10_000, "test")
    arrays = dict(
        zip(FILE_NAMES, (train_labels, test_labels, test_images, train_images), strict=True)
    )
    try:
        for file_name, array in arrays.items():
            write_idx(folder / file_name, array)
    except InputError as error:
        announce(f"{error}; the digits are not kept")
    return arrays, "glyphs", source


def _read_folder(folder, name):
    """Return the four arrays in a folder by file name, the name they deserve, and the source."""
    arrays, paths = read_four(folder)
    if name == "auto":
        name = _recognise(arrays)
        if name is None:
            own = _plain(os.fsencode(folder.resolve().name).decode(errors="replace")) or "data"
            name = f"own-{own}" if own in NAMES else own  # a published name is earned by checksum
            return arrays, name, f"IDX files in {folder}"
    for file_name, path in paths.items():
        if not _is_published(name, file_name, arrays[file_name]):
            raise InputError(
                f"{path}: not what was published as {name} "
                f"({PUBLISHED[name].algorithm} checksum differs): "
                "use --dataset auto for data of your own, or leave out --data-dir and "
                "NPPRUNE_DATA to have it fetched"
            )
    return arrays, name, f"IDX files in {folder}, checksums verified"


def _plain(name):
    """Return a folder's name without what a title, a file or a terminal might take for a sign."""
    return re.sub(r"[^\w .+-]+", "-", name)[:LONGEST_NAME]


def _recognise(arrays):
    """Return the name under which exactly these files were published, or None."""
    for name in PUBLISHED:
        if all(_is_published(name, file_name, array) for file_name, array in arrays.items()):
            return name
    return None


def _is_published(name, file_name, array):
    """Say whether an array of bytes came from the file published under name."""
    return is_published(name, file_name, idx_header(array), np.ascontiguousarray(array))


def _dataset(arrays, name, source, validation):
    """Return the Dataset that four arrays make."""
    whole = Split(arrays[TRAIN_IMAGES], arrays[TRAIN_LABELS])
    train, kept, last = divide(whole, validation)
    test = Split(arrays[TEST_IMAGES], arrays[TEST_LABELS])
    classes = int(whole.labels.max()) + 1
    splits = {"training": train, "validation": kept, "test": test}
    cure = "; leave out --validation for a split that has them" if validation else ""
    return Dataset(
        name=name,
        train=train,
        validation=kept,
        test=test,
        classes=classes,
        source=source,
        checksum=_checksum(arrays),
        last=last,
        notes=remarks(splits, classes, cure),
    )


def _checksum(arrays):
    """Return 16 hexadecimal digits that tell these four files from any others (SHA-256)."""
    checksum = hashlib.sha256()
    for file_name in FILE_NAMES:
        checksum.update(idx_header(arrays[file_name]))
        checksum.update(np.ascontiguousarray(arrays[file_name]))
    return checksum.hexdigest()[:16]
