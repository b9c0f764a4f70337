"""Report and figures from records made by hand: every number said is the number recorded."""

import dataclasses
import json
import shutil

import pytest

from npprune import report
from npprune.lab.config import Config
from npprune.lab.page import mean_and_spread
from npprune.lab.records import write_csv
from npprune.lab.run import Run
from npprune.lab.style import origin
from npprune.pruning.masks import KINDS, SPARSITIES
from npprune.studies import pipeline
from npprune.studies.timing import CONTENDERS

KEPT = {"weight": 0.8, "unit": 0.25}  # up to which accuracy stays within a point


def training(seed):
    return [
        {
            "seed": seed,
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "train_accuracy": 1 - 0.1 / epoch,
            "validation_loss": 1.1 / epoch,
            "validation_accuracy": 1 - 0.2 / epoch,
            "seconds": 2.0,
        }
        for epoch in (1, 2, 3)
    ]


def baseline(seed):
    return {
        "seed": seed,
        "kept_epoch": 3,
        "validation_loss": 0.3667,
        "validation_accuracy": 0.9333,
        "test_loss": 0.0512,
        "test_accuracy": 0.98 + 0.002 * seed,
        "seconds": 6.0,
        "peak_memory_mb": 200.0,
    }


def sparsity(seed):
    for kind in KINDS:
        for criterion in ("magnitude", "random"):
            for k in SPARSITIES:
                good = k <= KEPT[kind] and criterion == "magnitude"
                accuracy = 0.0975 if k == 1 else 0.975 if good else 0.5
                yield {
                    "seed": seed,
                    "kind": kind,
                    "criterion": criterion,
                    "k": k,
                    "achieved_sparsity": k,
                    "validation_loss": 2.0,
                    "validation_accuracy": 0.5,
                    "test_loss": 2.302585 if k == 1 else 0.1,
                    "test_accuracy": accuracy + 0.002 * seed,
                }


def magnitudes(seed):
    for layer in (1, 2):
        for kind in KINDS:
            for i in range(4):
                yield {
                    "seed": seed, "layer": layer, "kind": kind, "k": 0.9,
                    "left": i / 4, "right": (i + 1) / 4,
                    "all": 10 - i, "eliminated": 9 - i, "surviving": 1,
                }  # fmt: skip


def distances(seed):
    for layer in (1, 2):
        for kind in KINDS:
            ks = 1.0 if kind == "weight" else 0.1 * layer + 0.01 * seed
            yield {
                "seed": seed, "layer": layer, "kind": kind, "k": 0.9,
                "ks": ks, "auc": 0.5 + ks / 2, "mean_gap": ks / 10,
            }  # fmt: skip


def timing():
    """COO crosses dense at k = .9, CSR never does, compact is always faster."""
    speedups = {"coo": {0.5: 0.1, 0.8: 0.5, 0.95: 2.0}, "csr": 0.5, "compact": 3.0}
    for kind in KINDS:
        for k in (0.5, 0.8, 0.95):
            for batch in (1, 100):
                for format in CONTENDERS:
                    speedup = speedups.get(format, 1.0)
                    speedup = speedup[k] if isinstance(speedup, dict) else speedup
                    ms = 6.25 / speedup
                    yield {
                        "kind": kind, "k": k, "format": format, "threads": 2, "batch": batch,
                        "median_ms": ms, "q1_ms": ms * 0.9, "q3_ms": ms * 1.1, "min_ms": ms * 0.8,
                        "rounds": 5, "speedup_over_dense": speedup, "test_accuracy": 0.5,
                    }  # fmt: skip


def make_run(folder):
    """A run of seeds 0 and 1 whose every record was made by hand."""
    run = Run(folder, Config(dataset="tiny", seeds=(0, 1)))
    for seed in (0, 1):
        run.add("training", {"seed": seed}, training(seed))
        run.add("baseline", {"seed": seed}, [baseline(seed)])
        for study in (sparsity, magnitudes, distances):
            run.add(study.__name__, {"seed": seed}, list(study(seed)))
    write_csv(run.data("timing"), list(timing()))
    return run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Such a run with its figures and its report."""
    run = make_run(tmp_path_factory.mktemp("run"))
    pipeline.figures(run)
    report.write(run)
    return run


@pytest.fixture(scope="module")
def text(drawn):
    return (drawn.folder / "report.md").read_text(encoding="utf-8")


@pytest.fixture
def run(drawn, tmp_path):
    """Such a run of one's own, with the figures but no report."""
    run = make_run(tmp_path)
    shutil.copytree(drawn.folder / "figures", tmp_path / "figures")
    return run


