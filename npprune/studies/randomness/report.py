"""What the randomness study says, as blocks of the report: theorem, proof, tests, verdict.

The statement and the proof are text; every number beside them comes from the records.

Read next: npprune/studies/criteria/__init__.py.
"""

import math

import numpy as np

from npprune.lab.page import Heading, Paragraph, Picture, Table, counted, markdown
from npprune.lab.records import select
from npprune.studies.randomness.layers import SOURCE_NORM

K = 0.9  # the source's Figure 4
LEVEL = 0.05

SETTING = (
    "A layer has n units with d incoming weights each, independent, all with one law of |w| (the "
    "sign plays no part). G is its distribution function, Y = |w|^p, mu and sigma^2 the mean and "
    "the variance of Y. The r = round(k n) units with the smallest sum of Y go. R and S are the "
    "laws of |w| among the eliminated and the surviving weights, F = k R + (1-k) S their mixture, "
    "z the k-quantile of the normal law, phi its density, and A(k) = phi(z) / (k (1-k)). KS is the "
    "largest difference of R and S, AUC the chance that a surviving weight is larger than an "
    "eliminated one: 0 and 1/2 for elimination at random, 1 and 1 for weight pruning."
)
STATEMENT = (
    "Theorem. (a) For every law, every norm and every d and n: KS <= TV <= 1 / (2 sqrt(k (1-k) d)) "
    "and KL(R||F) <= ln(1/k) / d. For a norm KS = TV. (b) If p and sigma are finite and Y is "
    "not confined to a lattice, then as d grows KS ~ A(k) c_p / sqrt(d), AUC - 1/2 ~ A(k) a_p / "
    "sqrt(d), and E_S|w| - E_R|w| ~ A(k) m_p / sqrt(d), where c_p = E(mu - Y)_+ / sigma <= 1/2, "
    "a_p = Cov(G(|w|), Y) / sigma, m_p = Cov(|w|, Y) / sigma; the gap needs E|w|^(p+1) finite "
    "too. (c) For p = infinity, a continuous law and many units, KS = (1 - k^(1/d)) / (1-k) ~ "
    "ln(1/k) / ((1-k) d) and AUC = 1/2 + KS/2, exactly and whatever the law. (d) The number of "
    "units changes A(k) by a factor 1 + O(1/n); beyond that it adds noise only: eliminated truly "
    "at random, a layer would show KS = .869 / sqrt(n d k (1-k)) on average, and AUC with the "
    "standard deviation 1 / sqrt(12 n d k (1-k)). Weight pruning is the case d = 1."
)
PROOF = (
    "Proof of (a). Pick a unit at random and let I = 1 if it goes, so Var I = k (1-k). Let e_i(m) "
    "be the chance that it goes given |w_i| = m. The e_i(|w_i|) - k are the orthogonal projections "
    "of I - k on functions of one weight; these are uncorrelated, as the weights are independent. "
    "So by Bessel's inequality their variances sum to at most k (1-k). Their mean over the d "
    "inputs, e, therefore has a variance of at most k (1-k) / d, squares being convex. By Bayes' "
    "rule dR/dF = e/k and dS/dF = (1-e)/(1-k), so TV = E|e - k| / (2 k (1-k)) <= sqrt(Var e) / "
    "(2 k (1-k)), which is the bound. An eliminated unit as a whole has a density of at most 1/k "
    "against the product law, so a divergence of at most ln(1/k) from it, and the divergences of "
    "the d margins add up to no more. For a norm e decreases, so does dR/dS, the two densities "
    "cross once, and KS = TV.",
    "Proof of (b). R(x) - S(x) = E[e(|w|) - k; |w| <= x] / (k (1-k)) by Bayes' rule. With many "
    "units the rule is a threshold t on the sum T of d terms, and e(m) = P(T' <= t - m^p), T' the "
    "sum of the other d - 1. So e(m) - e(m') is the chance that T' falls into an interval of fixed "
    "length at its k-quantile: by Stone's local limit theorem (m'^p - m^p) phi(z) / (sigma "
    "sqrt(d)) (1 + o(1)), and by the inequality of Kolmogorov and Rogozin at most C (1 + |m^p - "
    "m'^p|) / sqrt(d), which is integrable. Averaged over m', sqrt(d) (e - k) tends to phi(z) "
    "(mu - Y) / sigma in the mean. This changes sign once, at |w| = mu^(1/p), which gives KS; "
    "integrated against dG it gives AUC, against dx the gap. (The Berry-Esseen theorem would not "
    "do: its error is as large as the effect.) Proof of (c). A unit goes if all its weights are "
    "below t, and k = G(t)^d; given that, each is F cut off at t. So at t, R - S = 1 - (q - k)/"
    "(1 - k) with q = k^(1/d). (d) With n units the threshold is that of a Beta(r, n-r) level; "
    "the walk R(x) - S(x) of random units is a Brownian bridge.",
)
TESTS = (
    "Each layer is compared with three shuffles of itself. Entries: all magnitudes of the layer, "
    "which makes its weights independent and leaves their law. Inputs: the magnitudes of each "
    "input among the units, which keeps what is special to an input, such as a dark pixel. Scales: "
    "the entries, once the units are brought to one norm, with the norms given back afterwards: "
    "only that units differ in scale is left. A p-value is (1 + the number of shuffles at least as "
    "far) / (1 + the number of shuffles). The scale model says the same in a formula, from V, the "
    "variance of the log norms, and effective fan-in is d v / V, v being the part of V that "
    "independence gives."
)


