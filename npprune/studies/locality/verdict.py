"""What the locality study found, in one paragraph, from its records.

Every number comes from the records; so do the words that compare them.

Read next: npprune/studies/locality/report.py.
"""

import numpy as np
from scipy.stats import false_discovery_control

from npprune.lab.records import select
from npprune.studies.locality.plots import NETWORK
from npprune.studies.locality.rows import LEVEL, quotient

CHANCE = ("initial", "relabelled")  # masks in which there is nothing to find
OTHERS_K = 0.99


def methods(rows):
    """(network, criterion) in the order of the figures."""
    order = list(NETWORK)
    found = dict.fromkeys((row["network"], row["criterion"]) for row in rows)
    return sorted(found, key=lambda method: order.index(method[0]))


def method_name(network, criterion):
    """Name a network and the criterion that pruned it."""
    return f"{NETWORK[network]['label']}, {criterion}"


def each_mask(rows):
    """(name, k, rows) for each method and sparsity."""
    for network, criterion in methods(rows):
        here = select(rows, network=network, criterion=criterion)
        for k in sorted({row["k"] for row in here}):
            yield method_name(network, criterion), k, select(here, k=k)


def verdict(rows):
    """What was found, in one paragraph, from the records."""
    live = select(rows, pixels="live")
    own = next(row["network"] for row in rows if row["network"] in ("sgd", "adam"))
    parts = [
        f"Verdict (live pixels, means over the seeds). {_chance(live)}",
        f"Pruned by magnitude, {NETWORK[own]['label']} has {_ratios(_by_k(live, own))} times the "
        f"L_2 of its null. {_rejections(live)}",
        _others(live, own),
        _dark(rows),
        _data(live, own),
        _translated(live, own),
        _convolution(live, own),
    ]
    return " ".join(part for part in parts if part)


def _by_k(rows, network, criterion="magnitude", null="null_l2"):
    """{k: L_2 over that of a null, mean over the seeds}; empty where there is no such null."""
    here = [row for row in select(rows, network=network, criterion=criterion) if row[null] != ""]
    return {
        k: float(np.mean([quotient(row["l2"], row[null]) for row in select(here, k=k)]))
        for k in sorted({row["k"] for row in here})
    }


def _ratios(found):
    return ", ".join(f"{ratio:.2f} (k = {k:g})" for k, ratio in found.items())


def _others(rows, own):
    """Every other way to a mask, at one sparsity."""
    rows = select(rows, k=OTHERS_K)
    others = [
        method
        for method in methods(rows)
        if method[0] not in (*CHANCE, "convolution") and method != (own, "magnitude")
    ]
    found = [f"{method_name(*method)} {_by_k(rows, *method)[OTHERS_K]:.2f}" for method in others]
    return f"Other ways to a mask at k = {OTHERS_K:g}: {'; '.join(found)}." if found else ""


def _chance(rows):
    ratios = [row["ratio"] for row in rows if row["network"] in CHANCE]
    built = [row["ratio"] for row in select(rows, network="convolution")]
    if not ratios:
        return ""
    text = f"Where there is nothing to find, L_2 is {min(ratios):.2f} to {max(ratios):.2f} times"
    text += " its null, over all seeds and sparsities"
    if built:
        text += f"; in a convolution, {min(built):.1f} to {max(built):.1f} times"
    return text + "."


def _rejections(rows):
    """How many tests are left after the correction, and how many controls are below the level."""
    learned = [row for row in rows if row["network"] not in (*CHANCE, "convolution")]
    adjusted = false_discovery_control([row["p_value"] for row in learned])
    controls = [row["p_value"] for row in rows if row["network"] in CHANCE]
    text = f"Corrected, {sum(adjusted <= LEVEL)} of {len(learned)} tests reject chance"
    if controls:
        text += (
            f"; where there is nothing to find, {sum(p <= LEVEL for p in controls)} of "
            f"{len(controls)} p-values are .05 or less before the correction (those of one network "
            f"at several sparsities are not independent)"
        )
    return text + "."


def _dark(rows):
    """Whether dark pixels make the result."""
    pairs = [
        (select(here, pixels="all"), select(here, pixels="live"))
        for _, k, here in each_mask(rows)
        if k >= 0.9 and here[0]["network"] not in (*CHANCE, "convolution")
    ]
    changes = [
        abs(np.mean([r["ratio"] for r in live]) / np.mean([r["ratio"] for r in everything]) - 1)
        for everything, live in pairs
        if everything and live
    ]
    if not changes:
        return ""
    shares = {
        network: max(row["dark_share"] for row in rows
                     if row["network"] == network and row["criterion"] == "magnitude"
                     and row["k"] >= 0.9)
        for network in ("sgd", "adam") if select(rows, network=network)
    }  # fmt: skip
    told = " and ".join(
        f"{share:.1%} of what magnitude keeps in {NETWORK[name]['label']}'s network"
        for name, share in shares.items()
    )
    return (
        f"Dark pixels, {rows[0]['dark_pixels']:.0%} of the image, hold at most {told} at k >= 0.9; "
        f"leaving them out changes no ratio by more than {max(changes):.1%}."
    )


def _data(rows, own):
    found = _ratios(_by_k(rows, own, null="correlated_l2"))
    return f"Over units drawn by the correlation of the pixels, L_2 is {found} times as large."


def _translated(rows, own):
    """Moved images against centred ones, by either null."""
    if not select(rows, network="translated"):
        return ""
    found = []
    for null in ("null_l2", "correlated_l2"):
        moved, centred = (_by_k(rows, name, null=null) for name in ("translated", own))
        higher = [f"{k:g}" for k in moved if moved[k] > centred[k]]
        found.append(f"higher at k = {', '.join(higher)}" if higher else "higher at no k")
    return (
        f"Trained on moved images, L_2 over its null is {found[0]} than on centred ones; over what "
        f"the correlation of the images it was trained on gives, {found[1]}."
    )


def _convolution(rows, own):
    """Tiling and sharing beside a convolution's, and the answer."""
    ratios = _by_k(rows, own)
    k = max(ratios)
    here = {
        network: select(rows, network=network, criterion="magnitude", k=k)
        for network in (own, "convolution")
    }
    if not here["convolution"]:
        return ""

    def of(network, name, digits):
        return f"{np.mean([row[name] for row in here[network]]):.{digits}f}"

    def pair(name, digits):
        return " against ".join(
            f"{of(network, name, digits)} (null {of(network, 'null_' + name, digits)})"
            for network in (own, "convolution")
        )

    text = (
        f"Beside a convolution of 5 x 5 patches, at k = {k:g}: L_2 is {pair('l2', 2)}; centroids "
        f"spread over {pair('spread', 1)} pixels; two units overlap at best by "
        f"{pair('overlap', 2)}. "
    )
    if max(row["p_value"] for row in here[own]) > LEVEL or ratios[k] <= 1:
        return text + "So locality beyond chance was not found in every network."
    growing = list(ratios.values()) == sorted(ratios.values())
    return (
        text
        + f"So what magnitude leaves of the first layer of {NETWORK[own]['label']}'s network is "
        "local beyond chance"
        + (", the more so the more is cut" if growing and len(ratios) > 1 else "")
        + f": at k = {k:g} L_2 is {ratios[k]:.1f} times its null, in a convolution "
        f"{of('convolution', 'ratio', 1)} times."
    )
