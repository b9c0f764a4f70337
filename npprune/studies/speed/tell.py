"""The tables of the study of speed.

Read next: npprune/studies/processors/__init__.py.
"""

import math

from npprune.lab.records import groups, select
from npprune.studies.speed.draw import GROWING
from npprune.studies.speed.scaling import BATCH, IMAGES, exponent, megabytes, nanoseconds_a_weight
from npprune.studies.speed.training import MASKED

GAIN = 1.2  # times faster: from there on a second thread pays


def values(run):
    names = ("speed_training", "speed_inference", "scaling", "break_even")
    training, inference, scaling, break_even = map(run.read, names)
    if not (training or inference or scaling or break_even):
        return None
    curves = groups([row for row in scaling if row["what"] in GROWING], "what", "contender")
    return {
        "masked": 100 * MASKED,
        "training": training or None,
        "inference": inference or None,
        "scaling": [_curve(rows) for rows in curves.values()] or None,
        "break_even": [
            row | {"k": "not measured" if math.isnan(k := row["break_even"]) else f"{k:.3f}"}
            for row in break_even
        ]
        or None,
    } | _jumps(scaling)


def _curve(rows):
    found = [row["value"] for row in rows]
    most = max(row["milliseconds"] for row in rows)
    return rows[0] | {"from": min(found), "to": max(found), "most": most, "e": exponent(rows)}


def _jumps(rows):
    peaks = [row["peak_extra_mb"] for row in select(rows, what="images")]
    one, several = (
        {row["value"]: nanoseconds_a_weight(row) for row in select(rows, what="side", contender=c)}
        for c in ("one thread", "BLAS's threads")
    )
    numbers = {row["contender"]: row["milliseconds"] for row in select(rows, what="numbers")}
    return {
        "step_images": BATCH,
        "pass_images": IMAGES,
        "peak": max(peaks, default=None),
        "peak_spread": max(peaks) / min(peaks) if peaks else None,
        "nearest": min(one.values(), default=None),
        "farthest": (one and one[max(one)]) or None,
        "large": (one and megabytes(max(one))) or None,
        "threads_from": next(
            (megabytes(n) for n in sorted(several) if one.get(n, 0) > GAIN * several[n]), None
        ),
        "subnormal": (numbers and numbers["subnormal"] / numbers["normal"]) or None,
    }
