"""Milliseconds, and the sparsity from which on a format pays.

Read next: npprune/studies/look/__init__.py.
"""

from npprune.lab.group import Group
from npprune.lab.stopwatch import break_even
from npprune.lab.words import counted

BATCH = 100  # images; of all that is told but the break-evens
AUTO_K = 0.8
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.97, 0.99)
CROSSINGS = (("weight", "coo"), ("weight", "csr"), ("unit", "csr"), ("unit", "compact"))


def values(run):
    rows = Group(run.read("timing"))
    if not rows:
        return None
    here = rows.where(batch=BATCH, threads=1)
    csr = here.where(kind="weight", format="csr")
    first = csr.where(k=min(csr["k"], default=0))
    behind, threads = 1 / first["speedup_over_dense"], max(rows["threads"])
    return {
        "first": first,
        "start_batch": BATCH,
        "behind": behind[behind > 1],
        "quick": run.config.quick,
        "pays_from": break_even(csr) or None,
        "half": here.where(kind="unit", format="compact", k=0.5),
        "auto_k": AUTO_K,
        "auto": here.where(kind="weight", format="auto", k=AUTO_K),
        "threads": counted(threads, "thread"),
        "rounds": rows["rounds"],
        "break_evens": [*_break_evens(rows)],
        "milliseconds": [*_milliseconds(rows.where(batch=BATCH, threads=threads))],
    }


def _break_evens(rows):
    for _, here in sorted(rows.by("threads", "batch").items()):
        for kind, format in CROSSINGS:
            here.more[f"{kind} {format}"] = _crossing(here.where(kind=kind, format=format))
        yield here


def _crossing(rows):
    if not rows:
        return ""
    k = break_even(rows)
    return "never" if k is None else "always" if k == 0 else f"{k:.3f}"


def _milliseconds(rows):
    for (kind, k), here in rows.by("kind", "k").items():
        if k in SHOWN:
            times = {row["format"]: row["median_ms"] for row in here}
            yield Group(here.where(format="auto"), kind=kind, k=k, **times)
