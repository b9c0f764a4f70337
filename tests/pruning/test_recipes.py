"""Recipes end where they say, to the count, also when they are killed on the way."""

import contextlib
import dataclasses
import functools
from unittest.mock import Mock

import numpy as np
import pytest
from compare import bits, nonzeros

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError
from npprune.network.mlp import evaluate, init_weights, inputs, logits
from npprune.network.training import Recipe, Training
from npprune.pruning import lottery, recipes
from npprune.pruning.admm import admm
from npprune.pruning.budgets import erk
from npprune.pruning.masks import layer_masks, prune
from npprune.pruning.recipes import follow
from npprune.pruning.repair import refit
from npprune.pruning.retrain import RETRAINING, Retraining
from npprune.streams import stream

SIZES = (30, 40, 30, 10)
HIDDEN = 30 * 40 + 40 * 30


def step(kind, **keys):
    return {"step": kind} | keys


short = functools.partial(step, batch=16, epochs=2)
RETRAIN, COMPACT, REFIT, REWIND = short("retrain"), step("compact"), step("refit"), step("rewind")
CUT = step("weights", k=0.7, budget="layer-wise")
ROUTES = {
    "one-shot": [step("weights", k=0.8), RETRAIN],
    "iterative": [short("iterative", k=0.8)],
    "rewound": [short("iterative", k=0.8, share=0.6, rewind=1)],
    "admm": [
        step("weights", k=0.8, method="admm", budget="erk"),
        short("retrain", optimizer="adam", learning_rate=0.01),
    ],
    "units first": [
        step("units", k=0.5), REFIT, COMPACT, RETRAIN,
        step("weights", k=0.75, method="wanda", budget="lamp"), COMPACT,
        short("gradual", k=0.8, until=2, distill={"share": 0.9}) | {"epochs": 3},
    ],
    "regrowing": [short("regrow", keep=480, until=2, swap=0.3, drop=0.2) | {"epochs": 3}, RETRAIN],
}  # fmt: skip


@pytest.fixture(scope="session")
def dense(tiny):
    """A trained 30-40-30-10 network."""
    recipe = Recipe(hidden=SIZES[1:-1], batch=16, epochs=5)
    return Training(SIZES, recipe, 0).run(tiny.train, tiny.validation)


@pytest.fixture
def take(dense, splits):
    """Take that network through a recipe."""
    return functools.partial(follow, weights=dense, splits=splits, seed=0)


@pytest.fixture
def X(tiny):
    """The calibration images: all 300, in the order in which they are drawn."""
    return inputs(tiny.train.images[stream(0, "calibration").permutation(300)])


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "regrowing"])
def test_k_is_the_fraction_of_the_dense_network_whatever_the_route(route, take, dense, splits):
    before = bits(dense)
    weights = take(ROUTES[route])
    assert nonzeros(weights[:-1]) == HIDDEN - round(0.8 * HIDDEN)
    assert evaluate(weights, splits[1])[1] > 0.6
    assert all(W.dtype == np.float32 for W in weights)
    assert bits(dense) == before


@pytest.mark.parametrize("method", ["obd-taylor", "grasp", "random"])
def test_what_is_pruned_already_counts_whatever_its_score(method, take):
    weights = take([step("weights", k=0.5), step("weights", k=0.8, method=method)])
    assert nonzeros(weights[:-1]) == HIDDEN - round(0.8 * HIDDEN)


HALF = step("units", k=0.5)


@pytest.mark.parametrize(
    ("steps", "widths"),
    [
        ([HALF, step("units", k=0.8, method="geometric-median"), COMPACT], [8, 6, 10]),
        ([HALF, COMPACT, step("units", k=0.8, method="energy"), COMPACT], [8, 6, 10]),
        ([step("units", k=0.9, last=0.2), COMPACT], [4, 24, 10]),
        ([step("units", k=1), COMPACT, RETRAIN], [0, 0, 10]),
        ([step("units", k=1), RETRAIN, COMPACT], [0, 0, 10]),
        ([step("weights", k=1), COMPACT, short("iterative", k=1), short("gradual", k=1, until=1)],
         [0, 0, 10]),
    ],
)  # fmt: skip
def test_units_count_from_the_dense_network_with_those_that_are_dead(steps, widths, take):
    assert [W.shape[1] for W in take(steps)] == widths


def test_steps_are_the_functions_that_they_are_made_of(take, dense, splits, X):
    pruned, masks = prune(dense, 0.7, "weight"), layer_masks(dense, 0.7, "weight")
    recipe = dataclasses.replace(RETRAINING, batch=16, epochs=2)
    counts = erk([np.abs(W) for W in dense[:-1]], dense, 0.7)
    for steps, expected in (
        ([CUT, RETRAIN], Retraining(dense, masks, recipe, 0).run(*splits)),
        ([CUT, REFIT], refit(dense, masks, X)),  # fitted to what was said before the cut
        ([CUT | {"method": "admm", "budget": "erk"}], admm(dense, counts, X)),
        ([CUT, REWIND], lottery.rewind(pruned, 0, splits)),
        ([CUT, REWIND | {"random": True}], lottery.reinitialize(pruned, 0)),
        ([CUT, REWIND | {"shuffle": True}], lottery.rewind(lottery.shuffle(pruned, 0), 0, splits)),
    ):
        assert bits(take(steps)) == bits(expected)


