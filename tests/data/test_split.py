"""Which images choose: of every class some and never all, whatever the order; what is odd is said.

Brute force: labels in every order, of many sizes and classes.
"""

import itertools

import numpy as np
import pytest

from npprune.data.split import Split, divide, first, remarks
from npprune.errors import InputError

LARGE, LAST = 55_000, 5000
ORDERS = {
    "mixed": lambda y: np.random.default_rng(0).permutation(y),
    "sorted": np.sort,
    "falling": lambda y: np.sort(y)[::-1],
    "cycling": lambda y: y,
    "halves": lambda y: np.concatenate([np.sort(y[::2]), y[1::2]]),
}


def labelled(y):
    """Images of one pixel, each of which holds its own place."""
    return Split(np.arange(len(y)).reshape(-1, 1, 1), np.asarray(y, np.uint8))


def places(split):
    return split.images.ravel().tolist()


def some_labels():
    """Labels of many sizes, classes, gaps and orders, by what they are."""
    counts, classes = (2, 3, 10, 11, 57, 240, 1000), (1, 2, 3, 10, 26, 256)
    for count, modulus, step, order in itertools.product(counts, classes, (1, 3), ORDERS):
        y = np.arange(count) % modulus * step % 256
        yield f"{count} {modulus} {step} {order}", ORDERS[order](y)
    for order in ORDERS:
        for count in (LARGE, LARGE + 5001):
            yield f"{count} {order}", ORDERS[order](np.arange(count) % 7)
        uneven = np.minimum(np.random.default_rng(1).geometric(0.3, LARGE), 40)
        yield f"uneven {order}", ORDERS[order](uneven)


def test_each_class_with_two_images_learns_and_chooses():
    for what, y in some_labels():
        train, kept, _ = divide(labelled(y))
        assert sorted(places(train) + places(kept)) == list(range(len(y))), what
        assert places(train) == sorted(places(train)), what
        assert places(kept) == sorted(places(kept)), what
        np.testing.assert_array_equal(y[places(kept)], kept.labels)
        assert len(kept) > 0, what
        values, counts = np.unique(y, return_counts=True)
        several = set(values[counts > 1])
        assert several <= set(train.labels), what
        if several:
            assert set(kept.labels) == several, what
        # A twelfth, rounded down class by class but never to none.
        share = len(y) / 12 if len(y) < LARGE else LAST
        assert abs(len(kept) - share) <= len(values), what


@pytest.mark.parametrize("count", [LARGE, 60_000])
def test_of_large_data_in_no_order_the_last_five_thousand_are_kept(count):
    whole = labelled(ORDERS["mixed"](np.arange(count) % 10))
    train, kept, last = divide(whole)
    assert places(kept) == list(range(count - LAST, count))
    assert np.shares_memory(train.images, whole.images)
    assert last == LAST


@pytest.mark.parametrize(("count", "chosen"), [(10, [9]), (1, [])])
def test_one_image_of_each_class_leaves_one_to_choose_by_if_there_are_several(count, chosen):
    train, kept, _ = divide(labelled(np.arange(count)))
    assert places(kept) == chosen
    assert len(train) == count - len(chosen)


def test_a_number_means_the_last_ones():
    whole = labelled(np.arange(10))
    for n in (0, 1, 7, np.int64(9)):
        train, kept, last = divide(whole, n)
        assert places(train) == list(range(10 - n))
        assert last == len(kept) == n
    for n in (-1, 10, 5000, 2.0, "3", True + 0.5):
        with pytest.raises(InputError, match=f"--validation {n}: .*from 0 to 9"):
            divide(whole, n)


def test_the_first_ones_have_all_classes_in_proportion():
    for what, y in some_labels():
        classes = len(set(y.tolist()))
        for n in (1, 5, 100, 12_800):
            part = first(labelled(y), n)
            assert len(part) == min(n, len(y)), what
            assert places(part) == sorted(set(places(part))), what
            if n >= classes:
                assert len(set(part.labels.tolist())) == classes, what
    y = np.sort(np.arange(1000) % 10)
    assert np.bincount(first(labelled(y), 100).labels).tolist() == [10] * 10
    mixed = labelled(ORDERS["mixed"](y))
    assert places(first(mixed, 100)) == list(range(100))


def noisy(y):
    images = np.random.default_rng(0).integers(0, 256, (len(y), 2, 2), np.uint8)
    return Split(images, np.asarray(y, np.uint8))


def said(classes=3, **changes):
    """The remarks on three whole splits, some of them changed."""
    splits = {name: noisy([0, 1, 2, 0, 1, 2]) for name in ("training", "validation", "test")}
    return remarks(splits | changes, classes)


def test_data_with_nothing_odd_are_not_remarked_on():
    assert said() == ()
    assert said(validation=noisy([])) == ()  # the source's protocol has none


def test_classes_without_images_are_named():
    assert said(test=noisy([0, 0, 2])) == ("test: no image of class 1",)
    assert said(validation=noisy([2])) == ("validation: no image of classes 0, 1",)
    assert said(classes=5) == ("no image at all of classes 3, 4, though labels go up to 4",)
    (line,) = said(classes=256)
    assert "and 243 more" in line
    one = {name: noisy([2, 2]) for name in ("training", "validation", "test")}
    assert any("class 2: any network is right" in line for line in remarks(one, 3))


def test_blank_images_are_counted():
    def said_of(images):
        return said(training=Split(images, np.arange(3)))

    images = noisy(range(3)).images
    for grey in (1, 7, 255):
        images[1] = grey
        assert said_of(images) == ("training: 1 of 3 images have all pixels equal",)
    assert "training: all images are black" in said_of(0 * images)[0]
    assert any("multiply" in line for line in said_of(images // 128))
    assert said_of(images[:, :1, :1]) == ()  # of one pixel each
