"""Every score against its definition, or a brute-force computation, on a toy network."""

import functools

import numpy as np
import pytest
from compare import assert_close, bits, flat

from npprune.errors import InputError
from npprune.network.layers import log_softmax
from npprune.network.mlp import activations, init_weights, logits, loss_and_gradients
from npprune.pruning import curvature, iterative
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_saliency import UNIT_CRITERIA, unit_score


@pytest.mark.parametrize("criterion", CRITERIA)
def test_scores_are_finite_and_leave_the_weights_alone(criterion, toy):
    weights, X, y = toy
    weights = [W.astype(np.float32) for W in weights]
    before = bits(weights)
    rng = np.random.default_rng(0)
    scores = score(criterion, weights, X.astype(np.float32), y, rng, penalty=1e-3)
    assert [s.shape for s in scores] == [W.shape for W in weights[:-1]]
    assert np.isfinite(flat(scores)).all()
    assert bits(weights) == before


def test_scores_of_weights_by_their_definitions(toy):
    weights, X, y = toy
    gradient = loss_and_gradients(*toy)[1]
    input_sizes = [np.sqrt((H**2).mean(axis=0)) for H in activations(weights, X)]
    w, g, h, lecun, fisher, Hg, a = (flat(arrays[:-1]) for arrays in (
        weights, gradient, curvature.hessian_diagonal(weights, X),
        curvature.lecun_diagonal(weights, X), curvature.fisher_diagonal(*toy),
        curvature.hessian_vector_product(*toy, gradient),
        [np.repeat(size, W.shape[1]) for size, W in zip(input_sizes, weights, strict=False)],
    ))  # fmt: skip
    definitions = {
        "magnitude": abs(w),
        "wanda-layer": abs(w) * a,
        "taylor": abs(g * w),
        "snip": abs(g * w) / abs(g * w).sum(),
        "fisher": fisher * w**2 / 2,
        "obd": h * w**2 / 2,
        "obd-lecun": lecun * w**2 / 2,
        "obd-taylor": h * w**2 / 2 - g * w,
        "obd-decay": (h + 0.01) * w**2 / 2,
        "grasp": w * Hg,
    }
    for name, expected in definitions.items():
        scores = flat(score(name, weights, X, y, penalty=0.01))
        np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-15, err_msg=name)


def test_lamp_is_the_share_of_what_would_be_left(toy):
    weights, *_ = toy
    for s, W in zip(score("lamp", weights), weights[:-1], strict=True):
        for index, w in np.ndenumerate(W):
            left = W[abs(W) >= abs(w)]
            assert s[index] == pytest.approx(w**2 / (left**2).sum(), rel=1e-12)
    weights[1][:] = 0
    assert (score("lamp", weights)[1] == 0).all()


def test_wanda_is_the_place_of_the_weight_in_its_unit(toy):
    for places, s in zip(score("wanda", *toy), score("wanda-layer", *toy), strict=True):
        np.testing.assert_allclose(places * len(s), s.argsort(axis=0).argsort(axis=0))


def test_flow_is_what_the_sum_of_all_paths_loses_with_a_weight(toy):
    sizes = [abs(W) for W in toy[0]]

    def all_paths():
        return np.linalg.multi_dot([np.ones(5), *sizes, np.ones(3)])

    whole = all_paths()
    for W, s in zip(sizes, iterative.flow(toy[0]), strict=True):
        for index, w in np.ndenumerate(W):
            W[index] = 0
            assert s[index] == pytest.approx(whole - all_paths(), rel=1e-9)
            W[index] = w


@pytest.mark.parametrize(("scored", "sizes"), [(score, (4, 5, 4, 2)), (unit_score, (2, 25, 15, 2))])
def test_random_is_uniform_over_the_whole_network(scored, sizes):
    # Each weight is among the 10 lowest of 40 with probability 1/4, whatever its layer: counts of
    # 4000 draws have a standard deviation of 27 around 1000.
    rng, counts = np.random.default_rng(0), np.zeros(40)
    weights = init_weights(sizes, rng)
    for _ in range(4000):
        counts += flat(scored("random", weights, rng=rng)) < 10
    assert counts.sum() == 40_000
    assert abs(counts - 1000).max() < 4 * 27


