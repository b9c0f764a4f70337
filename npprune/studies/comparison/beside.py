"""Numbers beside numbers: what others printed, what the runs have, and the gap divided.

A gap between the source report and a run has two parts.  One comes with the recipe: another
optimizer, other initial weights, another choice of the epoch.  The other comes with all the rest:
other random numbers, another library, numbers read off a picture.  A second run, by the source's
own protocol (npprune prune --protocol source), lies between the two and tells them apart.  It is
looked for in the folder source-protocol of the run's own.

Read next: npprune/studies/comparison/figures.py.
"""

from typing import NamedTuple

import numpy as np

from npprune.lab import page
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.studies import source

REPLICA = "source-protocol"  # folder, inside a run's, of the run by the source's protocol
HERE, REPLAYED = "here", "source's protocol here"


def sides(run):
    """The runs whose records are shown, by the name of their column: {name: Run}."""
    if run.config.protocol == "source":
        return {REPLAYED: run}
    folder = run.folder / REPLICA
    if (folder / "config.json").exists():
        replica = Run.open(folder)
        if source.comparable(replica.config) and replica.config.protocol == "source":
            return {REPLAYED: replica, HERE: run}
    return {HERE: run}


def measured(runs, table, **where):
    """Records of a table of each side, those with the given values: {name of the side: records}."""
    return {name: select(run.read(table), **where) for name, run in runs.items()}


class Line(NamedTuple):
    """A line of such a table.

    theirs: a number or text for each work, None for nothing; ours {side: records, or text};
    column: that of the records whose mean and spread are shown, with so many digits
    """

    label: str
    theirs: list
    ours: dict
    column: str = ""
    digits: int = 0


def beside(caption, first, works, lines):
    """Make a table of lines, or None when no line has anything of ours.

    first: header of the labels; works: names of those whose numbers a line's `theirs` are

    Where a line has records of both sides, its gap to the first work is divided:

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
    """The two parts of a gap as text; none where they are not known."""
    records = [line.ours.get(side) for side in (HERE, REPLAYED)]
    if not line.column or not all(records) or not isinstance(line.theirs[0], (int, float)):
        return []
    here, replayed = (np.mean([row[line.column] for row in rows]) for rows in records)
    parts = here - replayed, replayed - line.theirs[0]
    return [f"{round(part, line.digits) + 0:+.{line.digits}f}" for part in parts]  # + 0: no -0
