"""Source, others, here: others' numbers stand as published, this run's come from its records."""

import dataclasses
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
from npprune.pruning.masks import KINDS
from npprune.studies import source, study
from npprune.studies.comparison import beside, figures

FIGURES = Path(npprune.__file__).parents[1] / "figures"
TABLES = {  # the studies that are compared, and which of their records are enough
    "training": {},
    "baseline": {},
    "sparsity": {"criterion": "magnitude"},
    "distances": {"layer": 2, "k": 0.9},
    "magnitudes": {"layer": 2, "kind": "unit"},
    "timing": {"batch": 100, "format": "coo"},
    "randomness_layers": {"layer": 2, "p": 2, "k": 0.9},
}
LINE = "accuracy, weights k = 0.97"
SPARSITIES = study("prune").forms["full"].sparsities


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
    replica = Run(folder / beside.REPLICA, protocol("source", seeds=(0, 1)))
    baseline = read_csv(FIGURES / "data" / "baseline.csv")[0]
    losses = {"test_loss": 0.06, "validation_loss": 0.06}
    replica.write("baseline", [baseline | losses | {"seed": seed} for seed in (0, 1)])
    replica.write("sparsity", [
        {"seed": seed, "kind": kind, "criterion": "magnitude", "k": k,
         "test_accuracy": 0.5 + seed / 100, "test_loss": 1.0}
        for seed in (0, 1) for kind in KINDS for k in SPARSITIES
    ])  # fmt: skip
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of one's own."""
    return Path(shutil.copytree(kept, tmp_path / "run"))


def protocol(name, **changes):
    return Config("mnist", protocol=name, recipe=protocol_recipe(name, False), **changes)


def blocks(folder, **changes):
    run = Run.open(folder)
    run.config = dataclasses.replace(run.config, **changes)
    return report.section(run, "comparison")


def row(folder, *start):
    """The rest of the first line of a table that starts with the given cells."""
    lines = [line for b in blocks(folder) if isinstance(b, Table) for line in b.rows]
    return next(line[len(start) :] for line in lines if line[: len(start)] == [*start])


def change(folder, table, column, value, **where):
    """Give a column another value in some records."""
    path = folder / "data" / f"{table}.csv"
    rows = read_csv(path)
    for one in select(rows, **where):
        one[column] = value
    write_csv(path, rows)


def test_others_numbers_are_those_that_were_read():
    for kind, accuracy, loss, answer in (
        ("weight", 8.283, 11.193, 7.5903), ("unit", 4.782, 17.543, 4.678)
    ):  # fmt: skip
        curve = source.curve("test_accuracy", kind)
        assert curve.keys() == source.curve("test_loss", kind).keys() == {*SPARSITIES} - {0}
        assert sum(curve.values()) == pytest.approx(accuracy)
        assert sum(source.curve("test_loss", kind).values()) == pytest.approx(loss)
        answers = source.curve("test_accuracy", kind, source.ANSWER)
        assert sum(answers.values()) == pytest.approx(answer)
        assert answers.keys() == curve.keys() - {0.1, 1}
    assert source.curve("test_accuracy", "weight")[0.97] == 0.47
    times = source.curve("coo_ms", "weight")
    assert (sum(times.values()), times[0.9]) == (635, 24)
    assert (source.BEST_LOSS, source.KS, source.KS_INDEPENDENT) == (0.0682, 0.093, 0.019)
    assert min(source.curve("validation_loss").values()) == source.BEST_LOSS
    assert len(source.curve("validation_accuracy")) == source.BEST_EPOCH


def test_the_source_cuts_as_many_as_we_do():
    layers = [a * b for a, b in zip((784, *HIDDEN), HIDDEN, strict=False)]
    for n in (*layers, *HIDDEN):
        assert [int(k * n) for k in SPARSITIES] == [round(k * n) for k in SPARSITIES]


def test_a_record_that_changes_changes_what_is_told(folder):
    before = markdown(blocks(folder))
    for table, column, where, value, shown in (
        ("baseline", "test_loss", {}, 0.1234, "0.1234 ± 0.0000"),
        ("sparsity", "test_accuracy", {"k": 0.97}, 0.9, "0.9000 ± 0.0000"),
        ("distances", "ks", {}, 0.321, "0.321 ± 0.000"),
        ("randomness_layers", "ks", {"optimizer": "adam"}, 0.055, "0.055 ± 0.000"),
        ("timing", "speedup_over_dense", {"k": 0.5}, 0.1, "10.00 |"),
        ("timing", "median_ms", {"k": 0.1}, 1000.0, "1000.00 ("),
    ):
        assert shown not in before
        change(folder, table, column, value, **where)
        assert shown in markdown(blocks(folder))


def test_the_gap_is_divided_by_the_run_of_the_sources_protocol(folder):
    change(folder, "sparsity", "test_accuracy", 0.9)
    found = row(folder, LINE, "0.47")  # .47 there, .505 by its protocol, .9 here
    # t of 1 degree of freedom (.975) is 12.706; the two accuracies by its protocol are .01 apart
    margin = 12.706 * 0.005
    expected = ["0.5050 ± 0.0071", "0.9000 ± 0.0000"]
    expected += [f"{d:+.4f} ({d - margin:+.4f} to {d + margin:+.4f})" for d in (0.395, 0.035)]
    answer = f"{source.curve('test_accuracy', 'weight', source.ANSWER)[0.97]:g}"
    assert found == [answer, *expected]
    shutil.rmtree(folder / beside.REPLICA)
    assert row(folder, LINE, "0.47") == [answer, expected[1]]


def test_only_a_run_by_the_sources_protocol_is_a_replica(folder):
    replica = Run.open(folder / beside.REPLICA)
    assert [*beside.sides(replica)] == [beside.REPLAYED]
    assert row(replica.folder, LINE, "0.47")[1] == "0.5050 ± 0.0071"
    shutil.rmtree(folder / beside.REPLICA)
    Run(folder / beside.REPLICA, protocol("validation"))
    assert [*beside.sides(Run.open(folder))] == [beside.HERE]


def test_nothing_to_compare_is_nothing_told(kept, tmp_path):
    assert report.section(Run(tmp_path / "empty", protocol("validation")), "comparison") == []
    recipe = dataclasses.replace(Run.open(kept).config.recipe, hidden=(100,))
    for changes in ({"dataset": "fashion-mnist"}, {"quick": True}, {"recipe": recipe}):
        assert blocks(kept, **changes) == []


def test_times_are_divided_by_the_sides_own(folder):
    change(folder, "timing", "median_ms", 8.0, k=0.1)
    change(folder, "timing", "median_ms", 2.0, k=0.9)
    times = figures.coo_times(Run.open(folder))
    assert times[0.9]["ratio"] == 0.25
    assert times[0.9]["weights"] == pytest.approx(1 / 9)
    assert figures.source_ratio(0.9) == 24 / 161


def test_the_published_run_by_the_sources_protocol_is_what_it_says():
    run = Run.open(FIGURES / beside.REPLICA)
    assert run.config.protocol == "source"
    assert run.config.recipe == protocol_recipe("source", quick=False)
    assert {row["seed"] for row in run.read("sparsity")} == set(run.config.seeds)
    assert source.comparable(run.config)
