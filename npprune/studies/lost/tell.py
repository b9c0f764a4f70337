"""Which classes and images are lost first, and how sure the networks are.

Read next: npprune/studies/fewest/__init__.py.
"""

import numpy as np

from npprune.lab.page import Group, Values, counted, interval, mean_and_spread
from npprune.lab.records import groups
from npprune.lab.statistics import paired_differences, paired_interval, sure_signs
from npprune.lab.style import seeds
from npprune.studies.lost import LOSS, NETWORKS
from npprune.studies.lost.draw import class_losses
from npprune.studies.lost.measure import UNSURE

DENSE, WEIGHTS, UNITS, SMALL = NETWORKS
PRUNED = (WEIGHTS, UNITS)


def values(run):
    rows, classes = run.read("lost"), run.read("lost_classes")
    if not rows or not classes:
        return None
    by_network = groups(rows, "network")
    # How much the losses of the classes differ, a number for each seed.
    uneven = {name: class_losses(classes, name)[1].std(axis=1) for name in NETWORKS[1:]}
    return {
        "seeds": counted(seeds(rows), "seed"),
        "loss": 100 * LOSS,
        "unsure": 100 * UNSURE,
        "networks": [*_lines(by_network, uneven)],
        "worst": _worst(classes, WEIGHTS),
        "worst_units": _worst(classes, UNITS),
        "worst_small": _worst(classes, SMALL),
        "sampling": 100 * _sampling(by_network[WEIGHTS]),
        "unevenly": _worse_than_small({name: uneven[name] - uneven[SMALL] for name in PRUNED}),
        **_temperatures(by_network),
        **_compared(by_network),
    }


def _worst(classes, network):
    labels, losses = class_losses(classes, network)
    means = losses.mean(axis=0)
    worst = sum(losses.argmin(axis=1) == means.argmin())
    return (
        f"{labels[means.argmin()]} ({means.min():+.1f} points; the worst in {worst} of "
        f"{counted(len(losses), 'network')})"
    )


def _sampling(rows):
    """Standard error of the difference of accuracies from the test images alone.

    Of n images, b are lost and c are won: sqrt(b + c - (b - c)^2 / n) / n, as in McNemar's test.
    """
    n, b, c = (np.array([row[name] for row in rows]) for name in ("images", "lost", "won"))
    return float(np.mean(np.sqrt(b + c - (b - c) ** 2 / n) / n))


def _lines(by_network, uneven):
    for name, rows in by_network.items():
        lost = [100 * row["lost_unsure"] for row in rows if row["lost"]]
        yield Group(
            rows,
            unsure=f"{mean_and_spread(lost, 0)} %" if lost else "",
            uneven=f"{uneven[name].mean():.2f}" if name in uneven else "",
            error=Values(100 * row["calibration_error"] for row in rows),
            cooled=Values(100 * row["cooled_calibration_error"] for row in rows),
        )


def _temperatures(by_network):
    means = {
        name: np.mean([row["temperature"] for row in rows]) for name, rows in by_network.items()
    }
    highs = [paired_interval([r["temperature"] - 1 for r in by_network[n]]).high for n in PRUNED]
    told = {"timid": max(highs) < 0}
    for slot, name in (("dense", DENSE), ("weights", WEIGHTS), ("units", UNITS)):
        cooled = np.mean([row["cooled_calibration_error"] for row in by_network[name]])
        raw = np.mean([row["calibration_error"] for row in by_network[name]])
        told |= {f"{slot}_temperature": means[name], f"{slot}_cooled": 100 * cooled}
        told |= {f"{slot}_raw": 100 * raw}
    return told


def _compared(by_network):
    gaps = {
        name: paired_differences(by_network[name], by_network[SMALL], "cooled_test_loss")
        for name in PRUNED
    }
    ahead = {
        name: [100 * gap for gap in paired_differences(by_network[name], by_network[SMALL])]
        for name in PRUNED
    }
    return {
        "weights_ahead": interval(ahead[WEIGHTS], 2),
        "units_ahead": interval(ahead[UNITS], 2),
        "weights_gap": interval(gaps[WEIGHTS], 3),
        "units_gap": interval(gaps[UNITS], 3),
        "worse": _worse_than_small(gaps),
    }


def _worse_than_small(gaps):
    signs = sure_signs(gaps.values())
    return ", ".join(name for name, sign in zip(gaps, signs, strict=True) if sign > 0) or "none"
