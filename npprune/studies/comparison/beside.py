"""Numbers side by side: what others published, what the runs have, and the gap divided.

A gap to the source report has two parts: one from the recipe, one from all else (random numbers,
library, numbers read off a picture).  A run by the source's protocol (npprune prune --protocol
source), in the run's folder source-protocol, separates them.

Read next: npprune/studies/comparison/figures.py.
"""

import math

from npprune.lab.group import Group
from npprune.lab.run import Run
from npprune.lab.statistics import welch_interval
from npprune.lab.words import mean_and_spread, with_interval
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
    """A table's records with the given values: {name of the side: Group}."""
    return {name: Group(run.read(table)).where(**where) for name, run in runs.items()}


def line(label, theirs, answer="", ours=None):
    """A line of the table; what others published is a number or text, ours {side: text}."""
    blank = dict.fromkeys((REPLAYED, HERE, "from the recipe", "from all else"), "")
    theirs, answer = (x if isinstance(x, str) else f"{x:g}" for x in (theirs, answer))
    return {"label": label, "source": theirs, "other answer": answer} | blank | (ours or {})


def measured_line(label, theirs, groups, column, how, answer=""):
    """A line of what was measured, {side: Group}; with records of both sides, its gap divided:

    here - source  =  (here - source's protocol here)  +  (source's protocol here - source)
    """
    numbers = {name: group[column] for name, group in groups.items() if group}
    ours = {name: mean_and_spread(found, how) for name, found in numbers.items()}
    if len(numbers) > 1:
        here, replayed = numbers[HERE], numbers[REPLAYED]
        gap, rest = welch_interval(here, replayed), welch_interval(replayed, [theirs])
        if len(replayed) < 2:  # its own spread is not known
            gap = gap._replace(high=math.inf)
        ours["from the recipe"] = with_interval(gap, how)
        ours["from all else"] = with_interval(rest, how)
    return line(label, theirs, answer, ours)
