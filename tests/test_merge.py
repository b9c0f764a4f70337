"""Folders of several machines: whatever part is where, joined they are the run of one machine."""

import dataclasses
import functools
import itertools
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from folders import contents, what_is_there

import npprune
from npprune import cli, driver, report, studies
from npprune.errors import InputError
from npprune.inference.export import save_exported
from npprune.lab.config import Config
from npprune.lab.environment import environment as this_machine
from npprune.lab.lock import Lock
from npprune.lab.records import place, read_csv, write_csv, write_json
from npprune.lab.run import Run
from npprune.merge import environment, known_tables, merge
from npprune.network.checkpoint import load_weights, save_checkpoint
from npprune.network.training import Recipe

ROOT = Path(npprune.__file__).parents[1]
KNOWN = known_tables()
TIME_COLUMNS = KNOWN["frontier"][1].times
CONFIG = Config("tiny", validation=100, recipe=Recipe(hidden=(12, 10)), checksum="c")
SMALL = ("--validation", "100", "--batch", "16", "--hidden", "16,12", "--epochs", "1")


def begin(folder, *seeds, **changes):
    return Run(folder, dataclasses.replace(CONFIG, seeds=seeds, **changes))


def put(run, name, key, rows, form=None):
    """Record a piece of a table as the driver does."""
    study, table = KNOWN[name]
    head = {"form": form} if form else {}
    run.add(name, head | key, rows, place(table.key, studies.order(study, run.config)))


def every_piece(seeds):
    """Work of every kind: (seed, what records it in a run); detail of the first seed alone."""
    for seed, (study, table) in itertools.product(seeds, KNOWN.values()):
        if "seed" not in table.key or (table.first_seed and seed != seeds[0]):
            continue
        form = "full" if studies.study(study).marks_form else None
        order = studies.order(study, CONFIG)
        others = [column for column in table.key if column != "seed"]
        values = [[*order.get(column, ("b", "a"))][:2] for column in others]
        for combination in itertools.product(*values):
            key = {"seed": seed} | dict(zip(others, combination, strict=True))
            rows = [{"x": math.sqrt(seed + i), "word": table.name} for i in range(2)]
            yield seed, functools.partial(put, name=table.name, key=key, rows=rows, form=form)


def tables(folder):
    return contents(folder / "data")


@pytest.mark.parametrize("draw", range(2))
def test_pieces_dealt_out_in_any_way_make_the_run_of_one_machine(draw, tmp_path):
    rng = np.random.default_rng(draw)
    seeds = (1, 4)
    whole = begin(tmp_path / "whole", *seeds)
    dealt = {}
    for seed, record in every_piece(seeds):
        record(whole)
        dealt.setdefault((seed, int(rng.integers(2))), []).append(record)
    folders = []
    for (seed, number), records in dealt.items():
        run = begin(tmp_path / f"{seed}-{number}", seed)
        for i in rng.permutation(len(records)):
            records[i](run)
        folders.append(run.folder)
        del run
    merge([folders[i] for i in rng.permutation(len(folders))], tmp_path / "merged")
    assert tables(tmp_path / "merged") == tables(tmp_path / "whole")
    assert Run.open(tmp_path / "merged").config == whole.config


@pytest.fixture(scope="module")
def parts(tiny_folder, tmp_path_factory):
    """Two seeds trained and pruned in a folder each, and both in one."""
    folder = tmp_path_factory.mktemp("parts")
    flags = ["--data-dir", str(tiny_folder), *SMALL, "--quiet"]
    for name, seeds in (("0", ["--seed", "0"]), ("1", ["--seed", "1"]), ("both", ["--seeds", "2"])):
        assert cli.main(["prune", *flags, *seeds, "--out", str(folder / name)]) == 0
    return folder


def test_one_seed_alone_is_that_seed_of_many_to_the_last_bit(
    parts, tiny, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    assert cli.main(["merge", str(parts / "1"), str(parts / "0"), "--out", str(out)]) == 0
    assert "seeds 0, 1" in capsys.readouterr().out
    assert what_is_there(out).items() >= what_is_there(parts / "both").items()
    monkeypatch.setattr(driver, "_do", None)  # nothing is missing
    run = Run(out, Run.open(out).config)
    driver.measure(run, tiny, "prune", "full")
    assert "| 1 |" in report.summary(run, ["train"]).replace("   ", "")


def test_a_piece_measured_twice_is_kept_once(parts, tmp_path):
    again = shutil.copytree(parts / "1", tmp_path / "again")
    rows = read_csv(again / "data" / "baseline.csv")
    write_csv(again / "data" / "baseline.csv", [row | {"seconds": 1e6} for row in rows])
    merge([parts / "1", again], tmp_path / "out")
    assert tables(tmp_path / "out") == tables(parts / "1")


@pytest.mark.parametrize("stop", [0, 3])
def test_a_merge_that_was_stopped_is_completed_and_another_changes_nothing(
    stop, parts, tmp_path, monkeypatch
):
    folders, written = [parts / "0", parts / "1"], itertools.count()
    merge(folders, tmp_path / "whole")
    expected = contents(tmp_path / "whole")

    def failing(run, name, rows):
        if next(written) == stop:
            raise KeyboardInterrupt
        write_csv(run.data(name), rows)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "write", failing)
        with pytest.raises(KeyboardInterrupt):
            merge(folders, tmp_path / "out")
    for some in (folders, folders, folders[1:]):
        merge(some, tmp_path / "out")
        assert contents(tmp_path / "out") == expected


