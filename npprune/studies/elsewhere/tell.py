"""The headlines of this run and of those on other data, side by side.

Read next: npprune/studies/speed/__init__.py.
"""

from npprune import studies
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
    names = dict.fromkeys(study for _, study, _, _ in HEADLINES)
    told = [{name: studies.part(name, "tell").values(r) or {} for name in names} for r in runs]
    rows = [
        ["seeds at most", *(str(len(r.config.seeds)) for r in runs)],
        ["learning rate", *(f"{r.config.recipe.learning_rate:g}" for r in runs)],
    ]
    for words, study, slot, how in HEADLINES:
        cells = [values[study].get(slot) for values in told]
        if sum(cell is not None for cell in cells) > 1:
            rows.append([words, *("" if cell is None else how.format(cell) for cell in cells)])
    caption = "The same numbers on other data"
    return {
        "datasets": ", ".join(other.config.dataset for other in others),
        "headlines": Table(caption, ["", *(r.config.dataset for r in runs)], rows),
    }
