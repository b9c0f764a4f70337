"""A data set by name or by folder: found, fetched or rendered, checked, and split in three.

The places, in this order:

    --data-dir
    NPPRUNE_DATA         unless another set is asked for by name
    the cache            NPPRUNE_CACHE, else npprune in the user's cache folder
    a public mirror      then kept in the cache, unpacked
    digits from fonts    for "auto", with a message, and "glyphs"

Any four IDX files make a data set; a name such as "mnist" is given by checksum only.

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
    """Three splits of one data set, with its name and source.

    checksum: of the four unpacked files, "" if unknown.  last: how many of the last training images
    are for validation, None if each class gives a share.  notes: what is odd about the data.
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
        share = f"{len(self.validation):,} of {len(self.train) + len(self.validation):,}"
        if self.last is None:
            return f"{share} training images, the last ones of each class"
        return f"the last {share} training images"

    @property
    def image_shape(self):
        return self.train.images.shape[1:]


@dataclass(frozen=True)
class Place:
    kind: str
    folder: Path
    missing: tuple


def load(name="auto", data_dir=None, validation=None, announce=None):
    """Return the Dataset called name, from data_dir or wherever it can be had.

    Shapes: images (N, height, width) uint8, labels (N,) uint8

    validation: as in npprune/data/split.py; announce is called with lines for people.  Raises
    InputError for a name, number or file that cannot be used, EnvironmentFailure when a set asked
    for by name can be had nowhere.
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
    """The Places where load would look for name, in order, files unread."""
    given = _given_folder(name, data_dir)
    if given is not None:
        return [Place("--data-dir" if data_dir else "NPPRUNE_DATA", given, missing(given))]
    names = {"auto": ("mnist", "glyphs")}.get(name, (name,))
    return [Place("cache", _cache(one), missing(_cache(one))) for one in names]


def fetch(name, announce=None):
    """Fill the cache with the published files of name and return the folder.

    Raises EnvironmentFailure without a mirror that has them.
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
    try:
        return is_published(name, path.name, path.read_bytes())
    except OSError:
        return False


def _silent(text):
    """Announce nothing."""


def _given_folder(name, data_dir):
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
    if os.environ.get("NPPRUNE_CACHE"):
        root = expanded(os.environ["NPPRUNE_CACHE"], "NPPRUNE_CACHE")
    else:
        user = os.environ.get("XDG_CACHE_HOME") or expanded("~/.cache", "the cache", HOMELESS)
        root = Path(user) / "npprune"
    return root / (f"glyphs-{glyphs.RECIPE}" if name == "glyphs" else name)


def _published(name, announce):
    folder = _cache(name)
    if not missing(folder):
        try:
            return _read_folder(folder, name)
        except InputError:
            announce(f"{folder}: damaged: fetching it again")
    return _read_folder(fetch(name, announce), name)


def _glyphs(announce):
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
    return re.sub(r"[^\w .+-]+", "-", name)[:LONGEST_NAME]


def _recognise(arrays):
    for name in PUBLISHED:
        if all(_is_published(name, file_name, array) for file_name, array in arrays.items()):
            return name
    return None


def _is_published(name, file_name, array):
    return is_published(name, file_name, idx_header(array), np.ascontiguousarray(array))


def _dataset(arrays, name, source, validation):
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
    checksum = hashlib.sha256()
    for file_name in FILE_NAMES:
        checksum.update(idx_header(arrays[file_name]))
        checksum.update(np.ascontiguousarray(arrays[file_name]))
    return checksum.hexdigest()[:16]