UNIT_DEFINITIONS = {  # incoming weights, activations of some images, outgoing weights
    "in-l1": lambda W, A, out: abs(W).sum(axis=0),
    "in-l2": lambda W, A, out: np.sqrt((W**2).sum(axis=0)),
    "in-linf": lambda W, A, out: abs(W).max(axis=0),
    "in-out": lambda W, A, out: np.sqrt((W**2).sum(axis=0) * (out**2).sum(axis=1)),
    "geometric-median": lambda W, A, out: np.linalg.norm(W[:, :, None] - W[:, None], axis=0).sum(0),
    "mean-activation": lambda W, A, out: A.mean(axis=0),
    "apoz": lambda W, A, out: 1 - (A == 0).mean(axis=0),
    "energy": lambda W, A, out: (A**2).mean(axis=0) * (out**2).sum(axis=1),
}


@pytest.mark.parametrize("name", UNIT_DEFINITIONS)
def test_scores_of_units_by_their_definitions(name, toy):
    weights, X, _ = toy
    layers = zip(weights[:-1], activations(weights, X)[1:-1], weights[1:], strict=True)
    expected = [UNIT_DEFINITIONS[name](*layer) for layer in layers]
    assert_close(unit_score(name, weights, X), expected, rtol=1e-10)


def losses_with_gate(toy, l, j, t):
    """Each image's loss when unit j of layer l is multiplied by t, by its outgoing weights."""
    weights, X, y = toy
    moved = [W.copy() for W in weights]
    moved[l + 1][j] *= t
    return -log_softmax(logits(moved, X))[np.arange(len(y)), y]


def test_unit_gates(toy):
    taylor, fisher, obd = (unit_score(name, *toy) for name in ("taylor", "fisher", "obd"))
    step = 1e-4
    for l, scores in enumerate(obd):
        for j in range(len(scores)):
            up, middle, down = (losses_with_gate(toy, l, j, t) for t in (1 + step, 1, 1 - step))
            slope, bend = (up - down) / (2 * step), (up - 2 * middle + down) / step**2
            assert taylor[l][j] == pytest.approx(abs(slope.mean()), rel=1e-4, abs=1e-9)
            assert fisher[l][j] == pytest.approx((slope**2).mean() / 2, rel=1e-4, abs=1e-12)
            assert obd[l][j] == pytest.approx(bend.mean() / 2, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("table", "scored"), [(CRITERIA, score), (UNIT_CRITERIA, unit_score)])
def test_what_is_missing_or_unknown_is_named(table, scored, toy):
    weights, X, y = toy
    with pytest.raises(InputError, match=r"magic.*random"):
        scored("magic", weights, X, y)
    for name, criterion in table.items():
        if criterion.needs:
            with pytest.raises(InputError, match=f"{name}' needs"):
                scored(name, weights)
        else:
            scored(name, weights)


def squared(t, weights, X, penalty):
    """What OBD takes a weight to be worth in round t, but for the factor 1/2."""
    h = curvature.hessian_diagonal(weights, X[t % len(X) :: iterative.ROUNDS])
    return (flat(h[:-1]) + penalty) * flat(weights[:-1]) ** 2


ROUNDS = {
    "synflow": (100, lambda t, weights, X: flat(iterative.flow(weights)[:-1])),
    "obd-iterated": (iterative.ROUNDS, functools.partial(squared, penalty=0)),
    "obd-decay-iterated": (iterative.ROUNDS, functools.partial(squared, penalty=0.01)),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_scores_in_rounds_order_all_weights_by_what_is_left(name, toy, monkeypatch):
    """Against rounds written out: cut to the density of the round, score what is left, go on."""
    monkeypatch.setattr(iterative, "FINEST", 0.05)  # some of so few weights are left at the end
    rounds, rescore = ROUNDS[name]
    weights, X, _ = toy
    places = flat(score(name, weights, X, penalty=0.01))
    w, left, removed = flat(weights[:-1]), np.ones(places.size, bool), []
    ends = np.cumsum([W.size for W in weights[:-1]])[:-1]
    for t in range(rounds):
        layers = zip(np.split(w, ends), weights[:-1], strict=True)
        current = [*(part.reshape(W.shape) for part, W in layers), weights[-1]]
        order = np.where(left, rescore(t, current, X), -1).argsort(kind="stable")
        cut = w.size - round(w.size * 0.05 ** ((t + 1) / rounds))
        removed += list(order[len(removed) : cut])
        w[removed], left[removed] = 0, False
    removed += list(order[cut:])
    np.testing.assert_array_equal(places[removed], range(w.size))
