"""What holds of every study: its files fit together, its words say what its records say."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import report, studies
from npprune.lab.page import Table
from npprune.lab.run import Run
from npprune.lab.template import slots

ROOT = Path(npprune.__file__).parent
PUBLISHED = ROOT.parent / "figures"
every_study = pytest.mark.parametrize("name", studies.STUDIES)


def words(name):
    return (ROOT / "studies" / name / "tell.md").read_text(encoding="utf-8")


def test_a_folder_for_each_name_and_a_name_for_each_folder():
    folders = {path.parent.name for path in (ROOT / "studies").glob("*/__init__.py")}
    assert folders == {*studies.STUDIES}
    assert all(studies.study(name).name == name for name in studies.STUDIES)


def test_no_two_studies_write_the_same_table_or_figure():
    for part in ("tables", "figures"):
        names = [x.name for name in studies.STUDIES for x in getattr(studies.study(name), part)]
        assert len(names) == len(set(names))


@every_study
def test_its_figures_are_of_tables_that_are_there(name):
    study = studies.study(name)
    known = [study, *map(studies.study, study.needs)]
    tables = {table.name for each in known for table in each.tables}
    assert {table for figure in study.figures for table in figure.tables} <= tables


@every_study
def test_its_functions_are_there(name):
    study = studies.study(name)
    if study.forms:
        assert callable(studies.part(name, "measure").pieces)
    for figure in study.figures:
        assert callable(getattr(studies.part(name, "draw"), figure.draw))
    for table in study.tables:
        if table.follows:
            assert studies.derived(name, table, []) == []


@every_study
def test_its_pictures_are_its_figures(name):
    pictured = re.findall(r"\]\(figures/(\w+)\.png\)", words(name))
    assert sorted(pictured) == sorted(figure.name for figure in studies.study(name).figures)


@pytest.fixture(scope="module")
def runs(finished):
    """The published run, and one of the tiny data."""
    return [Run.open(folder) for folder in (PUBLISHED, finished)]


@every_study
def test_every_slot_has_a_value_of_its_name(name, runs):
    told = (studies.part(name, "tell").values(run) for run in runs)
    values = next(values for values in told if values is not None)
    assert slots(words(name)) <= {*values}


@every_study
def test_no_number_is_typed_by_hand_into_a_sentence(name):
    """Digits in words are names (784, 95 %), years, or a study's constants, never results."""
    prose = re.sub(r"\{[^}]*\}|\(figures/[^)]*\)|L_2", "", words(name))
    assert not re.findall(r"(?<![\w.])0?\.\d{3,}", prose)


@every_study
def test_rows_are_as_long_as_their_header(name, runs):
    for run in runs:
        for table in (block for block in report.section(run, name) if isinstance(block, Table)):
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.header)}


@every_study
def test_changing_records_changes_what_is_told(name, tmp_path):
    """Every column of numbers that is no key, by 7 %: a change of all is seen."""
    shutil.copytree(PUBLISHED / "data", tmp_path / "data")
    for part in ("config.json", "environment.json"):
        shutil.copy(PUBLISHED / part, tmp_path)
    run = Run.open(tmp_path)
    before, changes = json.dumps(report.section(run, name)), 0
    for table in studies.study(name).tables:
        kept, rows = {*table.key, "k", "p"}, run.read(table.name)
        changed = [
            row | {c: 0.93 * x for c, x in row.items() if isinstance(x, float) and c not in kept}
            for row in rows
        ]
        changes += json.dumps(changed) != json.dumps(rows)
        run.write(table.name, changed)
    assert not changes or json.dumps(report.section(Run.open(tmp_path), name)) != before


def test_what_runs_and_publishes_studies_names_none():
    special = {*studies.STUDIES} - {"train", "prune", "time", "speed"}  # words of their own
    special |= {table.name for name in special for table in studies.study(name).tables}
    above = [ROOT / f"{name}.py" for name in ("driver", "merge", "report")]
    for path in [*(ROOT / "lab").glob("*.py"), *above]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)} & special, path
