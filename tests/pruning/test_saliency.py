"""Every score against a brute-force computation on a tiny network."""

import itertools

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.mlp import activations, init_weights, loss_and_gradients
from npprune.pruning import iterative
from npprune.pruning.curvature import fisher_diagonal, hessian_diagonal, lecun_diagonal
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_saliency import UNIT_CRITERIA, unit_score


@pytest.fixture
def tiny():
    """A 5-7-6-4-3 network in float64, 20 images, labels."""
    rng = np.random.default_rng(3)
    weights = [W.astype(np.float64) for W in init_weights((5, 7, 6, 4, 3), rng)]
    return weights, rng.random((20, 5)), rng.integers(0, 3, 20)


def each(scores, weights):
    """Every index of every hidden layer, with its score and its weight."""
    for l, s in enumerate(scores):
        for index in np.ndindex(s.shape):
            yield l, index, s[index], weights[l][index]


def gradient(weights, X, y):
    return loss_and_gradients(weights, X, y)[1]


def gradient_norm(weights, X, y):
    return sum((g**2).sum() for g in gradient(weights, X, y)) / 2


@pytest.mark.parametrize("criterion", CRITERIA)
def test_shapes_dtype_and_inputs_left_alone(criterion, tiny):
    weights, X, y = tiny
    weights = [W.astype(np.float32) for W in weights]
    before = [W.copy() for W in weights]
    rng = np.random.default_rng(0)
    scores = score(criterion, weights, X.astype(np.float32), y, rng, penalty=1e-3)
    assert [s.shape for s in scores] == [W.shape for W in weights[:-1]]
    assert all(np.isfinite(s).all() for s in scores)
    assert all((a == b).all() for a, b in zip(weights, before, strict=True))


def test_magnitude_and_lamp(tiny):
    weights, *_ = tiny
    for _, _, s, w in each(score("magnitude", weights), weights):
        assert s == abs(w)
    for l, _, s, w in each(score("lamp", weights), weights):
        left = weights[l][np.abs(weights[l]) >= abs(w)]
        assert s == pytest.approx(w**2 / (left**2).sum(), rel=1e-12)


def test_lamp_of_a_layer_of_zeros_is_zero(tiny):
    weights, *_ = tiny
    weights[1][:] = 0
    assert (score("lamp", weights)[1] == 0).all()


def test_first_order_scores(tiny):
    weights, X, y = tiny
    g = gradient(weights, X, y)
    total = sum(np.abs(a * b).sum() for a, b in zip(g[:-1], weights, strict=False))
    for l, index, s, w in each(score("taylor", weights, X, y), weights):
        assert s == pytest.approx(abs(g[l][index] * w), rel=1e-10)
    for l, index, s, w in each(score("snip", weights, X, y), weights):
        assert s == pytest.approx(abs(g[l][index] * w) / total, rel=1e-10)


def test_second_order_scores(tiny):
    weights, X, y = tiny
    g, h = gradient(weights, X, y), hessian_diagonal(weights, X)
    lecun, fisher = lecun_diagonal(weights, X), fisher_diagonal(weights, X, y)
    for name, diagonal in (("obd", h), ("obd-lecun", lecun), ("fisher", fisher)):
        for l, index, s, w in each(score(name, weights, X, y), weights):
            assert s == pytest.approx(diagonal[l][index] * w**2 / 2, rel=1e-10)
    for l, index, s, w in each(score("obd-decay", weights, X, penalty=0.01), weights):
        assert s == pytest.approx((h[l][index] + 0.01) * w**2 / 2, rel=1e-10)
    for l, index, s, w in each(score("obd-taylor", weights, X, y), weights):
        expected = h[l][index] * w**2 / 2 - g[l][index] * w
        assert s == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_obd_taylor_predicts_the_change_of_loss_of_a_small_weight(tiny):
    # The prediction is the Taylor series of removal, so its error falls with the cube of w.
    weights, X, y = tiny
    errors = []
    for size in (1e-2, 1e-3):
        weights[1][2, 3] = size
        predicted = score("obd-taylor", weights, X, y)[1][2, 3]
        before = loss_and_gradients(weights, X, y)[0]
        weights[1][2, 3] = 0
        errors.append(abs(loss_and_gradients(weights, X, y)[0] - before - predicted))
        assert errors[-1] < 0.01 * abs(predicted)
    assert errors[1] < errors[0] / 300


def test_wanda_is_the_error_of_the_layer_and_its_place_in_the_unit(tiny):
    weights, X, _ = tiny
    H = activations(weights, X)
    scores = score("wanda-layer", weights, X)
    for l, (i, j), s, _ in each(scores, weights):
        cut = weights[l].copy()
        cut[i, j] = 0
        assert s**2 * len(X) == pytest.approx(((H[l] @ (cut - weights[l])) ** 2).sum(), rel=1e-10)
    for place, s in zip(score("wanda", weights, X), scores, strict=True):
        np.testing.assert_allclose(place * len(s), s.argsort(axis=0).argsort(axis=0))


