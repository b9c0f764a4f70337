"""Source, others, here: others' numbers stand as published, this run's come from its records."""

import dataclasses
import math
import re
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import report
from npprune.lab.config import Config, protocol_recipe
from npprune.lab.page import Table, markdown
from npprune.lab.records import read_csv, select, write_csv
from npprune.lab.run import Run
from npprune.network.mlp import HIDDEN
from npprune.pruning.masks import KINDS, SPARSITIES
from npprune.studies import source
from npprune.studies.comparison import exact, others, published, sides, times
from npprune.studies.comparison import report as comparison

FIGURES = Path(npprune.__file__).parents[1] / "figures"
TABLES = {  # the studies that are compared, and which of their records are enough
    "training": {},
    "baseline": {},
    "sparsity": {"criterion": "magnitude"},
    "distances": {"layer": 2, "k": 0.9},
    "magnitudes": {"layer": 2, "kind": "unit"},
    "timing": {"batch": 100, "format": "coo"},
    "footprint": {"kind": "unit"},
    "randomness_layers": {"layer": 2, "p": 2, "k": 0.9},
    "locality": {"pixels": "all", "k": 0.9},
    "frontier": {},
    "criteria": {"criterion": "admm", "budget": "erk"},
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The published records, without pictures, and a run by the source's protocol beside them."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("config.json", "environment.json"):
        shutil.copy(FIGURES / name, folder)
    (folder / "data").mkdir()
    for name, enough in TABLES.items():
        rows = select(read_csv(FIGURES / "data" / f"{name}.csv"), **enough)
        rows = [row for row in rows if row.get("seed", 0) < 2]
        write_csv(folder / "data" / f"{name}.csv", rows)
    replica = Run(folder / sides.REPLICA, protocol("source", seeds=(0, 1)))
    for seed in (0, 1):
        rows = [row | {"seed": seed} for row in read_csv(FIGURES / "data" / "baseline.csv")[:1]]
        replica.add(
            "baseline", {"seed": seed}, [rows[0] | {"test_loss": 0.06, "validation_loss": 0.06}]
        )
        replica.add("sparsity", {"seed": seed}, [
            {"seed": seed, "kind": kind, "criterion": "magnitude", "k": k,
             "test_accuracy": 0.5 + seed / 100, "test_loss": 1.0}
            for kind in KINDS for k in SPARSITIES
        ])  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def text(kept):
    return said(kept)


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of one's own."""
    return Path(shutil.copytree(kept, tmp_path / "run"))


def protocol(name, **changes):
    return Config("mnist", protocol=name, recipe=protocol_recipe(name, False), **changes)


def said(folder, **changes):
    run = Run.open(folder)
    run.config = dataclasses.replace(run.config, **changes)
    return markdown(comparison.blocks(run))


def row(text, *start):
    """The rest of the first table row that starts with the given cells."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[: len(start)] == list(start):
            return cells[len(start) :]
    raise AssertionError(f"no row {start}")


def change(folder, study, column, value, **where):
    """Give a column another value in some records of a study."""
    path = folder / "data" / f"{study}.csv"
    rows = read_csv(path)
    for one in select(rows, **where):
        one[column] = value
    write_csv(path, rows)


def test_the_curves_are_as_long_as_their_axes():
    assert set(source.SPARSITIES) < set(SPARSITIES)
    assert set(others.ANSWER_SPARSITIES) < set(SPARSITIES)
    for kind in KINDS:
        assert len(source.ACCURACY[kind]) == len(source.LOSS[kind]) == len(source.SPARSITIES)
        assert len(others.ANSWER_ACCURACY[kind]) == len(others.ANSWER_SPARSITIES)
    assert len(source.COO_MILLISECONDS) == len(source.SPARSITIES)
    assert len(source.TRAINING_LOSS) == len(source.TRAINING_ACCURACY) == source.BEST_EPOCH


def test_others_numbers_are_those_that_were_read():
    curve = dict(zip(source.SPARSITIES, source.ACCURACY["weight"], strict=True))
    assert (curve[0.9], curve[0.95], curve[0.97], curve[1.0]) == (0.94, 0.68, 0.47, 0.098)
    assert sum(source.ACCURACY["unit"]) == pytest.approx(4.782)
    assert sum(source.LOSS["weight"]) == pytest.approx(11.193)
    assert sum(source.LOSS["unit"]) == pytest.approx(17.543)
    assert sum(source.COO_MILLISECONDS) == 635
    assert (source.BEST_LOSS, source.KS, source.KS_INDEPENDENT) == (0.0682, 0.093, 0.019)
    assert sum(others.ANSWER_ACCURACY["weight"]) == pytest.approx(7.5903)
    assert sum(others.ANSWER_ACCURACY["unit"]) == pytest.approx(4.678)
    by_work = {one.work.split()[0]: one for one in others.PUBLISHED}
    assert {name: (one.dense, one.error) for name, one in by_work.items()} == {
        "Han": (1.64, 1.59), "Guo": (2.28, 1.99), "Molchanov": (1.64, 1.92),
        "Dong": (1.76, 3.10), "Lee": (1.7, 2.4), "Frankle": (None, None),
    }  # fmt: skip
    shares = {name: one.weights / others.PERCEPTRON for name, one in by_work.items()}
    expected = {"Han": 0.08, "Dong": 0.07, "Frankle": 0.036, "Lee": 0.02, "Guo": 0.018}
    for name, share in (expected | {"Molchanov": 0.015}).items():
        assert shares[name] == pytest.approx(share, rel=0.04)
    assert {name for name, one in by_work.items() if not one.checked} == {"Dong", "Lee"}


def test_exact_anchors():
    assert exact.SIZES[1:-1] == HIDDEN
    assert exact.weights_left(0) == published.SIZE == 2_386_000
    left = [exact.weights_left(k) for k in exact.UNIT_SPARSITIES]
    assert left == [793_000, 221_200, 94_600, 43_300]
    assert exact.SIZES[-2] * exact.SIZES[-1] == published.OUTPUT


def test_the_source_cuts_as_many_as_we_do():
    layers = [a * b for a, b in zip(exact.SIZES[:-2], HIDDEN, strict=True)]
    for n in (*layers, *HIDDEN):
        assert [int(k * n) for k in SPARSITIES] == [round(k * n) for k in SPARSITIES]


def test_the_section_is_part_of_the_report():
    assert comparison in report.SECTIONS


def test_every_figure_has_its_table(text):
    for number in (*(f"Figure {i}" for i in (1, 4, 5)), "Figures 2 and 3", "Exact", "literature"):
        assert re.search(f"^### .*{number}", text, re.MULTILINE)
    # k, source, other answer, then the two runs
    assert row(text, "0.9", "0.94")[:2] == ["0.9553", "0.5050 +- 0.0071"]
    assert row(text, "0.5", "0.837")[:2] == ["0.9331", "0.5050 +- 0.0071"]
    assert row(text, "loss at k = 1")[0] == f"{math.log(10):.6f}"
    assert row(text, "0.8", "221,200") == ["10.8x", "", "221,200"]


@pytest.mark.parametrize(
    ("study", "column", "where", "value", "shown"),
    [
        ("baseline", "test_loss", {}, 0.1234, "the test loss is 0.1234 +- 0.0000"),
        ("sparsity", "test_accuracy", {"k": 0.97}, 0.9, "0.9000 +- 0.0000 here"),
        ("sparsity", "test_loss", {"k": 0.95}, 0.111, "0.111 +- 0.000 here"),
        ("distances", "ks", {}, 0.321, "0.321 +- 0.000"),
        ("randomness_layers", "ks", {"optimizer": "adam"}, 0.055, "Adam has 0.055 +- 0.000"),
        ("timing", "speedup_over_dense", {"k": 0.5}, 0.1, "it takes 10.0 times the dense"),
        ("locality", "dead_pixels", {}, 0.25, " 196 |"),
        ("frontier", "test_accuracy", {"name": "weights .99"}, 0.9, "10.00 +- 0.00"),
    ],
)
def test_a_record_that_changes_changes_what_is_said(
    folder, text, study, column, where, value, shown
):  # fmt: skip
    assert shown not in text
    change(folder, study, column, value, **where)
    assert shown in said(folder)


def test_the_gap_is_divided_by_the_run_of_the_sources_protocol(folder):
    change(folder, "sparsity", "test_accuracy", 0.9)
    # widest for weights at .99: .21 there, .505 by its protocol, .9 here; the empty network aside
    change(folder, "sparsity", "test_accuracy", 0.098, k=1.0)
    text = said(folder)
    assert "the widest gap in accuracy is at k = 0.99, 0.21 in the source" in text
    assert "+0.3950 comes with the recipe and +0.2950 with all else" in text
    assert "source's protocol here: 2 seeds; here: 2 seeds" in text


def test_without_that_run_the_causes_are_called_untested(folder):
    shutil.rmtree(folder / sides.REPLICA)
    text = said(folder)
    assert "source's protocol here" not in text
    assert "What the gap comes from was not tested" in text
    assert "with all else" not in text


def test_a_run_by_another_protocol_is_no_replica(folder):
    shutil.rmtree(folder / sides.REPLICA)
    Run(folder / sides.REPLICA, protocol("validation"))
    assert list(sides.sides(Run.open(folder))) == [sides.HERE]


def test_a_run_by_the_sources_protocol_stands_alone(folder):
    run = Run.open(folder / sides.REPLICA)
    assert list(sides.sides(run)) == [sides.REPLAYED]
    assert "0.5050 +- 0.0071 source's protocol here" in markdown(comparison.blocks(run))


@pytest.mark.parametrize("missing", TABLES)
def test_a_missing_table_takes_only_its_part_away(missing, text, folder):
    (folder / "data" / f"{missing}.csv").unlink()
    gone = headings(text) - headings(said(folder))
    whole = {"training": "Figure 1: training", "timing": "Figure 5: time for 100 images"}
    assert gone == ({f"### {whole[missing]}"} if missing in whole else set())


def headings(text):
    return {line for line in text.splitlines() if line.startswith("#")}


def test_nothing_recorded_is_nothing_said(tmp_path):
    assert comparison.blocks(Run(tmp_path / "empty", protocol("validation"))) == []


def test_another_task_is_not_compared(kept):
    recipe = dataclasses.replace(Run.open(kept).config.recipe, hidden=(100,))
    for change in ({"dataset": "fashion-mnist"}, {"quick": True}, {"recipe": recipe}):
        assert said(kept, **change) == "\n"


def test_rows_are_as_long_as_their_header(kept):
    run = Run.open(kept)
    for block in comparison.blocks(run):
        if isinstance(block, Table):
            assert {len(line) for line in block.rows} == {len(block.header)}


def test_times_are_divided_by_the_side_s_own(folder):
    change(folder, "timing", "median_ms", 8.0, format="coo", k=times.FIRST)
    change(folder, "timing", "median_ms", 2.0, format="coo", k=0.9)
    assert "to 0.25 here" in said(folder)


def test_the_nearest_network_is_so_in_proportion():
    networks = {w: [{"name": str(w), "weights": w}] for w in (1_000, 4_000, 40_000)}
    assert published.nearest(1_900, networks)[0]["name"] == "1000"
    assert published.nearest(12_000, networks)[0]["name"] == "4000"


def test_the_published_run_by_the_sources_protocol_is_what_it_says():
    run = Run.open(FIGURES / sides.REPLICA)
    assert run.config.protocol == "source"
    assert run.config.recipe == protocol_recipe("source", quick=False)
    assert {row["seed"] for row in run.read("sparsity")} == set(run.config.seeds)
    assert sides.comparable(run.config)
