"""The headlines of this run and of those on other data, side by side.

Read next: npprune/studies/speed/__init__.py.
"""

from npprune import studies
from npprune.lab.origin import size
from npprune.lab.page import Table
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
    measured = dict.fromkeys(study for _, study, _, _ in HEADLINES)
    told = [{name: studies.part(name, "tell").values(r) or {} for name in measured} for r in runs]
    names = [r.config.dataset for r in runs]
    rows = [["learning rate", *(f"{r.config.recipe.learning_rate:g}" for r in runs)]]
    for words, name, slot, how in HEADLINES:
        cells = [_cell(values[name], slot, how) for values in told]
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


def _cell(values, slot, how):
    value = values.get(slot)
    if value is None:
        return ""
    return how.format(value) + " (quick form)" * bool(values.get("quick"))


def _ahead(names, told):
    both = "weight_none_number", "weight_refit_number"
    measured = [
        (name, values)
        for name, values in zip(names, told, strict=True)
        if all(values.get(number) for number in both)
    ]
    if len(measured) < 2:
        return {}
    found = {"criteria_datasets": ", ".join(name for name, _ in measured)}
    for repair in ("none", "refit"):
        better = [{*values[f"weight_{repair}_better"].split(", ")} for _, values in measured]
        found[f"ahead_{repair}"] = ", ".join(sorted(set.intersection(*better))) or "none"
    return found
