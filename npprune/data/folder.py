"""Which four files of a folder are a data set, under whatever names they were saved.

MNIST's files, such as train-images-idx3-ubyte, are also found as

    train-images.idx3-ubyte                     unpacked by some programs
    TRAIN-IMAGES-IDX3-UBYTE.GZ                  in capitals
    train-images-idx3-ubyte (1).gz              downloaded twice
    emnist-letters-test-images-idx3-ubyte.gz    with the set's name, and test for t10k
    MNIST/raw/train-images-idx3-ubyte           in torchvision's folders

Four files with the same words before these names are a data set.  Two data sets in one folder are
refused.

Labels and images are integers from 0 to 255.

Read next: npprune/data/split.py.
"""

import itertools
import os
import re

import numpy as np

from npprune.data.download import SIZES
from npprune.data.idx import IdxError, is_idx, read_idx
from npprune.errors import InputError

FILE_NAMES = tuple(SIZES)
TRAIN_LABELS, TEST_LABELS, TEST_IMAGES, TRAIN_IMAGES = FILE_NAMES
ROLES = {name: (name.split("-")[0], name.split("-")[1]) for name in FILE_NAMES}
NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test)[-_. ]?(?P<kind>images|labels)"
    r"(?:[-_. ]|idx[13]?|ubyte|gz|copy|\(\d+\))*"
)
MOST_SHOWN = 8  # names of files in one line


def find(folder):
    """Return a data set's paths by published name, fewer than 4 if some are missing.

    Raises InputError when the folder cannot be read or holds several data sets.
    """
    try:
        inside = [*folder.glob("raw"), *sorted(folder.glob("*/raw"))]
        own, others = _sets(folder), [named for place in inside for named in _sets(place)]
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error
    if own and own[0][0] == "" and len(own[0][1]) == len(FILE_NAMES):
        return own[0][1]  # MNIST's own names, in the folder itself: what else is there is no rival
    found = [paths for _, paths in own + others]
    whole = [paths for paths in found if len(paths) == len(FILE_NAMES)]
    if len(whole) > 1:
        shown = _shown(str(paths[TRAIN_IMAGES].relative_to(folder)) for paths in whole)
        raise InputError(
            f"{folder}: holds {len(whole)} data sets ({shown}): "
            "move the four files of one to a folder of its own and give that"
        )
    return max(found, key=len, default={})


def _sets(place):
    """List (words before the names, {published name: path}) in one folder, no words first."""
    if not os.path.isdir(place):
        return []
    found = []
    for path in place.iterdir():
        read = NAME.fullmatch(path.name.lower())
        if read and not path.name.startswith(".") and path.is_file():
            part = "train" if read["part"] == "train" else "t10k"
            file_name = next(n for n, role in ROLES.items() if role == (part, read["kind"]))
            rank = ("gz" in path.suffix.lower(), len(path.name), path.name)
            found.append((read["set"].strip("-_. "), file_name, rank, path))
    found.sort(reverse=True)  # the best comes last and replaces the others
    groups = itertools.groupby(found, key=lambda one: one[0])
    return sorted((words, {name: path for _, name, _, path in group}) for words, group in groups)


def _shown(names):
    names = list(names)
    more = [f"{len(names) - MOST_SHOWN} more"] if len(names) > MOST_SHOWN else []
    return ", ".join(names[:MOST_SHOWN] + more)


def missing(folder):
    found = find(folder)
    return tuple(name for name in FILE_NAMES if name not in found)


def read_four(folder):
    """Return a folder's arrays and paths by published name.

    Raises InputError when they do not fit together.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder: give one that holds four IDX files")
    paths = find(folder)
    lacking = [name for name in FILE_NAMES if name not in paths]
    if lacking:
        raise InputError(
            f"{folder}: {' and '.join(lacking)} missing: a data set is four IDX files with "
            f"the names that MNIST's have, gzipped (.gz) or not{_others(folder, paths.values())}"
        )
    arrays = {name: _as_bytes(read_idx(paths[name])) for name in FILE_NAMES}
    _check(arrays, paths)
    return arrays, paths


def _others(folder, known):
    unknown = [path for path in sorted(folder.iterdir()) if path not in known and is_idx(path)]
    seen = _shown(path.name for path in unknown)
    return f"; other IDX files here are {seen}: rename them" if seen else ""


def _as_bytes(array):
    whole = array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 255
    return array.astype(np.uint8, copy=False) if whole else array


def _check(arrays, paths):
    for name, array in arrays.items():
        rank = 3 if "images" in name else 1
        if array.ndim != rank or array.dtype != np.uint8 or array.size == 0:
            what = "images (N x height x width)" if rank == 3 else "labels (N)"
            between = f" from {array.min():g} to {array.max():g}" if array.size else ""
            raise IdxError(
                f"{paths[name]}: holds {array.dtype}{between} of shape {array.shape}: {what} must "
                f"be whole numbers from 0 to 255 in {rank} dimensions, at least one of them"
            )
    for images, labels in ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)):
        if len(arrays[images]) != len(arrays[labels]):
            raise IdxError(
                f"{paths[images]}: holds {len(arrays[images]):,} images, but {paths[labels]} "
                f"holds {len(arrays[labels]):,} labels: put files together that belong together"
            )
    train_shape, test_shape = arrays[TRAIN_IMAGES].shape[1:], arrays[TEST_IMAGES].shape[1:]
    if train_shape != test_shape:
        raise IdxError(
            f"{paths[TEST_IMAGES]}: holds images of {test_shape}, but {paths[TRAIN_IMAGES]} holds "
            f"images of {train_shape}: both must have the same height and width"
        )
    highest, largest = arrays[TEST_LABELS].max(), arrays[TRAIN_LABELS].max()
    if highest > largest:
        raise IdxError(
            f"{paths[TEST_LABELS]}: holds the label {highest}, but the training labels end at "
            f"{largest}: labels must number the classes from 0 in both files"
        )
