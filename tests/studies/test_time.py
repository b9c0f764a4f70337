"""Who is timed, on what, against what."""

import itertools

import numpy as np
import pytest

from npprune import driver
from npprune.inference.engine import FORMATS
from npprune.lab.run import Run
from npprune.pruning.masks import KINDS, prune
from npprune.studies.time import Form, measure
from npprune.studies.time.measure import compare
from npprune.threads import cores

THREADS = sorted({1, cores()})


def test_every_combination_is_compared_once(tiny, tiny_config, tmp_path, at_once):
    run = Run(tmp_path / "run", tiny_config)
    driver.measure(run, tiny, "time", "trial", sparsities=(0.5,))
    columns = ("kind", "k", "batch", "threads", "format")
    found = [tuple(row[name] for name in columns) for row in run.read("timing")]
    assert found == [*itertools.product(KINDS, (0.5,), (1, 100), THREADS, FORMATS)]
    run.data("timing").unlink()
    many = 3 * len(tiny.test)  # a batch of more images than there are
    driver.work(run, tiny, "time", Form((0.5,), (many,), 0.0))
    assert {row["batch"] for row in run.read("timing")} == {many}


def test_a_comparison_times_every_contender_on_the_whole_batch(network, monkeypatch):
    sizes, interleave = [], measure.interleave

    def watched(calls, *others, **how):
        sizes.append({len(call.args[0]) for call in calls.values()})
        return interleave(calls, *others, **how)

    monkeypatch.setattr(measure, "interleave", watched)
    X = np.random.default_rng(0).random((7, 30), np.float32)
    found = compare(prune(network, 0.9, "weight"), X, (7, 2), 0, {"test_accuracy": 0.5})["timing"]
    assert sizes == [{N} for N in (7, 2) for _ in THREADS]
    assert len(found) == 2 * len(THREADS) * len(FORMATS)
    for i, row in enumerate(found):
        dense = found[i - i % len(FORMATS)]
        assert row["test_accuracy"] == 0.5
        assert 0 < row["min_ms"] <= row["q1_ms"] <= row["median_ms"] <= row["q3_ms"]
        assert row["speedup_over_dense"] == pytest.approx(dense["median_ms"] / row["median_ms"])


def test_a_contender_with_wrong_logits_is_not_timed(network, monkeypatch):
    right = measure.build

    def build(weights, format, *rest):
        off = np.float32(1.001 if format == "csc" else 1)
        return right([*weights[:-1], off * weights[-1]], format, *rest)

    monkeypatch.setattr(measure, "build", build)
    with pytest.raises(RuntimeError, match="csc"):
        compare(network, np.ones((7, 30), np.float32), (7,), 0, {})
