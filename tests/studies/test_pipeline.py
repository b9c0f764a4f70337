"""All studies by one command: in order, in the form that is asked for, nothing done twice."""

import dataclasses
from pathlib import Path

import pytest

import npprune
from npprune import cli
from npprune.lab.config import Config
from npprune.lab.run import Run
from npprune.network.training import Recipe
from npprune.studies import pipeline

ROOT = Path(npprune.__file__).parents[1]
STUDIES = ("prune", "time", "speed", "randomness", "criteria", "frontier", "locality", "figures")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--full"], [*STUDIES, "randomness at length", "locality at length"]),
        ([], ["prune", "time", "randomness", "locality", "figures"]),
    ],
)
def test_every_study_is_run_in_order(flags, expected, tiny_folder, tmp_path, monkeypatch, capsys):
    called, lengths = [], []

    def stand_in(name):
        def study(run, dataset=None, full=None):
            called.append(name)
            lengths.extend([f"{name} at length"] if full else [])

        return study

    for name in STUDIES:
        monkeypatch.setattr(pipeline, name, stand_in(name))
    for module, name in ((pipeline.report, "write"), (pipeline.report, "summary")):
        monkeypatch.setattr(module, name, lambda run: "page")
    small = ["--data-dir", str(tiny_folder), "--validation", "100", "--quiet"]
    assert cli.main([*flags, *small, "--seeds", "2", "--out", str(tmp_path / "run")]) == 0
    assert called + lengths == expected
    assert "report: page" in capsys.readouterr().out


def test_full_and_quick_exclude_each_other(capsys, tmp_path):
    assert cli.main(["--full", "--quick", "--out", str(tmp_path / "run")]) == 2
    assert "give one of them" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_full_run_leaves_every_published_table_and_is_not_done_twice(
    tiny, tmp_path, monkeypatch, at_once
):
    """Everything at length, each study cut down to what the tiny network can bear."""
    from npprune.studies.criteria import study as criteria
    from npprune.studies.frontier import study as frontier
    from npprune.studies.locality import study as locality
    from npprune.studies.randomness import study as randomness

    monkeypatch.setattr(pipeline, "SPEED_BUDGET", 0.0)
    # Minutes, whatever the run's network.
    monkeypatch.setattr(pipeline.speed_training, "run", lambda *_: [{"width": 1000}])
    monkeypatch.setattr(pipeline.speed_inference, "run", lambda *_: ([{"k": 0.9}], [{"k": 0.9}]))
    monkeypatch.setattr(pipeline.roofline, "run", lambda *_: [{"what": "roof"}])
    monkeypatch.setattr(pipeline, "figures", lambda run: [])
    monkeypatch.setattr(pipeline.report, "write", lambda run: run.folder)
    monkeypatch.setattr(pipeline.timing, "Grid", lambda: pipeline.timing.QUICK_GRID)
    monkeypatch.setattr(frontier, "BUDGET", 0.0)
    monkeypatch.setattr(frontier, "RECIPES", frontier.QUICK_RECIPES)
    monkeypatch.setattr(frontier, "FRACTIONS", frontier.QUICK_FRACTIONS)
    form = randomness.TRIAL._replace(name="full", null_layers=(1,), group_layers=(1,))
    monkeypatch.setattr(randomness, "FULL", form)
    form = locality.TRIAL._replace(name="full", networks=None, sparsities=(0.9, 0.97))
    monkeypatch.setattr(locality, "FULL", form)
    parts = [part[:2] for part in criteria.stages()]
    monkeypatch.setattr(criteria, "stages", lambda: parts)
    monkeypatch.setattr(criteria, "FULL", criteria.QUICK._replace(name="full"))
    recipe = Recipe(hidden=(16, 12), batch=16, epochs=1)
    config = Config("tiny", validation=100, recipe=recipe)
    run = Run(tmp_path, config)
    pipeline.reproduce(run, tiny, full=True)
    tables = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    published = {path.name for path in (ROOT / "figures" / "data").iterdir()}
    assert set(tables) == published
    at_once.calls.clear()
    pipeline.reproduce(Run(tmp_path, dataclasses.replace(config)), tiny, full=True)
    assert at_once.calls == []
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()} == tables
