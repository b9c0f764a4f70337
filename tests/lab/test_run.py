"""A run's folder: one configuration, going on, never overwritten; and the quick study in it."""

import dataclasses
import json
import os
import re
import shutil
import signal
import time

import numpy as np
import pytest
from matplotlib.figure import Figure

from npprune import driver
from npprune.data.datasets import Dataset
from npprune.data.split import Split
from npprune.errors import InputError
from npprune.lab.config import QUICK_EVALUATE, QUICK_TRAIN, Config, apply_protocol, protocol_recipe
from npprune.lab.environment import environment
from npprune.lab.lock import Lock
from npprune.lab.records import read_csv
from npprune.lab.run import Run
from npprune.network.training import SOURCE_RECIPE, Recipe
from npprune.threads import single_threaded_processes

COLUMNS = {
    "training": "seed epoch train_loss train_accuracy validation_loss validation_accuracy seconds",
    "sparsity": "seed kind criterion k achieved_sparsity validation_loss validation_accuracy "
    "test_loss test_accuracy",
    "timing": "kind k format threads batch median_ms q1_ms q3_ms min_ms rounds "
    "speedup_over_dense test_accuracy",
    # From here on columns may be added; those above are read by other programs.
    "baseline": "seed kept_epoch validation_loss validation_accuracy test_loss test_accuracy "
    "seconds",
    "magnitudes": "seed layer kind k left right all eliminated surviving",
    "distances": "seed layer kind k ks auc mean_gap",
}


@pytest.fixture
def begun(config, tmp_path):
    """The folder of a run that has recorded something, where nobody is at work."""
    Run(tmp_path / "run", config).add("x", {"seed": 0}, [{"seed": 0}])
    return tmp_path / "run"


def test_the_same_configuration_goes_on(config, tmp_path):
    config = dataclasses.replace(config, seeds=(3, 4), recipe=Recipe(hidden=(8, 7), batch=5))
    Run(tmp_path, config).add("x", {"seed": 3}, [{"seed": 3}])
    before = (tmp_path / "config.json").read_bytes()
    assert Run(tmp_path, config).config == Run.open(tmp_path).config == config
    assert (tmp_path / "config.json").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "mnist"}, "dataset was tiny, now mnist"),
        ({"validation": 50}, "validation was 100, now 50"),
        ({"protocol": "source"}, "protocol was validation, now source"),
        ({"quick": False}, "quick was True, now False"),
        ({"seeds": (1,)}, r"seeds was \[0\], now \[1\]"),
        ({"recipe": Recipe(batch=7)}, "batch was 128, now 7"),
        ({"recipe": Recipe(hidden=(5,))}, r"hidden was .*, now \[5\]"),
        ({"checksum": "02"}, "checksum was 01, now 02"),
    ],
)
def test_another_configuration_is_refused_with_what_differs(changes, said, config, begun):
    known = dataclasses.replace(config, checksum="01")
    Run(begun, known)  # what was not known may become known
    before = (begun / "config.json").read_bytes()
    with pytest.raises(InputError, match=rf"holds another run \({said}\).*--out"):
        Run(begun, dataclasses.replace(known, **changes))
    assert (begun / "config.json").read_bytes() == before


def test_seeds_may_be_added_but_not_taken_away(config, begun):
    Run(begun, dataclasses.replace(config, seeds=(0, 1)))
    assert Run.open(begun).config.seeds == (0, 1)
    with pytest.raises(InputError, match="seeds"):
        Run(begun, config)


def test_a_run_that_did_nothing_owns_no_folder(config, tmp_path):
    Run(tmp_path, dataclasses.replace(config, recipe=Recipe(batch=10**6)))
    assert Run(tmp_path, config).config == Run.open(tmp_path).config == config


def test_of_several_machines_each_is_named_by_what_it_measured(config, begun):
    """Another machine began the run; this one goes on, and measures a seed of it anew."""
    path, here = begun / "environment.json", environment()
    other = here | {"processor": "another"}
    path.write_text(json.dumps(other))
    run = Run(begun, dataclasses.replace(config, seeds=(0, 1, 2)))
    assert Run.open(begun).machines() == [other]
    run.add("y", {}, [{"rate": 1}])
    for seed in (1, 2):
        run.add("x", {"seed": seed}, [{"seed": seed}])
    assert run.machines() == [
        other | {"measured": {"x": [0]}}, here | {"measured": {"y": [], "x": [1, 2]}}
    ]  # fmt: skip
    run.add("x", {"seed": 0}, [{"seed": 0}])
    assert run.machines() == [
        other | {"measured": {}}, here | {"measured": {"y": [], "x": [0, 1, 2]}}
    ]  # fmt: skip