def test_grasp_is_the_slope_of_the_gradients_norm(tiny):
    weights, X, y = tiny
    for l, index, s, w in each(score("grasp", weights, X, y), weights):
        ends = []
        for factor in (1 + 1e-5, 1 - 1e-5):
            moved = [W.copy() for W in weights]
            moved[l][index] = w * factor
            ends.append(gradient_norm(moved, X, y))
        assert s == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-9)


def test_flow_is_the_gradient_of_the_path_sum_and_is_conserved(tiny):
    weights, *_ = tiny
    scores = iterative.flow(weights)
    ones = np.ones(5)
    R = np.linalg.multi_dot([ones, *map(np.abs, weights), np.ones(3)])
    for l, (i, j), s, _ in each(scores, weights):
        cut = [np.abs(W) for W in weights]
        cut[l][i, j] = 0
        without = np.linalg.multi_dot([ones, *cut, np.ones(3)])
        assert s == pytest.approx(R - without, rel=1e-9)  # R is linear in each weight
    for s, after in itertools.pairwise(scores):
        np.testing.assert_allclose(s.sum(axis=0), after.sum(axis=1), rtol=1e-12)
        assert s.sum() == pytest.approx(R, rel=1e-12)


def test_synflow_orders_all_weights_and_empties_no_layer():
    weights = init_weights((30, 40, 20, 10, 5), np.random.default_rng(1))
    weights[1] *= 1e-3  # magnitude over the whole network would cut this layer first
    scores = score("synflow", weights)
    everything = np.concatenate([s.ravel() for s in scores])
    assert sorted(everything) == list(range(everything.size))
    kept = everything >= 0.99 * everything.size
    parts = np.split(kept, np.cumsum([s.size for s in scores])[:-1])
    assert min(part.sum() for part in parts) > 0
    first = np.concatenate([s.ravel() for s in iterative.flow(weights)[:-1]])
    assert everything[first.argmin()] == 0


def test_random_is_uniform_over_the_whole_network():
    # Each weight is among the 10 lowest of 40 with probability 1/4, whatever its layer: counts of
    # 4000 draws have a standard deviation of 27 around 1000.
    small = [np.ones((4, 5)), np.ones((5, 4)), np.ones((4, 2))]
    wide = [np.ones((2, 25)), np.ones((25, 15)), np.ones((15, 2))]
    for scored, weights in ((score, small), (unit_score, wide)):
        rng, counts = np.random.default_rng(0), np.zeros(40)
        for _ in range(4000):
            places = np.concatenate([s.ravel() for s in scored("random", weights, rng=rng)])
            counts += places < 10
        assert counts.sum() == 40_000
        assert abs(counts - 1000).max() < 4 * 27


def test_unit_norms(tiny):
    weights, X, _ = tiny
    scores = {name: unit_score(name, weights, X) for name in
              ("in-l1", "in-l2", "in-linf", "in-out", "geometric-median")}  # fmt: skip
    for l, W in enumerate(weights[:-1]):
        for j in range(W.shape[1]):
            w = W[:, j]
            assert scores["in-l1"][l][j] == pytest.approx(sum(abs(w)))
            assert scores["in-l2"][l][j] == pytest.approx(np.sqrt(sum(w**2)))
            assert scores["in-linf"][l][j] == max(abs(w))
            out = np.sqrt(sum(weights[l + 1][j] ** 2))
            assert scores["in-out"][l][j] == pytest.approx(np.sqrt(sum(w**2)) * out)
            apart = sum(np.sqrt(sum((w - W[:, k]) ** 2)) for k in range(W.shape[1]))
            assert scores["geometric-median"][l][j] == pytest.approx(apart)


def test_unit_activities(tiny):
    weights, X, _ = tiny
    H = activations(weights, X)
    for l, W in enumerate(weights[:-1], 1):
        for j in range(W.shape[1]):
            a = H[l][:, j]
            for name, expected in (
                ("mean-activation", a.mean()),
                ("apoz", 1 - (a == 0).mean()),
                ("energy", (a**2).mean() * (weights[l][j] ** 2).sum()),
            ):
                assert unit_score(name, weights, X)[l - 1][j] == pytest.approx(expected)


def loss_with_gate(weights, X, y, l, j, t):
    """Loss when unit j of layer l is multiplied by t (through its outgoing weights)."""
    moved = [W.copy() for W in weights]
    moved[l + 1][j] *= t
    return loss_and_gradients(moved, X, y)[0]


