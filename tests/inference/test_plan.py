"""Every engine is the masked dense network, whatever the format, the threads and the batch."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference import auto, build
from npprune.inference.engine import FORMATS
from npprune.inference.plan import Plan
from npprune.network.mlp import init_weights, logits
from npprune.pruning.masks import KINDS, SPARSITIES, prune

BATCHES = (1, 7, 130, 1000)


@pytest.fixture(autouse=True)
def short_trials(monkeypatch):
    """Plans of format "auto" are tried out for no longer than it takes to be right, not fast."""
    monkeypatch.setattr(auto, "SETTLED", 0)
    monkeypatch.setattr(auto, "TRIALS", 1)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).random((1000, 30), np.float32)


@pytest.fixture(scope="module")
def nets():
    """A 30-40-25-10 network, pruned by every kind at every k, with its logits for X."""
    weights = init_weights((30, 40, 25, 10), np.random.default_rng(1))
    return {(kind, k): prune(weights, k, kind) for kind in KINDS for k in SPARSITIES}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("format", FORMATS)
def test_every_engine_gives_the_logits_of_the_masked_dense_network(format, threads, kind, nets, X):
    for k in SPARSITIES:
        weights = nets[kind, k]
        expected = logits(weights, X)
        engine = build(weights, format, threads)
        for batch in BATCHES:
            found = engine(X[:batch])
            np.testing.assert_allclose(
                found, expected[:batch], atol=1e-5, rtol=0, err_msg=f"k = {k}, batch {batch}"
            )
            assert found.dtype == np.float32


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("N", [0, 1, 24, 25, 26, 49, 50, 51, 127, 128, 129, 257, 1000])
def test_panels_cover_every_batch_size(threads, N, nets, X):
    weights = nets["weight", 0.9]
    found = build(weights, "csr", threads)(X[:N])
    np.testing.assert_allclose(found, logits(weights, X[:N]), atol=1e-5)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "lay_out",
    [
        lambda X: X.astype(np.float64),
        lambda X: (X > 0.5).astype(np.uint8),
        np.asfortranarray,
        lambda X: X[::2],
        lambda X: X.tolist(),
    ],
    ids=["float64", "uint8", "Fortran", "strided", "lists"],
)
def test_inputs_of_other_types_and_layouts(format, lay_out, nets, X):
    given = lay_out(X[:100])
    found = build(nets["weight", 0.9], format)(given)
    expected = logits(nets["weight", 0.9], np.asarray(given, np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float32


@pytest.mark.parametrize("format", FORMATS)
def test_an_engine_leaves_inputs_and_weights_alone_and_does_not_follow_them(format, nets):
    X = np.random.default_rng(3).random((10, 30), np.float32)
    X.flags.writeable = False
    weights = [W.copy() for W in nets["unit", 0.5]]
    engine = build(weights, format, threads=2)
    first = engine(X)
    assert all((a == b).all() for a, b in zip(weights, nets["unit", 0.5], strict=True))
    for W in weights:
        W[:] = 0
    np.testing.assert_array_equal(engine(X), first)


def test_compact_really_is_smaller(nets):
    dense, small = (build(nets["unit", 0.5], format) for format in ("dense", "compact"))
    assert [A.shape for A in dense.operators] == [(40, 30), (25, 40), (10, 25)]
    assert [A.shape for A in small.operators] == [(20, 30), (13, 20), (10, 13)]


def test_auto_finds_the_format_of_each_layer_by_measuring(monkeypatch):
    monkeypatch.setattr(auto, "TRIALS", 7)
    monkeypatch.setattr(auto, "PATIENCE", np.inf)  # nothing is given up for a pause of the machine
    rng = np.random.default_rng(0)
    full, empty, last = rng.random((600, 600)), rng.random((600, 600)), rng.random((600, 10))
    empty[rng.random(empty.shape) < 0.995] = 0
    engine = build([W.astype(np.float32) for W in (full, empty, last)], "auto", batch=100)
    picked, second, _ = engine.operators
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
    ("given", "named"),
    [
        ({"format": "bsr"}, "'bsr'.*dense, coo"),
        ({"threads": 0}, "threads 0"),
        ({"batch": 0}, "batch 0"),
    ],
)
def test_plans_that_make_no_sense_are_refused(given, named, nets):
    with pytest.raises(InputError, match=named):
        build(nets["weight", 0.5], **given)


def test_what_goes_wrong_in_a_thread_is_raised():
    class Broken(np.ndarray):
        def __matmul__(self, other):
            raise ZeroDivisionError

    broken = Plan([np.ones((10, 30), np.float32).view(Broken)], threads=2)
    with pytest.raises(ZeroDivisionError):
        broken(np.ones((1000, 30), np.float32))
