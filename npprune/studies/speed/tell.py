"""The tables of the study of speed.

Read next: npprune/studies/processors/__init__.py.
"""

import math

from npprune.lab.page import table
from npprune.lab.records import groups, select
from npprune.studies.speed.draw import GROWING
from npprune.studies.speed.scaling import BATCH, IMAGES, exponent, megabytes, nanoseconds_a_weight
from npprune.studies.speed.training import MASKED

CAPTIONS = {
    "training": "A training step, BLAS as it is set; masked: {masked:.0%} of the weights held at 0",
    "scaling": "How the time grows: value^exponent at the larger values",
    "inference": "A pruned forward pass on one thread, and (all) on all; best: of all others",
    "break_even": "Break-even sparsity of CSR against dense, with its 95 % interval",
}
COLUMNS = {
    "training": [
        ("width", "{width}"),
        ("batch", "{batch}"),
        ("step ms", "{step_ms:.1f}"),
        ("step / products", "{step_over_products:.2f}"),
        ("masked / step", "{masked_over_step:.2f}"),
        ("images/s", "{images_per_second:,.0f}"),
    ],
    "scaling": [
        ("grows", lambda rows: rows[0]["what"]),
        ("contender", lambda rows: rows[0]["contender"]),
        ("from", lambda rows: f"{min(row['value'] for row in rows):,.7g}"),
        ("to", lambda rows: f"{max(row['value'] for row in rows):,.7g}"),
        ("ms at most", lambda rows: f"{max(row['milliseconds'] for row in rows):,.1f}"),
        ("exponent", lambda rows: f"{exponent(rows):.2f}"),
    ],
    "inference": [
        ("masks", lambda row: row.get("masks", "magnitude")),
        ("batch", "{batch}"),
        ("k", "{k:g}"),
        ("dense ms", "{dense_1_ms:.2f}"),
        ("CSR ms", "{csr_1_ms:.2f}"),
        ("auto ms", "{auto_1_ms:.2f}"),
        ("CSR / products", "{csr_over_products:.2f}"),
        ("auto / best", "{auto_over_best:.2f}"),
        ("auto / best, all", "{auto_over_best_all:.2f}"),
        ("CSR, one / all", "{threads_gain:.2f}x"),
        ("naive, one / auto, all", "{gain_over_naive:.2f}x"),
    ],
    "break_even": [
        ("batch", "{batch}"),
        ("threads", "{threads}"),
        ("k", lambda row: _unless_missing("{:.3f}", row["break_even"])),
        ("interval", "{low:.3f} to {high:.3f}"),
    ],
}
TABLES = dict.fromkeys(COLUMNS) | {"training": "speed_training", "inference": "speed_inference"}
GAIN = 1.2  # times faster: from there on a second thread pays


def values(run):
    records = {slot: run.read(name or slot) for slot, name in TABLES.items()}
    if not any(records.values()):
        return None
    scaling = records["scaling"]
    curves = groups([row for row in scaling if row["what"] in GROWING], "what", "contender")
    records["scaling"] = list(curves.values())
    return {
        slot: table(CAPTIONS[slot].format(masked=MASKED), rows, COLUMNS[slot]) if rows else None
        for slot, rows in records.items()
    } | _jumps(scaling)


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


def _unless_missing(how, value):
    return "not measured" if math.isnan(value) else how.format(value)
