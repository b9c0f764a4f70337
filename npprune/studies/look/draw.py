"""A pruned matrix, and the masks of some units at a few sparsities.

Read next: npprune/studies/look/tell.py.
"""

import numpy as np
from scipy import sparse

from npprune.lab import style
from npprune.lab.records import groups
from npprune.pruning.masks import KINDS, unit_mask, weight_mask
from npprune.studies.look.measure import kept

SHOWN = (0.0, 0.5, 0.9, 0.97)
ACROSS = 4  # units beside each other
K = 0.6  # of the matrix


def matrix(path, config, rows):
    """Draw a matrix before and after pruning, with units removed, and as CSR.

    Rows of the picture are inputs, columns are units.
    """
    W = np.array([[row["weight"] for row in line] for line in groups(rows, "input").values()])
    units, cut = unit_mask(W, K), np.where(weight_mask(W, K), W, 0)
    shown = {
        "before": W,
        f"weights pruned, k = {K:g}": cut,
        f"units pruned, k = {K:g}": np.where(units, W, 0),
        "units removed": W[:, units[0]],
    }
    heights = {"height_ratios": (5, 5, 2.5)}
    with style.figure(path, 3, 2, (6, 6.5), gridspec_kw=heights) as (drawn, grid):
        for axes, (name, array) in zip(grid.flat, shown.items(), strict=False):
            _cells(axes, array, np.abs(W).max())
            axes.set_title(name)
        for axes in grid[-1]:
            axes.remove()
        below = drawn.add_subplot(grid[-1, 0].get_gridspec()[-1, :])
        _arrays(below, sparse.csr_array(cut))


def _cells(axes, array, most):
    if array.size:
        axes.imshow(np.where(array == 0, np.nan, array), cmap="PuOr", vmin=-2 * most, vmax=2 * most)
    for (i, j), value in np.ndenumerate(array):
        if value:
            axes.text(j, i, f"{100 * value:.1f}", ha="center", va="center", fontsize=8)
    axes.set_xticks(np.arange(array.shape[1] + 1) - 0.5, [])
    axes.set_yticks(np.arange(array.shape[0] + 1) - 0.5, [])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _arrays(axes, csr):
    arrays = {
        "values": [f"{100 * value:.1f}" for value in csr.data],
        "columns": [str(column) for column in csr.indices],
        "row starts": [str(start) for start in csr.indptr],
    }
    for line, (name, texts) in enumerate(arrays.items()):
        axes.text(-1, -line, name, ha="right", va="center", fontsize=9)
        for place, text in enumerate(texts):
            axes.text(place, -line, text, ha="center", va="center", fontsize=8)
    axes.set(xlim=(-4.5, max(csr.nnz, len(csr.indptr))), ylim=(-len(arrays) + 0.4, 0.6))
    axes.set_axis_off()
    axes.set_title("the pruned weights as CSR")


def masks(path, config, rows):
    size = (2.6 * len(SHOWN), 4.6)
    with style.figure(path, len(KINDS), len(SHOWN), size) as (_, grid):
        for line, kind in zip(grid, KINDS, strict=True):
            for axes, k in zip(line, SHOWN, strict=True):
                axes.imshow(mosaic(kept(rows, k, kind)), cmap="gray_r", vmin=0, vmax=1)
                axes.set_title(f"{kind}s pruned, k = {k:g}")
                axes.set_axis_off()


def mosaic(images):
    """Put images in rows, framed in grey.  Shapes: list of (height, width) -> one image"""
    framed = [np.pad(image.astype(float), 1, constant_values=0.3) for image in images]
    framed += [np.zeros_like(framed[0])] * (-len(framed) % ACROSS)
    lines = [framed[i : i + ACROSS] for i in range(0, len(framed), ACROSS)]
    return np.block(lines)
