"""Source, others, here: others' numbers stand as published, this run's come from its records."""

import dataclasses
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import report
from npprune.lab.config import Config, protocol_recipe
from npprune.lab.page import Table, markdown
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.mlp import HIDDEN
from npprune.studies import source, study
from npprune.studies.comparison import beside, figures

FIGURES = Path(npprune.__file__).parents[1] / "figures"
SPARSITIES = study("prune").forms["full"].sparsities
ENOUGH = {  # of each table: what is told must come from these records
    "sparsity": {"criterion": "magnitude"},
    "distances": {"layer": 2, "k": 0.9},
    "magnitudes": {"layer": 2, "kind": "unit"},
    "timing": {"batch": 100, "format": "coo"},
    "randomness_layers": {"layer": 2, "p": 2, "k": 0.9},
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The published run and, inside it, that of the source's protocol, without pictures."""
    rest = shutil.ignore_patterns("figures", "report.*", "avx2", "glyphs", "sse", "usps")
    folder = tmp_path_factory.mktemp("published")
    run = Run.open(shutil.copytree(FIGURES, folder, ignore=rest, dirs_exist_ok=True))
    for table, enough in ENOUGH.items():
        run.write(table, select(run.read(table), **enough))
    return folder


@pytest.fixture
def run(kept, tmp_path):
    """A copy of one's own."""
    return Run.open(shutil.copytree(kept, tmp_path / "run"))


def blocks(run):
    return report.section(run, "comparison")


def compared(run):
    """What stands beside the source's accuracy of 0.47: the other answer, the runs, the gaps."""
    start = ["accuracy, weights k = 0.97", "0.47"]
    lines = [line for block in blocks(run) if isinstance(block, Table) for line in block.rows]
    (found,) = [line[2:] for line in lines if line[:2] == start]
    return found


def change(run, table, column, value, **where):
    """Give a column another value in some records."""
    rows = run.read(table)
    for row in select(rows, **where):
        row[column] = value
    run.write(table, rows)


@pytest.mark.parametrize(
    ("kind", "totals"), [("weight", (8.283, 11.193, 7.5903)), ("unit", (4.782, 17.543, 4.678))]
)
def test_others_curves_are_those_that_were_read(kind, totals):
    accuracies, losses = (source.curve(f"test_{what}", kind) for what in ("accuracy", "loss"))
    answers = source.curve("test_accuracy", kind, source.ANSWER)
    assert [sum(curve.values()) for curve in (accuracies, losses, answers)] == pytest.approx(totals)
    assert accuracies.keys() == losses.keys() == {*SPARSITIES} - {0}
    assert answers.keys() == accuracies.keys() - {0.1, 1}


def test_others_numbers_are_those_that_were_read():
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


def test_a_record_that_changes_changes_what_is_told(run):
    before = markdown(blocks(run))
    for table, column, where, value, shown in (
        ("baseline", "test_loss", {}, 0.1234, "0.1234 ± 0.0000"),
        ("sparsity", "test_accuracy", {"k": 0.97}, 0.9, "0.9000 ± 0.0000"),
        ("distances", "ks", {}, 0.321, "0.321 ± 0.000"),
        ("randomness_layers", "ks", {"optimizer": "adam"}, 0.055, "0.055 ± 0.000"),
        ("timing", "speedup_over_dense", {"k": 0.5}, 0.1, "10.00 |"),
        ("timing", "median_ms", {"k": 0.1}, 1000.0, "1000.00 ("),
    ):
        assert shown not in before
        change(run, table, column, value, **where)
        assert shown in markdown(blocks(run))


def test_the_gap_is_divided_by_the_run_of_the_sources_protocol(run):
    change(run, "sparsity", "test_accuracy", 0.9)  # .47 there, .505 by its protocol, .9 here
    replica = Run.open(run.folder / beside.REPLICA)
    rows = [row for row in replica.read("sparsity") if row["seed"] in (0, 1)]
    replica.write("sparsity", [row | {"test_accuracy": 0.5 + row["seed"] / 100} for row in rows])
    # t of 1 degree of freedom (.975) is 12.706; the two accuracies by its protocol are .01 apart
    margin = 12.706 * 0.005
    gaps = [f"{d:+.4f} ({d - margin:+.4f} to {d + margin:+.4f})" for d in (0.395, 0.035)]
    answer = f"{source.curve('test_accuracy', 'weight', source.ANSWER)[0.97]:g}"
    assert compared(run) == [answer, "0.5050 ± 0.0071", "0.9000 ± 0.0000", *gaps]
    shutil.rmtree(replica.folder)
    assert compared(run) == [answer, "0.9000 ± 0.0000"]


def test_only_a_run_by_the_sources_protocol_is_a_replica(run):
    replica = Run.open(run.folder / beside.REPLICA)
    assert [*beside.sides(replica)] == [beside.REPLAYED]
    assert compared(replica) == compared(run)[:2]
    shutil.rmtree(replica.folder)
    Run(replica.folder, Config("mnist"))
    assert [*beside.sides(run)] == [beside.HERE]


def test_nothing_to_compare_is_nothing_told(run, tmp_path):
    assert blocks(Run(tmp_path / "empty", Config("mnist"))) == []
    whole, recipe = run.config, dataclasses.replace(run.config.recipe, hidden=(100,))
    for changes in ({"dataset": "fashion-mnist"}, {"quick": True}, {"recipe": recipe}):
        run.config = dataclasses.replace(whole, **changes)
        assert blocks(run) == []


def test_times_are_divided_by_the_sides_own(run):
    change(run, "timing", "median_ms", 8.0, k=0.1)
    change(run, "timing", "median_ms", 2.0, k=0.9)
    times = figures.coo_times(run)
    assert times[0.9]["ratio"] == 0.25
    assert times[0.9]["weights"] == pytest.approx(1 / 9)
    assert figures.source_ratio(0.9) == 24 / 161


def test_the_published_run_by_the_sources_protocol_is_what_it_says():
    run = Run.open(FIGURES / beside.REPLICA)
    assert run.config.protocol == "source"
    assert run.config.recipe == protocol_recipe("source", quick=False)
    assert {row["seed"] for row in run.read("sparsity")} == set(run.config.seeds)
    assert source.comparable(run.config)
