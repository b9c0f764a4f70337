"""Rendered digits: repeatable, MNIST-like, hard enough; and the geometry they rest on."""

import numpy as np
import pytest

from npprune.data import glyphs
from npprune.errors import EnvironmentFailure
from npprune.streams import stream


@pytest.fixture(scope="module")
def digits():
    return glyphs.render(6000, "train")


def test_same_seed_same_bytes_and_fewer_are_the_first_of_more(digits):
    for fewer, more in zip(glyphs.render(1500, "train"), digits, strict=True):
        assert fewer.tobytes() == more[:1500].tobytes()


def test_parts_and_seeds_are_different_images(digits):
    images, _ = digits
    for other in (glyphs.render(100, "test")[0], glyphs.render(100, "train", seed=1)[0]):
        assert not any((image == images).all(axis=(1, 2)).any() for image in other)
    assert len({image.tobytes() for image in images}) == len(images)


def test_images_look_like_mnist(digits):
    images, labels = digits
    assert images.shape == (6000, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert set(labels) == set(range(10))
    assert np.bincount(labels).min() > 500  # 600 each but for chance: 4 standard deviations
    assert 25 < images.mean() < 40  # MNIST: 33
    assert 0.15 < (images > 0).mean() < 0.3  # MNIST: 0.19
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    assert images[:, border].mean() < 2  # digits seldom touch the edge

    ink = images / images.sum(axis=(1, 2), keepdims=True, dtype=float)
    for centre in (ink.sum(axis=2) @ np.arange(28), ink.sum(axis=1) @ np.arange(28)):
        assert abs(centre.mean() - 13.5) < 0.5
        assert 0.5 < centre.std() < 1.5
    assert images.max(axis=(1, 2)).min() > 25  # no image is empty


def test_a_linear_classifier_reads_most_digits_but_far_from_all(digits):
    images, labels = digits
    X = np.c_[images.reshape(6000, -1) / 255, np.ones(6000)]
    train, test = slice(5000), slice(5000, None)
    gram = X[train].T @ X[train] + 10 * np.eye(X.shape[1])
    W = np.linalg.solve(gram, X[train].T @ np.eye(10)[labels[train]])
    accuracy = np.mean((X[test] @ W).argmax(axis=1) == labels[test])
    assert 0.7 < accuracy < 0.93


def squares(*sides):
    """The outlines of squares around 0."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    a = np.concatenate([side * corners for side in sides])
    b = np.concatenate([side * np.roll(corners, -1, axis=0) for side in sides])
    return np.stack([a, b], axis=1)


def test_distance_to_a_square_is_what_geometry_says():
    axis = np.array([-5.0, -1.0, 0.0, 1.5, 5.0])
    x, y = np.meshgrid(axis, axis)
    outside = np.hypot(*np.maximum(np.abs([x, y]) - 2, 0))
    inside = 2 - np.maximum(abs(x), abs(y))
    expected = np.where(outside > 0, -outside, inside)
    np.testing.assert_allclose(glyphs._distance(squares(4), axis), expected, atol=1e-12)


def test_a_hole_is_outside():
    distance = glyphs._distance(squares(8, 4), np.array([0.0, 3.0, 5.0]))
    np.testing.assert_allclose(distance[0], [-2, 1, -1])


def test_distance_fields_are_distances():
    fields = glyphs._distance_fields()
    assert (fields.shape, fields.dtype) == ((200, 64, 64), np.float32)
    steps = np.abs(np.diff(fields, axis=1)).max(), np.abs(np.diff(fields, axis=2)).max()
    assert max(steps) <= glyphs.SPACING + 1e-5  # one pixel on is at most one pixel nearer
    heights = (fields > 0).any(axis=2).sum(axis=1) * glyphs.SPACING
    assert (abs(heights - glyphs.HEIGHT) <= 1).all()
    sevens, eights = fields[7::10], fields[8::10]
    assert (sevens[:, :24].max(axis=(1, 2)) > 0).all()
    assert ((sevens > 0)[:, 14:22].sum(axis=(1, 2)) > (sevens > 0)[:, 42:50].sum(axis=(1, 2))).all()
    assert ((eights[:, 30:34] > 0).any(axis=(1, 2))).all()


def test_the_affine_warp_is_the_inverse_that_it_says():
    scale = np.linspace(0.8, 1.2, glyphs.BLOCK)
    q = glyphs._affine(scale, np.random.default_rng(0)).reshape(glyphs.BLOCK, 2, 28 * 28)
    rng = np.random.default_rng(0)  # the same numbers again
    aspect = rng.uniform(*glyphs.ASPECT, glyphs.BLOCK)
    slant, turn = (rng.normal(0, spread, glyphs.BLOCK) for spread in (glyphs.SLANT, glyphs.TURN))
    shift = rng.normal(0, glyphs.SHIFT, (2, glyphs.BLOCK))
    R = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    S = scale * np.array([[aspect, slant], [np.zeros_like(scale), np.ones_like(scale)]])
    p = np.einsum("ijn,jkn,nkp->nip", R, S, q) + shift.T[:, :, None]
    y, x = np.mgrid[:28, :28] - 13.5
    pixels = np.stack([x.ravel(), y.ravel()])
    np.testing.assert_allclose(p, np.broadcast_to(pixels, p.shape), atol=1e-5)


def test_the_elastic_amount_is_the_root_mean_square_displacement(monkeypatch):
    monkeypatch.setattr(glyphs, "ELASTIC", (1.0, 1.0))
    field = np.concatenate([glyphs._elastic(stream(0, "test", block)) for block in range(4)])
    assert field.shape == (4000, 2, 28, 28)
    np.testing.assert_allclose(np.sqrt((field**2).mean(axis=(0, 1))), 1, atol=0.05)
    neighbours = (field[..., 14, 14] * field[..., 14, 18]).mean()
    # Smoothed by a Gaussian of width s, noise at distance d correlates as exp(-d^2 / 4 s^2).
    assert abs(neighbours - np.exp(-(4**2) / (4 * glyphs.SMOOTHNESS**2))) < 0.03


def test_missing_fonts_are_a_failure_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("matplotlib.get_data_path", lambda: str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="reinstall matplotlib"):
        next(glyphs._outlines())