def blocks(run):
    """The section on randomness; none if the study was not run."""
    rates, layers = run.read("randomness_rates"), run.read("randomness_layers")
    if not (rates and layers):
        return []
    nulls = run.read("randomness_nulls")
    parts = [
        Heading(2, "How random is unit pruning? A theorem and its test"),
        Paragraph(SETTING),
        Paragraph(STATEMENT),
        *map(Paragraph, PROOF),
        Paragraph(_form(layers, nulls)),
        Paragraph(_chance(rates)),
        Picture(
            "figures/randomness_rates.png",
            "KS against the fan-in: theory, draws and layers",
            "Two panels of the KS distance over the fan-in, both on log scales. Lines, the theory; "
            "points on them, the Monte Carlo; dashed, the bound. Left, three laws of the weights "
            "and stars for the network's layers, initial and trained; right, four norms.",
        ),
        slope_table(run.read("randomness_slopes")),
        Paragraph(TESTS),
        Picture(
            "figures/randomness_epochs.png",
            "KS by epoch, layer and norm",
            "A row of panels for each optimizer, a column for each layer: the KS distance on a "
            "log scale over the epochs, a line for each norm by which units are cut; dashed, what "
            "independent weights of the same law would give; dotted, the bound.",
        ),
        layer_table(layers),
    ]
    if nulls:
        parts.append(null_table(nulls))
    if run.read("randomness_groups"):
        parts.append(
            Picture(
                "figures/randomness_groups.png",
                "KS by the size of the groups pruned",
                "A panel for each layer: the KS distance over the number of weights that are cut "
                "together, from single weights to whole units, both on log scales. Lines for the "
                "initial network and those trained by SGD and Adam, crosses for the same weights "
                "shuffled, and the theory and the bound.",
            )
        )
    parts.append(
        Picture(
            "figures/randomness_densities.png",
            "Figure 4 with the theorem drawn over it",
            "Six panels over the magnitude of a weight of one layer, initial network above, "
            "trained below. Left, histograms of the eliminated and the surviving weights and their "
            "shape by the theorem; middle and right, the share of the weights that is eliminated, "
            "as points, and the curve that the theorem gives for it.",
        )
    )
    return [*parts, Paragraph(verdict(layers, nulls))]


def summary(run):
    """Text for the terminal: the layers, and the verdict."""
    layers = run.read("randomness_layers")
    return markdown([layer_table(layers), Paragraph(verdict(layers, run.read("randomness_nulls")))])


def _form(layers, nulls):
    """How much was drawn."""
    seeds = len({row["seed"] for row in layers})
    draws = f"{nulls[0]['draws']} shuffles of each null" if nulls else "no shuffles"
    names = " and ".join(_optimizers(layers))
    if layers[0]["form"] == "quick":
        return (
            f"This is the quick form: one network ({names}), before training and as it was kept, "
            f"and {draws}, in some layers only. npprune randomness runs the full form."
        )
    return (
        f"Full form: {counted(seeds, 'seed')}, networks trained by {names} for "
        f"{max(row['epoch'] for row in layers)} epochs and looked at after each, {draws}."
    )


def _optimizers(rows):
    return [name for name in ("sgd", "adam") if select(rows, optimizer=name)]


