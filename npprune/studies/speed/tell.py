"""The tables of the study of speed.

Read next: npprune/studies/processors/__init__.py.
"""

import math

from npprune.lab.group import Group
from npprune.studies.speed.draw import GROWING
from npprune.studies.speed.scaling import BATCH, IMAGES, exponent, megabytes, nanoseconds_a_weight
from npprune.studies.speed.training import MASKED

GAIN = 1.2  # times faster: from there on a second thread pays


def values(run):
    names = ("speed_training", "speed_inference", "scaling", "break_even")
    training, inference, scaling, break_even = (Group(run.read(name)) for name in names)
    if not (training or inference or scaling or break_even):
        return None
    growing = Group([row for row in scaling if row["what"] in GROWING])
    curves = growing.by("what", "contender")
    peaks = scaling.where(what="images")["peak_extra_mb"]
    numbers = {row["contender"]: row["milliseconds"] for row in scaling.where(what="numbers")}
    return {
        "masked": 100 * MASKED,
        "training": training,
        "inference": inference,
        "scaling": [Group(curve, e=exponent(curve)) for curve in curves.values()],
        "break_even": [
            row | {"k": "not measured" if math.isnan(k := row["break_even"]) else f"{k:.3f}"}
            for row in break_even
        ],
        "step_images": BATCH,
        "pass_images": IMAGES,
        "peaks": peaks,
        "peak_spread": max(peaks) / min(peaks) if len(peaks) else None,
        "subnormal": numbers["subnormal"] / numbers["normal"] if numbers else None,
        **_one_image(scaling.where(what="side")),
    }


def _one_image(rows):
    """What it takes by the size of a matrix, on one thread and on several."""
    one, several = (
        {row["value"]: nanoseconds_a_weight(row) for row in rows.where(contender=threads)}
        for threads in ("one thread", "BLAS's threads")
    )
    if not one:
        return {}
    paying = [n for n in several if one.get(n, 0) > GAIN * several[n]]
    return {
        "nearest": min(one.values()),
        "farthest": one[max(one)],
        "large": megabytes(max(one)),
        "threads_from": megabytes(min(paying)) if paying else None,
    }