@pytest.mark.parametrize("method", ["magnitude", "obd", "obd-decay"])
def test_a_round_cuts_by_the_criterion_that_it_names(method, take):
    cut = {"k": 0.5, "method": method, "budget": "global"}
    once = take([step("weights", **cut)])
    after = take([step("iterative", share=0.5, epochs=1, batch=32, **cut)])
    np.testing.assert_equal([W != 0 for W in after], [W != 0 for W in once])


@pytest.mark.parametrize("budget", ["layer-wise", "erk"])
@pytest.mark.parametrize(("k", "share"), [(0.999, 0.2), (0.999, 0.01)])
def test_rounds_end_where_k_says_however_small(k, share, budget, take):
    almost = {"k": 0.996, "budget": budget}  # 10 weights are left, one of them goes each time
    rounds = step("iterative", k=k, share=share, budget=budget, epochs=1, batch=64)
    after = take([step("weights", **almost), rounds])
    left = sum(np.count_nonzero(W) for W in after[:-1])
    assert abs(left - round((1 - k) * HIDDEN)) <= 1  # each layer is rounded


def test_rewinding_repeats_the_training_that_the_network_came_from(splits):
    own = Recipe(SIZES[1:-1], "source", "adam", 1e-3, "constant", epochs=2, batch=32)
    training = Training(SIZES, own, 0)
    training.run(*splits)

    def rewound(**keys):
        steps = [step("weights", k=0.0), step("rewind", **keys)]
        return follow(steps, training.weights, splits, 0, trained_by=own)

    assert bits(rewound(epoch=2)) == bits(training.weights)
    assert bits(rewound()) == bits(init_weights(SIZES, stream(0, "weights"), "source"))
    assert all(np.abs(W).max() <= 1 / np.sqrt(len(W)) for W in rewound(random=True))


@contextlib.contextmanager
def killed_after(epochs):
    """Kill training after so many epochs were saved."""
    save, saved = Retraining.save, []

    def killed(training, path):
        save(training, path)
        saved.append(path)
        if len(saved) == epochs:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(Retraining, "save", killed)
        yield


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.usefixtures("often")
def test_a_recipe_killed_after_any_epoch_ends_with_the_same_bits(route, take, tmp_path):
    undisturbed = bits(take(ROUTES[route]))
    path = tmp_path / "way.npz"
    for epochs in (1, 2, 3, 4):
        with killed_after(epochs):
            take(ROUTES[route], checkpoint=path)
        assert bits(take(ROUTES[route], checkpoint=path)) == undisturbed
        assert not any(tmp_path.iterdir())


def test_another_recipes_checkpoint_is_refused(take, dense, tmp_path):
    path = tmp_path / "way.npz"
    with killed_after(1):
        take([RETRAIN], checkpoint=path)
    content = path.read_bytes()
    for other, others in (
        (RETRAIN, {"seed": 1}),
        (RETRAIN | {"epochs": 3}, {}),
        (RETRAIN, {"weights": [2 * W for W in dense]}),
    ):
        with pytest.raises(CheckpointError, match=r"way\.npz: belongs to another recipe, network"):
            take([other], checkpoint=path, **others)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step("units", k=0.9), COMPACT, step("weights", k=0.5)],
         "1200 hidden weights should stay, but only 132 are left"),
        ([RETRAIN, step("compat")], "step 2.*do you mean 'compact'"),
    ],
)  # fmt: skip
def test_steps_that_cannot_be_taken_are_refused(steps, message, take):
    with pytest.raises(InputError, match=message):
        take(steps)


def test_progress_is_told(take):
    told = []
    take([REFIT, COMPACT], on_progress=lambda *arguments: told.append(arguments))
    assert told == [(0, "refit"), (1, "compact"), (2, "done")]


def test_the_dense_network_is_the_teacher_of_all_steps(take, dense, monkeypatch):
    spy = Mock(wraps=recipes.logits_of_images)
    monkeypatch.setattr(recipes, "logits_of_images", spy)
    taught = RETRAIN | {"distill": {"temperature": 3}}
    take([HALF, taught, COMPACT, taught])
    ((seen, _),) = [call.args for call in spy.call_args_list]  # once for both steps
    assert bits(seen) == bits(dense)


def test_another_teacher_may_be_given(take, splits, X):
    threes = np.zeros((300, 10), np.float32)
    threes[:, 3] = 9  # a teacher that sees threes only

    def share_of_threes(teacher):
        taught = take([RETRAIN | {"distill": {"temperature": 1, "share": 1}}], teacher=teacher)
        return (logits(taught, X).argmax(axis=1) == 3).mean()

    assert share_of_threes(threes) > share_of_threes(None)


def test_regrowing_counts_all_layers_and_what_it_pruned_stays(take):
    regrow = short("regrow", keep=400, until=1, swap=0.2, drop=0.1)
    pruned = take([regrow, COMPACT])
    assert 0 < nonzeros(pruned) <= 400
    assert nonzeros(take([regrow, COMPACT, RETRAIN])) == nonzeros(pruned)