def test_while_other_processes_have_one_thread_the_machine_is_the_same(config, begun):
    run, here = Run(begun, config), environment()
    with single_threaded_processes(1):
        run.add("x", {"seed": 1}, [{"seed": 1}])
    assert run.machines() == [here]


@pytest.mark.parametrize("part", ["", "data"])
def test_what_vanishes_at_work_is_said_and_not_made_anew(part, config, begun, tmp_path):
    run = Run(begun, config)
    assert run.has("x", seed=0)
    (begun / part).rename(tmp_path / "moved")
    calls = [lambda: run.add("x", {"seed": 1}, [{"seed": 1}]), lambda: run.read("x")]
    for call in [*calls, lambda: run.checkpoint(0)] if part == "" else calls:
        with pytest.raises(InputError, match=f"^{begun / part}: has vanished.*put it back"):
            call()
    assert not (begun / part).exists()
    (tmp_path / "moved").rename(begun / part)
    run.add("x", {"seed": 1}, [{"seed": 1}])
    assert run.read("x") == [{"seed": 0}, {"seed": 1}]


@pytest.mark.parametrize("text", ["[1]", "3", '{"thread settings": 3}', '{"machines": [{}, 7]}'])
def test_an_environment_that_is_none_is_named(text, config, begun):
    (begun / "environment.json").write_text(text)
    for look in (lambda: Run.open(begun).machines(), lambda: Run(begun, config)):
        with pytest.raises(InputError, match=r"environment\.json: does not say what a run was"):
            look()


GOOD = Config("tiny").as_json()
WRONG = {
    "dataset": (["x"], 3, None, "a\x1b[2J", "x" * 1000),
    "validation": ("x", 1.5, True, -1, [5]),
    "protocol": ("none", 1),
    "quick": ("no", 1, None),
    "seeds": ([], [-1], [0, 0], [0.5], ["0"], 5, "01", {"0": 0}),
    "recipe": ([], None, "recipe", {}),
    "checksum": (1, None),
    "hidden": ("123", [], [0], [1.5], [True], 5, [[5]]),
    "batch": (2.5, "x", 0, True, None),
    "momentum": ("x", 1.0, float("nan"), None),
    "optimizer": ("x", [], 3),
    "learning_rate": (float("inf"), -1, "0.1"),
}
BROKEN = dict.fromkeys(["{", "[]", "3", "{}", '{"dataset": "x", "recipe": {}}'], "") | {
    json.dumps(GOOD | {"seed": 1}): "'seed' is no key",
    json.dumps(GOOD | {"recipe": GOOD["recipe"] | {"dropout": 1}}): "recipe.'dropout' is no key",
    json.dumps({"recipe": GOOD["recipe"]}): "dataset is missing",
}
for name, values in WRONG.items():
    for value in values:
        inside = {"recipe": GOOD["recipe"] | {name: value}}
        record = GOOD | (inside if name in GOOD["recipe"] else {name: value})
        BROKEN[json.dumps(record)] = name


