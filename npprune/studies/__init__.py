"""The questions of this project, in the order in which they are asked and answered.

Each name is a folder beside this file.  The rest of the program knows only this list.  To add a
study, add its folder (see npprune/lab/study.py) and its name.
"""

from importlib import import_module

STUDIES = (
    "train",
    "prune",
    "time",
    "look",
    "randomness",
    "criteria",
    "ablation",
    "frontier",
    "fewest",
    "tuning",
    "locality",
    "lost",
    "elsewhere",
    "speed",
    "processors",
    "comparison",
)


def study(name):
    return import_module(f"{__name__}.{name}").STUDY


def after(name):
    """Name the next command: the first study that needs this one, else the report."""
    return next((other for other in STUDIES if name in study(other).needs), "report")


def part(name, what):
    """Return a module of a study: "measure", "draw" or "tell"."""
    return import_module(f"{__name__}.{name}.{what}")


def order(name, config):
    """Return {column: its values in order} for a study's rows; others are sorted."""
    listed = getattr(part(name, "measure"), "order", None)
    return listed(config) if listed else {}


def derived(name, table, rows):
    """Return the rows of a table that follows from another's."""
    function = table.name.removeprefix(f"{name}_")
    return getattr(part(name, "measure"), function)(rows)
