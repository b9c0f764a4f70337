"""Recipes end where they say, to the count, also when they are killed on the way."""

import dataclasses
import functools

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError
from npprune.network.mlp import evaluate, init_weights, inputs, logits
from npprune.network.training import Recipe, Training
from npprune.pruning import gradual, recipes
from npprune.pruning.admm import admm
from npprune.pruning.budgets import erk
from npprune.pruning.compact import compact
from npprune.pruning.masks import apply_masks, layer_masks
from npprune.pruning.recipes import follow
from npprune.pruning.repair import refit
from npprune.pruning.retrain import RETRAINING, Retraining
from npprune.streams import stream

SIZES = (30, 40, 30, 10)
HIDDEN = 30 * 40 + 40 * 30
TRAIN = {"batch": 16, "epochs": 2}
SHORT = {"step": "retrain", **TRAIN}


@pytest.fixture
def splits(tiny):
    return tiny.train, tiny.validation


@pytest.fixture(scope="session")
def dense(tiny):
    """A trained 30-40-30-10 network."""
    recipe = Recipe(hidden=SIZES[1:-1], batch=16, epochs=5)
    return Training(SIZES, recipe, 0).run(tiny.train, tiny.validation)


@pytest.fixture
def X(tiny):
    """The calibration images: all 300, in the order in which they are drawn."""
    return inputs(tiny.train.images[stream(0, "calibration").permutation(300)])


def bits(weights):
    return [W.tobytes() for W in weights]


def left(weights):
    return sum(np.count_nonzero(W) for W in weights[:-1])


ROUTES = {
    "one-shot": [{"step": "weights", "k": 0.8}, SHORT],
    "gradual": [{"step": "gradual", "k": 0.8, "until": 1, **TRAIN}],
    "iterative": [{"step": "iterative", "k": 0.8, **TRAIN}],
    "rewound": [{"step": "iterative", "k": 0.8, "share": 0.6, "rewind": 1, **TRAIN}],
    "admm": [
        {"step": "weights", "k": 0.8, "method": "admm", "budget": "erk"},
        SHORT | {"optimizer": "adam", "learning_rate": 0.01},
    ],
    "units first": [
        {"step": "units", "k": 0.5}, {"step": "refit"}, {"step": "compact"}, SHORT,
        {"step": "weights", "k": 0.75, "method": "wanda", "budget": "lamp"}, {"step": "compact"},
        {"step": "gradual", "k": 0.8, "until": 1, "distill": {"share": 0.9}, **TRAIN},
    ],
    "regrowing": [
        {"step": "regrow", "keep": 480, "until": 1, "swap": 0.3, "drop": 0.2, **TRAIN}, SHORT,
    ],
}  # fmt: skip


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "regrowing"])
def test_k_is_the_fraction_of_the_dense_network_whatever_the_route(route, dense, splits):
    before = bits(dense)
    weights = follow(ROUTES[route], dense, splits, 0)
    assert left(weights) == HIDDEN - round(0.8 * HIDDEN)
    assert evaluate(weights, splits[1])[1] > 0.6
    assert all(W.dtype == np.float32 for W in weights)
    assert bits(dense) == before


@pytest.mark.parametrize("method", ["obd-taylor", "grasp", "random"])
def test_what_is_pruned_already_counts_whatever_its_score(method, dense, splits):
    steps = [{"step": "weights", "k": 0.5}, {"step": "weights", "k": 0.8, "method": method}]
    assert left(follow(steps, dense, splits, 0)) == HIDDEN - round(0.8 * HIDDEN)


def test_dead_units_count_as_pruned_whatever_their_score(dense, splits):
    steps = [
        {"step": "units", "k": 0.5},
        {"step": "units", "k": 0.8, "method": "geometric-median"},
        {"step": "compact"},
    ]
    assert [W.shape[1] for W in follow(steps, dense, splits, 0)] == [8, 6, 10]


def test_units_count_from_the_dense_network_after_removal(dense, splits):
    steps = [{"step": "units", "k": k} | {"method": m} for k, m in ((0.5, "obs"), (0.8, "energy"))]
    twice = [steps[0], {"step": "compact"}, steps[1], {"step": "compact"}]
    assert [W.shape[1] for W in follow(twice, dense, splits, 0)] == [8, 6, 10]


def test_the_last_hidden_layer_may_have_its_own_k(dense, splits):
    steps = [{"step": "units", "k": 0.9, "last": 0.2}, {"step": "compact"}]
    assert [W.shape[1] for W in follow(steps, dense, splits, 0)] == [4, 24, 10]


