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
    """Standard error, from the test images alone, of a difference of accuracies.

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
    highs = [paired_interval([r["temperature"] - 1 for r in by_network[n]]).high for n in PRUNED]
    told = {"timid": max(highs) < 0}
    for slot, name in (("dense", DENSE), ("weights", WEIGHTS), ("units", UNITS)):
        temperature, raw, cooled = (
            np.mean([row[column] for row in by_network[name]])
            for column in ("temperature", "calibration_error", "cooled_calibration_error")
        )
        told |= {f"{slot}_temperature": temperature}
        told |= {f"{slot}_raw": 100 * raw, f"{slot}_cooled": 100 * cooled}
    return told


def _compared(by_network):
    told, gaps, small = {}, {}, by_network[SMALL]
    for slot, name in (("weights", WEIGHTS), ("units", UNITS)):
        gaps[name] = paired_differences(by_network[name], small, "cooled_test_loss")
        ahead = 100 * np.array(paired_differences(by_network[name], small))
        told |= {f"{slot}_ahead": interval(ahead, 2), f"{slot}_gap": interval(gaps[name], 3)}
    return told | {"worse": _worse_than_small(gaps)}


def _worse_than_small(gaps):
    signs = sure_signs(gaps.values())
    return ", ".join(name for name, sign in zip(gaps, signs, strict=True) if sign > 0) or "none"
