"""What training needs, checked before it begins: images for a batch, memory, idle cores.

The system refuses too large an array without saying why, or grants it and kills the process later.
So memory is counted first:

    each weight   itself, the best so far, its gradient, the optimizer's state (SGD 1, Adam 3)
    each unit     its activation and its gradient, for every image of a batch

Read next: npprune/network/checkpoint.py.
"""

import functools
import itertools
import math
import os
import time

import numpy as np

from npprune.errors import InputError
from npprune.progress import say
from npprune.threads import VARIABLES

COPIES = {"sgd": 3 + 1, "adam": 3 + 3}  # of the weights
NUMBER = 4  # bytes of a float32
LONGEST = 100  # characters of a value
SIDE, TRIAL, SLOWED = 512, 0.15, 1.5  # rows of a product; seconds; times its best


def count_batches(recipe, train, validation):
    """Batches in an epoch.  Raises InputError without a full batch or a validation image."""
    count = len(train.labels)
    if recipe.batch > count:
        images = f"{count:,} training image{'s' * (count != 1)}"
        raise InputError(
            f"--batch {recipe.batch}: larger than the {images}: give {count} or less",
            cure=["--batch", count],
        )
    if len(validation.labels) == 0:
        raise InputError(
            "--validation 0: give at least 1 image to choose the best epoch by",
            cure=["--validation", max(1, count // 12)] if count > 1 else (),
        )
    return count // recipe.batch


def training_bytes(sizes, optimizer, batch):
    """Bytes of all arrays.  Shapes: sizes (n_0, ..., n_L)"""
    weights = sum(a * b for a, b in itertools.pairwise(sizes))
    return NUMBER * (COPIES[optimizer] * weights + 2 * batch * sum(sizes))


def memory_limit():
    """Bytes this process may have: the machine's, or `ulimit -v` if less."""
    limits = []
    try:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        import resource

        limits.append(resource.getrlimit(resource.RLIMIT_AS)[0])
    except (AttributeError, ImportError, OSError, ValueError):  # not on every system
        pass
    return min((limit for limit in limits if limit > 0), default=math.inf)  # -1: no limit


def check_memory(sizes, optimizer, batch):
    """Raise InputError when a network or its batch cannot fit in memory."""
    room = memory_limit()
    hidden = ",".join(map(str, sizes[1:-1]))
    for given, images in ((f"--hidden {hidden}", 1), (f"--batch {batch}", batch)):
        needed = training_bytes(sizes, optimizer, images)
        if needed > room:
            raise InputError(
                f"{given[:LONGEST]}: training would take {needed / 1e9:,.1f} GB of memory, where "
                f"there are {room / 1e9:,.1f} GB: give less"
            )


def slowdown(seconds=TRIAL):
    """Mean time of a matrix product over its best time: near 1 on idle cores.

    BLAS gives each thread an equal part, and all wait for one whose core is taken.
    """
    A, times = np.ones((SIDE, SIDE), np.float32), []
    A @ A  # once untimed: threads start
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        A @ A
        times.append(time.perf_counter() - start)
    return sum(times) / len(times) / min(times)


@functools.cache  # once a process is enough
def warn_if_busy():
    """Say what helps when other programs use the cores, unless the user has set BLAS's threads.

    The threads are not chosen here: another number rounds differently and so trains another
    network.
    """
    if any(name in os.environ for name in VARIABLES):
        return
    slower = slowdown()
    if slower > SLOWED:
        say(
            f"other programs use the cores (a matrix product takes {slower:.1f} times as long as "
            f"it could): if this is slow, start it with {VARIABLES[0]}=1"
        )
