"""What a recipe may say: a list of steps, plain JSON, checked before anything is computed.

    units, weights   cut by `method`; of weights `budget` shares out the number
    refit, compact   least squares for what is left; dead units deleted
    retrain          train under the masks; `drop`: chance that a pixel is missing
    gradual          retrain, cutting by magnitude down to k until epoch `until`
    regrow           retrain, down to `keep`; each cut exchanges up to the share `swap`
    iterative        cut `share` of what is left, go back to epoch `rewind` if given, retrain; again
    rewind           weights of `epoch`; `random`: new ones; `shuffle`: masks shuffled first
    distill          part of training: `share` of the loss is on soft targets

Every k is the fraction of the dense network's hidden weights, or of each hidden layer's units, that
is pruned afterwards (more, if an earlier step cut more of a layer than its budget).  `last` is the
last hidden layer's own k.  `keep` counts the weights of all layers.

Read next: npprune/pruning/recipes.py.
"""

import difflib
import json
import math
from pathlib import Path
from typing import NamedTuple

from npprune.errors import InputError
from npprune.files import read_text
from npprune.network.optimizers import SCHEDULES
from npprune.pruning.budgets import BUDGETS
from npprune.pruning.retrain import RETRAINING
from npprune.pruning.saliency import CRITERIA
from npprune.pruning.unit_saliency import UNIT_CRITERIA

REQUIRED = object()
MOST_TEXT = 1 << 20  # bytes of a recipe
MOST_NAME = 100  # letters


class Key(NamedTuple):
    """What a value has to be, in words and as a test, and its default."""

    what: str
    fits: object
    default: object = REQUIRED


def _number(what, fits, default=REQUIRED):
    return Key(
        what,
        lambda value: type(value) in (int, float) and abs(value) < math.inf and fits(value),
        default,
    )


def _whole(least, default=REQUIRED):
    return Key(
        f"a whole number from {least}", lambda value: type(value) is int and value >= least, default
    )


def _one_of(names, default):
    return Key(
        f"one of {', '.join(names)}", lambda value: type(value) is str and value in names, default
    )


def _yes_or_no():
    return Key("true or false", lambda value: type(value) is bool, False)


def _or_none(key):
    return Key(key.what + ", or null", lambda value: value is None or key.fits(value), None)


FRACTION = _number("a number from 0 to 1", lambda value: 0 <= value <= 1)
DISTILL = {
    "temperature": _number("a number above 0", lambda value: value > 0, 2.0),
    "share": FRACTION._replace(default=0.5),
}
TRAINING = {
    "epochs": _whole(1),
    "optimizer": _one_of(("sgd", "adam"), RETRAINING.optimizer),
    "learning_rate": _number("a number above 0", lambda value: value > 0, RETRAINING.learning_rate),
    "schedule": _one_of(SCHEDULES, RETRAINING.schedule),
    "batch": _whole(1, RETRAINING.batch),
    "weight_decay": _number("a number from 0", lambda value: value >= 0, RETRAINING.weight_decay),
    "drop": _number("a number from 0 to below 1", lambda value: 0 <= value < 1, 0.0),
    "distill": _or_none(
        Key(f"an object with {' and '.join(DISTILL)}", lambda value: type(value) is dict)
    ),
}
STEPS = {
    "units": {
        "k": FRACTION,
        "last": _or_none(FRACTION),
        "method": _one_of(("obs", *UNIT_CRITERIA), "obs"),
    },
    "weights": {
        "k": FRACTION,
        "method": _one_of(("admm", *CRITERIA), "magnitude"),
        "budget": _one_of(BUDGETS, "global"),
    },
    "refit": {},
    "compact": {},
    "retrain": TRAINING,
    "gradual": {"k": FRACTION, "until": _whole(1), "budget": _one_of(BUDGETS, "global")} | TRAINING,
    "regrow": {"keep": _whole(0), "until": _whole(1), "swap": FRACTION._replace(default=0.1)}
    | TRAINING,
    "iterative": {
        "k": FRACTION,
        "share": _number("a number between 0 and 1", lambda value: 0 < value < 1, 0.2),
        "method": _one_of(CRITERIA, "magnitude"),
        "budget": _one_of(BUDGETS, "global"),
        "rewind": _or_none(_whole(0)),
    }
    | TRAINING,
    "rewind": {"epoch": _whole(0, 0), "random": _yes_or_no(), "shuffle": _yes_or_no()},
}


