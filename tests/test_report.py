"""The page: what was run is said, what was not measured is left out, numbers are the records'."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import driver, report, studies
from npprune.lab.origin import of_figure, of_study
from npprune.lab.page import Picture, Table, table
from npprune.lab.records import read_csv
from npprune.lab.run import Run

PUBLISHED = Path(npprune.__file__).parents[1] / "figures"


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished study."""
    return Run.open(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def published():
    return Run.open(PUBLISHED)


def test_a_section_says_what_its_records_come_from(run, published):
    prune, speed = studies.study("prune"), studies.study("speed")
    assert of_study(run, prune).startswith("Records of tiny, 1 seed; measured on ")
    assert of_study(published, prune).startswith("Records of mnist, 9 seeds; ")
    assert of_study(published, speed).startswith("Records of mnist; measured on ")
    path = run.folder / "environment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"measured": {"timing": []}}))
    assert of_study(run, prune) == "Records of tiny, 1 seed."  # of a machine that nobody named


def sentences(blocks):
    return " ".join(getattr(block, "text", "") for block in blocks)


def test_a_table_of_records_and_one_of_functions_of_them():
    rows = [{"x": 1, "y": 0.5}, {"x": 1, "y": 1.5}]
    assert table("a", rows, [("x", "{x}"), ("y", "{y:.1f}")]).rows == [["1", "0.5"], ["1", "1.5"]]
    columns = [("n", lambda line: str(len(line)))]
    assert table("b", rows, columns) == Table("b", ["n"], [["2"], ["2"]])


def test_what_was_run_is_said(run):
    def said(**changes):
        run.config = dataclasses.replace(run.config, **changes)
        return sentences(report.introduction(run)["body"])

    assert "quick form" in said()
    assert "chose the epoch" in said(quick=False)
    assert "quick form" not in said()
    assert "rendered from fonts" in said(dataset="glyphs")
    assert "optimistic" in said(protocol="source")


def test_a_caption_says_where_its_numbers_come_from(run, published):
    study = studies.study("randomness")
    rates, epochs = study.figures[0], study.figures[-1]
    short = " (quick form of this study, few draws, "
    assert of_figure(run, rates) == f"{short}QUICK FORM, not a result)"
    assert of_figure(run, epochs).startswith(f"{short}tiny, seed 0, QUICK")
    pictures = [b for b in report.section(run, "randomness") if isinstance(b, Picture)]
    assert all(picture.caption.endswith("QUICK FORM, not a result)") for picture in pictures)
    histograms = studies.study("prune").figures[1]
    assert of_figure(published, histograms) == " (mnist, seed 0)"
    assert re.fullmatch(r" \(mnist, mean of \d+ seeds\)", of_figure(published, epochs))
    published.config = dataclasses.replace(published.config, protocol="source")
    assert "the test set chooses" in of_figure(published, histograms)


@pytest.mark.parametrize("missing", ["sparsity", "distances", "timing"])
def test_what_was_not_measured_is_left_out(missing, run):
    run.data(missing).unlink()
    assert report.write(run).stat().st_size
    page = (run.folder / "report.md").read_text()
    for name in ("sparsity", "timing"):
        assert (f"{name}.png" in page) == (name != missing)


def test_a_report_whose_figures_are_missing_replaces_nothing(run):
    run.figure("timing").unlink()
    (run.folder / "report.md").write_text("old")
    with pytest.raises(ValueError, match="npprune figures"):
        report.write(run)
    assert (run.folder / "report.md").read_text() == "old"


def test_a_quick_run_says_so_on_the_terminal_and_another_does_not(run):
    for quick in (True, False):
        run.config = dataclasses.replace(run.config, quick=quick)
        assert report.summary(run, driver.basic()).startswith("QUICK RUN") == quick


def test_the_terminal_shows_tables_of_the_report(run):
    page = (run.folder / "report.md").read_text()
    lines = report.summary(run, driver.basic()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) > 20
    assert all(row in page for row in rows)


def test_the_machine_is_named(run):
    machine = json.loads((run.folder / "environment.json").read_text())
    page = (run.folder / "report.md").read_text()
    assert machine["processor"] in page
    assert machine["numpy"] in page


def test_the_sources_numbers_stand_beside_a_run_of_its_task_alone(run, published):
    """Its network, MNIST, and the whole test set: not beside the tiny run, but the published."""
    blocks = report.section(run, "prune") + report.section(published, "prune")
    headers = [{*block.header} for block in blocks if isinstance(block, Table)]
    assert ["source" in header for header in headers] == [False, False, True, False]
    assert "0.0682" not in sentences(report.section(run, "train"))
    assert "0.0682" in sentences(report.section(published, "train"))


def test_every_number_of_a_sentence_is_one_of_the_records(run):
    """To the digits that are printed, of the basic studies, which say them as they are."""
    numbers = [
        value
        for name in ("sparsity", "distances", "baseline", "timing")
        for row in read_csv(run.data(name))
        for value in row.values()
        if isinstance(value, float)
    ]
    text = sentences(block for name in driver.basic() for block in report.section(run, name))
    for number in re.findall(r"\d\.\d{3,}", text):
        digits = len(number.partition(".")[2])
        assert any(f"{value:.{digits}f}" == number for value in numbers), number
