"""Runs on other data, in a folder of this run's own, are told beside it."""

import pytest
from study_runs import change_config, with_another

from npprune.lab.records import read_csv, write_csv
from npprune.lab.run import Run
from npprune.studies.elsewhere.tell import HEADLINES, _ahead, values


@pytest.fixture
def run(finished, tmp_path):
    """A finished run with a copy of itself, on data of another name, in a folder of its own."""
    run = with_another(finished, tmp_path / "run")
    change_config(run.folder / "other", dataset="other")
    return run


def test_each_run_has_its_own_numbers(run):
    other = Run.open(run.folder / "other")
    rows = [row | {"test_accuracy": 0.5} for row in other.read("baseline")]
    write_csv(other.data("baseline"), rows)
    table = values(run)["headlines"]
    assert table.header == ["", "tiny", "other"]
    lines = {line[0]: line[1:] for line in table.rows}
    accuracy = run.read("baseline")[0]["test_accuracy"]
    assert lines["test accuracy of the dense network"] == [f"{accuracy:.4f}", "0.5000"]
    assert lines["trained layers"][0] == lines["trained layers"][1]


def test_what_only_one_has_is_not_compared(run):
    pruned = {line["words"] for line in read_csv(HEADLINES) if line["study"] == "prune"}
    assert pruned <= {line[0] for line in values(run)["headlines"].rows}
    (run.folder / "other" / "data" / "sparsity.csv").unlink()
    assert not pruned & {line[0] for line in values(run)["headlines"].rows}


def test_a_criterion_is_ahead_everywhere_only_if_it_is_on_every_data_set():
    def told(alone, refitted, number=3):
        parts = {"weight_none": alone, "weight_refit": refitted}
        return {part: {"number": number, "better": better} for part, better in parts.items()}

    names = ["mnist", "a", "a", "b"]
    full = [told("obd, taylor", "admm"), told("obd", "admm, obd"), told("obd", "none"), {}]
    ahead = {"ahead_none": "obd", "ahead_refit": "none"}
    assert _ahead(names, full) == {"criteria_datasets": "mnist; a; a"} | ahead
    assert not _ahead(names, [full[0], told("obd", "admm", number=0), {}, {}])


@pytest.mark.parametrize("changes", [{"quick": False}, {"dataset": "tiny"}])
def test_only_runs_of_the_same_form_on_other_data_are_told(run, changes):
    change_config(run.folder / "other", **changes)
    assert values(run) is None