def other_run(part, **changes):
    config = dataclasses.replace(Run.open(part).config, **changes)
    write_json(part / "config.json", config.as_json())


def change_table(part, change):
    path = part / "data" / "sparsity.csv"
    write_csv(path, [change(dict(row)) for row in read_csv(path)])


def other_network(part):
    weights = load_weights(part / "checkpoints" / "seed-0.npz")
    save_checkpoint(part / "checkpoints" / "seed-0.npz", {"weights": [2 * W for W in weights]}, {})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda part: (part / "config.json").unlink(), "not the folder of a run"),
        (shutil.rmtree, "not the folder of a run"),
        (lambda part: other_run(part, validation=7), r"validation is 100 there, 7 here\): only"),
        (lambda part: other_run(part, quick=True), "quick is False there, True here"),
        (lambda part: other_run(part, checksum="other"), "checksum is .*other here"),
        (lambda part: other_run(part, recipe=Recipe(batch=5)), "batch is 16 there, 5 here"),
        (lambda part: other_run(part, seeds=(5,)), "seed 0, which config.json does not name"),
        (lambda part: change_table(part, lambda r: r | {"test_loss": 9}), "seed 0, kind weight"),
        (lambda part: change_table(part, lambda r: r | {"new": 1}), "seed 0, kind weight"),
        (lambda part: change_table(part, lambda r: r | {"seed": 7}), "has records of seed 7"),
        (lambda part: (part / "data" / "own.csv").write_text("seed\n1\n"), "own.csv: no table"),
        (lambda part: (part / "data" / "training.csv").write_text("a,b\n1\n"), "training.csv, lin"),
        (lambda part: (part / "environment.json").write_text("[]"), "environment.json: does not"),
        (other_network, r"seed-0\.npz: not the network of"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused_before_anything_is_written(
    damage, said, parts, tmp_path
):
    part = shutil.copytree(parts / "0", tmp_path / "part")
    damage(part)
    with pytest.raises(InputError, match=said) as refusal:
        merge([parts / "0", parts / "1", part], tmp_path / "out")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_checksum_that_one_folder_does_not_know_says_nothing_of_the_others(tmp_path):
    folders = [tmp_path / str(seed) for seed in range(3)]
    for seed, checksum in enumerate(("", "01", "02")):
        begin(folders[seed], seed, checksum=checksum)
    assert merge(folders[:2], tmp_path / "out").config.checksum == "01"
    with pytest.raises(InputError, match="checksum is 01 there, 02 here"):
        merge(folders, tmp_path / "other")


def test_other_columns_of_another_seed_are_refused(parts, tmp_path):
    part = shutil.copytree(parts / "1", tmp_path / "part")
    change_table(part, lambda row: row | {"new": 1})
    with pytest.raises(InputError, match=r"sparsity\.csv: its columns are not those of"):
        merge([parts / "0", part], tmp_path / "out")


def test_folders_named_twice_and_outs_that_cannot_be_are_refused(parts, tmp_path, capsys):
    def refused(*arguments):
        assert cli.main(["merge", *map(str, arguments)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    twice = parts / "." / "both" / ".." / "0"
    assert "named twice" in refused(parts / "0", twice, "--out", tmp_path / "out")
    assert "also named by --out" in refused(parts / "0", parts / "1", "--out", parts / "1")
    assert "--out" in refused(parts / "0", parts / "1")
    other = shutil.copytree(parts / "0", tmp_path / "other")
    other_run(other, validation=7)
    before = contents(other)
    assert "validation is 7 there, 100 here" in refused(parts / "0", "--out", other)
    assert contents(other) == before
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(parts / "0", "--out", tmp_path / "file")


@pytest.mark.parametrize("busy", ["part", "out"])
def test_a_folder_where_somebody_is_at_work_is_refused(busy, parts, tmp_path):
    part, out = (shutil.copytree(parts / "0", tmp_path / name) for name in ("part", "out"))
    lock = Lock(tmp_path / busy)
    with pytest.raises(InputError, match=f"{busy}: another run is at work"):
        merge([part], out)
    lock.release()
    merge([part], out)
    assert not list(tmp_path.rglob(".lock"))


def on_machines(folder, *processors):
    """A folder for each processor, with its number as seed: records, networks and times."""
    for seed, processor in enumerate(processors):
        run = begin(folder / f"{seed}", seed)
        run.add("training", {"seed": seed}, [{"seed": seed, "seconds": 2.0}])
        for name in studies.order("frontier", run.config)["name"]:
            times = dict.fromkeys(TIME_COLUMNS, 1.5)
            put(run, "frontier", {"seed": seed, "name": name}, [{"bytes": 5} | times])
        write_csv(run.data("timing"), [{"kind": "weight", "median_ms": 1.0 + seed}])
        save_exported(run.folder / "networks" / f"dense-seed-{seed}.npz", [np.ones((3, 2))], {})
        write_json(run.folder / "environment.json", this_machine() | {"processor": processor})
    return [folder / f"{seed}" for seed in range(len(processors))]


def test_times_of_different_machines_are_not_mixed(tmp_path, capsys):
    folders = on_machines(tmp_path, "A", "B", "A")
    merged = merge(folders[::-1], tmp_path / "out")
    rows = merged.read("frontier")
    assert {row["seed"] for row in rows} == {0, 1, 2}
    assert all(math.isnan(row[column]) for row in rows for column in TIME_COLUMNS)
    assert {row["bytes"] for row in rows} == {5}
    assert merged.read("timing") == [{"kind": "weight", "median_ms": 1.0}]  # the first seed's
    said = capsys.readouterr().err
    assert "npprune frontier" in said
    assert f"timing.csv: of one machine only: that of {folders[0]}" in said
    assert len(list((tmp_path / "out" / "networks").iterdir())) == 3
    first, second = merged.machines()
    assert (first["processor"], second["processor"]) == ("A", "B")
    assert first["measured"] == {"frontier": [0, 2], "timing": [], "training": [0, 2]}
    assert second["measured"] == {"frontier": [1], "training": [1]}


def test_machines_with_equal_records_are_one(tmp_path):
    merged = merge(on_machines(tmp_path, "A", "A"), tmp_path / "out")
    assert all(row[column] == 1.5 for row in merged.read("frontier") for column in TIME_COLUMNS)
    assert merged.machines() == [this_machine() | {"processor": "A"}]


def test_merged_folders_can_be_merged(tmp_path):
    folders = on_machines(tmp_path, "A", "B", "C", "A")
    at_once = merge(folders, tmp_path / "out")
    for name, some in (("p", folders[:2]), ("q", folders[2:])):
        merge(some, tmp_path / name)
    in_steps = merge([tmp_path / "q", tmp_path / "p"], tmp_path / "r")
    assert tables(tmp_path / "r") == tables(tmp_path / "out")
    assert in_steps.machines() == at_once.machines()
    assert [m["processor"] for m in at_once.machines()] == ["A", "B", "C"]


def test_the_report_tells_the_machines_apart(tmp_path):
    merged = merge(on_machines(tmp_path, "Anvil", "Bellows"), tmp_path / "out")
    appendix = report.introduction(merged)["appendix"]
    (table,) = [block for block in appendix if hasattr(block, "rows")]
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["processor"] == ["Anvil", "Bellows"]
    assert rows["measured"][0] == "frontier of seed 0, timing, training of seed 0"
    assert len(table.header) == 3


def test_full_forms_replace_quick_ones_and_quick_ones_are_of_the_first_seed(tmp_path):
    key = {"network": "sgd"}
    for seed in (0, 1):
        run = begin(tmp_path / f"{seed}", seed)
        put(run, "locality", {"seed": seed} | key, [{"k": 0.9}], "quick")
        del run
    folders = [tmp_path / "0", tmp_path / "1"]
    assert [row["seed"] for row in merge(folders, tmp_path / "quick").read("locality")] == [0]
    put(begin(folders[1], 1), "locality", {"seed": 1} | key, [{"k": 0.9}], "full")
    rows = merge(folders, tmp_path / "full").read("locality")
    assert [(row["form"], row["seed"]) for row in rows] == [("full", 1)]


def test_rates_belong_to_no_seed_and_slopes_are_drawn_from_all_of_them(tmp_path):
    same = {"n": 10, "k": 0.5, "distance": "ks", "error": 0.01}
    drawn = [same | {"d": d, "estimate": d**-0.5, "exact": d**-0.5} for d in (4, 16)]
    for seed, norms in enumerate(((1,), (1, 2))):
        run = begin(tmp_path / f"{seed}", seed)
        for p in norms:
            # Another machine, other last bits.
            rows = [row | {"error": row["error"] + seed / 1e9} for row in drawn]
            key = {"law": "gaussian", "p": p}
            put(run, "randomness_rates", key, rows, "full")
        del run
    merged = merge([tmp_path / "0", tmp_path / "1"], tmp_path / "out")
    first = Run.open(tmp_path / "0").read("randomness_rates")
    assert merged.read("randomness_rates")[: len(first)] == first
    assert {row["p"] for row in merged.read("randomness_slopes")} == {1, 2}


def test_every_published_table_is_known():
    for path in (ROOT / "figures" / "data").glob("*.csv"):
        columns = path.read_text().partition("\n")[0].split(",")
        assert ("seed" in columns) <= (path.stem in KNOWN), path
    assert json.dumps(environment([Run.open(ROOT / "figures")], {}))
