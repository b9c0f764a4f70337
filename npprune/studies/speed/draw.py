"""Products under the roofs of the machine.

Read next: npprune/studies/speed/tell.py.
"""

import numpy as np

from npprune.lab import style
from npprune.lab.records import select

ROOFS = (("gemm", "-", "matrix product, blocked"), ("axpy", "--", "y += a x, in cache"))


def roofs(path, config, rows):
    """Draw the records of data/roofline.csv; the words at the points are batch sizes."""
    rates = {row["name"]: row for row in select(rows, what="roof")}
    x = np.geomspace(0.1, 300, 200)
    slope = rates["copy"]["gbytes_per_second"] * x
    with style.figure(path, size=(8, 5)) as (drawn, axes):
        for name, line, words in ROOFS:
            peak = rates[name]["gflops"]
            label = f"{words}: {peak:.0f}"
            axes.plot(x, np.minimum(slope, peak), line, color=style.GREY, label=label)
        for format in ("dense", "csr", "coo"):
            points = select(rows, what="product", name=format)
            look = style.FORMAT[format] | {"marker": style.FORMAT[format]["marker"] or "D"}
            intensities = [row["flops_per_byte"] for row in points]
            axes.plot(intensities, [row["gflops"] for row in points], **look)
            for row in (points[0], points[-1]) if format != "coo" else ():  # the same as CSR's
                axes.annotate(
                    f"batch {row['batch']}", (row["flops_per_byte"], row["gflops"]),
                    textcoords="offset points", xytext=(4, -12), fontsize=8,
                )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        style.plain_ticks(axes.xaxis, *axes.get_xlim())
        style.plain_ticks(axes.yaxis, *axes.get_ylim())
        axes.set_xlabel("operations on weights that are not zero, for each byte moved")
        axes.set_ylabel("GFLOP/s, one thread")
        style.shared_legend(drawn, ncols=3)
