"""Numbers side by side: what others published, what the runs have, and the gap divided.

A gap to the source report has two parts: one from the recipe, one from all else (random numbers,
library, numbers read off a picture).  A run by the source's protocol (npprune prune --protocol
source), in the run's folder source-protocol, separates them.

Read next: npprune/studies/comparison/figures.py.
"""

import math
from typing import NamedTuple

from npprune.lab import page
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.statistics import welch_interval
from npprune.studies import source

REPLICA = "source-protocol"  # folder, inside a run's, of the run by the source's protocol
HERE, REPLAYED = "here", "source's protocol here"


def sides(run):
    """The runs that are shown: {name of the column: Run}."""
    if run.config.protocol == "source":
        return {REPLAYED: run}
    folder = run.folder / REPLICA
    if (folder / "config.json").exists():
        replica = Run.open(folder)
        if source.comparable(replica.config) and replica.config.protocol == "source":
            return {REPLAYED: replica, HERE: run}
    return {HERE: run}


def measured(runs, table, **where):
    """A table's records with the given values: {name of the side: records}."""
    return {name: select(run.read(table), **where) for name, run in runs.items()}


class Line(NamedTuple):
    """A line of such a table.

    theirs: number, text or None for each work; ours: {side: records or text}; column: of the
    records, shown as mean and spread with so many digits
    """

    label: str
    theirs: list
    ours: dict
    column: str = ""
    digits: int = 0


def beside(caption, first, works, lines):
    """Make a table of lines, or None when no line has anything of ours.

    first: header of the labels; works: whose numbers each line's `theirs` are

    With records of both sides, the gap to the first work is divided:

        here - work  =  (here - source's protocol here)  +  (source's protocol here - work)
    """
    if not any(any(line.ours.values()) for line in lines):
        return None
    names, gaps = list(lines[0].ours), [_gaps(line) for line in lines]
    header = [first, *works, *names]
    rows = [
        [line.label, *map(_theirs, line.theirs), *(_ours(line, line.ours[n]) for n in names)]
        for line in lines
    ]
    if any(gaps):
        header += ["from the recipe", "from all else"]
        rows = [row + (gap or ["", ""]) for row, gap in zip(rows, gaps, strict=True)]
    return page.Table(caption, header, rows)


def _theirs(value):
    return value or "" if value is None or isinstance(value, str) else f"{value:g}"


def _ours(line, records):
    return records if isinstance(records, str) else page.cell(records, line.column, line.digits)


def _gaps(line):
    records = [line.ours.get(side) for side in (HERE, REPLAYED)]
    if not line.column or not all(records) or not isinstance(line.theirs[0], (int, float)):
        return []
    here, replayed = ([row[line.column] for row in rows] for rows in records)
    gap = welch_interval(here, replayed)
    if len(replayed) < 2:  # its own spread is not known
        gap = gap._replace(high=math.inf)
    rest = welch_interval(replayed, [line.theirs[0]])
    return [page.with_interval(part, line.digits) for part in (gap, rest)]
