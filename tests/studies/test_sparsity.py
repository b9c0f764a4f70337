"""The sparsity study against what its numbers must be where they are known."""

import numpy as np
import pytest

from npprune.lab.records import select
from npprune.network.mlp import evaluate, init_weights
from npprune.network.training import Recipe, train
from npprune.pruning.masks import SPARSITIES, prune
from npprune.studies import sparsity

SIZES = (30, 16, 12, 10)


@pytest.fixture(scope="module")
def weights(tiny):
    recipe = Recipe(hidden=SIZES[1:-1], batch=16, epochs=5)
    return train(SIZES, recipe, 0, (tiny.train, tiny.validation))[0]


@pytest.fixture(scope="module")
def records(weights, tiny):
    return sparsity.run(5, weights, tiny.validation, tiny.test, lambda done, note: None)


def test_one_record_for_each_network(records):
    assert len(records) == sparsity.count() == 48
    assert {row["seed"] for row in records} == {5}
    for kind in ("weight", "unit"):
        for criterion in ("magnitude", "random"):
            rows = select(records, kind=kind, criterion=criterion)
            assert [row["k"] for row in rows] == list(SPARSITIES)


def test_with_nothing_pruned_it_is_the_dense_network(records, weights, tiny):
    loss, accuracy = evaluate(weights, tiny.test)
    assert accuracy > 0.5
    for row in select(records, k=0):
        assert (row["test_loss"], row["test_accuracy"]) == (loss, accuracy)
        assert row["achieved_sparsity"] == 0


def test_with_everything_pruned_it_guesses_class_0(records, tiny):
    for row in select(records, k=1):
        assert row["achieved_sparsity"] == 1
        for part in ("test", "validation"):
            assert row[f"{part}_loss"] == pytest.approx(np.log(10), abs=5e-7)
            assert row[f"{part}_accuracy"] == np.mean(getattr(tiny, part).labels == 0)


def test_magnitude_rows_are_those_of_prune(records, weights, tiny):
    for kind in ("weight", "unit"):
        (row,) = select(records, kind=kind, criterion="magnitude", k=0.6)
        loss, accuracy = evaluate(prune(weights, 0.6, kind), tiny.validation)
        assert row["validation_loss"] == pytest.approx(loss, rel=1e-6)
        assert row["validation_accuracy"] == accuracy


def test_achieved_sparsity_is_the_rounded_request(records):
    sizes = [(30, 16), (16, 12)]
    for row in records:
        zeros = sum(
            round(row["k"] * n_in * n_out)
            if row["kind"] == "weight"
            else round(row["k"] * n_out) * n_in
            for n_in, n_out in sizes
        )
        assert row["achieved_sparsity"] == pytest.approx(zeros / (30 * 16 + 16 * 12), abs=1e-12)


def test_the_random_control_is_another_mask_and_repeats_itself(records, weights, tiny):
    assert records == sparsity.run(5, weights, tiny.validation, tiny.test, lambda *a: None)
    ours, control = (
        [row["test_loss"] for row in select(records, kind="weight", criterion=criterion)][1:-1]
        for criterion in ("magnitude", "random")
    )
    assert all(a != b for a, b in zip(ours, control, strict=True))


def test_on_mnist_everything_pruned_is_right_for_every_zero(mnist):
    shapes = (784, 20, 10)
    nothing = prune(init_weights(shapes, np.random.default_rng(0)), 1, "weight")
    loss, accuracy = evaluate(nothing, mnist.test)
    assert accuracy == 0.0980
    assert loss == pytest.approx(2.302585, abs=5e-7)


def test_mnist_is_mnist(mnist):
    """The loader believes the name only after comparing checksums of all four files."""
    assert mnist.name == "mnist"
    assert mnist.source.endswith("checksums verified")
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [
        55_000, 5_000, 10_000,
    ]  # fmt: skip
    assert np.bincount(mnist.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
