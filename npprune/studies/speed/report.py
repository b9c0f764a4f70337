"""What the speed studies say, as blocks of the report.

Read next: npprune/studies/comparison/__init__.py.
"""

import math

from npprune.lab.page import Heading, Paragraph, Picture, Table, markdown
from npprune.studies.speed.inference import SPARSITIES
from npprune.studies.speed.training import MASKED


def blocks(run):
    """The section on speed; none if it was not measured."""
    tables = _tables(run)
    if not tables:
        return []
    parts = [
        Heading(2, "How near the limit"),
        Paragraph(
            "A training step cannot be cheaper than its matrix products and one update of the "
            "weights. A pruned forward pass is held against the bare sparse products of its "
            "matrices, each over the whole batch; a plan that cuts the batch into panels, which "
            "stay in the cache, can be faster than they are. The ratios below were each taken in "
            "one interleaved run; they hold where absolute times do not."
        ),
    ]
    if run.read("roofline"):
        parts.append(
            Picture(
                "figures/roofline.png",
                "Measured speed of products under the machine's roofs",
                "Billions of operations a second over operations for each byte moved, both on log "
                "scales. A roof that rises with memory and ends flat at the blocked matrix "
                "product, a dashed one of y += a x in the cache, and below them lines of "
                "measured products, dense, CSR and COO, from batches of 1 to large ones.",
            )
        )
    return parts + tables


def summary(run):
    """The tables as text for the terminal."""
    return markdown(_tables(run))


def _tables(run):
    tables = []
    if rows := run.read("speed_training"):
        tables.append(_training(rows))
    if rows := run.read("growth"):
        tables.append(_growth(rows))
    if rows := run.read("around"):
        tables.append(_around(rows))
    if rows := run.read("speed_inference"):
        tables.append(_inference(rows))
    if rows := run.read("break_even"):
        tables.append(_break_even(rows))
    return tables


def _training(rows):
    return Table(
        f"A training step, BLAS as it is set; masked: {MASKED:.0%} of the weights held at zero",
        ["width", "batch", "step ms", "step / products", "masked / step", "images/s"],
        [
            [
                str(row["width"]),
                str(row["batch"]),
                f"{row['step_ms']:.1f}",
                f"{row['step_over_products']:.2f}",
                f"{row['masked_over_step']:.2f}",
                f"{row['images_per_second']:,.0f}",
            ]
            for row in rows
        ],
    )


def _growth(rows):
    return Table(
        "Evaluating more images",
        ["images", "seconds", "microseconds an image", "peak extra MB"],
        [
            [
                f"{row['images']:,}",
                f"{row['seconds']:.2f}",
                f"{row['microseconds_per_image']:.1f}",
                f"{row['peak_extra_mb']:.1f}",
            ]
            for row in rows
        ],
    )


def _around(rows):
    return Table(
        "What surrounds the arithmetic, the best of the repeats",
        ["task", "seconds", "repeats", "test accuracy"],
        [
            [
                row["task"],
                f"{row['seconds']:.2f}",
                str(row["repeats"]),
                "" if math.isnan(row["test_accuracy"]) else f"{row['test_accuracy']:.4f}",
            ]
            for row in rows
        ],
    )


def _inference(rows):
    return Table(
        "A pruned forward pass on one thread; the last three columns: auto over the best format on "
        "all threads, CSR on one thread over CSR on all, the plain loop on one thread over auto on "
        "all",
        ["batch", "k", "dense ms", "CSR ms", "auto ms", "CSR / products", "auto / best",
         "auto / best, all", "CSR, gain of threads", "auto over naive"],
        [
            [
                str(row["batch"]),
                f"{row['k']:g}",
                f"{row['dense_1_ms']:.2f}",
                f"{row['csr_1_ms']:.2f}",
                f"{row['auto_1_ms']:.2f}",
                f"{row['csr_over_products']:.2f}",
                f"{row['auto_over_best']:.2f}",
                f"{row['auto_over_best_all']:.2f}",
                f"{row['threads_gain']:.2f}x",
                f"{row['gain_over_naive']:.2f}x",
            ]
            for row in rows
        ],
    )  # fmt: skip


def _break_even(rows):
    def interval(row):
        if row["break_even"] != row["break_even"]:
            return [f"not below {max(SPARSITIES):g}", ""]
        return [f"{row['break_even']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}"]

    return Table(
        "Break-even sparsity of CSR against dense, with its 95 % interval",
        ["batch", "threads", "k", "interval"],
        [[str(row["batch"]), str(row["threads"]), *interval(row)] for row in rows],
    )
