"""Which weights go and which stay?  The source's Figure 4, for every pruned layer.

Weight pruning removes the smallest weights by definition.  Unit pruning removes whole columns, so
small weights stay and large ones go; the source report holds that the choice is then random with
respect to magnitude.  If it were, the histograms of eliminated and surviving weights would lie on
top of each other.  Beside the picture stand three numbers (their theory: npprune/theory/theorem):

    KS    the largest difference of the two distribution functions    0 if random, 1 if sorted
    AUC   the chance that a surviving weight is the larger of two    .5 if random, 1 if sorted
    gap   mean magnitude of the survivors less that of the eliminated

Read next: npprune/studies/randomness/__init__.py.
"""

import numpy as np

from npprune.lab.records import select
from npprune.lab.style import GREY, KEPT, PRUNED, figure, shared_legend
from npprune.pruning.masks import KINDS, layer_masks
from npprune.theory.theorem.distances import group_distances

K = 0.9  # the source's Figure 4
FRACTIONS = (0.1, 0.5, 0.9, 0.97)
BINS = 60  # from 0 to the layer's largest weight, so that nothing is cut off


def run(seed, weights):
    """Histogram the magnitudes of every hidden layer, and measure how far apart they are.

    Shapes: weights L arrays -> records of data/magnitudes.csv and of data/distances.csv
    """
    histograms, distances = [], []
    for kind in KINDS:
        masks = layer_masks(weights, K, kind)
        for layer, (W, mask) in enumerate(zip(weights[:-1], masks[:-1], strict=True), 1):
            known = {"seed": seed, "layer": layer, "kind": kind}
            histograms += [known | {"k": K} | row for row in histogram(W, mask)]
            for k in FRACTIONS:
                # A group of the whole fan-in is a unit, a group of one is a weight.
                size = len(W) if kind == "unit" else 1
                groups = W.size // size
                if not 0 < round(k * groups) < groups:
                    continue  # a layer so small that all its groups stay, or all go
                found = group_distances(W, size, k)
                distances.append(
                    known | {"k": k, "ks": found.ks, "auc": found.auc, "mean_gap": found.gap}
                )
    return histograms, distances


def histogram(W, mask):
    """Count the magnitudes of all, eliminated and surviving weights in BINS equal bins.

    Shapes: W (n_in, n_out), mask bool, True = surviving -> BINS records
    """
    magnitudes = np.abs(W)
    edges = np.linspace(0, magnitudes.max(), BINS + 1)
    counts = {
        "all": np.histogram(magnitudes, edges)[0],
        "eliminated": np.histogram(magnitudes[~mask], edges)[0],
        "surviving": np.histogram(magnitudes[mask], edges)[0],
    }
    return [
        {"left": float(edges[i]), "right": float(edges[i + 1])}
        | {name: int(count[i]) for name, count in counts.items()}
        for i in range(BINS)
    ]


def plot(records, path, title):
    """Draw the histograms, a row for each layer and a column for each kind of pruning.

    records are those of data/magnitudes.csv, of which the first seed is drawn.
    """
    first = min(row["seed"] for row in records)
    records = select(records, seed=first)
    layers = sorted({row["layer"] for row in records})
    size = (10, 2.2 * len(layers) + 0.8)
    with figure(path, len(layers), len(KINDS), size, squeeze=False) as (drawn, grid):
        drawn.suptitle(f"{title}\nk = {records[0]['k']:g}, seed {first}")
        for layer, axes_row in zip(layers, grid, strict=True):
            for kind, axes in zip(KINDS, axes_row, strict=True):
                _histogram_axes(axes, select(records, layer=layer, kind=kind))
                axes.set_title(f"layer {layer}, {kind}s pruned")
        for axes in grid[-1]:
            axes.set_xlabel("magnitude of a weight")
        for axes in grid[:, 0]:
            axes.set_ylabel("share a bin (log)")
        shared_legend(drawn, ncols=3)


def _histogram_axes(axes, rows):
    """Draw one layer: each group's share of its own weights in each bin.

    Shares, not counts, so that random groups would coincide whatever their sizes; on a log scale,
    where the tail can be seen.
    """
    edges = [row["left"] for row in rows] + [rows[-1]["right"]]
    looks = {
        "all": {"fill": True, "color": GREY, "alpha": 0.25},
        "eliminated": {"color": PRUNED, "linestyle": "--", "linewidth": 1.8},
        "surviving": {"color": KEPT, "linewidth": 1.8},
    }
    for part, look in looks.items():
        counts = np.array([row[part] for row in rows])
        axes.stairs(counts / max(counts.sum(), 1), edges, label=part, **look)
    axes.set_yscale("log")
    axes.set_xlim(0, edges[-1])
