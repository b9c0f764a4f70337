"""Training, validation, test: who learns, who chooses, who reports.

A part of the training images is kept for validation, where every choice is made.  By default it is

    55,000 training images or more   the last 5,000, as is usual with MNIST
    fewer                            of each class the last twelfth

If the last 5,000 lack a class (files may be sorted), each class gives its last ones instead.  A
class with two images or more has at least one in either part.

Read next: npprune/data/datasets.py.
"""

from dataclasses import dataclass

import numpy as np

from npprune.errors import InputError

LAST, LARGE, SHARE = 5000, 55_000, 12
MOST_CLASSES = 10  # that are named in a line


@dataclass(frozen=True, eq=False)
class Split:
    """Images (N, height, width) uint8 and their labels (N,) uint8."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, where):
        """A view for a slice, a copy for indices."""
        return Split(self.images[where], self.labels[where])


def divide(whole, validation=None):
    """Keep a part of the training images for validation; -> train, validation, last.

    validation: how many of the last ones; None: the default above.  last: how many, None if each
    class gives a share.  Raises InputError when nothing is left to train on.
    """
    count = len(whole)
    if validation is None:
        large = count >= LARGE
        if not (large and _covers(whole.labels)):
            return _by_class(whole, LAST / count if large else 1 / SHARE)
        validation = LAST
    elif not isinstance(validation, int | np.integer) or not 0 <= validation < count:
        raise InputError(
            f"--validation {validation}: of {count:,} training images a whole number from 0 to "
            f"{count - 1:,} can be kept; leave it out for a share that suits the data"
        )
    cut = count - validation
    return whole[:cut], whole[cut:], int(validation)


def _covers(labels):
    counts = np.bincount(labels)
    inside = np.bincount(labels[-LAST:], minlength=len(counts))
    return bool(np.all(np.where(counts > 1, (inside > 0) & (inside < counts), inside == 0)))


def _by_class(whole, share):
    """Keep the last share of each class, at least one image, never all; as divide."""
    chosen = np.zeros(len(whole), bool)
    for label in np.unique(whole.labels):
        places = np.flatnonzero(whole.labels == label)
        if len(places) > 1:
            chosen[places[-max(1, int(share * len(places))) :]] = True
    if len(whole) > 1 and not chosen.any():
        chosen[-1] = True
    return whole[~chosen], whole[chosen], None


def first(split, n):
    """The first n images of a split; where they lack a class, of each class the first ones.

    Those are of the lowest ranks in their class, as fractions of it.
    """
    counts = np.bincount(split.labels)
    if not np.any((np.bincount(split.labels[:n], minlength=len(counts)) == 0) & (counts > 0)):
        return split[:n]
    by_class = np.argsort(split.labels, kind="stable")
    rank = np.empty(len(split))
    rank[by_class] = np.arange(len(split)) - np.repeat(np.cumsum(counts) - counts, counts)
    return split[np.sort(np.argsort(rank / counts[split.labels], kind="stable")[:n])]


def remarks(splits, classes, cure=""):
    """List what is odd about a data set, a line each.

    splits {name: Split}; cure: how to get training and validation images of lacking classes.
    """
    splits = {name: split for name, split in splits.items() if len(split)}
    present = {name: set(np.unique(split.labels).tolist()) for name, split in splits.items()}
    used = set().union(*present.values())
    lines = []
    if gaps := set(range(classes)) - used:
        lines.append(f"no image at all of {_named(gaps)}, though labels go up to {classes - 1}")
    if len(used) == 1:
        lines.append(f"all images are of {_named(used)}: any network is right")
    for name, labels in present.items():
        if lacking := used - labels:
            lines.append(f"{name}: no image of {_named(lacking)}{cure * (name != 'test')}")
    for name, split in splits.items():
        lines += _blank(name, split.images)
    return tuple(lines)


def _named(labels):
    shown = [str(label) for label in sorted(labels)[:MOST_CLASSES]]
    more = len(labels) - len(shown)
    return f"class{'es' * (len(labels) > 1)} {', '.join(shown)}" + f" and {more} more" * (more > 0)


def _blank(name, images):
    flat = images.reshape(len(images), -1)
    lightest = flat.max(axis=1)
    blank = np.count_nonzero(lightest == flat.min(axis=1))
    lightest = lightest.max()
    if lightest == 0:
        yield f"{name}: all images are black: nothing can be learned from them"
    elif blank and flat.shape[1] > 1:
        yield f"{name}: {blank:,} of {len(images):,} images have all pixels equal"
    if lightest == 1:
        yield f"{name}: no pixel is above 1, where 255 is white: multiply the images by 255"
