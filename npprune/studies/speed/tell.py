"""What the study of speed says: its tables.

Read next: npprune/studies/comparison/__init__.py.
"""

import math

from npprune.lab.page import table
from npprune.studies.speed.training import MASKED

CAPTIONS = {
    "training": "A training step, BLAS as it is set; masked: {masked:.0%} of the weights held at 0",
    "growth": "Evaluating more images",
    "inference": "A pruned forward pass on one thread, and (all) on all threads",
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
    "growth": [
        ("images", "{images:,}"),
        ("seconds", "{seconds:.2f}"),
        ("microseconds an image", "{microseconds_per_image:.1f}"),
        ("peak extra MB", "{peak_extra_mb:.1f}"),
    ],
    "inference": [
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


def values(run):
    """Fill the slots of tell.md."""
    records = {slot: run.read(name or slot) for slot, name in TABLES.items()}
    if not any(records.values()):
        return None
    return {
        slot: table(CAPTIONS[slot].format(masked=MASKED), rows, COLUMNS[slot]) if rows else None
        for slot, rows in records.items()
    }


def _unless_missing(how, value):
    return "not measured" if math.isnan(value) else how.format(value)
