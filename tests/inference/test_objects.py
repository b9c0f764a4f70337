"""Engines as objects: every dtype is right or refused; forks, copies and threads leave them so."""

import copy
import itertools
import multiprocessing
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference import build
from npprune.inference.engine import FORMATS
from npprune.network.mlp import init_weights, logits
from npprune.pruning.masks import prune

N = 60  # enough for two threads to have a panel each


def small(seed=0):
    weights = prune(init_weights((12, 9, 8, 5), np.random.default_rng(seed)), 0.5, "weight")
    X = np.random.default_rng(seed + 1).random((N, 12))
    return weights, X


WIDE = ("i4", "u4", "i8", "u8", "f8", ">f8")  # numbers that float32 cannot hold
WEIGHTS = ("?", "i1", "u1", "i2", "u2", "f2", ">f4", "f4", *WIDE)
INPUTS = (*WEIGHTS, "g")


@pytest.mark.parametrize("format", FORMATS)
def test_every_dtype_of_weights_and_inputs_gives_the_logits(format):
    weights, X = small()
    for of_weights, of_inputs in itertools.product(WEIGHTS, INPUTS):
        network = [(4 * W).astype(of_weights) for W in weights]
        inputs = (7 * X).astype(of_inputs)
        found = build(network, format)(inputs)
        expected = logits([W.astype("f8") for W in network], inputs.astype("f8"))
        assert found.dtype == ("f8" if of_weights in WIDE else "f4")
        scale = np.abs(expected).max() + 1e-9
        np.testing.assert_allclose(found / scale, expected / scale, atol=1e-5, rtol=0)


def test_layers_of_several_types_are_computed_in_the_widest():
    weights, X = small()
    mixed = [weights[0].astype("f2"), (9 * weights[1]).astype("i1"), weights[2].astype("f8")]
    assert build(mixed, "csr")(X).dtype == np.float64
    assert build([W.tolist() for W in weights], "csr")(X.tolist()).shape == (N, 5)


def test_what_makes_no_network_is_refused_by_name():
    weights, _ = small()
    holed = [*weights[:2], np.full((8, 5), np.nan, np.float32)]
    for network, said in (
        ([W.astype("c8") for W in weights], "layer 1.*complex64"),
        ([W.astype("O") for W in weights], "layer 1.*object"),
        *(([W.astype(odd) for W in weights], "layer 1") for odd in "gU"),
        ([weights[0], weights[1].ravel(), weights[2]], "layer 2.*shape"),
        ([weights[0], weights[2]], "layer 1 puts out 9.*layer 2 takes 8"),
        (holed, "layer 3.*finite"),
        ([], "no weights"),
        ([[[1, 2], [3]]], "no matrices"),
    ):
        for format in FORMATS:
            with pytest.raises(InputError, match=said):
                build(network, format)


def test_inputs_that_would_become_other_numbers_are_refused():
    weights, X = small()
    for format in FORMATS:
        engine = build(weights, format)
        for inputs in (X * 1j, X.astype("U"), X.astype("M8[s]"), X.astype(object), X * 1e300):
            with pytest.raises(InputError, match="inputs of type"):
                engine(inputs)
        assert np.isnan(engine(np.full((1, 12), np.nan))).any()  # what is no number stays none


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("format", FORMATS)
def test_an_engine_leaves_inputs_and_weights_alone_and_does_not_follow_them(format, order):
    weights, X = small()
    X = X.astype("f4")
    X.flags.writeable = False
    for network in (weights, [weights[0][:, :1], np.ones((1, 5))]):  # one unit: in both orders
        given = [np.array(W, np.float32, order=order) for W in network]
        engine = build(given, format, threads=2)
        before = engine(X)
        for W, original in zip(given, network, strict=True):
            np.testing.assert_array_equal(W, original)
            W *= -3
        np.testing.assert_array_equal(engine(X), before)


METHODS = {"fork", "spawn"} & {*multiprocessing.get_all_start_methods()}


def check(engines, X, expected):
    for engine, logits_ in zip(engines, expected, strict=True):
        np.testing.assert_array_equal(engine(X), logits_)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("method", sorted(METHODS))
def test_an_engine_can_be_copied_pickled_and_used_in_a_child(method):
    weights, X = small()
    engines = [build(weights, format, threads) for format in FORMATS for threads in (1, 2, 3)]
    expected = [engine(X) for engine in engines]
    pickled = pickle.loads(pickle.dumps(engines))
    for others in (engines, pickled, [*map(copy.copy, engines)], copy.deepcopy(engines)):
        check(others, X, expected)
    arguments = [engines + copy.deepcopy(engines), X, 2 * expected]
    child = multiprocessing.get_context(method).Process(target=check, args=arguments, daemon=True)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    check(engines, X, expected)  # here they still work


@pytest.mark.parametrize("format", FORMATS)
def test_many_threads_may_use_many_engines(format):
    nets = [small(seed) for seed in range(3)]
    engines = [(build(weights, format, 2), X) for weights, X in nets]
    expected = [engine(X) for engine, X in engines]

    def is_right(i):
        engine, X = engines[i % 3]
        return np.array_equal(engine(X), expected[i % 3])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(is_right, range(160), timeout=30))


def test_without_another_thread_the_calling_one_does_the_work(monkeypatch):
    weights, X = small()
    engine = build(weights, "csr", threads=7)  # as many as no other test has asked for
    expected = build(weights, "csr")(X)

    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    np.testing.assert_allclose(engine(X), expected, atol=1e-6)
