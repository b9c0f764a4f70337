"""Which classes and images are lost first, and how sure the networks are.

Read next: npprune/studies/fewest/__init__.py.
"""

import numpy as np

from npprune.lab.group import Group, surely
from npprune.lab.statistics import POINT, paired_interval
from npprune.lab.words import counted, listed, written
from npprune.studies.lost import NETWORKS
from npprune.studies.lost.draw import class_losses
from npprune.studies.lost.measure import UNSURE

DENSE, WEIGHTS, UNITS, SMALL = NETWORKS
PRUNED = (WEIGHTS, UNITS)


def values(run):
    rows, classes = Group(run.read("lost")), run.read("lost_classes")
    if not rows or not classes:
        return None
    networks = rows.by("network")
    for name, network in networks.items():
        network.more |= _cells(network, networks[SMALL], *class_losses(classes, name))
    small, networks[DENSE].more["uneven"] = networks[SMALL], np.array([])  # it loses nothing
    uneven = {name: networks[name]["uneven"] - small["uneven"] for name in PRUNED}
    timid = [paired_interval(networks[name]["temperature"] - 1).high < 0 for name in PRUNED]
    return {
        "seeds": rows.seeds,
        "loss": 100 * POINT,
        "unsure": 100 * UNSURE,
        "networks": [*networks.values()],
        "network": networks,
        "timid": all(timid),
        "unevenly": listed(surely(uneven, 1)),
        "worse": listed(surely({name: networks[name]["loss_gap"] for name in PRUNED}, 1)),
        "sampling": 100 * _sampling(networks[WEIGHTS]),
    }


def _cells(network, small, labels, losses):
    unsure = 100 * network["lost_unsure"][network["lost"] > 0]
    means = losses.mean(axis=0)
    worst = sum(losses.argmin(axis=1) == means.argmin())
    return {
        "unsure": written("{unsure:.0f} %", {"unsure": unsure}) if len(unsure) else "",
        "uneven": losses.std(axis=1),  # how much the losses of the classes differ
        "error": 100 * network["calibration_error"],
        "cooled": 100 * network["cooled_calibration_error"],
        "ahead": 100 * network.minus(small),
        "loss_gap": network.minus(small, "cooled_test_loss"),
        "worst": (
            f"{labels[means.argmin()]} ({means.min():+.1f} points; the worst in {worst} of "
            f"{counted(len(losses), 'network')})"
        ),
    }


def _sampling(rows):
    """Standard error, from the test images alone, of a difference of accuracies.

    Of n images, b are lost and c are won: sqrt(b + c - (b - c)^2 / n) / n, as in McNemar's test.
    """
    n, b, c = (rows[name] for name in ("images", "lost", "won"))
    return np.mean(np.sqrt(b + c - (b - c) ** 2 / n) / n)
