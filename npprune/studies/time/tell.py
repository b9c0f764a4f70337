"""Milliseconds, and the sparsity from which on a format pays.

Read next: npprune/studies/look/__init__.py.
"""

from npprune.inference.engine import FORMATS
from npprune.lab.page import counted, table
from npprune.lab.records import groups, select
from npprune.lab.stopwatch import break_even

BATCH = 100  # images; of all that is told but the break-evens
AUTO_K = 0.8
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.97, 0.99)
CROSSINGS = (("weight", "coo"), ("weight", "csr"), ("unit", "csr"), ("unit", "compact"))


def values(run):
    rows = run.read("timing")
    if not rows:
        return None
    here = select(rows, batch=BATCH, threads=1)
    csr = select(here, kind="weight", format="csr")
    half = next(iter(select(here, kind="unit", format="compact", k=0.5)), None)
    auto = next(iter(select(here, kind="weight", format="auto", k=AUTO_K)), None)
    first = min(csr, key=lambda row: row["k"], default=None)
    behind = first and 1 / first["speedup_over_dense"]
    return {
        "first_k": first and first["k"],
        "start_batch": BATCH,
        "behind": behind if behind and behind > 1 and not run.config.quick else None,
        "pays_from": break_even(csr) or None,
        "half_units": half and half["speedup_over_dense"],
        "auto_k": AUTO_K,
        "auto_gain": auto and auto["speedup_over_dense"],
        "threads": counted(max(row["threads"] for row in rows), "thread"),
        "rounds": "{} to {}".format(*(f(row["rounds"] for row in rows) for f in (min, max))),
        "break_evens": _break_evens(rows),
        "milliseconds": _milliseconds(rows),
    }


def _break_evens(rows):
    lines = groups(sorted(rows, key=lambda row: (row["threads"], row["batch"])), "threads", "batch")
    columns = [(name, lambda here, name=name: str(here[0][name])) for name in ("threads", "batch")]
    for kind, format in CROSSINGS:
        name = format if format == "compact" else format.upper()
        columns.append((f"{kind}s, {name}", _crossing(kind, format)))
    caption = "Break-even sparsity against dense at the same number of threads"
    return table(caption, lines.values(), columns)


def _crossing(kind, format):
    def words(here):
        k = break_even(select(here, kind=kind, format=format))
        return "never" if k is None else "always" if k == 0 else f"{k:.3f}"

    return words


def _milliseconds(rows):
    threads = max(row["threads"] for row in rows)
    here = [row for row in select(rows, batch=BATCH, threads=threads) if row["k"] in SHOWN]
    lines = [
        {
            "pruned": f"{kind}s",
            "k": k,
            "gain": select(found, format="auto")[0]["speedup_over_dense"],
        }
        | {row["format"]: row["median_ms"] for row in found}
        for (kind, k), found in groups(here, "kind", "k").items()
    ]
    return table(
        f"Milliseconds for a batch of {BATCH}, {counted(threads, 'thread')}",
        lines,
        [
            ("pruned", "{pruned}"),
            ("k", "{k:g}"),
            *((format, f"{{{format}:.2f}}") for format in FORMATS),
            ("dense / auto", "{gain:.1f}x"),
        ],
    )
