"""The tables of the section.

Read next: npprune/studies/randomness/measure.py.
"""

import math

from npprune.lab.page import mean, table
from npprune.lab.records import groups, select
from npprune.studies.randomness.assumptions import FIRST_FAN_IN, fitted_slope
from npprune.studies.randomness.layers import SOURCE_K
from npprune.theory.theorem.bounds import sharp_bound
from npprune.theory.theorem.rates import normal_gap
from npprune.theory.theorem.regimes import rate_exponent

BOUND_FAN_INS, BOUND_FRACTIONS = (1, 2, 4, 16, 256), (0.5, 0.25, 0.1, 0.01)
CUT = f"k = {SOURCE_K:g}, L2 norm"
LAYER = [("network", "{optimizer}, epoch {epoch:g}"), ("layer", "{layer:g}")]


def bounds():
    lines = [
        {"k": k, "limit": normal_gap(k) / 2, "simple": 0.5 / math.sqrt(k * (1 - k))}
        | {f"d{d}": math.sqrt(d) * sharp_bound(k, d) for d in BOUND_FAN_INS}
        for k in BOUND_FRACTIONS
    ]
    columns = [("k or 1 - k", "{k:g}"), *((f"d = {d}", f"{{d{d}:.3f}}") for d in BOUND_FAN_INS)]
    columns += [("limit A(k)/2", "{limit:.3f}"), ("simple bound", "{simple:.3f}")]
    return table("Both bounds times sqrt(d)", lines, columns)


def slopes(rows):
    sizes = sorted({row["n"] for row in rows})
    n = sizes[len(sizes) // 2]
    return table(
        f"Slope of ln KS against ln d, k = 0.5, n = {n}",
        select(rows, k=0.5, n=n),
        [
            ("distribution", "{law}"),
            ("norm p", "{p:g}"),
            ("slope", "{slope:.4f}"),
            ("95 % interval", "{low:.4f} to {high:.4f}"),
            ("of the exact values", "{exact_slope:.4f}"),
            ("limit", "{theory:g}"),
        ],
    )


def assumptions(rows):
    lines = []
    for (case, value, p), here in groups(rows, "case", "value", "p").items():
        slope, last = fitted_slope(here), here[-1]
        theory = -rate_exponent(value, p) if case == "tail" else 0 if case == "scales" else -0.5
        lines.append(
            {"case": case, "value": value, "p": p, "theory": theory}
            | {"first": here[0]["estimate"], "last": last["estimate"]}
            | {"slope": f"{slope.slope:.3f} ± {slope.half_width:.3f}" if slope else ""}
            | {"share": last["expected"] and f"{last['estimate'] / last['expected']:.3f}"}
        )
    least, most = (d["d"] for d in (rows[0], rows[-1]))
    return table(
        f"KS when an assumption is dropped; slopes from d = {FIRST_FAN_IN} on, 95 % intervals",
        lines,
        [
            ("dropped", "{case} {value:g}"),
            ("norm p", "{p:g}"),
            (f"KS, d = {least}", "{first:.4f}"),
            (f"KS, d = {most}", "{last:.4f}"),
            ("slope", "{slope}"),
            ("limit", "{theory:.3f}"),
            (f"drawn / theory, d = {most}", "{share}"),
        ],
    )


def limits(lines):
    columns = [
        ("KS", "{ks:.4f}"),
        ("predicted", "{predictor:.4f}"),
        ("least random", "{best_rule:.4f}"),
        ("share", "{share:.3f}"),
        ("matrix bound", "{matrix_bound:.4f}"),
        ("sharp bound", "{sharp_bound:.4f}"),
        ("independent", "{independent_ks:.4f}"),
    ]
    return table(f"Layers pruned by units, {CUT}, and what bounds KS", lines, LAYER + columns)


def nulls(rows):
    lines = groups(select(rows, distance="auc"), "optimizer", "epoch", "layer")
    columns = [
        ("network", lambda here: "{optimizer}, epoch {epoch}".format_map(here[0])),
        ("layer", lambda here: str(here[0]["layer"])),
        ("AUC", mean("observed", 4)),
    ]
    for null in ("entries", "inputs", "scales"):
        columns += [(null, _of(null, mean("mean", 4))), ("p", _of(null, _chances))]
    caption = f"AUC and its mean under each null, {CUT}; p over the seeds, smallest to largest"
    return table(caption, [lines[key] for key in sorted(lines, key=_sgd_first)], columns)


def _sgd_first(key):
    return key[0] != "sgd", *key


def _of(null, how):
    return lambda rows: how(select(rows, null=null))


def _chances(rows):
    chances = sorted(row["p_value"] for row in rows)
    return "-".join(dict.fromkeys(f"{chance:.3f}" for chance in (chances[0], chances[-1])))


def yardsticks(lines):
    columns = [
        ("KS", "{ks:.3f}"),
        ("energy removed", "{energy:.3f}"),
        ("if sorted", "{energy_sorted:.3f}"),
        ("position", "{energy_position:.3f}"),
        ("largest 1 % spared", "{largest:.3f}"),
        ("if sorted", "{largest_sorted:.3f}"),
        ("position", "{largest_position:.3f}"),
    ]
    return table(f"Three yardsticks, {CUT}", lines, LAYER + columns)


def recipes(lines):
    columns = [
        ("recipe", "{recipe}"),
        ("validation", "{validation_accuracy:.4f}"),
        ("layer", "{layer:g}"),
        ("KS", "{ks:.3f}"),
        ("if independent", "{independent_ks:.4f}"),
        ("ratio", "{ratio:.1f}"),
        ("spread", "{spread:.3f}"),
        ("skewness", "{skewness:.2f}"),
        ("kurtosis", "{kurtosis:.1f}"),
    ]
    return table(f"One thing changed at a time, {CUT}", lines, columns)
