"""The tables of the section.

Read next: npprune/studies/randomness/measure.py.
"""

import math

from npprune.lab.page import Group, Values
from npprune.lab.records import groups, select
from npprune.studies.randomness.assumptions import fitted_slope
from npprune.theory.theorem.bounds import sharp_bound
from npprune.theory.theorem.rates import normal_gap
from npprune.theory.theorem.regimes import rate_exponent

BOUND_FAN_INS, BOUND_FRACTIONS = (1, 2, 4, 16, 256), (0.5, 0.25, 0.1, 0.01)


def bounds():
    return [
        {"k": k, "limit": normal_gap(k) / 2, "simple": 0.5 / math.sqrt(k * (1 - k))}
        | {f"d{d}": math.sqrt(d) * sharp_bound(k, d) for d in BOUND_FAN_INS}
        for k in BOUND_FRACTIONS
    ]


def assumptions(rows):
    lines = []
    for (case, value, p), here in groups(rows, "case", "value", "p").items():
        slope, last = fitted_slope(here), here[-1]
        theory = -rate_exponent(value, p) if case == "tail" else 0 if case == "scales" else -0.5
        lines.append({
            "case": case, "value": value, "p": p, "theory": theory,
            "first": here[0]["estimate"], "last": last["estimate"],
            "slope": f"{slope.slope:.3f} ± {slope.half_width:.3f}" if slope else "",
            "share": last["expected"] and f"{last['estimate'] / last['expected']:.3f}",
        })  # fmt: skip
    return lines


def nulls(rows):
    """Of each null: the mean AUC, and p over the seeds, smallest to largest."""
    lines = groups(select(rows, distance="auc"), "optimizer", "epoch", "layer")
    for key in sorted(lines, key=lambda key: (key[0] != "sgd", *key)):
        by_null = groups(lines[key], "null").items()
        means = {null: Values(row["mean"] for row in here) for null, here in by_null}
        chances = {f"{null}_p": _chances(here) for null, here in by_null}
        yield Group(lines[key], **means, **chances)


def _chances(rows):
    chances = [row["p_value"] for row in rows]
    return "-".join(dict.fromkeys(f"{chance:.3f}" for chance in (min(chances), max(chances))))
