"""Digits rendered from fonts: a data set for machines that cannot reach MNIST.

The outlines come from matplotlib's fonts.  Each becomes a *signed distance field*: how many pixels
a point lies inside (+) or outside (-) the outline.  Ink is where it is positive, so adding a number
makes strokes bolder or finer.  An image is a field read at warped coordinates.

Test images use the same faces: they test the warp.

Source: Simard, Steinkraus and Platt 2003, section 2.

Read next: npprune/errors.py.
"""

import functools
from pathlib import Path

import numpy as np

from npprune.errors import EnvironmentFailure
from npprune.streams import stream

# Counts up when any number below changes, so that no cache holds another recipe's digits.
RECIPE = 1

FACES = (
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmtt10"),
)
SIDE = 28  # pixels of an image
HEIGHT = 20.0  # pixels of a digit before scaling, as in MNIST
FIELD = 64  # samples along a field
SPACING = 0.5  # pixels between them: a field spans 32 pixels, a digit in the middle
BLOCK = 1000  # images per stream of random numbers, so that fewer images are a prefix of more

# The warp, lengths in pixels and angles in radians: ranges are uniform, spreads normal.
SCALE = (0.85, 1.1)  # height
ASPECT = (0.8, 1.2)  # width over height, relative to the face
SLANT = 0.15  # spread of the shear
TURN = 0.12  # spread of the rotation, about 7 degrees
SHIFT = 0.7  # spread of the position along each axis
STROKE = (-0.6, 0.8)  # what each edge of a stroke moves outwards
EDGE = (0.8, 2.0)  # width of the ramp from ink to paper
CONTRAST = (0.7, 1.0)  # grey level of full ink
ELASTIC = (0.4, 1.5)  # root mean square displacement; Simard's alpha of 34 gives about 1.4
SMOOTHNESS = 4.0  # Simard's sigma: how far along the displacement stays alike


def render(count, part, seed=0):
    """Return count digit images and labels, the same for the same part and seed.

    Shapes: images (count, 28, 28) uint8, white on black; labels (count,) uint8

    Parts ("train", "test") share no random number.  Fewer images are the first of more.  Raises
    EnvironmentFailure when matplotlib's fonts are missing.
    """
    fields = _distance_fields()
    images = np.empty((count, SIDE, SIDE), np.uint8)
    labels = np.empty(count, np.uint8)
    for block, start in enumerate(range(0, count, BLOCK)):
        here = slice(start, min(start + BLOCK, count))
        whole = _block(fields, stream(seed, f"glyphs {part}", block))
        images[here], labels[here] = (array[: here.stop - start] for array in whole)
    return images, labels


def _block(fields, rng):
    """Return images (BLOCK, 28, 28) uint8 and labels (BLOCK,) uint8.

    The ink of pixel p comes from the field at its warped place q:
        ink(p) = clip((scale * field(q(p)) + stroke) / edge + 1/2, 0, 1) * contrast
    The field is in pixels of the unscaled digit, hence the factor scale.
    """
    from scipy.ndimage import map_coordinates

    faces = rng.integers(len(FACES), size=BLOCK)
    labels = rng.integers(10, size=BLOCK)
    scale, stroke, edge, contrast = (
        rng.uniform(*limits, BLOCK).astype(np.float32)[:, None, None]
        for limits in (SCALE, STROKE, EDGE, CONTRAST)
    )
    places = _affine(scale[:, 0, 0], rng) + _elastic(rng) / scale[:, None]  # (BLOCK, 2, 28, 28)
    samples = places / np.float32(SPACING) + np.float32((FIELD - 1) / 2)
    np.clip(samples, 0, FIELD - 1, out=samples)
    # The fields stand one below the other in one tall image: row y of field g is row g FIELD + y.
    samples[:, 1] += (FIELD * (10 * faces + labels)).astype(np.float32)[:, None, None]
    tall = fields.reshape(-1, FIELD)
    distance = map_coordinates(tall, (samples[:, 1], samples[:, 0]), np.float32, order=1)

    ink = np.clip((scale * distance + stroke) / edge + np.float32(0.5), 0, 1) * contrast
    return np.rint(255 * ink).astype(np.uint8), labels.astype(np.uint8)


