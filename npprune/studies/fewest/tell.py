"""How far the error rises as weights go, beside what others published.

Read next: npprune/theory/theorem/identity.py.
"""

import numpy as np

from npprune.lab.page import mean, spread, table
from npprune.lab.records import groups, read_csv, select
from npprune.studies.fewest import STUDY
from npprune.studies.fewest.draw import PUBLISHED


def values(run):
    """Fill the slots of tell.md."""
    rows = run.read("fewest")
    if not rows:
        return None
    networks = list(groups(select(rows, group="chain"), "name").values())
    return {
        "most_weights": networks[0][0]["weights"],
        "dense_error": _error(networks[0]),
        "fewest_weights": max(row["weights"] for row in networks[-1]),
        "fewest_error": _error(networks[-1]),
        "teachers": STUDY.forms["full"].teachers,
        "networks": _networks("784-300-100-10 with ever fewer weights", networks),
        "controls": _networks(
            "From scratch, with the same teacher",
            groups([row for row in rows if row["group"] != "chain"], "name").values(),
        ),
        "published": _published(),
    }


def _error(rows):
    return float(np.mean([row["test_error"] for row in rows]))


def _networks(caption, networks):
    """A line for each network; beside it the best published with at most so many weights."""
    return table(
        f"{caption}; errors in %",
        networks,
        [
            ("network", lambda rows: rows[0]["name"]),
            ("weights", mean("weights", 0)),
            ("of the output", mean("weights_3", 0)),
            ("pixels", mean("pixels", 0)),
            ("units", mean("units", 0)),
            ("test error", spread("test_error", 2)),
            ("validation accuracy", spread("validation_accuracy", 4)),
            ("epochs", mean("epochs", 0)),
            ("best published", _best_published),
        ],
    )


def _best_published(rows):
    """The least published error that was checked, of networks with up to a tenth more weights."""
    most = 1.1 * np.mean([row["weights"] for row in rows])
    few = [row for row in select(read_csv(PUBLISHED), checked="yes") if row["weights"] <= most]
    return f"{min(row['error'] for row in few):.2f}" if few else "none found"


def _published():
    return table(
        "Published perceptrons of this size",
        read_csv(PUBLISHED),
        [
            ("work", "{work}"),
            ("weights", "{weights:,}"),
            ("test error", "{error:.2f}"),
            ("checked", "{checked}"),
            ("where", "{place}"),
        ],
    )
