"""The headlines of this run and of those on other data, side by side.

Read next: npprune/studies/speed/__init__.py.
"""

from npprune import studies
from npprune.lab.origin import size
from npprune.lab.page import Table
from npprune.lab.template import filled, slots
from npprune.lab.words import listed
from npprune.studies.elsewhere import HEADLINES


def values(run):
    others = [
        other
        for other in run.inner()
        if other.config.dataset != run.config.dataset and other.config.quick == run.config.quick
    ]
    if not others:
        return None
    runs = [run, *others]
    measured = dict.fromkeys(study for _, study, _ in HEADLINES)
    told = [{name: studies.part(name, "tell").values(r) or {} for name in measured} for r in runs]
    names = [r.config.dataset for r in runs]
    rows = [["learning rate", *(f"{r.config.recipe.learning_rate:g}" for r in runs)]]
    for words, name, how in HEADLINES:
        cells = [_cell(values[name], how) for values in told]
        if sum(map(bool, cells)) > 1:
            rows.append([words, *cells])
    sizes = [
        [name, *(size(r, studies.study(name)) if told[i][name] else "" for i, r in enumerate(runs))]
        for name in measured
    ]
    return {
        "datasets": ", ".join(names[1:]),
        "digits": {*names} <= {"mnist", "usps", "glyphs"},
        **{name: name in names[1:] for name in ("usps", "glyphs")},
        "headlines": Table("The same numbers on other data", ["", *names], rows),
        "sizes": Table("How much was done of each study", ["", *names], sizes),
        **_ahead(names, [values["criteria"] for values in told]),
    }


def _cell(values, how):
    words = filled(how, dict.fromkeys(slots(how)) | values)
    return words + " (quick form)" * bool(values.get("quick")) if words else ""


def _ahead(names, told):
    """Criteria that are better on every data set where weights were cut alone and refitted."""
    parts = ("weight_none", "weight_refit")
    measured = {
        i: values for i, values in enumerate(told) if values and all(values[part]["number"] for part in parts)
    }
    if len(measured) < 2:
        return {}
    found = {"criteria_datasets": ", ".join(names[i] for i in measured)}
    for part in parts:
        better = [{*values[part]["better"].split(", ")} for values in measured.values()]
        found[part.replace("weight", "ahead")] = listed(sorted(set.intersection(*better)))
    return found
