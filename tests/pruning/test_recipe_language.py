"""A recipe is checked to the last key before anything is computed."""

import json
import os

import pytest

from npprune.errors import InputError
from npprune.pruning.recipe_language import STEPS, check_steps, read_recipe

GOOD = [
    {"step": "units", "k": 0.8},
    {"step": "weights", "k": 0.97, "method": "admm", "budget": "erk"},
    {"step": "refit"},
    {"step": "rewind"},
    {"step": "compact"},
    {"step": "iterative", "k": 0.98, "epochs": 1},
    {"step": "gradual", "k": 0.99, "epochs": 5, "until": 3, "distill": {"share": 1}},
    {"step": "regrow", "keep": 500, "epochs": 5, "until": 3},
    {"step": "retrain", "epochs": 20, "learning_rate": 0.05, "distill": None},
]


def test_a_good_recipe_gets_its_defaults_and_checking_again_changes_nothing():
    checked = check_steps(GOOD)
    assert [step["step"] for step in checked] == [step["step"] for step in GOOD]
    assert {step["step"] for step in GOOD} == set(STEPS)
    assert checked[0] == {"step": "units", "k": 0.8, "last": None, "method": "obs"}
    assert checked[6]["distill"] == {"temperature": 2.0, "share": 1}
    assert all(before.items() <= after.items() for before, after in zip(GOOD[:6], checked[:6],
                                                                        strict=True))  # fmt: skip
    assert check_steps(checked) == checked
    assert json.loads(json.dumps(checked)) == checked


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"step": "unit", "k": 0.8}, r"unknown step 'unit': do you mean 'units'\?"),
        ({"step": ["units"]}, r"unknown step \['units'\]"),
        ({"k": 0.8}, "is no step: give an object with a 'step'"),
        ("units", "'units' is no step"),
        ({"step": "units", "k": 0.8, "metod": "obs"},
         r"\(units\): unknown key 'metod': do you mean 'method'\?"),
        ({"step": "compact", "k": 0.8}, r"\(compact\): unknown key 'k': it takes none"),
        ({"step": "units"}, r"the key 'k' is missing: give a number from 0 to 1"),
        ({"step": "units", "k": 1.1}, "k is 1.1: give a number from 0 to 1"),
        ({"step": "units", "k": -0.1}, "k is -0.1"),
        ({"step": "units", "k": "0.8"}, "k is '0.8'"),
        ({"step": "units", "k": True}, "k is True"),
        ({"step": "units", "k": float("nan")}, "k is nan"),
        ({"step": "units", "k": 10**400}, "k is 10000"),
        ({"step": "units", "k": [0.8]}, r"k is \[0.8\]: give a number from 0 to 1"),
        ({"step": "units", "k": 0.8, "last": 2}, "last is 2: give a number from 0 to 1, or null"),
        ({"step": "units", "k": 0.8, "method": "magic"}, "method is 'magic': give one of obs, "),
        ({"step": "units", "k": 0.8, "method": ["obs"]}, r"method is \['obs'\]"),
        ({"step": "weights", "k": 0.8, "budget": "all"}, "budget is 'all': give one of layer-wise"),
        ({"step": "retrain"}, "the key 'epochs' is missing: give a whole number from 1"),
        ({"step": "retrain", "epochs": 0}, "epochs is 0"),
        ({"step": "retrain", "epochs": 1.5}, "epochs is 1.5"),
        ({"step": "retrain", "epochs": 1, "learning_rate": 0}, "learning_rate is 0"),
        ({"step": "retrain", "epochs": 1, "learning_rate": float("inf")}, "learning_rate is inf"),
        ({"step": "retrain", "epochs": 1, "schedule": "weekly"}, "give one of constant, step, cos"),
        ({"step": "retrain", "epochs": 1, "weight_decay": -1}, "weight_decay is -1"),
        ({"step": "retrain", "epochs": 1, "distill": 2}, "distill is 2: give an object with temp"),
        ({"step": "retrain", "epochs": 1, "distill": {"temp": 2}},
         r"distill: unknown key 'temp': do you mean 'temperature'\?"),
        ({"step": "retrain", "epochs": 1, "distill": {"temperature": 0}}, "temperature is 0"),
        ({"step": "gradual", "k": 0.99, "epochs": 5, "until": 5}, "until is 5: give less than"),
        ({"step": "iterative", "k": 0.99, "epochs": 5, "share": 0}, "share is 0"),
        ({"step": "iterative", "k": 0.99, "epochs": 5, "rewind": -1}, "rewind is -1"),
        ({"step": "rewind", "random": 1}, "random is 1: give true or false"),
        ({"step": "retrain", "epochs": 1, "drop": 1}, "drop is 1: give a number from 0 to below 1"),
        ({"step": "regrow", "epochs": 5, "until": 3}, "the key 'keep' is missing"),
        ({"step": "regrow", "keep": 0.9, "epochs": 5, "until": 3}, "keep is 0.9: give a whole"),
        ({"step": "regrow", "keep": 9, "epochs": 5, "until": 5}, "until is 5: give less than"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_followed_is_named(step, message):
    with pytest.raises(InputError, match=rf"recipe, step 2.*{message}"):
        check_steps([{"step": "refit"}, step])


@pytest.mark.parametrize("steps", [[], {}, "retrain", None])
def test_a_recipe_has_steps(steps):
    with pytest.raises(InputError, match="give a list of at least one"):
        check_steps(steps)


@pytest.mark.parametrize(
    "steps",
    [
        [{"step": "weights", "k": 0.99}, {"step": "gradual", "k": 0.97, "epochs": 5, "until": 3}],
        [{"step": "units", "k": 0.9}, {"step": "compact"}, {"step": "units", "k": 0.8}],
        [{"step": "iterative", "k": 0.9, "epochs": 1}, {"step": "weights", "k": 0.8}],
    ],
)
def test_a_k_that_falls_is_refused(steps):
    with pytest.raises(InputError, match=rf"step {len(steps)}.*k goes backwards, from 0\.9"):
        check_steps(steps)


def test_a_number_of_weights_that_rises_is_refused():
    steps = [{"step": "regrow", "keep": keep, "epochs": 5, "until": 3} for keep in (100, 101)]
    with pytest.raises(InputError, match=r"step 2.*keep goes from 100 up to 101: give at most 100"):
        check_steps(steps)


def test_rewinding_after_removal_is_refused():
    for late in ({"step": "rewind"}, {"step": "iterative", "k": 0.9, "epochs": 1, "rewind": 0}):
        with pytest.raises(InputError, match=r"step 2.*rewind before units are removed"):
            check_steps([{"step": "compact"}, late])


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
        ("none.json", "not there: give the path of a recipe"),
        ("", "cannot be read .it is no file"),
        ("pipe", "cannot be read .it is no file"),
        ("b.json", "cannot be read as text"),
    ):
        with pytest.raises(InputError, match=f"^{tmp_path / path}: {said}"):
            read_recipe(tmp_path / path)
