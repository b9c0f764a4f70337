"""Small data sets: as arrays, as files, and as what was published."""

import hashlib

import numpy as np

from npprune.data.datasets import FILE_NAMES
from npprune.data.download import PUBLISHED, SIZES, Published
from npprune.data.idx import write_idx

DEAD = ("https://127.0.0.1:9/",)  # a mirror that refuses


def arrays(seed=0, train=50, test=20, shape=(5, 7), classes=3):
    """Four small arrays by file name."""
    rng = np.random.default_rng(seed)
    labels = [np.arange(count, dtype=np.uint8) % classes for count in (train, test)]
    images = [rng.integers(0, 256, (count, *shape), np.uint8) for count in (test, train)]
    return dict(zip(FILE_NAMES, labels + images, strict=True))


def write(folder, four, spell=str, end=""):
    """Write arrays to files of these names, spelled in this way; -> folder."""
    for name, array in four.items():
        write_idx(folder / f"{spell(name)}{end}", array)
    return folder


def array_bytes(array):
    """The IDX file of a uint8 array, put together by hand."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def publish(monkeypatch, files, mirrors=DEAD, name="mnist"):
    """Let the bytes of these files be what was published under a name."""
    for file_name, content in files.items():
        monkeypatch.setitem(SIZES, file_name, len(content))
    checksums = {file_name: hashlib.sha256(files[file_name]).hexdigest() for file_name in files}
    monkeypatch.setitem(PUBLISHED, name, Published(mirrors, "sha256", checksums))
