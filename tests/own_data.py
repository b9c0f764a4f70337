"""Data sets of one's own, small and odd: of any size, order, range of pixels, with any labels."""

from typing import NamedTuple

import numpy as np

from npprune.data.datasets import FILE_NAMES
from npprune.data.idx import write_idx

ORDERS = {"mixed": lambda y: y, "sorted": np.sort, "falling": lambda y: np.sort(y)[::-1]}


class Kind(NamedTuple):
    """What a data set is like: how many images, of what, in which order."""

    train: int = 600
    test: int = 200
    classes: int = 10
    shape: tuple = (28, 28)
    order: str = "mixed"
    pixels: tuple = (0, 255)  # the darkest and the lightest
    step: int = 1  # from one label to the next: above 1 there are gaps
    lacking: int = 0  # classes that no test image has


def make(folder, train, test, classes=10, shape=(28, 28), seed=0, **others):
    """Write four IDX files: a random pattern for each class, and noise on it; -> folder.

    others are fields of Kind.
    """
    kind = Kind(train, test, classes, shape, **others)
    rng = np.random.default_rng(seed)
    low, high = kind.pixels
    patterns = rng.uniform(low, high, (classes, *shape))
    part = {}
    for name, count, used in (("train", train, classes), ("test", test, classes - kind.lacking)):
        y = ORDERS[kind.order](rng.integers(0, used, count))
        if name == "train":
            y[np.argmax(y)] = classes - 1  # no test image has a label above
        noisy = patterns[y] + rng.normal(0, (high - low) / 8, (count, *shape))
        images = np.clip(np.rint(noisy), low, high).astype(np.uint8)
        part[name] = images, (y * kind.step).astype(np.uint8)
    arrays = part["train"][1], part["test"][1], part["test"][0], part["train"][0]
    for name, array in zip(FILE_NAMES, arrays, strict=True):
        write_idx(folder / name, array)
    return folder


def random_kind(rng):
    """Draw a data set's kind (random.Random): mostly small, often at an edge."""
    classes = rng.choice([1, 2, 2, 3, 10, 10, 26, 100])
    return Kind(
        train=rng.choice([10, 11, 13, 24, 60, 100, 250, 600, rng.randint(10, 1500)]),
        test=rng.choice([1, 2, 10, 40, 200, rng.randint(1, 500)]),
        classes=classes,
        shape=rng.choice([(1, 1), (1, 2), (3, 1), (2, 2), (5, 7), (1, 40), (12, 12), (28, 28)]),
        order=rng.choice(list(ORDERS)),
        pixels=rng.choice([(0, 255), (0, 255), (0, 255), (0, 1), (0, 0), (90, 90), (240, 255)]),
        step=rng.choice([1, 1, 1, 2]),
        lacking=rng.choice([0, 0, rng.randrange(classes)]),
    )


def random_flags(rng):
    """Draw flags of a study (random.Random); most runs need a batch that fits."""
    flags = ["--hidden", rng.choice(["20,10", "20,10", "1", "2,1", "1,1,1", "100,2", "8,2", "7"])]
    flags += ["--batch", rng.choice(["1", "4", "8", "8", "8", "16", "500"])]
    if rng.random() < 0.2:
        flags += ["--validation", rng.choice(["1", "5", "100", "5000"])]
    if rng.random() < 0.2:
        flags += ["--learning-rate", rng.choice(["1e-6", "3", "1e3"])]
    if rng.random() < 0.15:
        flags += ["--protocol", "source"]
    return [*flags, "--seed", str(rng.randrange(100))]
