"""The figures of the randomness study, drawn from its records alone.

    randomness_rates      KS against the fan-in: theory, Monte Carlo, and the layers as stars
    randomness_epochs     KS by epoch, layer and norm, beside what independence would give
    randomness_groups     KS by the size of the groups pruned, from weights to units
    randomness_densities  the source report's Figure 4, with the theorem drawn over it

Read next: npprune/studies/randomness/report.py.
"""

import math

import numpy as np

from npprune.lab.records import mean_by, select
from npprune.lab.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    KEPT,
    ORANGE,
    PRUNED,
    RED,
    figure,
    origin,
    plain_ticks,
    shared_legend,
)
from npprune.studies.randomness.layers import SOURCE_NORM

LAW = {
    "gaussian": {"color": BLUE, "marker": "o"},
    "uniform": {"color": GREEN, "marker": "s"},
    "laplace": {"color": RED, "marker": "^"},
}
NORM = {
    1: {"color": GREEN, "marker": "s", "label": "L1"},
    2: {"color": BLUE, "marker": "o", "label": "L2"},
    4: {"color": ORANGE, "marker": "D", "label": "L4"},
    math.inf: {"color": RED, "marker": "^", "label": "L-infinity"},
}
OPTIMIZER = {
    "sgd": {"color": BLUE, "marker": "o", "label": "SGD"},
    "adam": {"color": RED, "marker": "s", "label": "Adam"},
}
K, FIGURE_4_K = 0.5, 0.9
FEWEST = 200  # weights in a bin, for its share of eliminated ones to be drawn


def figures(run):
    """Draw every figure whose records are there; -> paths."""
    tables = {
        name: run.read(f"randomness_{name}") for name in ("rates", "layers", "groups", "densities")
    }
    seeds = len({row["seed"] for row in tables["layers"]})
    quick = any(rows and rows[0]["form"] == "quick" for rows in tables.values())

    drawings = {
        "rates": (plot_rates, "Rate against fan-in", (tables["rates"], tables["layers"])),
        "epochs": (plot_epochs, "KS distance while training", (tables["layers"],)),
        "groups": (plot_groups, "From weight pruning to unit pruning", (tables["groups"],)),
        "densities": (plot_densities, "Figure 4 with the theorem", (tables["densities"],)),
    }
    drawn = []
    for name, (plot, title, records) in drawings.items():
        if records[0]:
            path = run.figure(f"randomness_{name}")
            shown = 1 if name == "densities" else max(seeds, 1)  # all others show means
            plot(*records, path, f"{title}\n({origin(run.config, shown, short=quick)})")
            drawn.append(path)
    return drawn