def test_unit_gates(tiny):
    weights, X, y = tiny
    taylor, fisher, obd = (unit_score(name, weights, X, y) for name in ("taylor", "fisher", "obd"))
    step = 1e-4
    for l, W in enumerate(weights[:-1]):
        for j in range(W.shape[1]):
            up, middle, down = (loss_with_gate(weights, X, y, l, j, t)
                                for t in (1 + step, 1, 1 - step))  # fmt: skip
            assert taylor[l][j] == pytest.approx(abs(up - down) / (2 * step), rel=1e-4, abs=1e-9)
            assert obd[l][j] == pytest.approx((up - 2 * middle + down) / step**2 / 2,
                                              rel=1e-3, abs=1e-6)  # fmt: skip
            single = [
                loss_with_gate(weights, X[n : n + 1], y[n : n + 1], l, j, 1 + step)
                - loss_with_gate(weights, X[n : n + 1], y[n : n + 1], l, j, 1 - step)
                for n in range(len(X))
            ]
            expected = np.mean(np.square(single)) / (2 * step) ** 2 / 2
            assert fisher[l][j] == pytest.approx(expected, rel=1e-4, abs=1e-12)


def test_taylor_of_a_unit_has_three_equal_forms(tiny):
    weights, X, y = tiny
    g = gradient(weights, X, y)
    for l, s in enumerate(unit_score("taylor", weights, X, y)):
        np.testing.assert_allclose(s, np.abs((weights[l] * g[l]).sum(axis=0)), atol=1e-16)
        np.testing.assert_allclose(s, np.abs((weights[l + 1] * g[l + 1]).sum(axis=1)), atol=1e-16)


def test_which_unit_scores_see_only_the_function(tiny):
    # Scaling in by c and out by 1/c changes nothing the network does.
    weights, X, y = tiny
    scaled = [W.copy() for W in weights]
    scaled[1][:, 2] *= 5
    scaled[2][2] /= 5
    changed = {
        name
        for name in UNIT_CRITERIA
        if not np.allclose(
            unit_score(name, weights, X, y, np.random.default_rng(0))[1][2],
            unit_score(name, scaled, X, y, np.random.default_rng(0))[1][2],
        )
    }
    assert changed == {"in-l1", "in-l2", "in-linf", "geometric-median", "mean-activation"}


@pytest.mark.parametrize(("table", "scored"), [(CRITERIA, score), (UNIT_CRITERIA, unit_score)])
def test_what_is_missing_or_unknown_is_named(table, scored, tiny):
    weights, X, y = tiny
    with pytest.raises(InputError, match=r"magic.*random"):
        scored("magic", weights, X, y)
    for name, criterion in table.items():
        if criterion.needs:
            with pytest.raises(InputError, match=f"{name}' needs"):
                scored(name, weights)
        else:
            scored(name, weights)
    weights[2][0, 0] = np.nan
    penalty = {"penalty": 0.01} if table is CRITERIA else {}
    for name in table:
        with pytest.raises(InputError, match="layer 3"):
            scored(name, weights, X, y, np.random.default_rng(0), **penalty)


def test_dead_pixels_and_dead_units_have_no_value(tiny):
    weights, X, y = tiny
    X[:, 2] = 0
    weights[0][:, 4] = -1  # never active
    for name in ("taylor", "fisher", "obd", "obd-lecun", "wanda-layer"):
        scores = score(name, weights, X, y)
        assert (scores[0][2] == 0).all()
        assert (scores[1][4] == 0).all()
    for name in ("mean-activation", "apoz", "energy", "taylor", "fisher", "obd"):
        assert unit_score(name, weights, X, y)[0][4] == 0


def test_scores_in_rounds_order_all_weights_by_what_is_left(tiny):
    """Against rounds written out: cut to the density of the round, score what is left, go on."""
    weights, X, _ = tiny
    worth = {
        "obd-iterated": lambda h, W: h * W**2,
        "obd-decay-iterated": lambda h, W: (h + 0.01) * W**2,
    }
    for name, of in worth.items():
        scores = score(name, weights, X, penalty=0.01)
        places = np.concatenate([s.ravel() for s in scores])
        assert sorted(places) == list(range(places.size))
        left, current = np.ones(places.size, bool), [W.copy() for W in weights]
        for t in range(iterative.ROUNDS):
            h = hessian_diagonal(current, X[t % len(X) :: iterative.ROUNDS])
            pairs = zip(h[:-1], current, strict=False)
            values = np.concatenate([of(d, W).ravel() for d, W in pairs])
            values[~left] = -1
            keep = round(left.size * iterative.FINEST ** ((t + 1) / iterative.ROUNDS))
            gone = np.argsort(values, kind="stable")[: left.size - keep]
            assert set(gone) == set(np.argsort(places)[: left.size - keep])
            left[gone] = False
            for W, kept in zip(
                current, np.split(left, np.cumsum([W.size for W in weights])[:-2]), strict=False
            ):
                W *= kept.reshape(W.shape)
