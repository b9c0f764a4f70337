"""The lesson in one file: short, on its own, and its numbers are those of the package."""

import contextlib
import io
import itertools
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from own_data import make

from npprune import walkthrough
from npprune.data import datasets
from npprune.network.mlp import evaluate, init_weights, inputs, logits, loss_and_gradients
from npprune.pruning.compact import compact
from npprune.pruning.masks import prune
from npprune.studies.prune import SPARSITIES

SIZES = (30, 16, 12, 10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four IDX files: 2,000 + 200 noisy copies of ten patterns, enough to learn them."""
    return make(tmp_path_factory.mktemp("data") / "patterns", 2000, 200, shape=(6, 5))


@pytest.fixture(scope="module")
def story(folder):
    """The file run as a script; -> its names at the end, what it printed."""
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        patch.setenv("NPPRUNE_DATA", str(folder))
        patch.setenv("OPENBLAS_NUM_THREADS", "1")  # or the file would set it for all other tests
        names = runpy.run_path(walkthrough.__file__, run_name="__main__")
    return names, output.getvalue()


def test_it_is_short_and_imports_nothing_of_ours_but_the_data_set():
    text = Path(walkthrough.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    assert text.count("\n# %% ") >= 5
    imported = re.findall(r"^ *((?:import|from) .*npprune.*)$", text, re.MULTILINE)
    assert imported == ["from npprune.data import datasets"]


def test_its_gradient_is_the_packages():
    rng = np.random.default_rng(2)
    for sizes in ((5, 3), (5, 6, 4, 3), SIZES):
        weights = [W.astype(np.float64) for W in init_weights(sizes, rng)]
        X, y = rng.random((8, sizes[0])), rng.integers(0, sizes[-1], 8)
        loss, gradients = walkthrough.loss_and_gradients(weights, X, y)
        expected_loss, expected = loss_and_gradients(weights, X, y)
        np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
        for dW, other in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(dW, other, rtol=1e-9, atol=1e-12)


def test_its_initial_weights_are_distributed_as_the_packages():
    sizes = (400, 300, 10)
    drawn = walkthrough.initial_weights(sizes, np.random.default_rng(0))
    for W, other in zip(drawn, init_weights(sizes, np.random.default_rng(1)), strict=True):
        assert (W.dtype, W.shape) == (other.dtype, other.shape)
        np.testing.assert_allclose(np.abs(W).max(), np.abs(other).max(), rtol=0.01)
        np.testing.assert_allclose(W.std(), other.std(), rtol=0.03)


def test_it_prunes_and_removes_what_the_package_does(network):
    network[0][:, 3] = network[0][:, 4]  # equal scores
    for kind, k in itertools.product(("weights", "units"), SPARSITIES):
        pruned = walkthrough.prune(network, k, kind)
        for W, other in zip(pruned, prune(network, k, kind[:-1]), strict=True):
            np.testing.assert_array_equal(W, other)
    smaller = walkthrough.remove_units(walkthrough.prune(network, 0.6, "units"))
    assert [W.shape for W in smaller] == [(30, 6), (6, 5), (5, 10)]
    for W, other in zip(smaller, compact(prune(network, 0.6, "unit")), strict=True):
        np.testing.assert_array_equal(W, other)


def test_it_trains_as_the_formulas_say(monkeypatch):
    """Two epochs of one batch: every step done by hand."""
    monkeypatch.setattr(walkthrough, "EPOCHS", 2)
    rng = np.random.default_rng(3)
    X, y = rng.random((8, 5)), rng.integers(0, 3, 8)
    trained = [rng.normal(size=(5, 4)), rng.normal(size=(4, 3))]
    weights = [W.copy() for W in trained]
    walkthrough.train(trained, X, y, rng)
    first = loss_and_gradients(weights, X, y)[1]
    velocity = [-0.1 * dW for dW in first]
    weights = [W * (1 - 0.1 * 0.02) + v for W, v in zip(weights, velocity, strict=True)]
    second = loss_and_gradients(weights, X, y)[1]
    velocity = [0.9 * v - 0.05 * dW for v, dW in zip(velocity, second, strict=True)]
    weights = [W * (1 - 0.05 * 0.02) + v for W, v in zip(weights, velocity, strict=True)]
    for W, other in zip(trained, weights, strict=True):
        np.testing.assert_allclose(W, other, rtol=1e-10)


def test_its_table_has_the_packages_numbers(story, folder):
    names, output = story
    data, dense = datasets.load(data_dir=folder, validation=0), names["networks"]["dense"]
    rows = [line.split() for line in output.splitlines()[-4:]]
    assert evaluate(dense, data.test)[1] > 0.9  # or nothing was learned
    for (name, network), row in zip(names["networks"].items(), rows, strict=True):
        kind = name.split(",")[0]
        expected = dense if kind == "dense" else prune(dense, 0.9, kind.removesuffix("s"))
        X = inputs(data.test.images)
        np.testing.assert_allclose(
            names["forward"](network, X)[-1], logits(expected, X), rtol=1e-4, atol=1e-4
        )
        *words, accuracy, time = row
        assert words == name.split()
        assert abs(float(accuracy) - evaluate(expected, data.test)[1]) < 1e-3
        assert abs(float(time) - names["seconds"][name] / names["seconds"]["dense"]) < 0.006
