"""The figures of the study, drawn from its records alone.

Read next: npprune/studies/randomness/tell.py.
"""

import math

import numpy as np

from npprune.lab import style
from npprune.lab.records import groups, mean_by, select
from npprune.studies.randomness.layers import SOURCE_NORM

LAW = {
    "gaussian": {"color": style.BLUE, "marker": "o", "label": "gaussian law"},
    "uniform": {"color": style.GREEN, "marker": "s", "label": "uniform law"},
    "laplace": {"color": style.RED, "marker": "^", "label": "laplace law"},
}
NORM = {
    1: {"color": style.GREEN, "marker": "s", "label": "L1"},
    2: {"color": style.BLUE, "marker": "o", "label": "L2"},
    4: {"color": style.ORANGE, "marker": "D", "label": "L4"},
    math.inf: {"color": style.RED, "marker": "^", "label": "L-infinity"},
}
OPTIMIZER = {
    "sgd": {"color": style.BLUE, "marker": "o", "label": "SGD"},
    "adam": {"color": style.RED, "marker": "s", "label": "Adam"},
}
K, FIGURE_4_K = 0.5, 0.9
FEWEST = 200  # weights in a bin, for its share of eliminated ones to be drawn


def rates(path, title, about, drawn_layers, layers):
    """KS against the fan-in at k = 1/2: laws at the left, with the layers; norms at the right.

    Lines are the first-order theory, points the Monte Carlo with 95 % confidence intervals.
    """
    sizes = sorted({row["n"] for row in drawn_layers})
    n = sizes[len(sizes) // 2]
    rows = select(drawn_layers, k=K, distance="ks", n=n)
    bounds = {row["d"]: row["bound"] for row in sorted(rows, key=lambda row: row["d"])}
    title = f"{title}\n({about.origin(max(style.seeds(layers), 1))})"
    with style.figure(path, title, columns=2, size=(11, 5.4)) as (_, (left, right)):
        for law, look in LAW.items():
            _rate_line(left, select(rows, law=law, p=SOURCE_NORM), look)
        for p, look in NORM.items():
            _rate_line(right, select(rows, law="uniform", p=p), look)
        _stars(left, select(layers, p=SOURCE_NORM, k=K))
        left.set_ylabel("KS, eliminated against surviving (log scale)")
        left.set_title(f"units of smallest L2 norm, k = {K:g}")
        right.set_title(f"uniform law, four norms, k = {K:g}")
        for axes in (left, right):
            look = {"color": style.BLACK, "linestyle": "--", "label": "bound, any law and norm"}
            axes.plot(*zip(*bounds.items(), strict=True), **look)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xticks([*bounds], [str(d) for d in bounds])
            axes.set_xticks([], minor=True)
            axes.set_xlabel("fan-in d (log scale)")
            style.plain_ticks(axes.yaxis, *axes.get_ylim())
            legend = {"loc": "lower left", "fontsize": 9, "title_fontsize": 9, "borderpad": 0}
            axes.legend(title="lines: theory\npoints: Monte Carlo", **legend)


def _rate_line(axes, rows, look):
    """Theory as a line, Monte Carlo as points with error bars."""
    rows = sorted(rows, key=lambda row: row["d"])
    d, theory, estimates = ([row[name] for row in rows] for name in ("d", "rate", "estimate"))
    axes.plot(d, theory, color=look["color"])
    errors = [1.96 * row["error"] for row in rows]
    points = {"linestyle": "", "capsize": 3, "markerfacecolor": "white"}
    axes.errorbar(d, estimates, errors, **points, **look)


def _stars(axes, rows):
    """The layers of networks at their fan-in, initial and trained; equal fan-ins side by side.

    Adam's initial layers are SGD's but for the scale, which KS does not see.
    """
    last = {name: max(row["epoch"] for row in here) for name, here in _by_optimizer(rows)}
    series = [("sgd", 0, "none", style.BLACK, 1.0, "initial layers")]
    for name, color, shift in (("sgd", style.BLACK, 1.0), ("adam", style.ORANGE, 1.12)):
        words = f"layers trained by {OPTIMIZER[name]['label']}"
        series.append((name, last.get(name), color, color, shift, words))
    for name, epoch, fill, color, shift, words in series:
        here = select(rows, optimizer=name, epoch=epoch)
        layers, means, spread = mean_by(here, "layer", "ks")
        d = np.array([select(here, layer=layer)[0]["fan_in"] for layer in layers], float)
        d *= shift * np.array([1.06 ** list(d[:i]).count(d[i]) for i in range(len(d))])
        if here:
            look = {"linestyle": "", "marker": "*", "markersize": 12, "zorder": 3}
            look |= {"color": color, "markerfacecolor": fill, "label": words}
            axes.errorbar(d, means, spread, **look)


def _by_optimizer(rows):
    """Optimizers, those that there are, with their records."""
    return [(name, here) for name in OPTIMIZER if (here := select(rows, optimizer=name))]


def _one_fraction(rows):
    """The records of the source's k, where there are any; -> records, k in words."""
    rows = select(rows, k=FIGURE_4_K) or rows
    return rows, f"k = {rows[0]['k']:g}"


def epochs(path, title, about, rows):
    """KS by epoch: a row for each optimizer, a column for each layer, a line for each norm.

    Dashed, what independent weights with the layer's own law would have; dotted, the bound.
    """
    seeds = about.origin(style.seeds(rows))
    rows, k = _one_fraction(rows)
    networks, layers = _by_optimizer(rows), sorted({row["layer"] for row in rows})
    size = (2.9 * len(layers) + 0.6, 2.9 * len(networks) + 1.4)
    shared = {"squeeze": False, "sharex": "row", "sharey": True}
    with style.figure(
        path, f"{title}, {k}\n({seeds})", len(networks), len(layers), size, **shared
    ) as (drawn, grid):
        for (name, here), line in zip(networks, grid, strict=True):
            for layer, axes in zip(layers, line, strict=True):
                _epoch_axes(axes, select(here, layer=layer))
                axes.set_title(f"{OPTIMIZER[name]['label']}, layer {layer}")
            line[0].set_ylabel("KS (log scale)")
        for axes in grid[-1]:
            axes.set_xlabel("epoch")
        style.plain_ticks(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
        style.shared_legend(drawn, ncols=5)


def _epoch_axes(axes, rows):
    for p, look in NORM.items():
        if here := select(rows, p=p):
            epoch, means, spread = mean_by(here, "epoch", "ks")
            axes.plot(epoch, means, **look)
            axes.fill_between(epoch, means - spread, means + spread, color=look["color"], alpha=0.2)
            _, expected, _ = mean_by(here, "epoch", "independent_ks")
            dashed = {"color": look["color"], "linestyle": "--", "linewidth": 1.2}
            axes.plot(epoch, expected, label=f"{look['label']}, independent weights", **dashed)
    axes.axhline(rows[0]["bound"], color=style.BLACK, linestyle=":", label="bound")
    axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)


def groups_of_weights(path, title, about, rows):
    """KS against the size of the groups that are pruned, a panel for each layer."""
    seeds = about.origin(style.seeds(rows))
    rows, k = _one_fraction(rows)
    layers = groups(sorted(rows, key=lambda row: row["layer"]), "layer")
    columns = min(2, len(layers))
    lines = math.ceil(len(layers) / columns)
    size, shared = (10.8, 3.6 * lines + 1.6), {"squeeze": False, "sharey": True}
    with style.figure(path, f"{title}, {k}\n({seeds})", lines, columns, size, **shared) as (
        drawn,
        grid,
    ):
        for (layer, here), axes in zip(layers.items(), grid.ravel(), strict=False):
            _group_axes(axes, here)
            axes.set_title(f"layer {layer}")
            axes.set_xlabel("b, weights in a group (log scale)")
        for axes in grid.ravel()[len(layers) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel("KS (log scale)")
        style.plain_ticks(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
        style.shared_legend(drawn, ncols=3)


def _group_axes(axes, rows):
    for name, here in _by_optimizer(rows):
        look = OPTIMIZER[name]
        trained = select(here, epoch=max(row["epoch"] for row in here))
        sizes, means, spread = mean_by(trained, "size", "ks")
        axes.errorbar(sizes, means, spread, **(look | {"label": f"trained by {look['label']}"}))
        _, shuffled, _ = mean_by(trained, "size", "shuffled_ks")
        words = f"the same, entries shuffled ({look['label']})"
        axes.plot(sizes, shuffled, "x", color=look["color"], label=words)
    # Every initial network has the same law.
    initial = select(rows, epoch=0, optimizer=rows[0]["optimizer"])
    sizes, means, _ = mean_by(initial, "size", "ks")
    axes.plot(sizes, means, "D", color=style.GREY, markerfacecolor="none", label="initial")
    _, rate, _ = mean_by(initial, "size", "rate_ks")
    _, bounds, _ = mean_by(initial, "size", "bound")
    axes.plot(sizes, np.minimum(rate, 1), color=style.GREY, label="theory for the initial law")
    axes.plot(sizes, bounds, color=style.BLACK, linestyle="--", label="bound")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes[::2], [str(size) for size in sizes[::2]])


def densities(path, title, about, rows):
    """The source's Figure 4 for the initial and the trained layer, and e(m) beside it.

    Of the first seed and, where there are both, of the network trained by SGD.
    """
    first = min(rows, key=lambda row: (row["seed"], row["optimizer"] != "sgd"))
    rows = select(rows, seed=first["seed"], optimizer=first["optimizer"])
    fractions = sorted({row["k"] for row in rows})
    states = sorted({row["epoch"] for row in rows})
    title = f"{title}, layer {first['layer']}, seed {first['seed']}\n({about.origin()})"
    columns = 1 + len(fractions)
    with style.figure(path, title, 2, columns, (4 * columns, 7.4), squeeze=False) as (drawn, grid):
        for epoch, line in zip((states[0], states[-1]), grid, strict=True):
            here = select(rows, epoch=epoch)
            _density_axes(line[0], select(here, k=fractions[-1]))
            for k, axes in zip(fractions, line[1:], strict=True):
                _chance_axes(axes, select(here, k=k), k)
            for k, axes in zip((fractions[-1], *fractions), line, strict=True):
                state = f"after epoch {epoch}" if epoch else "initial"
                axes.set_title(f"{state}, k = {k:g}")
                axes.locator_params(axis="x", nbins=5)
        for axes in grid[-1]:
            axes.set_xlabel("m, magnitude of a weight")
        style.shared_legend(drawn, ncols=3)


def _bins(rows, name):
    return np.array([row[name] for row in rows])


def _density_axes(axes, rows):
    """Eliminated and surviving weights, each as shares of their own; the theorem's dotted."""
    edges = [*_bins(rows, "left"), rows[-1]["right"]]
    middles = (_bins(rows, "left") + _bins(rows, "right")) / 2
    everything, chance = _bins(rows, "all"), _bins(rows, "expected_chance")
    for part, color, line, marker, expected in (
        ("eliminated", style.PRUNED, "--", "x", everything * chance),
        ("surviving", style.KEPT, "-", ".", everything * (1 - chance)),
    ):
        counts = _bins(rows, part)
        axes.stairs(counts / counts.sum(), edges, color=color, linestyle=line, label=part)
        points = {"markersize": 4, "color": color, "label": f"{part}, by the theorem"}
        axes.plot(middles, expected / expected.sum(), marker, **points)
    shares = everything[everything > 0] / everything.sum()
    axes.set_ylabel("share a bin")
    if shares.max() > 10 * shares.min():
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.5 / everything.sum())  # below one weight there is nothing
        axes.set_ylabel("share a bin (log scale)")
    else:
        axes.set_ylim(0.8 * shares.min(), 1.2 * shares.max())
    axes.set_xlim(0, edges[-1])


def _chance_axes(axes, rows, k):
    """e(m), the share of the weights of magnitude m that is eliminated, where they are many."""
    rows = [row for row in rows if row["all"] >= FEWEST]
    middles = (_bins(rows, "left") + _bins(rows, "right")) / 2
    share = _bins(rows, "eliminated") / _bins(rows, "all")
    axes.plot(middles, share, "o", color=style.BLACK, markersize=3, label="share eliminated, e(m)")
    curve = {"color": style.GREEN, "label": "e(m), by the theorem"}
    axes.plot(middles, _bins(rows, "expected_chance"), **curve)
    axes.axhline(k, color=style.GREY, linestyle=":", label="k, elimination at random")
    axes.set_ylabel("share eliminated")
