"""Source, others, here: others' numbers stand as published, this run's come from its records."""

import dataclasses
import math
import shutil
from pathlib import Path

import pytest

import npprune
from npprune import report
from npprune.lab.config import Config, protocol_recipe
from npprune.lab.page import Heading, Table, markdown
from npprune.lab.records import read_csv, select, write_csv
from npprune.lab.run import Run
from npprune.network.mlp import HIDDEN
from npprune.pruning.masks import KINDS
from npprune.studies import source, study
from npprune.studies.comparison import beside, exact, figures, literature

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
    "criteria": {"criterion": "admm"},
}
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


def test_the_literature_is_as_it_was_read():
    works = read_csv(Path(literature.__file__).with_name("literature.csv"))
    expected = {
        "Han": (1.64, 1.59, 0.08), "Guo": (2.28, 1.99, 0.018), "Molchanov": (1.64, 1.92, 0.015),
        "Dong": (1.76, 3.10, 0.07), "Lee": (1.7, 2.4, 0.02), "Frankle": ("", "", 0.036),
    }  # fmt: skip
    for work in works:
        dense, error, share = expected.pop(work["work"].split()[0])
        assert (work["dense"], work["error"]) == (dense, error)
        assert work["weights"] / literature.PERCEPTRON == pytest.approx(share, rel=0.04)
    assert not expected
    assert [w["work"][:4] for w in works if w["checked"] == "no"] == ["Dong", "Lee "]


def test_exact_anchors(kept):
    assert exact.weights_left(0) == 2_386_000
    left = [exact.weights_left(k) for k in exact.UNIT_SPARSITIES]
    assert left == [793_000, 221_200, 94_600, 43_300]
    assert row(kept, "loss at k = 1")[0] == f"{math.log(10):.6f}"
    assert row(kept, "0.8", "221,200") == ["10.8x", "", "221,200"]


def test_the_source_cuts_as_many_as_we_do():
    layers = [a * b for a, b in zip(exact.SIZES[:-2], HIDDEN, strict=True)]
    for n in (*layers, *HIDDEN):
        assert [int(k * n) for k in SPARSITIES] == [round(k * n) for k in SPARSITIES]


def test_a_record_that_changes_changes_what_is_told(folder):
    before = markdown(blocks(folder))
    for table, column, where, value, shown in (
        ("baseline", "test_loss", {}, 0.1234, "0.1234 ± 0.0000"),
        ("sparsity", "test_accuracy", {"k": 0.97}, 0.9, "0.9000 ± 0.0000"),
        ("sparsity", "test_loss", {"k": 0.95}, 0.111, "0.111 ± 0.000"),
        ("distances", "ks", {}, 0.321, "0.321 ± 0.000"),
        ("randomness_layers", "ks", {"optimizer": "adam"}, 0.055, "0.055 ± 0.000"),
        ("timing", "speedup_over_dense", {"k": 0.5}, 0.1, "10.00 |"),
        ("timing", "median_ms", {"k": 0.1}, 1000.0, "1000.00 ("),
        ("locality", "dead_pixels", {}, 0.25, " 196 |"),
        ("frontier", "test_accuracy", {"name": "weights .99"}, 0.9, "10.00 ± 0.00"),
    ):
        assert shown not in before
        change(folder, table, column, value, **where)
        assert shown in markdown(blocks(folder))


def test_the_gap_is_divided_by_the_run_of_the_sources_protocol(folder):
    change(folder, "sparsity", "test_accuracy", 0.9)
    found = row(folder, "0.99", "0.21")  # .21 there, .505 by its protocol, .9 here
    expected = ["0.2989", "0.5050 ± 0.0071", "0.9000 ± 0.0000", "+0.3950", "+0.2950"]
    assert found == expected
    shutil.rmtree(folder / beside.REPLICA)
    assert row(folder, "0.99", "0.21") == [expected[0], expected[2]]


def test_only_a_run_by_the_sources_protocol_is_a_replica(folder):
    replica = Run.open(folder / beside.REPLICA)
    assert [*beside.sides(replica)] == [beside.REPLAYED]
    assert row(replica.folder, "0.99", "0.21") == ["0.2989", "0.5050 ± 0.0071"]
    shutil.rmtree(folder / beside.REPLICA)
    Run(folder / beside.REPLICA, protocol("validation"))
    assert [*beside.sides(Run.open(folder))] == [beside.HERE]


def test_a_missing_table_takes_only_its_part_away(folder):
    def headings():
        return {
            block.text.partition(":")[0] for block in blocks(folder) if isinstance(block, Heading)
        }

    whole = headings()
    for missing in TABLES:
        path = folder / "data" / f"{missing}.csv"
        content = path.read_bytes()
        path.unlink()
        expected = {"training": {"Figure 1"}, "timing": {"Figure 5"}}.get(missing, set())
        assert whole - headings() == expected
        path.write_bytes(content)


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


def test_the_nearest_network_is_so_in_proportion_of_the_mean():
    networks = {"a": [{"weights": w} for w in (500, 1_500)], "b": [{"weights": 4_000}]}
    assert literature.nearest(1_900, networks) is networks["a"]
    assert literature.nearest(2_100, networks) is networks["b"]


def test_the_published_run_by_the_sources_protocol_is_what_it_says():
    run = Run.open(FIGURES / beside.REPLICA)
    assert run.config.protocol == "source"
    assert run.config.recipe == protocol_recipe("source", quick=False)
    assert {row["seed"] for row in run.read("sparsity")} == set(run.config.seeds)
    assert source.comparable(run.config)
