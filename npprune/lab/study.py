"""What a study is: a question, tables that answer it, figures, and how much is done.

Every study is a folder of npprune/studies with the same files:

    __init__.py   STUDY: plain data, imports nothing heavy
    measure.py    pieces(run, dataset, form): its Pieces; order(config), if rows have one
    draw.py       draws figures from records
    tell.md       its section of the report, with slots
    tell.py       values(run) for the slots; None when there is nothing to tell

The rest of the program knows no more of studies.

Read next: npprune/lab/records.py.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

MODES = ("trial", "short", "full")  # of a quick run; in a run of everything; alone, or with --full


class Records(NamedTuple):
    """A table, data/<name>.csv; key: the columns that find a piece's rows."""

    name: str
    key: tuple
    costs: tuple = ()  # columns that may differ when the same thing is measured twice
    times: tuple = ()  # columns that compare only on one machine
    one_machine: bool = False  # all of it is times: a merge takes one folder's, whole
    first_seed: bool = False  # detail that is kept of the first seed alone
    follows: str = ""  # the table it is computed from, by measure.py's function of its last word


class Figure(NamedTuple):
    """A picture, figures/<name>.png: draw.py's function and the tables it is given."""

    name: str
    draw: str
    tables: tuple
    first_seed: bool = False  # whatever others there are


@dataclasses.dataclass(frozen=True)
class Study:
    """A question and all that the program needs to answer it.

    forms {mode: form} says how much is done.  A run of everything leaves out a study without
    "short", unless --full is given; without forms it measures nothing.  marks_form: records hold
    form.name; full ones replace others.
    """

    name: str
    question: str  # for people, in one line
    takes: str = ""  # how long its full form takes
    tables: tuple = ()
    figures: tuple = ()
    forms: dict = dataclasses.field(default_factory=dict)
    needs: tuple = ()  # studies whose records or networks it uses
    flags: tuple = ()  # fields of its form that a flag of the command line may set
    marks_form: bool = False

    def __post_init__(self):
        names = [table.name for table in self.tables]
        faults = [f"the table {table.name} has no key" for table in self.tables if not table.key]
        faults += [f"there is no form {mode!r}" for mode in self.forms if mode not in MODES]
        faults += [
            f"the figure {figure.name} is of a table {name} that it does not have"
            for figure in self.figures
            for name in figure.tables
            if name not in names and not self.needs
        ]
        faults += [
            f"{table.name} follows {table.follows}, which is none of its tables"
            for table in self.tables
            if table.follows and table.follows not in names
        ]
        faults += [f"two tables are named {name}" for name in {*names} if names.count(name) > 1]
        if faults:
            raise ValueError(f"study {self.name}: {'; '.join(faults)}")

    @property
    def trains(self):
        """Whether it trains the run's networks: its form is the run's own recipe."""
        return bool(self.forms) and not any(self.forms.values())

    def is_full(self, run):
        """Say whether a run holds records of the full form."""
        names = [table.name for table in self.tables]
        return any(row.get("form") == "full" for name in names for row in run.read(name))


# Where a piece of work is done.
HERE = "here"  # in this process, BLAS as the user has set it
ALONE = "alone"  # in a fresh process with one BLAS thread, nothing beside it: what is timed
CORES = "cores"  # in as many such processes as there are cores


class Later(functools.partial):
    """An argument that is not made, in this process, before its piece is begun."""


class Piece(NamedTuple):
    """A piece of work, done and recorded as a whole.

    key {column: value} begins its rows; it is done when `table` has such rows, or when done() says
    so.  If not, make(*arguments) -> {table: rows}.
    """

    table: str
    key: dict
    make: Callable
    arguments: tuple  # some of them Later
    where: str = CORES
    done: Callable | None = None

    def given(self):
        return [value() if isinstance(value, Later) else value for value in self.arguments]
