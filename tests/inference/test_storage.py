"""Matrices taken apart and put together: every bit back, every byte as the formula says."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference.storage import EXPORTED, decode, encode

SHAPES = [(1, 1), (3, 5), (8, 8), (30, 17), (0, 4), (7, 0), (300, 300)]


@pytest.mark.parametrize("layout", EXPORTED)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("density", [0, 0.001, 0.02, 0.3, 1])
def test_round_trip_is_exact_to_the_bit(layout, shape, density):
    rng = np.random.default_rng(0)
    W = rng.normal(size=shape).astype(np.float32)
    W.flat[::5], W.flat[1::5] = 1e-45, -3.4e38  # the smallest there is, and nearly the largest
    W[rng.random(shape) >= density] = 0
    found = decode(layout, shape, *encode(W, layout))
    assert (found.dtype, found.shape) == (np.float32, shape)
    assert found.tobytes() == W.tobytes()


@pytest.mark.parametrize(
    ("last", "width"), [(255, 1), (256, 2), (65_535, 2), (65_536, 4), (90_000, 4)]
)
def test_gaps_are_as_narrow_as_the_widest_one_allows(last, width):
    W = np.zeros((1, 90_001), np.float32)
    W[0, [0, last]] = 1
    _, gaps = encode(W, "gaps")
    assert gaps.itemsize == width
    assert decode("gaps", W.shape, *encode(W, "gaps")).tobytes() == W.tobytes()


ONE = np.ones(1, np.float32)


@pytest.mark.parametrize(
    ("layout", "values", "places", "said"),
    [
        ("dense", np.ones(5, np.float32), None, "5 values for 6"),
        ("dense", np.ones(6), None, "float32"),
        ("dense", np.ones((2, 3), np.float32), None, "row"),
        ("dense", np.full(6, np.nan, np.float32), None, "finite"),
        ("dense", np.full(6, np.inf, np.float32), None, "finite"),
        ("bitmask", ONE, np.array([128, 0], np.uint8), "one bit"),
        ("bitmask", ONE, np.array([64], np.int8), "one bit"),
        ("bitmask", ONE, np.array([0b10000010], np.uint8), "beyond"),
        ("bitmask", ONE, np.array([0b11000000], np.uint8), "1 values for 2"),
        ("gaps", ONE, np.array([6], np.uint8), "beyond"),
        ("gaps", np.ones(2, np.float32), np.array([3, 255], np.uint8), "beyond"),
        ("gaps", np.ones(2, np.float32), np.array([3, 0], np.uint8), "twice"),
        ("gaps", ONE, np.array([-1], np.int8), "unsigned"),
        ("gaps", ONE, np.array([1.0]), "unsigned"),
        ("gaps", ONE, np.array([[1]], np.uint8), "row"),
        ("gaps", np.ones(7, np.float32), np.ones(7, np.uint8), "at most 6"),
        ("gaps", ONE, np.array([1, 1], np.uint8), "1 values for 2"),
    ],
)
def test_what_does_not_fit_is_refused(layout, values, places, said):
    with pytest.raises(InputError, match=said):
        decode(layout, (2, 3), values, places)