def _affine(scale, rng):
    """Return the (x, y) of the digit that each pixel shows: (BLOCK, 2, 28, 28) float32.

    A digit point q lands on p = R S q + t, with
        R = [cos a, -sin a; sin a, cos a]   S = scale * [aspect, slant; 0, 1]
    so q = S^-1 R^-1 (p - t).
    """
    aspect = rng.uniform(*ASPECT, BLOCK)
    slant, turn = (rng.normal(0, spread, BLOCK) for spread in (SLANT, TURN))
    shift = rng.normal(0, SHIFT, (2, BLOCK, 1, 1))
    cos, sin = np.cos(turn), np.sin(turn)
    # S^-1 = 1/scale * [1/aspect, -slant/aspect; 0, 1] and R^-1 = R.T
    inverse = np.array(
        [[(cos + slant * sin) / aspect, (sin - slant * cos) / aspect], [-sin, cos]]
    )  # (2, 2, BLOCK)
    inverse = (inverse / scale)[..., None, None]
    pixel = np.arange(SIDE) - (SIDE - 1) / 2
    x, y = pixel[None, :] - shift[0], pixel[:, None] - shift[1]  # each (BLOCK, 28 or 1, 28 or 1)
    q = [row[0] * x + row[1] * y for row in inverse]
    return np.stack(q, axis=1).astype(np.float32)


def _elastic(rng):
    """Return a smooth random displacement of every pixel: (BLOCK, 2, 28, 28) float32.

    A Gaussian smooths white noise N along both axes: D = G N G.T.  Rows of G have length 1, so
    var D_ij = 1, and ELASTIC is the root mean square displacement.
    """
    pixel = np.arange(SIDE)
    G = np.exp(-((pixel[:, None] - pixel) ** 2) / (2 * SMOOTHNESS**2))
    G = (G / np.linalg.norm(G, axis=1, keepdims=True)).astype(np.float32)
    noise = rng.standard_normal((BLOCK, 2, SIDE, SIDE), np.float32)
    amount = rng.uniform(*ELASTIC, (BLOCK, 1, 1, 1)).astype(np.float32)
    return amount * (G @ noise @ G.T)


@functools.cache
def _distance_fields():
    axis = (np.arange(FIELD) - (FIELD - 1) / 2) * SPACING
    return np.array([_distance(segments, axis) for segments in _outlines()], np.float32)


def _outlines():
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    for face in FACES:
        font = folder / f"{face}.ttf"
        if not font.is_file():
            raise EnvironmentFailure(
                f"{font}: missing, though matplotlib ships it: reinstall matplotlib"
            )
        for digit in "0123456789":
            path = TextPath((0, 0), digit, size=10 * HEIGHT, prop=FontProperties(fname=font))
            closed = [polygon[:-1] for polygon in path.to_polygons()]  # the first point ends them
            points = np.concatenate(closed)
            low, high = points.min(axis=0), points.max(axis=0)
            to_pixels = HEIGHT / (high[1] - low[1]) * np.array([1, -1])  # fonts count y upwards
            ends = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in closed])
            yield (np.stack([points, ends], axis=1) - (low + high) / 2) * to_pixels


def _distance(segments, axis):
    """Distances of points to an outline, negative outside.

    Shapes: segments (S, 2, 2), axis (F,) -> (F, F), rows are y

    Of the segment from a to b the nearest point to p is a + t (b - a), with
        t = clip((p - a).(b - a) / |b - a|^2, 0, 1)
    p lies inside if a ray to the left crosses the outline an odd number of times.
    """
    a, b = segments[:, 0], segments[:, 1]
    a, b = a[(a != b).any(axis=1)], b[(a != b).any(axis=1)]
    x, y = axis[None, :, None], axis[:, None, None]  # with (S,): (F, F, S)
    dx, dy = (b - a).T
    t = np.clip(((x - a[:, 0]) * dx + (y - a[:, 1]) * dy) / (dx**2 + dy**2), 0, 1)
    distance = np.sqrt(((x - a[:, 0] - t * dx) ** 2 + (y - a[:, 1] - t * dy) ** 2).min(axis=2))

    spans = (a[:, 1] > y) != (b[:, 1] > y)  # (F, 1, S): the segment crosses the line of this y
    crossing = a[:, 0] + (y - a[:, 1]) * np.divide(dx, dy, out=np.zeros_like(dx), where=dy != 0)
    inside = np.sum(spans & (crossing < x), axis=2) % 2 == 1
    return np.where(inside, distance, -distance)
