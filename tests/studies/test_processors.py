"""Runs that were timed on other machines, in a folder of this run's own, are told beside it."""

import pytest
from study_runs import change_config, with_another

from npprune.lab.records import read_json, write_csv, write_json
from npprune.studies.processors.tell import ALIKE, K, machine, numbers, values

ROW = f"dense / csr, {K:.0%} of the weights pruned, batch 100"


def timing(speedup):
    """Records of two sparsities: CSR is so much faster than dense, and a quarter of that."""
    known = {"kind": "weight", "format": "csr", "batch": 100, "threads": 1}
    speedups = {0.5: speedup / 4, K: speedup}
    return [known | {"k": k, "speedup_over_dense": s} for k, s in speedups.items()]


@pytest.fixture
def run(finished, tmp_path):
    """A finished run, and in it one on another processor, where CSR gains twice as much."""
    run = with_another(finished, tmp_path / "run")
    other = run.folder / "other"
    write_json(other / "environment.json", run.machines()[0] | {"processor": "another"})
    for folder, speedup in ((run.folder, 1.5), (other, 3.0)):
        write_csv(folder / "data" / "timing.csv", timing(speedup))
    return run


def test_each_machine_has_its_own_numbers_and_their_spread(run):
    table = values(run)["side_by_side"]
    assert table.header == ["", machine(run), "another", "largest / smallest"]
    assert [ROW, "1.5", "3", "2.00"] in table.rows


@pytest.mark.parametrize(("factor", "moved"), [(ALIKE * 0.99, False), (ALIKE * 1.01, True)])
def test_what_differs_little_carries_over(run, factor, moved):
    write_csv(run.folder / "other" / "data" / "timing.csv", timing(1.5 * factor))
    found = values(run)
    assert (ROW in found["moved"]) is moved
    assert found["carried"] == found["compared"] - len(found["moved"].split("; ")) * moved


def test_what_only_one_has_is_left_out(run):
    write_csv(run.folder / "other" / "data" / "timing.csv", timing(3.0)[:1])
    assert ROW in numbers(run)
    assert ROW not in {row[0] for row in values(run)["side_by_side"].rows}


def test_kernels_of_blas_tell_machines_apart(run):
    path = run.folder / "other" / "environment.json"
    write_json(path, run.machines()[0] | {"BLAS kernels": "Haswell"})
    assert values(run)["side_by_side"].header[2] == f"{machine(run)}, kernels of Haswell"
    write_json(path, read_json(run.folder / "environment.json"))
    assert values(run) is None


def test_of_several_machines_the_one_that_timed_counts(run):
    records = [
        {"processor": "trainer", "measured": {"training": [0]}, "thread settings": {}},
        {"processor": "timer", "measured": {"timing": []}, "thread settings": {}},
    ]
    write_json(run.folder / "environment.json", {"machines": records})
    assert machine(run) == "timer"


@pytest.mark.parametrize("changes", [{"quick": False}, {"dataset": "other"}])
def test_only_runs_of_the_same_form_on_the_same_data_are_told(run, changes):
    change_config(run.folder / "other", **changes)
    assert values(run) is None


def test_a_run_without_times_tells_of_no_machine(run):
    run.data("timing").unlink()
    assert machine(run) is None
    assert values(run) is None