@pytest.mark.parametrize(
    "steps",
    [
        [{"step": "units", "k": 1}, {"step": "compact"}, SHORT],
        [{"step": "units", "k": 1}, SHORT, {"step": "compact"}],
        [{"step": "weights", "k": 1}, {"step": "compact"},
         {"step": "iterative", "k": 1, **TRAIN}, {"step": "gradual", "k": 1, "until": 1, **TRAIN}],
    ],
)  # fmt: skip
def test_at_k_1_everything_is_gone_and_stays_gone(steps, dense, splits, X):
    weights = follow(steps, dense, splits, 0)
    assert [W.shape for W in weights] == [(30, 0), (0, 0), (0, 10)]
    assert not logits(weights, X).any()


def test_one_shot_is_the_functions_it_is_made_of(dense, splits, X):
    masks = layer_masks(dense, 0.7, "weight")
    steps = [{"step": "weights", "k": 0.7, "budget": "layer-wise"}, SHORT]
    recipe = dataclasses.replace(RETRAINING, **TRAIN)
    expected = Retraining(dense, masks, recipe, 0).run(*splits)
    assert bits(follow(steps, dense, splits, 0)) == bits(expected)


def test_refit_fits_to_what_was_said_before_the_cut(dense, splits, X):
    masks = layer_masks(dense, 0.7, "weight")
    steps = [{"step": "weights", "k": 0.7, "budget": "layer-wise"}, {"step": "refit"}]
    assert bits(follow(steps, dense, splits, 0)) == bits(refit(dense, masks, X))


def test_admm_gets_its_counts_from_the_budget(dense, splits, X):
    steps = [{"step": "weights", "k": 0.7, "method": "admm", "budget": "erk"}]
    counts = erk([np.abs(W) for W in dense[:-1]], dense, 0.7)
    assert bits(follow(steps, dense, splits, 0)) == bits(admm(dense, counts, X))


@pytest.mark.parametrize("method", ["magnitude", "obd", "obd-decay"])
def test_a_round_cuts_by_the_criterion_that_it_names(method, dense, splits):
    cut = {"k": 0.5, "method": method, "budget": "global"}
    once = follow([{"step": "weights"} | cut], dense, splits, 0)
    rounds = {"step": "iterative", "share": 0.5, "epochs": 1, "batch": 32} | cut
    for a, b in zip(once, follow([rounds], dense, splits, 0), strict=True):
        np.testing.assert_array_equal(a != 0, b != 0)


def test_rewinding_goes_back_to_the_start_of_this_seed(dense, splits):
    masks = layer_masks(dense, 0.7, "weight")
    cut = {"step": "weights", "k": 0.7, "budget": "layer-wise"}
    start = init_weights(SIZES, stream(0, "weights"))
    for random in (False, True):
        found = follow([cut, {"step": "rewind", "random": random}], dense, splits, 0)
        same = bits(found) == bits(apply_masks(start, [*masks[:-1], np.ones((30, 10), bool)]))
        assert same != random
        assert all(((W != 0) == mask).all() for W, mask in zip(found, masks, strict=True))
    found = follow([cut, {"step": "rewind", "shuffle": True}], dense, splits, 0)
    for W, first, mask in zip(found, start, masks, strict=True):
        np.testing.assert_array_equal(W, np.where(W != 0, first, 0))
        assert np.count_nonzero(W) == np.count_nonzero(mask)
        assert ((W != 0) == mask).all() == mask.all()


def test_rewinding_repeats_the_training_that_the_network_came_from(splits):
    own = Recipe(SIZES[1:-1], "source", "adam", 1e-3, "constant", epochs=2, batch=32)
    training = Training(SIZES, own, 0)
    training.run(*splits)
    weights = training.weights
    keep = {"step": "weights", "k": 0.0}
    back = follow([keep, {"step": "rewind", "epoch": 2}], weights, splits, 0, trained_by=own)
    assert bits(back) == bits(weights)
    start = follow([keep, {"step": "rewind"}], weights, splits, 0, trained_by=own)
    assert bits(start) == bits(init_weights(SIZES, stream(0, "weights"), "source"))
    fresh = follow([keep, {"step": "rewind", "random": True}], weights, splits, 0, trained_by=own)
    assert all(np.abs(W).max() <= 1 / np.sqrt(len(W)) for W in fresh)


