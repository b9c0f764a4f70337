"""Small data sets: as arrays, as files, and as what was published."""

import hashlib
import struct

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


def files(four):
    """The IDX files of uint8 arrays, put together by hand."""
    return {
        name: struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + bytes(array)
        for name, array in four.items()
    }


def publish(monkeypatch, contents, mirrors=DEAD, name="mnist"):
    """Let files of these contents be what was published under a name."""
    checksums = {}
    for file_name, content in contents.items():
        checksums[file_name] = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(SIZES, file_name, len(content))
    monkeypatch.setitem(PUBLISHED, name, Published(mirrors, "sha256", checksums))
