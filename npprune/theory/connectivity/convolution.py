"""The positive control: a small convolutional layer, written out as the dense matrix it is.

The measures must find it local and tiled, with patches that are alike.

Read next: npprune/studies/locality/__init__.py.
"""

import numpy as np

SIZE, STRIDE = 5, 2


def unrolled_convolution(image_shape, units, rng):
    """Weights of a convolutional layer with random filters, as a fully connected layer's.

    Shapes: image_shape (H, W) -> (H * W, n_units) float32

    A column is one filter at one place; there are at most `units`, but at least those of one
    filter.  Patches are 5 x 5 (or the image), every 2 pixels.
    """
    size = [min(SIZE, n) for n in image_shape]
    places = [range(0, n - s + 1, STRIDE) for n, s in zip(image_shape, size, strict=True)]
    filters = max(1, units // (len(places[0]) * len(places[1])))
    values = rng.standard_normal((filters, *size), np.float32)
    W = np.zeros((*image_shape, len(places[0]), len(places[1]), filters), np.float32)
    for i, y in enumerate(places[0]):
        for j, x in enumerate(places[1]):
            W[y : y + size[0], x : x + size[1], i, j] = values.transpose(1, 2, 0)
    return W.reshape(image_shape[0] * image_shape[1], -1)