def _is_name(value):
    if type(value) is not str or not value.isprintable() or len(value) > MOST_NAME:
        return False
    if "|" in value or not any(map(str.isalnum, value)):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def _known(name, names, where, what):
    if type(name) is not str or name not in names:
        nearest = difflib.get_close_matches(str(name), names, 1, 0)
        hint = f"do you mean {nearest[0]!r}?" if nearest else "it takes none"
        raise InputError(f"{where}: unknown {what} {name!r}: {hint}")


def _fill(given, keys, where):
    for name in given:
        _known(name, keys, where, "key")
    filled = {}
    for name, key in keys.items():
        value = given.get(name, key.default)
        if value is REQUIRED:
            raise InputError(f"{where}: the key {name!r} is missing: give {key.what}")
        if name in given and not key.fits(value):
            raise InputError(f"{where}: {name} is {value!r}: give {key.what}")
        filled[name] = value
    return filled


def check_steps(steps, where="recipe"):
    """Check a list of steps and fill in what it leaves out; -> new list.

    Raises InputError, naming `where`, the step's number and kind, and the key or value.
    """
    if type(steps) is not list or not steps:
        raise InputError(f"{where}: its steps are {steps!r}: give a list of at least one")
    checked = []
    for i, step in enumerate(steps, 1):
        here = f"{where}, step {i}"
        if type(step) is not dict or "step" not in step:
            raise InputError(f"{here}: {step!r} is no step: give an object with a 'step'")
        kind = step["step"]
        _known(kind, STEPS, here, "step")
        here = f"{here} ({kind})"
        given = {name: value for name, value in step.items() if name != "step"}
        filled = {"step": kind} | _fill(given, STEPS[kind], here)
        if filled.get("distill") is not None:
            filled["distill"] = _fill(filled["distill"], DISTILL, f"{here}, distill")
        if "until" in filled and filled["until"] >= filled["epochs"]:
            raise InputError(
                f"{here}: until is {filled['until']}: give less than its {filled['epochs']} "
                f"epochs, so that one is left to choose"
            )
        checked.append(filled)
    _check_order(checked, where)
    return checked


def _check_order(steps, where):
    highest = {"units": 0, "weights": 0}
    fewest = math.inf
    compacted = False
    for i, step in enumerate(steps, 1):
        here = f"{where}, step {i} ({step['step']})"
        if "k" in step:
            kind = "units" if step["step"] == "units" else "weights"
            if step["k"] < highest[kind]:
                raise InputError(
                    f"{here}: k goes backwards, from {highest[kind]} to {step['k']}: give the "
                    f"fraction of the dense network that is pruned after the step"
                )
            highest[kind] = step["k"]
        if step.get("keep", 0) > fewest:
            raise InputError(
                f"{here}: keep goes from {fewest} up to {step['keep']}: give at most {fewest}"
            )
        fewest = step.get("keep", fewest)
        if compacted and (step["step"] == "rewind" or step.get("rewind") is not None):
            raise InputError(f"{here}: comes after compact: rewind before units are removed")
        compacted |= step["step"] == "compact"


def total_epochs(steps):
    """Epochs that a recipe trains for in all.

    An iterative step leaves the part 1 - share each round until at most 1 - k is left; earlier
    pruning makes it shorter.
    """
    total = 0
    for step in steps:
        rounds = 1
        if step["step"] == "iterative":
            share = step.get("share", STEPS["iterative"]["share"].default)
            rounds = math.ceil(math.log(max(1 - step["k"], 1e-9)) / math.log(1 - share))
        total += rounds * step.get("epochs", 0)
    return total


def read_recipe(path):
    """Read a recipe from a JSON file; -> {"name": str, "steps": list with every key}.

    Raises InputError for a file that cannot be read or holds anything but a recipe.
    """
    path = Path(path)
    text = read_text(path, MOST_TEXT, "give the path of a recipe")
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}): see README for a recipe") from error
    if type(recipe) is list:
        recipe = {"steps": recipe}
    if type(recipe) is not dict:
        raise InputError(f"{path}: holds no recipe: give an object with 'name' and 'steps'")
    keys = {
        "name": Key("a short name that is no number", _is_name),
        "steps": Key("a list of steps", lambda value: type(value) is list),
    }
    recipe = _fill({"name": path.stem} | recipe, keys, str(path))
    return {"name": recipe["name"], "steps": check_steps(recipe["steps"], str(path))}
