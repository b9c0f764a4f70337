"""What holds of every study: its files fit together, its words say what its records say."""

import ast
import json
import random
import re
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import report, studies
from npprune.lab.page import Table
from npprune.lab.records import read_csv
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


@every_study
def test_every_slot_has_a_value_of_its_name(name, finished):
    for folder in (PUBLISHED, finished):
        values = studies.part(name, "tell").values(Run.open(folder))
        if values is not None:
            assert slots(words(name)) <= {*values}
            break
    else:
        pytest.fail(f"{name}: not told from any run")


@every_study
def test_no_number_is_typed_by_hand_into_a_sentence(name):
    """Digits in words are names (784, 95 %), years, or a study's constants, never results."""
    prose = re.sub(r"\{[^}]*\}|\(figures/[^)]*\)|L_2", "", words(name))
    assert not re.findall(r"(?<![\w.])0?\.\d{3,}", prose)


@every_study
def test_rows_are_as_long_as_their_header(name, finished):
    for folder in (PUBLISHED, finished):
        for block in report.section(Run.open(folder), name):
            if isinstance(block, Table):
                assert block.rows
                assert {len(row) for row in block.rows} == {len(block.header)}


def numbers_of(run, name):
    """Every table's columns of numbers that are not keys: {(table, column)}."""
    for table in studies.study(name).tables:
        rows = run.read(table.name)
        for column, value in (rows[0] if rows else {}).items():
            if isinstance(value, float) and column not in (*table.key, "k", "p"):
                yield table.name, column


@every_study
def test_changing_records_changes_what_is_told(name, tmp_path):
    """Of a study's columns of numbers, at least one in four is told; a change of all is seen."""
    shutil.copytree(PUBLISHED / "data", tmp_path / "data")
    for part in ("config.json", "environment.json"):
        shutil.copy(PUBLISHED / part, tmp_path)
    before = json.dumps(report.section(Run.open(tmp_path), name))
    tables = {table for table, _ in numbers_of(Run.open(tmp_path), name)}
    rng = random.Random(0)
    for table in tables:
        run = Run.open(tmp_path)
        columns = {column for t, column in numbers_of(run, name) if t == table}
        rows = read_csv(run.data(table))
        factor = rng.uniform(0.9, 0.95)
        changed = [
            row | {c: row[c] * factor for c in columns if isinstance(row[c], float)} for row in rows
        ]
        run.write(table, changed)
    if tables:
        assert json.dumps(report.section(Run.open(tmp_path), name)) != before


def test_what_runs_and_publishes_studies_names_none():
    special = {*studies.STUDIES} - {"train", "prune", "time", "speed"}  # words of their own
    special |= {table.name for name in special for table in studies.study(name).tables}
    above = [ROOT / f"{name}.py" for name in ("driver", "merge", "report")]
    for path in [*(ROOT / "lab").glob("*.py"), *above]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)} & special, path
