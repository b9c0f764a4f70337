"""The times and ratios of several machines, side by side.

Read next: npprune/studies/comparison/__init__.py.
"""

import math

from npprune.lab.page import Table
from npprune.lab.records import select
from npprune.lab.stopwatch import break_even
from npprune.lab.words import listed
from npprune.studies.speed.scaling import STEP, exponent

SIZES = 1, 100, 1000  # images at once
K, N = 0.9, 100
TIMED = (
    ("weight", "csr", K),
    ("weight", "auto", K),
    ("unit", "compact", 0.5),
    ("unit", "compact", K),
)
ALIKE = 1.25  # largest over smallest value, up to which a number is said to carry over


def values(run):
    others = [
        inner
        for inner in run.inner()
        if inner.config.dataset == run.config.dataset
        and inner.config.quick == run.config.quick
        and machine(inner) not in (None, machine(run))
    ]
    if machine(run) is None or not others:
        return None
    runs = [run, *others]
    columns = [numbers(one) for one in runs]
    spread, rows = {}, []
    for name in columns[0]:
        found = [column[name] for column in columns if name in column]
        if len(found) == len(columns):  # else another machine may differ yet
            spread[name] = max(found) / min(found)
        if len(found) > 1:
            cells = [f"{column[name]:.3g}" if name in column else "" for column in columns]
            rows.append([name, *cells, f"{spread[name]:.2f}" if name in spread else ""])
    moved = [name for name in spread if spread[name] > ALIKE]
    header = ["", *map(machine, runs), "largest / smallest"]
    caption = "The same comparisons on several machines: on one thread, but for the training step"
    return {
        "machines": len(runs),
        "alike": ALIKE,
        "compared": len(spread),
        "carried": len(spread) - len(moved),
        "moved": listed(moved, "; "),
        "side_by_side": Table(caption, header, rows),
    }


def machine(run):
    if not run.read("timing"):
        return None
    for record in run.machines():
        if "timing" in record.get("measured", ["timing"]):
            kernels, processor = record.get("BLAS kernels"), str(record.get("processor"))
            return f"{processor}, kernels of {kernels}" if kernels else processor
    return None


def numbers(run):
    timing, scaling = select(run.read("timing"), threads=1), run.read("scaling")
    roofs = select(run.read("roofline"), what="roof")
    product, axpy = (_first(roofs, "gflops", name=name) for name in ("gemm", "axpy"))
    subnormal, normal = (
        _first(scaling, "milliseconds", what="numbers", contender=name)
        for name in ("subnormal", "normal")
    )
    found = {}
    for batch in SIZES:
        csr = select(timing, batch=batch, kind="weight", format="csr")
        found[f"break-even of CSR, batch {batch}"] = break_even(csr)
    for kind, format, k in TIMED:
        name = f"dense / {format}, {k:.0%} of the {kind}s pruned, batch {N}"
        at = {"kind": kind, "format": format, "k": k, "batch": N}
        found[name] = _first(timing, "speedup_over_dense", **at)
    found |= {
        "GFLOP/s of the matrix product": product,
        "GFLOP/s of y += a x in the cache": axpy,
        "the one over the other": product / axpy,
        "GB/s of a copy in memory": _first(roofs, "gbytes_per_second", name="copy"),
    }
    for row in select(run.read("speed_training"), width=1000):
        found[f"training step / its products, batch {row['batch']}"] = row["step_over_products"]
    steps = select(scaling, what="width", contender=STEP)
    found["exponent of the training step over the width"] = exponent(steps)
    found["subnormal numbers, times slower"] = subnormal / normal
    return {name: value for name, value in found.items() if value and math.isfinite(value)}


def _first(rows, column, **where):
    return next((row[column] for row in select(rows, **where)), math.nan)
