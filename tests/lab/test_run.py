"""A run's folder: one configuration, going on, never overwritten; and the quick study in it."""

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from matplotlib.figure import Figure

from npprune import driver
from npprune.data.datasets import Dataset
from npprune.data.split import Split
from npprune.errors import InputError
from npprune.lab.config import (
    QUICK_EVALUATE,
    QUICK_TRAIN,
    Config,
    apply_protocol,
    protocol_recipe,
)
from npprune.lab.lock import Lock
from npprune.lab.records import read_csv
from npprune.lab.run import Run
from npprune.network.training import SOURCE_RECIPE, Recipe

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


def test_a_configuration_survives_json(config):
    config = dataclasses.replace(config, seeds=(3, 4), recipe=Recipe(hidden=(8, 7), batch=5))
    assert Config.from_json(json.loads(json.dumps(config.as_json()))) == config


def test_the_same_configuration_goes_on(config, tmp_path):
    Run(tmp_path, config)
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
    ],
)
def test_another_configuration_is_refused_with_what_differs(changes, said, config, tmp_path):
    Run(tmp_path, config).add("x", {"seed": 0}, [{"seed": 0}])
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(InputError, match=rf"holds another run \({said}\).*--out"):
        Run(tmp_path, dataclasses.replace(config, **changes))
    assert (tmp_path / "config.json").read_bytes() == before


def test_a_run_that_did_nothing_owns_no_folder(config, tmp_path):
    Run(tmp_path, dataclasses.replace(config, recipe=Recipe(batch=10**6)))
    assert Run(tmp_path, config).config == Run.open(tmp_path).config == config


def test_the_environment_of_a_begun_run_stays(config, tmp_path):
    Run(tmp_path, config).add("x", {"seed": 0}, [{"seed": 0}])
    (tmp_path / "environment.json").write_text("that of the first machine")
    Run(tmp_path, config)
    assert (tmp_path / "environment.json").read_text() == "that of the first machine"


def test_records_that_vanish_at_work_are_not_begun_anew(config, tmp_path):
    run = Run(tmp_path / "run", config)
    run.add("x", {"seed": 0}, [{"seed": 0}])
    assert run.has("x", seed=0)
    (run.folder / "data").rename(tmp_path / "moved")
    for write in (lambda: run.add("x", {"seed": 1}, [{"seed": 1}]), lambda: run.read("x")):
        with pytest.raises(InputError, match=f"^{run.folder / 'data'}: has vanished.*put it back"):
            write()
    (tmp_path / "moved").rename(run.folder / "data")
    run.add("x", {"seed": 1}, [{"seed": 1}])
    assert run.read("x") == [{"seed": 0}, {"seed": 1}]


@pytest.mark.parametrize("text", ["[1]", "3", '{"thread settings": 3}', '{"machines": [{}, 7]}'])
def test_an_environment_that_is_none_is_named(text, config, tmp_path):
    Run(tmp_path, config)
    (tmp_path / "environment.json").write_text(text)
    with pytest.raises(InputError, match=r"environment\.json: does not say what a run was made on"):
        Run.open(tmp_path).machines()


def test_seeds_may_be_added_but_not_taken_away(config, tmp_path):
    Run(tmp_path, config).add("x", {"seed": 0}, [{"seed": 0}])
    Run(tmp_path, dataclasses.replace(config, seeds=(0, 1)))
    assert Run.open(tmp_path).config.seeds == (0, 1)
    with pytest.raises(InputError, match="seeds"):
        Run(tmp_path, config)


@pytest.mark.parametrize("text", ["{", "[]", "3", "{}", '{"dataset": "x", "recipe": {}}'])
def test_a_damaged_configuration_is_refused(text, config, tmp_path):
    (tmp_path / "config.json").write_text(text)
    for call in (lambda: Run(tmp_path, config), lambda: Run.open(tmp_path)):
        with pytest.raises(InputError, match=r"config\.json"):
            call()
    assert (tmp_path / "config.json").read_text() == text


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