@pytest.mark.parametrize(("text", "said"), BROKEN.items())
def test_a_damaged_file_is_refused_by_key(text, said, config, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(text)
    for call in (lambda: Run(tmp_path, config), lambda: Run.open(tmp_path)):
        with pytest.raises(InputError) as refusal:
            call()
        before, named, why = str(refusal.value).partition(str(path))
        assert (before, named) == ("", str(path))
        assert said in why.replace("-", "_")
        assert len(why) < 1000
    assert path.read_text() == text


def test_a_key_from_before_there_was_a_choice_may_be_missing(config):
    record = config.as_json()
    del record["checksum"]
    assert Config.from_json(record) == config


def test_a_second_run_in_the_folder_is_refused_and_changes_nothing(config, begun):
    lock = Lock(begun)  # as another process would have it
    before = state(begun)
    with pytest.raises(InputError, match=f"another run is at work there .process {os.getpid()} "):
        Run(begun, dataclasses.replace(config, seeds=(0, 1)))
    assert state(begun) == before
    assert Run.open(begun).config == config  # reading is free
    lock.release()
    Run(begun, config)
    assert ".lock" not in os.listdir(begun)


def test_a_process_may_open_its_run_again(config, tmp_path):
    first = Run(tmp_path, config)
    second = Run(tmp_path, dataclasses.replace(config, seeds=(0, 1)))
    del first
    with pytest.raises(InputError, match="another run is at work"):
        Lock(tmp_path)
    del second
    Lock(tmp_path)


def test_a_run_that_is_refused_holds_no_lock(config, begun):
    with pytest.raises(InputError) as refusal:
        Run(begun, dataclasses.replace(config, quick=False))
    Lock(begun)
    del refusal


def test_what_a_killed_run_left_half_written_is_swept_away(config, begun):
    for part in ("", "data", "figures", "checkpoints"):
        (begun / part).mkdir(exist_ok=True)
        (begun / part / ".file.abc.partial").touch()
    Run(begun, config)
    assert not list(begun.rglob("*.partial"))


def test_records_are_kept_by_seed_and_replaced(config, tmp_path):
    run = Run(tmp_path, config)
    assert run.read("x") == []
    for seed, value in ((1, "a"), (0, "b"), (1, "c")):
        assert run.has("x", seed=seed) == (value == "c")
        run.add("x", {"seed": seed}, [{"seed": seed, "value": value}])
    assert run.read("x") == [{"seed": 0, "value": "b"}, {"seed": 1, "value": "c"}]


def test_the_source_protocol_chooses_by_the_test_set(tiny, config):
    assert protocol_recipe("source", quick=False) == SOURCE_RECIPE
    data = apply_protocol(tiny, dataclasses.replace(config, protocol="source"))
    np.testing.assert_array_equal(data.validation.images, data.test.images)


def test_the_quick_form_cuts_every_split(config):
    long = Split(np.zeros((20_000, 1, 1), np.uint8), np.zeros(20_000, np.uint8))
    data = apply_protocol(Dataset("long", long, long, long, 1, "here"), config)
    lengths = [len(split.labels) for split in (data.train, data.validation, data.test)]
    assert lengths == [QUICK_TRAIN, QUICK_EVALUATE, QUICK_EVALUATE]
    assert protocol_recipe("validation", quick=True).epochs < Recipe().epochs


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_of_every_csv(name, finished):
    rows = read_csv(finished / "data" / f"{name}.csv")
    columns, fixed = COLUMNS[name].split(), name in ("training", "sparsity", "timing")
    assert (list(rows[0]) if fixed else [c for c in rows[0] if c in columns]) == columns
    numbers = [value for row in rows for value in row.values() if not isinstance(value, str)]
    assert np.isfinite(numbers).all()


def test_the_report_is_self_contained(finished):
    page = (finished / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img [^>]*src="(.*?)[;,]', page)
    assert {*pictures} <= {"data:image/svg+xml", "data:image/png"}
    assert len(pictures) >= 4
    rest = re.sub(r'src="data:[^"]*"', "", page)  # a picture holds names, but no addresses to load
    assert not re.search(r"<(link|iframe|img [^>]*src)|script src|url\(|@import", rest)


def state(folder):
    files = [path for path in folder.rglob("*.*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_finished_run_is_not_measured_again_but_told_from_its_data(
    finished, run_here, monkeypatch
):
    before = state(finished)
    monkeypatch.setattr(driver, "figures", lambda run: None)  # that they are drawn is seen below
    (finished / "report.html").unlink()
    assert run_here("reproduce", finished, "--quick")[0] == 0
    after = state(finished)
    assert after.keys() == before.keys()
    assert all(after[path][1] == before[path][1] for path in after)
    written = {path.name for path in after if after[path] != before[path]}
    assert written <= {"config.json", "report.md", "report.html"}


@pytest.mark.parametrize(
    "tables",
    [("training", "sparsity", "locality"), pytest.param(None, marks=pytest.mark.slow)],
    ids=["three", "all"],
)
def test_another_process_draws_the_same_from_the_data(
    tables, finished, interpreter, tmp_path, monkeypatch, exact_savefig
):
    monkeypatch.setattr(Figure, "savefig", exact_savefig)
    here, folder = tmp_path / "here", tmp_path / "there"
    shutil.copytree(finished, here, ignore=shutil.ignore_patterns("figures"))
    for path in (here / "data").iterdir():
        if tables and path.stem not in tables:
            path.unlink()
    shutil.copytree(here, folder)
    driver.figures(Run.open(here))
    assert interpreter("-m", "npprune", "figures", "--out", folder, timeout=600).returncode == 0
    expected, drawn = (
        {path.name: path.read_bytes() for path in (run / "figures").iterdir()}
        for run in (here, folder)
    )
    assert not tables or sum(name.endswith(".png") for name in drawn) == len(tables)
    assert drawn == expected


def test_an_interrupted_run_leaves_with_130_and_goes_on(start, run_here, tmp_path):
    command = "train", tmp_path / "run", "--epochs", "25", "--batch", "1"
    process = start(*command)
    history = tmp_path / "run" / "data" / "training.csv"
    while not history.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("npprune: stopped")
    assert len(read_csv(history)) < 25

    assert run_here(*command)[0] == 0
    assert [row["epoch"] for row in read_csv(history)] == list(range(1, 26))
    assert not [name for name in os.listdir(history.parent) if name.startswith(".")]
