"""A chain of ever fewer weights: each network has at most what its recipe says."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from study_runs import measured

from npprune import driver
from npprune.inference.export import load_exported
from npprune.lab.group import Group
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.mlp import evaluate
from npprune.studies.fewest import COSTED, DENSE, Form
from npprune.studies.fewest.draw import LOOKS
from npprune.studies.fewest.measure import GROUPS, RECIPES, counts, lit, path_of, sizes_of, steps_of
from npprune.studies.fewest.tell import COMPARED, RANDOM, values, ways

FORM = Form(epochs=3, teachers=2, budget=0.05)


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("fewest"), tiny_config, tiny, "fewest", FORM)


def test_each_network_has_at_most_what_its_recipe_keeps(run):
    rows = select(run.read("fewest"), seed=0)
    assert [row["name"] for row in rows] == [recipe["name"] for recipe in RECIPES]
    for row, recipe in zip(rows, RECIPES, strict=True):
        assert 0 < row["weights"] <= min(step.get("keep", np.inf) for step in recipe["steps"])
        assert 0 < row["output_weights"] <= row["weights"]
        assert row["test_error"] == pytest.approx(100 * (1 - row["test_accuracy"]))
    assert [row["epochs"] for row in rows[:4]] == [3, 6, 6, 6]


def test_the_files_hold_the_networks_that_were_measured(run, tiny):
    (row,) = select(run.read("fewest"), seed=0, name="500 weights")
    weights, about = load_exported(run.folder / "networks" / "fewest-500-weights-seed-0.npz")
    assert counts(weights).items() <= row.items()
    assert evaluate(weights, tiny.test)[1] == row["test_accuracy"]
    assert about["how"]["from"] == "dense"


def test_costs_are_those_of_the_files_beside_the_large_network(run):
    rows = select(run.read("fewest_costs"), seed=0, batch=100)
    assert [row["name"] for row in rows] == list(COSTED)
    plain = rows[0]["times_smaller"] * rows[0]["bytes"]
    for row in rows:
        path = path_of(run.folder / "networks", row["name"], 0)
        assert row["bytes"] == path.stat().st_size
        assert row["times_smaller"] * row["bytes"] == pytest.approx(plain)
        assert row["us"] * row["speedup"] == pytest.approx(rows[0]["us"])


def test_no_loss_is_claimed_by_the_interval_alone_and_chosen_on_validation_images(config, tmp_path):
    run = Run(tmp_path, config)
    cost = {"seed": 0, "batch": 100, "times_smaller": 8.0, "speedup": 7.0, "us": 2.0}
    costs = [cost | {"name": name, "bytes": 90 - i} for i, name in enumerate(COSTED)]
    run.write("fewest_costs", costs)
    known = dict.fromkeys(("weights", "output_weights", "pixels", "units", "epochs"), 1)
    known |= {"group": "chain", "test_accuracy": 0.5}

    def told(differences, test=0.0):
        """What is told where 12,000 weights differ so from the dense networks, seed by seed."""
        rows = []
        for seed, difference in enumerate(differences):
            few = {"validation_accuracy": 0.98, "test_error": 50.0}
            networks = dict.fromkeys(COSTED, few)
            networks |= dict.fromkeys(DENSE, few | {"validation_accuracy": 0.99})
            networks["12,000 weights"] = {
                "validation_accuracy": 0.99 + difference, "test_error": 50.0 + test + 0.01 * seed,
            }  # fmt: skip
            row = known | {"seed": seed}
            rows += [row | {"name": name} | worth for name, worth in networks.items()]
        run.write("fewest", rows)
        found = values(run)
        return found["smallest"] and (found["smallest"]["name"], found["confirmed"])

    assert told([0.0, 0.0002, -0.0002]) == ("12,000 weights", True)
    assert told([0.0, 0.0002, -0.0002], test=0.2) == ("12,000 weights", False)
    assert told([-0.0012, -0.0010, -0.0011]) is None
    assert told([0.004, 0.0, -0.004]) is None  # the same mean, not known well enough


def test_pruning_is_ahead_only_where_every_seed_says_so():
    errors = {
        COMPARED: [1.2, 1.3, 1.1],
        "ticket 22,100": [1.71, 1.80, 1.61],
        "static 22,100": [1.9, 1.0, 1.4],
        "shuffled 22,100": [0.69, 0.80, 0.61],
    }
    accuracy = {"validation_accuracy": 0.99, "test_accuracy": 0.98}
    networks = {
        name: Group(
            [accuracy | {"seed": i, "test_error": e} for i, e in enumerate(here)], name=name
        )
        for name, here in errors.items()
    }
    told = ways(networks)
    assert (told["ahead"], told["behind"]) == ("ticket 22,100", "shuffled 22,100")
    assert {line["name"] for line in told["ways"]} == {*networks}
    del networks[COMPARED]
    assert not ways(networks)


def test_a_lead_on_the_validation_images_alone_is_wear():
    def network(validation, test):
        rows = [{"validation_accuracy": v, "test_accuracy": t, "test_error": 1 - t}
                for v, t in zip(validation, test, strict=True)]  # fmt: skip
        return Group([row | {"seed": seed} for seed, row in enumerate(rows)])

    told = ways({COMPARED: network([0.99, 0.98], [0.97, 0.97]),
                 RANDOM: network([0.97, 0.97], [0.96, 0.97])})  # fmt: skip
    np.testing.assert_allclose(told["wear"], [1, 1])


def test_a_ticket_and_its_controls_differ_in_nothing_but_how_they_rewind():
    made = {r["name"]: r["steps"] for r in RECIPES if r["group"] == "lottery tickets"}
    *mask, back, last = made["ticket 22,100"]
    assert back == {"step": "rewind"}
    for name, way in (("reinitialized", "random"), ("shuffled", "shuffle")):
        assert made[f"{name} 22,100"] == [*mask, back | {way: True}, last]
    assert made["static 22,100"][-1] == last


def test_what_is_there_is_not_made_again(run, tiny, at_once):
    rows = run.read("fewest")
    made = {path: path.stat().st_mtime_ns for path in run.folder.glob("networks/*.npz")}
    for name in ("fewest", "fewest_costs"):
        run.data(name).unlink()
    driver.work(run, tiny, "fewest", FORM)
    assert run.read("fewest") == rows
    assert {path: path.stat().st_mtime_ns for path in made} == made


@pytest.mark.parametrize("side", [16, 28])
def test_networks_of_so_many_weights_have_so_many_whatever_the_images(side):
    dataset = SimpleNamespace(image_shape=(side, side), classes=10)
    for recipe in (recipe for recipe in RECIPES if "weights" in recipe):
        *hidden, output = (n * m for n, m in pairwise(sizes_of(recipe, dataset, Form())))
        (k,) = (step["k"] for step in steps_of(recipe, dataset, Form()) if "k" in step)
        assert round((1 - k) * sum(hidden)) + output == pytest.approx(recipe["weights"], abs=2)


def test_every_group_of_networks_has_a_look():
    assert {*LOOKS} == {*GROUPS}


def test_recipes_are_shortened_and_pixels_left_out(tiny):
    for recipe in RECIPES:
        for step in steps_of(recipe, tiny, Form(epochs=2)):
            assert step.get("epochs", 2) == 2
            assert step.get("until", 1) == 1
    few = lit(tiny.train, np.array([3, 7]))
    flat = tiny.train.images.reshape(len(tiny.train.labels), -1)
    np.testing.assert_array_equal(few.images[:, :, 0], flat[:, [3, 7]])