def test_a_configuration_of_wrong_values_is_refused_by_key(tmp_path):
    for name, value in [(name, value) for name, values in WRONG.items() for value in values]:
        inside = name in GOOD["recipe"]
        change = {name: value}
        record = GOOD | ({"recipe": GOOD["recipe"] | change} if inside else change)
        (tmp_path / "config.json").write_text(json.dumps(record))
        with pytest.raises(InputError) as refusal:
            Run.open(tmp_path)
        message = str(refusal.value)
        assert str(tmp_path / "config.json") in message
        assert name in message.replace("-", "_")
        assert len(message) < 1000


def test_an_unknown_key_is_refused_by_name(tmp_path):
    for record in (GOOD | {"seed": 1}, GOOD | {"recipe": GOOD["recipe"] | {"dropout": 0.5}}):
        (tmp_path / "config.json").write_text(json.dumps(record))
        with pytest.raises(InputError, match=r"config\.json.*('seed'|recipe\.'dropout') is no key"):
            Run.open(tmp_path)


def test_a_key_from_before_there_was_a_choice_may_be_missing(config):
    record = config.as_json()
    del record["checksum"]
    assert Config.from_json(record) == config
    del record["dataset"]
    with pytest.raises(InputError, match="dataset is missing"):
        Config.from_json(record)


def test_another_data_set_of_the_same_name_is_refused(config, tmp_path):
    first, second = (dataclasses.replace(config, checksum=c) for c in ("01", "02"))
    Run(tmp_path, config).add("x", {"seed": 0}, [{"seed": 0}])
    Run(tmp_path, first)  # what was not known may become known
    Run(tmp_path, first)
    with pytest.raises(InputError, match="checksum was 01, now 02"):
        Run(tmp_path, second)


def test_a_second_run_in_the_folder_is_refused_and_changes_nothing(config, tmp_path):
    Run(tmp_path, config)
    lock = Lock(tmp_path)  # as another process would have it
    before = state(tmp_path, ".")
    with pytest.raises(InputError, match=f"another run is at work there .process {os.getpid()} "):
        Run(tmp_path, dataclasses.replace(config, seeds=(0, 1)))
    assert state(tmp_path, ".") == before
    assert Run.open(tmp_path).config == config  # reading is free
    lock.release()
    Run(tmp_path, config)
    assert ".lock" not in os.listdir(tmp_path)


def test_a_process_may_open_its_run_again(config, tmp_path):
    first = Run(tmp_path, config)
    second = Run(tmp_path, dataclasses.replace(config, seeds=(0, 1)))
    del first
    with pytest.raises(InputError, match="another run is at work"):
        Lock(tmp_path)
    del second
    Lock(tmp_path)


def test_a_run_that_is_refused_holds_no_lock(config, tmp_path):
    Run(tmp_path, config).add("x", {"seed": 0}, [{"seed": 0}])
    with pytest.raises(InputError) as refusal:
        Run(tmp_path, dataclasses.replace(config, quick=False))
    Lock(tmp_path)
    del refusal


def test_what_a_killed_run_left_half_written_is_swept_away(config, tmp_path):
    run = Run(tmp_path, config)
    run.add("x", {"seed": 0}, [{"seed": 0}])
    del run
    for part in ("", "data", "figures", "checkpoints"):
        (tmp_path / part).mkdir(exist_ok=True)
        (tmp_path / part / ".file.abc.partial").touch()
    Run(tmp_path, config)
    assert not list(tmp_path.rglob("*.partial"))


def test_a_folder_that_vanishes_is_said_and_not_made_anew(config, tmp_path):
    run = Run(tmp_path / "run", config)
    run.add("x", {"seed": 0}, [{"seed": 0}])
    (tmp_path / "run").rename(tmp_path / "moved")
    for call in (lambda: run.add("x", {"seed": 1}, [{"seed": 1}]), lambda: run.checkpoint(0)):
        with pytest.raises(InputError, match="run: has vanished"):
            call()
    assert os.listdir(tmp_path) == ["moved"]
    assert Run.open(tmp_path / "moved").has("x", seed=0)


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