def _chance(rates):
    """How the Monte Carlo compares with the exact values and the bound."""
    laws, norms, fractions = (sorted({row[name] for row in rates}) for name in ("law", "p", "k"))
    z = np.array([(row["estimate"] - row["exact"]) / row["error"] for row in rates])
    ks = select(rates, distance="ks")
    share = max(row["estimate"] / row["bound"] for row in ks)
    wide = [r for r in ks if r["d"] == max(row["d"] for row in ks) and r["k"] == 0.5]
    off = max(abs(row["rate"] / row["exact"] - 1) for row in wide)
    return (
        f"Chance itself was tried first: {len(rates)} expected distances ({len(laws)} laws, "
        f"{len(norms)} norms, k = {', '.join(map(str, fractions))}, "
        f"d from {min(r['d'] for r in ks)} to {max(r['d'] for r in ks)}, n from "
        f"{min(r['n'] for r in ks)} to {max(r['n'] for r in ks)}) were estimated from drawn "
        f"layers. {np.mean(np.abs(z) < 1.96):.1%} of the estimates lie within 1.96 standard "
        f"errors of the exact value for their size, and their mean deviation is {z.mean():+.3f} "
        f"standard errors. No KS came above {share:.2f} of the bound. At the largest fan-in and "
        f"k = .5 the first-order rate is within {off:.1%} of the exact value."
    )


