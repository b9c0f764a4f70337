"""Figure 5 of the source report, milliseconds for 100 images in COO, beside the same here.

Absolute times of two machines and two libraries say nothing about either, so each side is divided
by its own time at the first sparsity of the figure.  What the figure lacks is the one number that
answers its question: the time of the dense network on the same machine.

Read next: npprune/studies/comparison/published.py.
"""

from npprune.lab.page import Heading, Paragraph, Table, counted
from npprune.lab.records import select
from npprune.studies import source
from npprune.studies.timing import break_even

BATCH = 100  # images, in the source's figure
FIRST = source.SPARSITIES[0]  # its time at k = 0 was not read


def measured(run):
    """Records of the figure here: weights in COO at the source's batch, on the fewest threads."""
    rows = select(run.read("timing"), kind="weight", batch=BATCH)
    rows = select(rows, threads=min((row["threads"] for row in rows), default=1))
    return rows if select(rows, format="coo", k=FIRST) else []


def blocks(run):
    """Figure 5; none if nothing was timed."""
    rows = measured(run)
    if not rows:
        return []
    return [Heading(3, "Figure 5: time for 100 images"), _table(rows), Paragraph(_said(rows))]


def ratio(rows, k):
    """Time in COO at k over that at the figure's first sparsity."""
    (first,), (then,) = (select(rows, format="coo", k=at) for at in (FIRST, k))
    return then["median_ms"] / first["median_ms"]


def over_dense(rows, k):
    """Time in COO at k over that of the dense product, measured in turns with it."""
    (here,) = select(rows, format="coo", k=k)
    return 1 / here["speedup_over_dense"]


def _table(rows):
    lines = []
    for k, theirs in zip(source.SPARSITIES, source.COO_MILLISECONDS, strict=True):
        line = [f"{k:g}", f"{(1 - k) / (1 - FIRST):.3f}", str(theirs)]
        line.append(f"{theirs / source.COO_MILLISECONDS[0]:.3f}")
        for here in select(rows, format="coo", k=k):
            line.append("{median_ms:.2f} ({q1_ms:.2f} to {q3_ms:.2f})".format(**here))
            line += [f"{ratio(rows, k):.3f}", f"{over_dense(rows, k):.2f}"]
        lines.append(line + [""] * (7 - len(line)))
    header = ["k", "weights", "source ms", "source", "here ms (quartiles)", "here", "over dense"]
    caption = (
        f"Weight-pruned, COO at every k, 100 images; ratios to k = {FIRST:g}: weights left, and "
        "time in the source and here; last, time here over the dense product's"
    )
    return Table(caption, header, lines)


def _said(rows):
    k, threads = 0.9, rows[0]["threads"]
    theirs = source.COO_MILLISECONDS[source.SPARSITIES.index(k)] / source.COO_MILLISECONDS[0]
    crossing = break_even(select(rows, format="coo"))
    faster = {None: "at no k", 0.0: "at every k"}.get(
        crossing, f"only above k = {crossing or 0:.3f}"
    )
    return (
        "Milliseconds cannot be compared: other machine, PyTorch there and SciPy here, the mean of "
        "100 batches from a cold start there and the median of repeated runs here, on "
        f"{counted(threads, 'thread')}. From k = {FIRST:g} to {k:g} the weights left fall "
        f"to {(1 - k) / (1 - FIRST):.2f}, the time to {theirs:.2f} of itself in the source and to "
        f"{ratio(rows, k):.2f} here. Fewer stored weights take a sparse format less time, so the "
        "fall alone says nothing about what sparsity gains. The source has no dense time: its "
        f"curve begins in a sparse format. Here COO is faster than dense {faster}; at k = 0.5 it "
        f"takes {over_dense(rows, 0.5):.1f} times the dense product's time. Whether the source's "
        "COO was ever faster than its dense network cannot be told from its figure."
    )