def plot_rates(rates, layers, path, title):
    """KS against the fan-in at k = 1/2: laws at the left, with the layers; norms at the right.

    Lines are the first-order theory, points the Monte Carlo with 95 % confidence intervals.
    """
    sizes = sorted({row["n"] for row in rates})
    n = sizes[len(sizes) // 2]
    rates = select(rates, k=K, distance="ks", n=n)
    with figure(path, columns=2, size=(11, 5.4)) as (drawn, (left, right)):
        drawn.suptitle(title)
        for law, look in LAW.items():
            _rate_line(left, select(rates, law=law, p=SOURCE_NORM), look | {"label": f"{law} law"})
        for p, look in NORM.items():
            _rate_line(right, select(rates, law="uniform", p=p), look)
        _stars(left, layers)
        for axes in (left, right):
            d = sorted({row["d"] for row in rates})
            bounds = [select(rates, d=size)[0]["bound"] for size in d]
            axes.plot(d, bounds, color=BLACK, linestyle="--", label="bound, any law and norm")
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xticks(d, [str(size) for size in d])
            axes.set_xticks([], minor=True)
            axes.set_xlabel("fan-in d (log scale)")
        left.set_ylabel("KS, eliminated against surviving (log scale)")
        left.set_title(f"units of smallest L2 norm, k = {K:g}")
        right.set_title(f"uniform law, four norms, k = {K:g}")
        for axes in (left, right):
            plain_ticks(axes.yaxis, *axes.get_ylim())
            legend = {"loc": "lower left", "fontsize": 9, "title_fontsize": 9, "borderpad": 0}
            axes.legend(title="lines: theory\npoints: Monte Carlo", **legend)


def _rate_line(axes, rows, look):
    """Theory as a line, Monte Carlo as points with error bars."""
    rows = sorted(rows, key=lambda row: row["d"])
    d = [row["d"] for row in rows]
    axes.plot(d, [row["rate"] for row in rows], color=look["color"])
    axes.errorbar(
        d, [row["estimate"] for row in rows], [1.96 * row["error"] for row in rows],
        linestyle="", capsize=3, markerfacecolor="white", **look,
    )  # fmt: skip


def _stars(axes, layers):
    """The layers of networks at their fan-in, initial and trained; equal fan-ins side by side."""
    rows = select(layers, p=SOURCE_NORM, k=K)
    looks = {"sgd": (BLACK, "SGD", 1.0), "adam": (ORANGE, "Adam", 1.12)}
    for optimizer, (color, name, shift) in looks.items():
        here = select(rows, optimizer=optimizer)
        if not here:
            continue
        last = max(row["epoch"] for row in here)
        for epoch, fill in ((0, "none"), (last, color)):
            if epoch == 0 and optimizer != "sgd":
                continue  # the same as SGD's but for the scale, which KS does not see
            state = "initial layers" if epoch == 0 else f"layers trained by {name}"
            at_epoch = select(here, epoch=epoch)
            groups, means, spread = mean_by(at_epoch, "layer", "ks")
            d = np.array([select(at_epoch, layer=layer)[0]["fan_in"] for layer in groups], float)
            d *= shift * np.array([1.06 ** list(d[:i]).count(d[i]) for i in range(len(d))])
            axes.errorbar(
                d, means, spread, linestyle="", marker="*", markersize=12, color=color,
                markerfacecolor=fill, label=state, zorder=3,
            )  # fmt: skip


def plot_epochs(records, path, title):
    """KS by epoch: a row for each optimizer, a column for each layer, a line for each norm.

    Dashed, what independent weights with the layer's own law would have; dotted, the bound.
    """
    optimizers = [name for name in OPTIMIZER if select(records, optimizer=name)]
    layers = sorted({row["layer"] for row in records})
    records = select(records, k=FIGURE_4_K) or records
    size = (2.9 * len(layers) + 0.6, 2.9 * len(optimizers) + 1.4)
    with figure(
        path, len(optimizers), len(layers), size, squeeze=False, sharex="row", sharey=True
    ) as (drawn, grid):
        drawn.suptitle(title.replace("\n", f", k = {records[0]['k']:g}\n", 1))
        for optimizer, line in zip(optimizers, grid, strict=True):
            for layer, axes in zip(layers, line, strict=True):
                here = select(records, optimizer=optimizer, layer=layer)
                _epoch_axes(axes, here)
                axes.set_title(f"{OPTIMIZER[optimizer]['label']}, layer {layer}")
        for axes in grid[:, 0]:
            axes.set_ylabel("KS (log scale)")
        for axes in grid[-1]:
            axes.set_xlabel("epoch")
        plain_ticks(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
        shared_legend(drawn, ncols=5)


def _epoch_axes(axes, rows):
    for p, look in NORM.items():
        here = select(rows, p=p)
        if not here:
            continue
        epochs, means, spread = mean_by(here, "epoch", "ks")
        axes.plot(epochs, means, **look)
        axes.fill_between(epochs, means - spread, means + spread, color=look["color"], alpha=0.2)
        _, expected, _ = mean_by(here, "epoch", "independent_ks")
        dashed = {"color": look["color"], "linestyle": "--", "linewidth": 1.2}
        axes.plot(epochs, expected, label=f"{look['label']}, independent weights", **dashed)
    axes.axhline(rows[0]["bound"], color=BLACK, linestyle=":", label="bound")
    axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)


def plot_groups(records, path, title):
    """KS against the size of the groups that are pruned, a panel for each layer."""
    records = select(records, k=FIGURE_4_K) or records
    layers = sorted({row["layer"] for row in records})
    columns = min(2, len(layers))
    rows = math.ceil(len(layers) / columns)
    with figure(path, rows, columns, (10.8, 3.6 * rows + 1.6), squeeze=False, sharey=True) as (
        drawn,
        grid,
    ):
        drawn.suptitle(title.replace("\n", f", k = {records[0]['k']:g}\n", 1))
        for layer, axes in zip(layers, grid.ravel(), strict=False):
            _group_axes(axes, select(records, layer=layer))
            axes.set_title(f"layer {layer}")
            axes.set_xlabel("b, weights in a group (log scale)")
        for axes in grid.ravel()[len(layers) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel("KS (log scale)")
        plain_ticks(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
        shared_legend(drawn, ncols=3)


def _group_axes(axes, rows):
    for optimizer, look in OPTIMIZER.items():
        here = select(rows, optimizer=optimizer)
        if not here:
            continue
        last = max(row["epoch"] for row in here)
        trained = select(here, epoch=last)
        sizes, means, spread = mean_by(trained, "size", "ks")
        axes.errorbar(sizes, means, spread, **(look | {"label": f"trained by {look['label']}"}))
        _, shuffled, _ = mean_by(trained, "size", "shuffled_ks")
        style = {"color": look["color"], "linestyle": "", "marker": "x"}
        axes.plot(sizes, shuffled, label=f"the same, entries shuffled ({look['label']})", **style)
    # Every initial network has the same law.
    initial = select(rows, epoch=0, optimizer=rows[0]["optimizer"])
    sizes, means, _ = mean_by(initial, "size", "ks")
    axes.plot(sizes, means, "D", color=GREY, markerfacecolor="none", label="initial")
    _, rate, _ = mean_by(initial, "size", "rate_ks")
    _, bounds, _ = mean_by(initial, "size", "bound")
    axes.plot(sizes, np.minimum(rate, 1), color=GREY, label="theory for the initial law")
    axes.plot(sizes, bounds, color=BLACK, linestyle="--", label="bound")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes[::2], [str(size) for size in sizes[::2]])


def plot_densities(records, path, title):
    """The source's Figure 4 for the initial and the trained layer, and e(m) beside it.

    Of the first seed and, where there are both, of the network trained by SGD.
    """
    first = min(records, key=lambda row: (row["seed"], row["optimizer"] != "sgd"))
    rows = select(records, seed=first["seed"], optimizer=first["optimizer"])
    fractions = sorted({row["k"] for row in rows})
    epochs = sorted({row["epoch"] for row in rows})
    with figure(path, 2, 1 + len(fractions), (4 * (1 + len(fractions)), 7.4), squeeze=False) as (
        drawn,
        grid,
    ):
        name = f", layer {first['layer']}, seed {first['seed']}"
        drawn.suptitle(title.replace("\n", name + "\n", 1))
        for epoch, line in zip((epochs[0], epochs[-1]), grid, strict=True):
            state = "initial" if epoch == 0 else f"after epoch {epoch}"
            here = select(rows, epoch=epoch)
            _density_axes(line[0], select(here, k=fractions[-1]))
            line[0].set_title(f"{state}, k = {fractions[-1]:g}")
            for k, axes in zip(fractions, line[1:], strict=True):
                _chance_axes(axes, select(here, k=k), k)
                axes.set_title(f"{state}, k = {k:g}")
        for axes in grid[-1]:
            axes.set_xlabel("m, magnitude of a weight")
        shared_legend(drawn, ncols=3)


def _bins(rows, name):
    return np.array([row[name] for row in rows])


def _density_axes(axes, rows):
    """Eliminated and surviving weights, each as shares of their own; the theorem's dotted."""
    edges = [*_bins(rows, "left"), rows[-1]["right"]]
    middles = (_bins(rows, "left") + _bins(rows, "right")) / 2
    everything, chance = _bins(rows, "all"), _bins(rows, "expected_chance")
    for part, color, style, expected in (
        ("eliminated", PRUNED, "--", everything * chance),
        ("surviving", KEPT, "-", everything * (1 - chance)),
    ):
        counts = _bins(rows, part)
        axes.stairs(counts / counts.sum(), edges, color=color, linestyle=style, label=part)
        axes.plot(
            middles, expected / expected.sum(), linestyle="", marker="." if part == "surviving"
            else "x", markersize=4, color=color, label=f"{part}, by the theorem",
        )  # fmt: skip
    shares = everything[everything > 0] / everything.sum()
    if shares.max() > 10 * shares.min():
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.5 / everything.sum())  # below one weight there is nothing
        axes.set_ylabel("share a bin (log scale)")
    else:
        axes.set_ylim(0.8 * shares.min(), 1.2 * shares.max())
        axes.set_ylabel("share a bin")
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlim(0, edges[-1])


def _chance_axes(axes, rows, k):
    """e(m), the share of the weights of magnitude m that is eliminated, where they are many."""
    rows = [row for row in rows if row["all"] >= FEWEST]
    middles = (_bins(rows, "left") + _bins(rows, "right")) / 2
    share = _bins(rows, "eliminated") / _bins(rows, "all")
    axes.plot(middles, share, "o", color=BLACK, markersize=3, label="share eliminated, e(m)")
    axes.plot(middles, _bins(rows, "expected_chance"), color=GREEN, label="e(m), by the theorem")
    axes.axhline(k, color=GREY, linestyle=":", label="k, elimination at random")
    axes.set_ylabel("share eliminated")
    axes.locator_params(axis="x", nbins=5)