@pytest.fixture(scope="module")
def undisturbed(dense, tiny):
    """Bits of the network at the end of a route, with a cut every 4 steps; found once."""

    @functools.cache
    def undisturbed(route):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gradual, "EVERY", 4)
            return bits(follow(ROUTES[route], dense, (tiny.train, tiny.validation), 0))

    return undisturbed


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("epochs", [1, 2, 3, 4])
def test_a_recipe_killed_after_any_epoch_ends_with_the_same_bits(
    route, epochs, undisturbed, dense, splits, tmp_path, monkeypatch
):
    monkeypatch.setattr(gradual, "EVERY", 4)
    path = tmp_path / "way.npz"
    save, saved = Retraining.save, []

    def killed(training, path):
        save(training, path)
        saved.append(training)
        if len(saved) == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Retraining, "save", killed)
    try:
        follow(ROUTES[route], dense, splits, 0, path)
    except KeyboardInterrupt:
        assert path.exists()
    monkeypatch.setattr(Retraining, "save", save)
    assert bits(follow(ROUTES[route], dense, splits, 0, path)) == undisturbed(route)
    assert not any(tmp_path.iterdir())


def test_another_recipes_checkpoint_is_refused(dense, splits, tmp_path, monkeypatch):
    path = tmp_path / "way.npz"
    save = Retraining.save

    def killed(training, path):
        save(training, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Retraining, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        follow([SHORT], dense, splits, 0, path)
    content = path.read_bytes()
    longer, other = SHORT | {"epochs": 3}, [2 * W for W in dense]
    for step, seed, weights in ((SHORT, 1, dense), (longer, 0, dense), (SHORT, 0, other)):
        with pytest.raises(CheckpointError, match=r"way\.npz: belongs to another recipe, network"):
            follow([step], weights, splits, seed, path)
    assert path.read_bytes() == content


def test_weights_that_are_gone_cannot_be_kept(dense, splits):
    steps = [{"step": "units", "k": 0.9}, {"step": "compact"}, {"step": "weights", "k": 0.5}]
    with pytest.raises(InputError, match=r"1200 hidden weights should stay, but only 132 are left"):
        follow(steps, dense, splits, 0)


def test_steps_are_checked_first(dense, splits):
    with pytest.raises(InputError, match=r"step 2.*do you mean 'compact'"):
        follow([SHORT, {"step": "compat"}], dense, splits, 0)


def test_progress_is_told(dense, splits):
    told = []
    follow([{"step": "refit"}, {"step": "compact"}], dense, splits, 0, on_progress=lambda *a:
           told.append(a))  # fmt: skip
    assert told == [(0, "refit"), (1, "compact"), (2, "done")]


def test_the_dense_network_is_the_teacher(dense, splits, monkeypatch):
    seen = []
    whole = recipes.teacher_logits

    def spy(weights, images):
        seen.append(bits(weights))
        return whole(weights, images)

    monkeypatch.setattr(recipes, "teacher_logits", spy)
    taught = SHORT | {"distill": {"temperature": 3}}
    follow([{"step": "units", "k": 0.5}, taught, {"step": "compact"}, taught], dense, splits, 0)
    assert seen == [bits(dense)]  # once for both steps


def test_another_teacher_may_be_given(dense, splits, X):
    taught = SHORT | {"distill": {"temperature": 1, "share": 1}}
    odd = np.zeros((len(splits[0].labels), 10), np.float32)
    odd[:, 3] = 9  # a teacher that sees threes only
    (own,), (other,) = (
        [follow([taught], dense, splits, 0, teacher=teacher)] for teacher in (None, odd)
    )
    assert (logits(other, X).argmax(axis=1) == 3).mean() > (
        logits(own, X).argmax(axis=1) == 3
    ).mean()


def test_regrowing_counts_all_layers_and_what_it_pruned_stays(dense, splits):
    regrow = {"step": "regrow", "keep": 90, "until": 1, "swap": 0.2, "drop": 0.1, **TRAIN}
    weights = follow([regrow, {"step": "compact"}, SHORT], dense, splits, 0)
    assert 0 < sum(np.count_nonzero(W) for W in weights) <= 90


def test_a_small_retrained_network_beats_the_cut_one(dense, splits):
    cut = [{"step": "units", "k": 0.85}, {"step": "compact"}]
    before = evaluate(follow(cut, dense, splits, 0), splits[1])[0]
    after = evaluate(follow([*cut, SHORT | {"epochs": 8}], dense, splits, 0), splits[1])[0]
    assert after < before / 2


def test_compact_after_retraining_changes_no_logit(dense, splits, X):
    weights = follow(ROUTES["one-shot"], dense, splits, 0)
    np.testing.assert_allclose(logits(compact(weights), X), logits(weights, X), atol=1e-5)