def cells(text, *start):
    """The cells of the one table row that starts with the given cells."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    (row,) = [row for row in rows if row[: len(start)] == list(start)]
    return row[len(start) :]


def test_mean_and_spread():
    assert mean_and_spread([0.12345], 4) == "0.1235"
    assert mean_and_spread([1, 3], 2) == "2.00 +- 1.41"


def test_what_is_said_of_training(text):
    assert "2 seeds" in text
    assert "Test accuracy 0.9810 +- 0.0014" in text
    assert cells(text, "1", "3")[:3] == ["0.3667", "0.0512", "0.9820"]


def test_what_is_said_of_pruning(text):
    assert "accuracy is 0.8 of the weights, but 0.25 of the units" in text
    assert "2.302585" in text
    assert "0.0975" in text
    good, bad = "0.9760 +- 0.0014", "0.5010 +- 0.0014"
    assert cells(text, "0.8") == [good, bad, "0.978", bad, bad, "0.23"]
    assert cells(text, "0.25") == [good, bad, "0.981", good, bad, "0.972"]
    assert cells(text, "0", good)[1] == ""  # the source did not say


def test_what_is_said_of_magnitudes(text):
    assert "between 0.100 and 0.210" in text
    assert cells(text, "2", "0.2050 +- 0.0071")[0] == "0.6025 +- 0.0035"


def test_what_is_said_of_timing(text):
    assert cells(text, "2", "1") == ["0.900", "never", "never", "always"]
    assert cells(text, "2", "100") == ["0.900", "never", "never", "always"]
    assert cells(text, "weights", "0.8") == [
        "6.25", "12.50", "12.50", "6.25", "2.08", "6.25", "1.0x",
    ]  # fmt: skip


def test_what_was_run_is_said(run):
    def said(**changes):
        run.config = dataclasses.replace(run.config, **changes)
        return " ".join(getattr(block, "text", "") for block in report.introduction(run))

    assert "chose the epoch" in said()
    assert "quick form" not in said()
    assert "quick form" in said(quick=True)
    assert "rendered from fonts" in said(dataset="glyphs")
    assert "optimistic" in said(protocol="source")


def test_the_title_of_a_figure_says_where_its_numbers_come_from(config):
    assert origin(config, 1) == "tiny, 1 seed, QUICK FORM, not a result"
    assert origin(config, 1, short=True).startswith("quick form of this study, few draws, tiny")
    full = dataclasses.replace(config, quick=False, protocol="source")
    assert origin(full, 3).startswith("tiny, mean of 3 seeds, +-1 standard deviation, source's")
    assert "test set" in origin(full, 3)
    assert origin(full, 5, fewest=3, spread=False).startswith("tiny, means of 3 to 5 seeds, source")
    assert origin(full, 5, fewest=5, spread=False).startswith("tiny, mean of 5 seeds, source")


@pytest.mark.parametrize("missing", ["sparsity", "distances", "timing"])
def test_what_was_not_measured_is_left_out(missing, run):
    run.data(missing).unlink()
    page = report.write(run).read_text(encoding="utf-8")
    headings = {
        "sparsity": "How much can be cut",
        "distances": "Is unit pruning random?",
        "timing": "What it buys",
    }
    for name, heading in headings.items():
        assert (heading in page) == (name != missing)


def test_a_report_whose_figures_are_missing_replaces_nothing(run):
    run.figure("timing").unlink()
    (run.folder / "report.md").write_text("old")
    with pytest.raises(ValueError, match="npprune figures"):
        report.write(run)
    assert (run.folder / "report.md").read_text() == "old"


def test_the_same_records_give_the_same_bytes(drawn, monkeypatch):
    first = {path: path.read_bytes() for path in (drawn.folder / "figures").iterdir()}
    assert {path.stem for path in first} == {"training", "sparsity", "magnitudes", "timing"}
    # One will do for two seeds: test_run.py draws those of one seed again, in another process.
    monkeypatch.setattr(pipeline, "FIGURES", {"sparsity": pipeline.FIGURES["sparsity"]})
    (path,) = pipeline.figures(drawn)
    assert path.read_bytes() == first[path]


def test_the_summary_for_the_terminal_says_the_same(drawn, text):
    summary = report.summary(drawn)
    for start in (("0.8",), ("weights", "0.8"), ("units", "0.95")):
        assert cells(summary, *start) == cells(text, *start)


def test_the_machine_is_named(drawn, text):
    machine = json.loads((drawn.folder / "environment.json").read_text())
    assert machine["processor"] in text
    assert machine["numpy"] in text
