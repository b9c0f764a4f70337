"""The masks of some units at a few sparsities, as images.

Read next: npprune/studies/look/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.pruning.masks import KINDS
from npprune.studies.look.measure import kept

SHOWN = (0.0, 0.5, 0.9, 0.97)
ACROSS = 4  # units beside each other


def masks(path, config, rows):
    """Draw what is kept of the units of data/masks.csv, weights pruned above, units below."""
    size = (2.6 * len(SHOWN), 4.6)
    with style.figure(path, len(KINDS), len(SHOWN), size) as (_, grid):
        for line, kind in zip(grid, KINDS, strict=True):
            for axes, k in zip(line, SHOWN, strict=True):
                axes.imshow(mosaic(kept(rows, k, kind)), cmap="gray_r", vmin=0, vmax=1)
                axes.set_title(f"{kind}s pruned, k = {k:g}")
                axes.set_axis_off()


def mosaic(images):
    """Set images beside and below each other, with a grey line between.

    Shapes: a list of (height, width) -> (height of all, width of all)
    """
    framed = [np.pad(image.astype(float), 1, constant_values=0.3) for image in images]
    framed += [np.zeros_like(framed[0])] * (-len(framed) % ACROSS)
    lines = [framed[i : i + ACROSS] for i in range(0, len(framed), ACROSS)]
    return np.block(lines)
