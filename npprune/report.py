"""The page that tells the story: what was run, what came out, what it means.

Its words are Markdown with slots: introduction.md here and a tell.md for each study.  The run's
records alone fill the slots, so no sentence can disagree with a table.

Read next: npprune/driver.py.
"""

from pathlib import Path

from npprune import studies
from npprune.errors import InputError
from npprune.files import write_whole
from npprune.lab import origin, page, template
from npprune.lab.config import QUICK_EVALUATE, QUICK_TRAIN
from npprune.lab.words import counted


def write(run):
    """Write report.md and report.html into a run's folder; -> path of the HTML."""
    title = "What pruning does to a neural network, and what it buys"
    parts = [told(run, name) for name in studies.STUDIES]
    if not any(parts):
        raise InputError(f"{run.folder}: nothing is measured yet: npprune train --out {run.folder}")
    parts.insert(0, introduction(run))
    body, abstract, limits, appendix = (
        [block for part in parts for block in part.get(place, [])] for place in template.PLACES
    )
    blocks = [page.Heading(1, title), *_headed("Abstract", _joined(abstract)), *body]
    blocks += template.fill(_text(__file__, "related.md"), {}) if limits else []
    blocks += [*_headed("Limits", limits), *_headed("Appendix", appendix)]
    blocks = list(page.numbered(blocks))
    html = page.html(title, blocks, run.folder)
    write_whole(run.folder / "report.md", page.markdown(blocks))
    write_whole(run.folder / "report.html", html)
    return run.folder / "report.html"


def _headed(title, blocks):
    return [page.Heading(2, title), *blocks] if blocks else []


def _joined(paragraphs):
    return [page.Paragraph(" ".join(p.text for p in paragraphs))] if paragraphs else []


def told(run, name):
    """What a study found, {place in the report: blocks}; empty if it was not run."""
    tell = studies.part(name, "tell")
    values = tell.values(run)
    if values is None:
        return {}
    text = _text(tell.__file__, "tell.md")
    values = dict.fromkeys(template.slots(text)) | values
    study = studies.study(name)
    ends = {f.name: origin.of_figure(run, f) for f in study.figures if run.read(f.tables[0])}
    places = (*template.PLACES, "shown")
    found = {place: template.fill(text, values, ends, place) for place in places}
    first = "body" if found["body"] else "appendix"
    if of_study := origin.of_study(run, study):
        found[first].insert(1, page.Paragraph(of_study))
    return found


def section(run, name, places=template.PLACES):
    """What a study found, as blocks."""
    found = told(run, name)
    return [block for place in places for block in found.get(place, [])]


def _text(beside, name):
    return Path(beside).with_name(name).read_text(encoding="utf-8")


def summary(run, names):
    """What the terminal shows of some studies."""
    blocks = [block for name in names for block in section(run, name, ["shown"])]
    if run.config.quick:
        words = (
            f"QUICK RUN: {QUICK_TRAIN:,} training and {QUICK_EVALUATE:,} test images at most, "
            f"{counted(run.config.recipe.epochs, 'epoch')}. Not a result."
        )
        blocks.insert(0, page.Paragraph(words))
    return page.markdown(blocks)


def introduction(run):
    """What was run, on what, on which machines: {place: blocks}."""
    config, recipe = run.config, run.config.recipe
    machines = [_machine(record) for record in run.machines()]
    values = {
        "config": config,
        "recipe": recipe,
        "hidden": ", ".join(map(str, recipe.hidden)),
        "seeds": counted(len(config.seeds), "seed"),
        "epochs": counted(recipe.epochs, "epoch"),
        "glyphs": config.dataset == "glyphs",
        "source": config.protocol == "source",
        "last": config.validation is not None,
        "notes": "; ".join(config.notes),
        "machine_count": len(machines) if len(machines) > 1 else None,
        "machines": _machine_table(machines),
    }
    text = _text(__file__, "introduction.md")
    return {place: template.fill(text, values, place=place) for place in template.PLACES}


def _machine_table(machines):
    numbered = [f"machine {n}" for n in range(1, len(machines) + 1)]
    names = dict.fromkeys(name for machine in machines for name in machine)
    rows = [[name, *(machine.get(name, "") for machine in machines)] for name in names]
    header = ["", *(numbered if len(machines) > 1 else ["machine"])]
    return page.Table("What it ran on", header, rows)


def _machine(record):
    rows = {
        n: str(value) for n, value in record.items() if n not in ("thread settings", "measured")
    }
    rows["threads"] = ", ".join(f"{k} {v}" for k, v in record["thread settings"].items())
    if measured := record.get("measured"):
        rows["measured"] = ", ".join(
            f"{table} of seed{'s' * (len(seeds) > 1)} {' '.join(map(str, seeds))}"
            if seeds
            else table
            for table, seeds in measured.items()
        )
    return rows