def slope_table(rows):
    """The slopes of KS against the fan-in, k = 1/2 and the middle number of units."""
    sizes = sorted({row["n"] for row in rows})
    n = sizes[len(sizes) // 2]
    lines = [
        [
            row["law"],
            f"{row['p']:g}",
            f"{row['slope']:.4f}",
            f"{row['low']:.4f} to {row['high']:.4f}",
            f"{row['exact_slope']:.4f}",
            f"{row['theory']:g}",
        ]
        for row in select(rows, k=0.5, n=n)
    ]
    header = ["law", "norm p", "slope", "95 % interval", "of the exact values", "limit"]
    return Table(f"Slope of ln KS against ln d, k = 0.5, n = {n}", header, lines)


def layer_table(layers):
    """Every layer before and after training, at the source's norm and k."""
    lines = []
    for optimizer, epoch, here in _states(select(layers, p=SOURCE_NORM, k=K)):
        for layer in sorted({row["layer"] for row in here}):
            rows = select(here, layer=layer)
            lines.append(
                [f"{optimizer}, epoch {epoch}", str(layer)]
                + [_mean_alone(rows, name, 4) for name in ("ks", "independent_ks")]
                + [f"{rows[0]['bound']:.4f}"]
                + [_mean_alone(rows, "scale_ks", 4), _mean_alone(rows, "effective_fan_in", 0)]
                + [str(rows[0]["fan_in"]), _mean_alone(rows, "independent_share", 2)]
            )
    header = ["network", "layer", "KS", "independent", "bound", "scale model"]
    header += ["effective fan-in", "fan-in", "independent share"]
    return Table(f"Layers pruned by units at k = {K:g}, L2 norm", header, lines)


def null_table(nulls):
    """AUC against the three nulls, at the source's norm and k."""
    lines = []
    for optimizer, epoch, here in _states(
        select(nulls, p=SOURCE_NORM, k=K, distance="auc"), every=True
    ):
        for layer in sorted({row["layer"] for row in here}):
            rows = select(here, layer=layer)
            line = [f"{optimizer}, epoch {epoch}", str(layer), _mean_alone(rows, "observed", 4)]
            for null in ("entries", "inputs", "scales"):
                drawn = select(rows, null=null)
                chances = sorted({row["p_value"] for row in drawn})
                span = [f"{chance:.3f}" for chance in (chances[0], chances[-1])]
                line += [_mean_alone(drawn, "mean", 4), "-".join(dict.fromkeys(span))]
            lines.append(line)
    header = ["network", "layer", "AUC", "entries", "p", "inputs", "p", "scales", "p"]
    return Table(
        f"AUC and its mean under each null, k = {K:g}, L2 norm; p over the seeds, smallest to "
        "largest",
        header,
        lines,
    )


def _states(rows, every=False):
    """(optimizer, epoch, rows) for the first and the last epoch of each optimizer, or all."""
    for optimizer in _optimizers(rows):
        here = select(rows, optimizer=optimizer)
        epochs = sorted({row["epoch"] for row in here})
        for epoch in epochs if every else sorted({epochs[0], epochs[-1]}):
            yield optimizer, epoch, select(here, epoch=epoch)


def _mean_alone(rows, name, digits):
    return f"{np.mean([row[name] for row in rows]):.{digits}f}"


def verdict(layers, nulls):
    """Where the theorem holds, where it fails and by how much, and what that says."""
    rows = select(layers, p=SOURCE_NORM, k=K)
    initial = _by_layer(select(rows, epoch=0, optimizer=_optimizers(rows)[0]))
    ratios = [row["ks"] / row["independent_ks"] for row in initial]
    parts = [
        f"Verdict (L2 norm, k = {K:g}, means over the seeds). Before training KS is "
        f"{_span(ratios, 2)} times what the theorem says" + _rejected(nulls, 0)
    ]
    for optimizer in _optimizers(rows):
        last = max(row["epoch"] for row in select(rows, optimizer=optimizer))
        if last:
            here = _by_layer(select(rows, optimizer=optimizer, epoch=last))
            mine = [row for row in nulls if row["optimizer"] == optimizer]
            parts.append(_trained(here, mine, optimizer, last))
    if any(row["ks"] > row["bound"] for row in rows if row["epoch"]):
        parts.append(
            "What fails is the independence of a unit's weights: training gives the units scales "
            "and shapes of their own, and by the scale model that part of the distance would not "
            "fall with the fan-in. So the claim that unit pruning eliminates weights at random is "
            "right for the reason given only where nothing has been learned."
        )
    return " ".join([*parts, _largest(rows)]).strip()


def _by_layer(rows):
    """One record a layer: means over the seeds of what the verdict needs."""
    names = ("ks", "independent_ks", "independent_share", "effective_fan_in", "fan_in", "bound")
    return [
        {"layer": layer}
        | {name: float(np.mean([r[name] for r in select(rows, layer=layer)])) for name in names}
        | {"scale_ks": float(np.mean([r["scale_ks"] for r in select(rows, layer=layer)]))}
        for layer in sorted({row["layer"] for row in rows})
    ]


def _trained(here, nulls, optimizer, epoch):
    ratios = [row["ks"] / row["independent_ks"] for row in here]
    above = [str(row["layer"]) for row in here if row["ks"] > row["bound"]]
    bounds = (
        f"layers {', '.join(above)} exceed"
        if len(above) > 1
        else (f"layer {above[0]} exceeds" if above else "no layer exceeds")
    )
    model = [row["scale_ks"] / row["ks"] for row in here]
    return (
        f"After {epoch} epochs of {optimizer} KS is {_span([r['ks'] for r in here], 3)} by layer, "
        f"{_span(ratios, 2)} times the theorem's value; {bounds} the bound for independent "
        f"weights; the layers behave as untrained ones of fan-in "
        f"{_span([r['effective_fan_in'] for r in here], 0)} instead of "
        f"{_span([r['fan_in'] for r in here], 0)}; independence gives "
        f"{_span([r['independent_share'] for r in here], 2)} times the (AUC - 1/2)^2 that "
        f"is seen, and the scales of the units alone would give {_span(model, 2)} times the KS"
        + _rejected(nulls, epoch)
    )


def _rejected(nulls, epoch):
    """The share of AUC tests against shuffled entries, over layers, norms, k and seeds."""
    rows = select(nulls, epoch=epoch, null="entries", distance="auc")
    if not rows:
        return "."
    above = sum(row["p_value"] <= LEVEL for row in rows)
    # A p-value of 1 is a layer nearer to random than every shuffle of it.
    below = sum(row["p_value"] >= 1 - LEVEL + 1 / (row["draws"] + 1) for row in rows)
    return (
        f"; of {len(rows)} tests of AUC against shuffled entries (all norms and k) {above} lie "
        f"above and {below} below all but {LEVEL:.0%} of the shuffles, where chance gives "
        f"{LEVEL * len(rows):.0f} each."
    )


def _span(values, digits):
    """The smallest and the largest value, or the one there is."""
    ends = [f"{value:.{digits}f}" for value in (min(values), max(values))]
    return " to ".join(dict.fromkeys(ends))


def _largest(rows):
    """The one comparison that pruning rests on: units against weights, whose KS is 1."""
    trained = [row for row in rows if row["epoch"]]
    if not trained:
        return ""
    largest = max(trained, key=lambda row: row["ks"])
    typical = math.fsum(row["ks"] for row in trained) / len(trained)
    return (
        f"Yet weight pruning has KS = 1, and unit pruning of trained layers {typical:.3f} on "
        f"average and {largest['ks']:.3f} at most (layer {largest['layer']}, {largest['optimizer']}"
        f", epoch {largest['epoch']})"
        + (": nearer to random than to sorted. " if largest["ks"] < 0.5 else ". ")
        + "The figure of the source's layer shows what becomes of the few largest weights, which "
        "KS hardly sees."
    )
