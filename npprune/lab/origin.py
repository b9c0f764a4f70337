"""Where numbers come from: what captions and sections say of data, seeds and machines.

Read next: npprune/report.py.
"""

from npprune.lab.baseline import living
from npprune.lab.words import counted


def of_figure(run, figure):
    """What a picture's records come from, to end its caption."""
    rows, config = run.read(figure.tables[-1]) or run.read(figure.tables[0]), run.config
    parts = ["quick form of this study, few draws"] if rows[0].get("form") == "quick" else []
    if seeds := _seeds(rows):
        one = figure.first_seed or len(seeds) == 1
        parts += [config.dataset, f"seed {min(seeds)}" if one else f"mean of {len(seeds)} seeds"]
    if config.protocol == "source":
        parts.append("source's protocol: the test set chooses")
    if config.quick:
        parts.append("QUICK FORM, not a result")
    return f" ({', '.join(parts)})" if parts else ""


def of_study(run, study):
    """What a study's records come from, as a sentence; "" without records."""
    tables = [table.name for table in study.tables if run.read(table.name)]
    if not tables:
        return ""
    words = ", ".join(filter(None, [f"Records of {run.config.dataset}", size(run, study)]))
    processors = dict.fromkeys(
        str(record.get("processor"))
        for record in run.machines()
        if {*tables} & {*record.get("measured", tables)}
    )
    return f"{words}; measured on {' and '.join(processors)}." if processors else f"{words}."


def size(run, study):
    """How many networks a study looked at, as words."""
    rows = [row for table in study.tables for row in run.read(table.name)]
    seeds = max((len(_seeds(run.read(table.name))) for table in study.tables), default=0)
    quick = any(row.get("form") == "quick" for row in rows)
    return ", ".join([counted(seeds, "seed")] * bool(seeds) + ["quick form"] * quick)


def _seeds(rows):
    rows = living(rows) if rows and "train_loss" in rows[0] else rows  # as they are drawn
    return {row["seed"] for row in rows if "seed" in row}
