"""A recipe is checked to the last key before anything is computed."""

import json
import math
import os
import re

import pytest

from npprune.errors import InputError
from npprune.pruning.recipe_language import STEPS, check_steps, read_recipe

GOOD = {
    "units": {"k": 0.8},
    "weights": {"k": 0.97, "method": "admm", "budget": "erk"},
    "refit": {},
    "rewind": {},
    "compact": {},
    "iterative": {"k": 0.98, "epochs": 1},
    "gradual": {"k": 0.99, "epochs": 5, "until": 3, "distill": {"share": 1}},
    "regrow": {"keep": 500, "epochs": 5, "until": 3},
    "retrain": {"epochs": 20, "learning_rate": 0.05, "distill": None},
}


def step(kind, **changes):
    return {"step": kind} | GOOD[kind] | changes


EVERY_STEP = [step(kind) for kind in GOOD]


def test_a_good_recipe_gets_its_defaults_and_checking_again_changes_nothing():
    assert set(GOOD) == set(STEPS)
    checked = check_steps(EVERY_STEP)
    for before, after in zip(EVERY_STEP, checked, strict=True):
        assert all(after[key] == before[key] for key in before if key != "distill")
    assert checked[0] == step("units", last=None, method="obs")
    assert checked[6]["distill"] == {"temperature": 2.0, "share": 1}
    assert check_steps(checked) == checked
    assert json.loads(json.dumps(checked)) == checked


WRONG = {
    "units": {"k": [1.1, -0.1, "0.8", True, math.nan, 10**400, [0.8]], "last": [2],
              "method": ["magic", ["obs"]]},
    "weights": {"budget": ["all"]},
    "retrain": {"epochs": [0, 1.5], "learning_rate": [0, math.inf], "schedule": ["weekly"],
                "weight_decay": [-1], "distill": [2], "drop": [1]},
    "gradual": {"until": [5]},
    "iterative": {"share": [0], "rewind": [-1]},
    "rewind": {"random": [1]},
    "regrow": {"keep": [0.9], "until": [5]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [(kind, key, value) for kind in WRONG for key in WRONG[kind] for value in WRONG[kind][key]],
)
def test_a_value_that_cannot_be_used_is_named(kind, key, value):
    said = re.escape(f"recipe, step 2 ({kind}): {key} is {value!r}: give ")
    with pytest.raises(InputError, match=said):
        check_steps([step("refit"), step(kind, **{key: value})])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"step": "unit", "k": 0.8}, r"unknown step 'unit': do you mean 'units'\?"),
        ({"step": ["units"]}, r"unknown step \['units'\]"),
        ({"k": 0.8}, "is no step: give an object with a 'step'"),
        ("units", "'units' is no step"),
        (step("units", metod="obs"), "unknown key 'metod': do you mean 'method'"),
        (step("compact", k=0.8), r"\(compact\): unknown key 'k': it takes none"),
        ({"step": "units"}, "'k' is missing: give a number from 0 to 1"),
        ({"step": "retrain"}, "'epochs' is missing: give a whole number from 1"),
        ({"step": "regrow", "epochs": 5, "until": 3}, "the key 'keep' is missing"),
        (step("retrain", distill={"temp": 2}), "'temp': do you mean 'temperature'"),
        (step("retrain", distill={"temperature": 0}), "temperature is 0"),
    ],
)
def test_a_step_that_cannot_be_followed_is_named(wrong, message):
    with pytest.raises(InputError, match=rf"recipe, step 2.*{message}"):
        check_steps([step("refit"), wrong])


@pytest.mark.parametrize("steps", [[], {}, "retrain", None])
def test_a_recipe_has_steps(steps):
    with pytest.raises(InputError, match="give a list of at least one"):
        check_steps(steps)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step("weights"), step("gradual", k=0.96)], "k goes backwards, from 0.97 to 0.96"),
        ([step("units"), step("compact"), step("units", k=0.7)], "k goes backwards, from 0.8 to 0"),
        ([step("iterative"), step("weights")], "k goes backwards, from 0.98 to 0.97"),
        ([step("regrow"), step("regrow", keep=501)], "from 500 up to 501: give at most 500"),
        ([step("compact"), step("rewind")], "rewind before units are removed"),
        ([step("compact"), step("iterative", rewind=0)], "rewind before units are removed"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused(steps, message):
    with pytest.raises(InputError, match=rf"step {len(steps)} .*{message}"):
        check_steps(steps)


def test_a_recipe_is_read_from_its_file(tmp_path):
    path, steps = tmp_path / "small.json", check_steps(EVERY_STEP)
    path.write_text(json.dumps({"name": "mine", "steps": EVERY_STEP}), encoding="utf-8")
    assert read_recipe(path) == {"name": "mine", "steps": steps}
    path.write_text(json.dumps(EVERY_STEP), encoding="utf-8")
    assert read_recipe(str(path)) == {"name": "small", "steps": steps}


NO_NAMES = "", " .", "1e5", "a|b", "a\nb", "x" * 101


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "holds no recipe"),
        ("{}", "the key 'steps' is missing"),
        ('{"steps": []}', "give a list of at least one"),
        ('{"nam": "x", "steps": []}', "unknown key 'nam': do you mean 'name'"),
        ('{"steps": [{"step": "units", "k": NaN}]}', "step 1.*k is nan"),
        *((json.dumps({"name": name, "steps": []}), re.escape(f"name is {name!r}: give a short"))
          for name in NO_NAMES),
    ],
)  # fmt: skip
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
