"""The headlines of this run and of those on other data, side by side.

Read next: npprune/studies/speed/__init__.py.
"""

from pathlib import Path

from npprune import studies
from npprune.lab.origin import size
from npprune.lab.page import Table
from npprune.lab.records import read_csv
from npprune.lab.template import filled, slots
from npprune.lab.words import listed

HEADLINES = Path(__file__).with_name("headlines.csv")


def values(run):
    others = [
        other
        for other in run.inner()
        if other.config.dataset != run.config.dataset and other.config.quick == run.config.quick
    ]
    if not others:
        return None
    runs, headlines = [run, *others], read_csv(HEADLINES)
    measured = dict.fromkeys(line["study"] for line in headlines)
    told = [{name: studies.part(name, "tell").values(r) or {} for name in measured} for r in runs]
    names = [r.config.dataset for r in runs]
    rows = [["learning rate", *(f"{r.config.recipe.learning_rate:g}" for r in runs)]]
    for line in headlines:
        cells = [_cell(values[line["study"]], line["slot"]) for values in told]
        if sum(map(bool, cells)) > 1:
            rows.append([line["words"], *cells])
    sizes = [
        [name, *(size(r, studies.study(name)) if told[i][name] else "" for i, r in enumerate(runs))]
        for name in measured
    ]
    sized = [f"{r.config.dataset}, {size(r, studies.study('criteria'))}" for r in runs]
    return {
        "datasets": ", ".join(names[1:]),
        "digits": {*names} <= {"mnist", "usps", "glyphs"},
        **{name: name in names[1:] for name in ("usps", "glyphs")},
        "headlines": Table("The same numbers on other data", ["", *names], rows),
        "sizes": Table("How much was done of each study", ["", *names], sizes),
        **_ahead(sized, [values["criteria"] for values in told]),
    }


def _cell(values, slot):
    words = filled(slot, dict.fromkeys(slots(slot)) | values)
    return words + " (quick form)" * bool(values.get("quick")) if words else ""


def _ahead(names, told):
    parts = ("weight_none", "weight_refit")
    measured = [
        (name, values)
        for name, values in zip(names, told, strict=True)
        if values and all(values[part]["number"] for part in parts)
    ]
    if len(measured) < 2:
        return {}
    found = {"criteria_datasets": "; ".join(name for name, _ in measured)}
    for part in parts:
        better = [{*values[part]["better"].split(", ")} for _, values in measured]
        found[part.replace("weight", "ahead")] = listed(sorted(set.intersection(*better)))
    return found
