"""Every engine is the masked dense network, whatever the format, the threads and the batch."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference import auto, build
from npprune.inference.engine import FORMATS
from npprune.inference.plan import Plan
from npprune.network.mlp import logits
from npprune.pruning.masks import KINDS, prune
from npprune.studies.prune import SPARSITIES

BATCHES = (0, 1, 7, 24, 25, 26, 49, 50, 51, 127, 128, 129, 130, 257, 1000)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).random((1000, 30), np.float32)


@pytest.fixture(scope="module")
def nets(weights):
    """A network pruned by every kind at every k."""
    return {(kind, k): prune(weights, k, kind) for kind in KINDS for k in SPARSITIES}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("format", FORMATS)
def test_every_engine_gives_the_logits_of_the_masked_dense_network(format, threads, kind, nets, X):
    for k in SPARSITIES:
        expected = logits(nets[kind, k], X)
        engine = build(nets[kind, k], format, threads)
        for batch in BATCHES:
            found = engine(X[:batch])
            np.testing.assert_allclose(found, expected[:batch], atol=1e-6, rtol=0)
            assert found.dtype == np.float32


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("lay_out", [np.asfortranarray, lambda X: X[::2], np.ndarray.tolist])
def test_inputs_in_any_layout(format, lay_out, nets, X):
    given = lay_out(X[:100])
    found = build(nets["weight", 0.9], format)(given)
    expected = logits(nets["weight", 0.9], np.asarray(given, np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float32


def test_compact_really_is_smaller(nets):
    dense, small = (build(nets["unit", 0.5], format) for format in ("dense", "compact"))
    assert [A.shape for A in dense.operators] == [(40, 30), (25, 40), (10, 25)]
    assert [A.shape for A in small.operators] == [(20, 30), (13, 20), (10, 13)]


def test_auto_finds_the_format_of_each_layer_by_measuring(monkeypatch):
    monkeypatch.setattr(auto, "TRIALS", 7)
    monkeypatch.setattr(auto, "PATIENCE", np.inf)  # nothing is given up for a pause of the machine
    rng = np.random.default_rng(0)
    full, empty, last = (rng.random((600, n), np.float32) for n in (600, 600, 10))
    empty[rng.random(empty.shape) < 0.995] = 0
    picked, second, _ = build([full, empty, last], "auto", batch=100).operators
    dense = getattr(picked.A, "core", picked.A)  # a core that is the whole is dense as well
    assert isinstance(dense, np.ndarray)
    assert dense.shape == picked.A.shape
    assert not isinstance(second, np.ndarray)


@pytest.mark.parametrize(("faster", "threads"), [("one", 1), ("two", 2)])
def test_auto_stays_on_one_thread_where_two_are_not_faster(faster, threads, nets, monkeypatch):
    def times(rivals, elsewhere):  # plans on one thread come last
        return np.arange(len(rivals))[:: -1 if faster == "one" else 1, np.newaxis]

    monkeypatch.setattr(auto, "fastest_times", times)
    monkeypatch.setattr(auto, "fastest_operators", lambda weights, N: weights)
    monkeypatch.setattr(auto, "PickedOperator", lambda A, pixels, n_in: A.T)
    assert build(nets["weight", 0.5], "auto", threads=2).threads == threads


@pytest.mark.parametrize("shape", [(5, 29), (5, 31), (30,), (2, 5, 30)])
def test_inputs_of_another_shape_are_refused(shape, nets):
    engine = build(nets["weight", 0.5], "csr")
    with pytest.raises(InputError, match=r"inputs of shape .*\(images, 30\)"):
        engine(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("format", "bsr", "'bsr'.*dense, coo"), ("threads", 0, "threads 0"), ("batch", 0, "batch 0")],
)
def test_plans_that_make_no_sense_are_refused(name, value, says, weights):
    with pytest.raises(InputError, match=says):
        build(weights, **{name: value})


def test_what_goes_wrong_in_a_thread_is_raised():
    class Broken(np.ndarray):
        def __matmul__(self, other):
            raise ZeroDivisionError

    broken = Plan([np.ones((10, 30), np.float32).view(Broken)], threads=2)
    with pytest.raises(ZeroDivisionError):
        broken(np.ones((1000, 30), np.float32))