def test_the_quick_study_leaves_every_file(finished):
    files = {str(path.relative_to(finished)) for path in finished.rglob("*") if path.is_file()}
    assert files >= {
        "config.json",
        "environment.json",
        "report.md",
        "report.html",
        "checkpoints/seed-0.npz",
        *(f"data/{name}.csv" for name in COLUMNS),
        *(f"figures/{name}.png" for name in ("training", "sparsity", "magnitudes", "timing")),
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_of_every_csv(name, finished):
    rows = read_csv(finished / "data" / f"{name}.csv")
    columns, fixed = COLUMNS[name].split(), name in ("training", "sparsity", "timing")
    assert (list(rows[0]) if fixed else [c for c in rows[0] if c in columns]) == columns
    numbers = [value for row in rows for value in row.values() if not isinstance(value, str)]
    assert np.isfinite(numbers).all()


def test_the_quick_study_is_whole(finished, tiny):
    rows = {name: read_csv(finished / "data" / f"{name}.csv") for name in COLUMNS}
    assert len(rows["sparsity"]) == 2 * 2 * 12
    assert {row["format"] for row in rows["timing"]} == {
        "dense", "coo", "csr", "csc", "compact", "auto",
    }  # fmt: skip
    dense = [row for row in rows["timing"] if row["format"] == "dense"]
    assert all(row["speedup_over_dense"] == 1 for row in dense)
    (baseline,) = rows["baseline"]
    first = rows["sparsity"][0]
    assert first["k"] == 0
    assert baseline["test_accuracy"] == first["test_accuracy"]
    last = [row for row in rows["sparsity"] if row["k"] == 1]
    share = np.mean(tiny.test.labels == 0)
    assert {row["test_accuracy"] for row in last} == {share}
    assert all(row["test_loss"] == pytest.approx(np.log(10), abs=5e-7) for row in last)


def test_the_figures_are_pictures(finished):
    for path in (finished / "figures").iterdir():
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n" if path.suffix == ".png" else b"<?xml")
        assert len(content) > 1_000


def test_the_report_is_self_contained(finished):
    page = (finished / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img [^>]*src="(.*?)[;,]', page)
    assert {*pictures} <= {"data:image/svg+xml", "data:image/png"}
    assert len(pictures) >= 4
    rest = re.sub(r'src="data:[^"]*"', "", page)  # a picture holds names, but no addresses to load
    assert not re.search(r"<(link|iframe|img [^>]*src)|script src|url\(|@import", rest)


def state(folder, *parts):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for part in parts
        for path in (folder / part).rglob("*.*")
        if path.is_file()
    }


def test_a_finished_run_is_not_measured_again_but_told_from_its_data(
    finished, run_here, monkeypatch
):
    kept = state(finished, "checkpoints", "data", "figures")
    told = {path: content for path, (_, content) in state(finished, ".").items()}
    monkeypatch.setattr(driver, "figures", lambda run: None)  # that they are drawn is seen below
    (finished / "report.html").unlink()
    assert run_here("reproduce", finished, "--quick")[0] == 0
    assert state(finished, "checkpoints", "data", "figures") == kept
    assert {path: content for path, (_, content) in state(finished, ".").items()} == told


@pytest.mark.parametrize(
    "tables",
    [("training", "sparsity", "locality"), pytest.param(None, marks=pytest.mark.slow)],
    ids=["three", "all"],
)
def test_another_process_draws_the_same_from_the_data(
    tables, finished, elsewhere, tmp_path, monkeypatch, exact_savefig
):
    monkeypatch.setattr(Figure, "savefig", exact_savefig)
    here, folder = tmp_path / "here", tmp_path / "there"
    shutil.copytree(finished, here, ignore=shutil.ignore_patterns("figures"))
    for path in (here / "data").iterdir():
        if tables and path.stem not in tables:
            path.unlink()
    shutil.copytree(here, folder)
    driver.figures(Run.open(here))
    subprocess.run(
        [sys.executable, "-m", "npprune", "figures", "--out", folder],
        env=os.environ | elsewhere, stdout=subprocess.DEVNULL, check=True, timeout=600,
    )  # fmt: skip
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
