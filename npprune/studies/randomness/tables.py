"""The tables of the section.

Read next: npprune/studies/randomness/measure.py.
"""

import math

from npprune.lab.records import groups
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
    lines = rows.where(distance="auc").by("optimizer", "epoch", "layer")
    for key in sorted(lines, key=lambda key: (key[0] != "sgd", *key)):
        for null, here in lines[key].by("null").items():
            chances = [f"{end(here['p_value']):.3f}" for end in (min, max)]
            lines[key].more |= {null: here["mean"], f"{null}_p": "-".join(dict.fromkeys(chances))}
        yield lines[key]
