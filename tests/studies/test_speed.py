"""The speed studies on small inputs: their arithmetic, and that what they time is what they say."""

import numpy as np
import pytest

from npprune import driver
from npprune.data.datasets import Split
from npprune.lab.run import Run
from npprune.pruning.masks import prune
from npprune.studies.speed import STUDY, TRIAL, roofline, scaling
from npprune.studies.speed import inference as speed_inference
from npprune.studies.speed import training as speed_training


def test_the_timed_step_trains_and_the_bare_products_are_those_of_a_step(network):
    before = [W.copy() for W in network]
    loss = speed_training.training_step(network, 8)()
    assert 0 < loss < 10
    assert all(map(np.array_equal, network, before))
    shapes = [dW.shape for dW in speed_training.bare_products(network, 8)()]
    assert shapes == [W.shape for W in network]


def test_a_step_at_every_width_has_the_weights_it_claims():
    (record,) = speed_training.compare_steps(20, 4, budget=0)["speed_training"]
    assert record["weights"] == 784 * 20 + 20 * 20 + 20 * 10 + 10 * 4 + 4 * 10
    assert record["images_per_second"] == pytest.approx(4000 / record["step_ms"])
    assert record["step_over_products"] == pytest.approx(record["step_ms"] / record["products_ms"])


def rounds_that_cross_at(k, noise):
    """Nine rounds each: dense takes 1 s, sparse (1 - q)/(1 - k) at sparsity q."""
    rng, rounds = np.random.default_rng(3), {}
    for q in (0.5, 0.7, 0.8, 0.9, 0.97):
        dense, sparse = 1 + noise * rng.random((2, 9))
        rounds[q] = {"dense": dense, "sparse": (1 - q) / (1 - k) * sparse}
    return rounds


@pytest.mark.parametrize("rounds", [9, 1])  # a hopeless contender may have fewer
def test_break_even_is_exact_where_time_is_proportional_to_density(rounds):
    seconds = rounds_that_cross_at(0.86, 0)
    seconds[0.5]["sparse"] = seconds[0.5]["sparse"][:rounds]
    found = speed_inference.crossing(seconds, "sparse", "dense")
    assert found == pytest.approx({"break_even": 0.86, "low": 0.86, "high": 0.86})


def test_the_interval_of_a_noisy_break_even_holds_it_and_has_a_width():
    found = speed_inference.crossing(rounds_that_cross_at(0.86, 0.3), "sparse", "dense")
    assert found["low"] < found["break_even"] < found["high"]
    assert 0.8 < found["low"] < 0.86 < found["high"] < 0.9


def test_every_contender_of_inference_is_timed(network):
    X = np.ones((7, 30), np.float32)
    seconds = speed_inference.time_contenders(prune(network, 0.9, "weight"), X, budget=0)
    formats = [f"{format} 1" for format in ("dense", "coo", "csr", "csc", "compact", "auto")]
    assert {name for name in seconds if name.partition(" ")[2] in ("", "1")} == {
        *formats, "products", "naive"
    }  # fmt: skip
    assert all(1 <= len(times) <= len(seconds["dense 1"]) for times in seconds.values())
    assert len(seconds["dense 1"]) >= 3
    csr, products = (np.median(seconds[name]) for name in ("csr 1", "products"))
    ratio = speed_inference.summarise(seconds)["csr_over_products"]
    assert ratio == pytest.approx(csr / products)


def test_the_roofline_counts_two_operations_for_each_weight_that_is_not_zero(monkeypatch):
    monkeypatch.setattr(roofline, "N_UNITS", 40)
    monkeypatch.setattr(roofline, "interleave", lambda jobs, budget: {n: [1e-9] for n in jobs})
    records = {row["name"]: row for row in roofline.measure_products(3, budget=0)["roofline"]}
    assert records["dense"]["gflops"] == pytest.approx(2 * 3 * 40 * 40)
    assert records["csr"]["gflops"] == pytest.approx(2 * 3 * 160)
    moved = 160 * (4 + 4) + 41 * 4 + 2 * 3 * 40 * 4  # values, columns, row starts; in and out
    assert records["csr"]["flops_per_byte"] == pytest.approx(2 * 3 * 160 / moved)


def test_evaluation_copies_no_data_set():
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((784, 10)).astype(np.float32)]
    split = Split(rng.integers(0, 256, (4000, 28, 28), np.uint8), rng.integers(0, 10, 4000))
    small, large = scaling.over_images(weights, split, (2000, 8000), budget=0)["scaling"]
    assert (small["value"], large["value"]) == (2000, 8000)  # the latter repeats images
    assert large["peak_extra_mb"] < 1.1 * small["peak_extra_mb"] < 10


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_is_that_of_the_larger_sizes(power):
    sizes = [1, 2, 4, 8, 16]
    rows = [{"value": n, "milliseconds": 3 * n**power} for n in sizes]
    rows[0]["milliseconds"] = 99  # what a call costs, however small
    assert scaling.exponent(rows) == pytest.approx(power)
    assert np.isnan(scaling.exponent(rows[:1]))


def test_a_product_with_one_image_is_timed_alone_however_often_it_is_repeated(monkeypatch):
    monkeypatch.setattr(scaling, "WEIGHTS", 50 * 16**2)
    monkeypatch.setattr(scaling, "interleave", lambda jobs, budget: {n: [1.0] for n in jobs})
    once, often = scaling.over_sides("one thread", (300, 16), 0)["scaling"]
    assert once["milliseconds"] == 1000
    assert often["milliseconds"] == 1000 / 50
    assert scaling.nanoseconds_a_weight(often) == pytest.approx(1e9 / 50 / 256)
    assert scaling.megabytes(1000) == 4


def test_subnormal_numbers_are_subnormal_and_the_others_are_not(monkeypatch):
    calls = {}
    monkeypatch.setattr(scaling, "interleave", lambda jobs, _: calls.update(jobs) or {})
    scaling.over_numbers(0)
    found = {name: call()[0] for (name, _), call in calls.items()}
    assert 0 < found["subnormal"] < np.finfo(np.float32).tiny < found["normal"]


def test_the_trial_measures_a_little_of_everything(tiny, tiny_config, tmp_path, at_once):
    run = Run(tmp_path / "run", tiny_config)
    driver.measure(run, tiny, "speed", "trial")
    for table in STUDY.tables:
        assert run.read(table.name)
    batches = [row["batch"] for row in run.read("speed_inference")]
    assert batches == sorted(TRIAL.batches * len(TRIAL.sparsities) * 2)
