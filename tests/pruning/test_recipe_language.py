"""A recipe is checked to the last key before anything is computed."""

import json
import math
import os
import re

import pytest

from npprune.errors import InputError
from npprune.pruning.recipe_language import STEPS, check_steps, read_recipe

GOOD = [
    UNITS := {"step": "units", "k": 0.8},
    WEIGHTS := {"step": "weights", "k": 0.97, "method": "admm", "budget": "erk"},
    REFIT := {"step": "refit"},
    REWIND := {"step": "rewind"},
    COMPACT := {"step": "compact"},
    ITERATIVE := {"step": "iterative", "k": 0.98, "epochs": 1},
    GRADUAL := {"step": "gradual", "k": 0.99, "epochs": 5, "until": 3, "distill": {"share": 1}},
    REGROW := {"step": "regrow", "keep": 500, "epochs": 5, "until": 3},
    RETRAIN := {"step": "retrain", "epochs": 20, "learning_rate": 0.05, "distill": None},
]


def test_a_good_recipe_gets_its_defaults_and_checking_again_changes_nothing():
    assert {step["step"] for step in GOOD} == set(STEPS)
    checked = check_steps(GOOD)
    for before, after in zip(GOOD, checked, strict=True):
        assert all(after[key] == before[key] for key in before if key != "distill")
    assert checked[0] == {"step": "units", "k": 0.8, "last": None, "method": "obs"}
    assert checked[6]["distill"] == {"temperature": 2.0, "share": 1}
    assert check_steps(checked) == checked
    assert json.loads(json.dumps(checked)) == checked


@pytest.mark.parametrize(
    ("good", "key", "values"),
    [
        (UNITS, "k", [1.1, -0.1, "0.8", True, math.nan, 10**400, [0.8]]),
        (UNITS, "last", [2]),
        (UNITS, "method", ["magic", ["obs"]]),
        (WEIGHTS, "budget", ["all"]),
        (RETRAIN, "epochs", [0, 1.5]),
        (RETRAIN, "learning_rate", [0, math.inf]),
        (RETRAIN, "schedule", ["weekly"]),
        (RETRAIN, "weight_decay", [-1]),
        (RETRAIN, "distill", [2]),
        (RETRAIN, "drop", [1]),
        (GRADUAL, "until", [5]),
        (ITERATIVE, "share", [0]),
        (ITERATIVE, "rewind", [-1]),
        (REWIND, "random", [1]),
        (REGROW, "keep", [0.9]),
        (REGROW, "until", [5]),
    ],
)
def test_a_value_that_cannot_be_used_is_named(good, key, values):
    for value in values:
        said = re.escape(f"recipe, step 2 ({good['step']}): {key} is {value!r}: give ")
        with pytest.raises(InputError, match=said):
            check_steps([REFIT, good | {key: value}])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"step": "unit", "k": 0.8}, r"unknown step 'unit': do you mean 'units'\?"),
        ({"step": ["units"]}, r"unknown step \['units'\]"),
        ({"k": 0.8}, "is no step: give an object with a 'step'"),
        ("units", "'units' is no step"),
        (UNITS | {"metod": "obs"}, "'metod': do you mean 'method'"),
        (COMPACT | {"k": 0.8}, r"\(compact\): unknown key 'k': it takes none"),
        ({"step": "units"}, "'k' is missing: give a number from 0 to 1"),
        ({"step": "retrain"}, "'epochs' is missing: give a whole number from 1"),
        ({"step": "regrow", "epochs": 5, "until": 3}, "the key 'keep' is missing"),
        (RETRAIN | {"distill": {"temp": 2}}, "'temp': do you mean 'temperature'"),
        (RETRAIN | {"distill": {"temperature": 0}}, "temperature is 0"),
    ],
)
def test_a_step_that_cannot_be_followed_is_named(step, message):
    with pytest.raises(InputError, match=rf"recipe, step 2.*{message}"):
        check_steps([REFIT, step])


@pytest.mark.parametrize("steps", [[], {}, "retrain", None])
def test_a_recipe_has_steps(steps):
    with pytest.raises(InputError, match="give a list of at least one"):
        check_steps(steps)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([WEIGHTS, GRADUAL | {"k": 0.96}], "k goes backwards, from 0.97 to 0.96"),
        ([UNITS, COMPACT, UNITS | {"k": 0.7}], "k goes backwards, from 0.8 to 0.7"),
        ([ITERATIVE, WEIGHTS], "k goes backwards, from 0.98 to 0.97"),
        ([REGROW, REGROW | {"keep": 501}], "keep goes from 500 up to 501: give at most 500"),
        ([COMPACT, REWIND], "rewind before units are removed"),
        ([COMPACT, ITERATIVE | {"rewind": 0}], "rewind before units are removed"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused(steps, message):
    with pytest.raises(InputError, match=rf"step {len(steps)} .*{message}"):
        check_steps(steps)


def test_a_recipe_is_read_from_its_file(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"name": "mine", "steps": GOOD}), encoding="utf-8")
    assert read_recipe(path) == {"name": "mine", "steps": check_steps(GOOD)}
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    assert read_recipe(str(path)) == {"name": "small", "steps": check_steps(GOOD)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "holds no recipe"),
        ("{}", "the key 'steps' is missing"),
        ('{"steps": {}}', "steps is {}: give a list"),
        ('{"steps": []}', "give a list of at least one"),
        ('{"name": "", "steps": []}', "name is ''"),
        ('{"name": " .", "steps": []}', "name is ' .'"),
        ('{"name": "1e5", "steps": []}', "name is '1e5': give a short name that is no number"),
        ('{"name": "a|b", "steps": []}', r"name is 'a\|b'"),
        (r'{"name": "a\nb", "steps": []}', r"name is 'a\\nb'"),
        (f'{{"name": "{"x" * 101}", "steps": []}}', "give a short name"),
        ('{"nam": "x", "steps": []}', "unknown key 'nam': do you mean 'name'"),
        ('{"steps": [{"step": "units", "k": NaN}]}', "step 1.*k is nan"),
        ('{"steps": [{"step": "retrain", "epoch": 3}]}', "do you mean 'epochs'"),
    ],
)
def test_a_file_that_is_no_recipe_is_named(content, message, tmp_path):
    path = tmp_path / "small.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"small\.json.*{message}") as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_or_none(tmp_path):
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(tmp_path / "pipe")  # to open it would be to wait for ever
    for path, said in (
        ("none.json", "not there"), ("", "cannot be read"), ("pipe", "cannot be read"),
        ("b.json", "cannot be read as text"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=f"^{tmp_path / path}: {said}"):
            read_recipe(tmp_path / path)
