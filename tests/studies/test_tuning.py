"""One half of the validation images chooses, the other judges; nothing else is changed."""

import dataclasses

import numpy as np
import pytest
from study_runs import measured

from npprune import report
from npprune.lab.config import Config
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.trained import trained
from npprune.network.mlp import evaluate
from npprune.studies.frontier.measure import prepare
from npprune.studies.tuning import CHANGES, RIVALS, Form
from npprune.studies.tuning.measure import changed, pieces, tried
from npprune.studies.tuning.tell import values

FORM = Form(("units .9",), 2, "trial")


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("tuning"), tiny_config, tiny, "tuning", FORM)


def test_the_first_half_chooses_the_epoch_and_each_image_judges_once(run, tiny):
    first, second = tiny.validation[::2], tiny.validation[1::2]
    halved = dataclasses.replace(tiny, validation=first)
    weights = trained(run, tiny, 0)
    assert {row["recipe"] for row in run.read("tuning")} == {"units .9", *RIVALS["units .9"]}
    for entry in tried(run.config, tiny, FORM):
        entry = changed(entry, CHANGES["half the rate"], FORM.epochs)
        made = prepare(entry, 0, weights, run.config.recipe, halved, None)
        (row,) = select(run.read("tuning"), recipe=entry.name, change="half the rate")
        for name, split in (("first", first), ("second", second), ("test", tiny.test)):
            assert row[f"{name}_accuracy"] == evaluate(made, split)[1]
    whole = select(run.read("tuning_budgets"), k=0, kind="weight", criterion="magnitude")
    for row in whole:
        assert row["first_accuracy"] == pytest.approx(evaluate(weights, first)[1])
        assert row["second_accuracy"] == pytest.approx(evaluate(weights, second)[1])


def test_a_change_is_of_the_last_training_alone(tiny, tiny_config):
    for entry in tried(tiny_config, tiny, Form()):
        used = changed(entry, {}, 1000).how["steps"]
        for change, factors in CHANGES.items():
            steps = changed(entry, factors, 1000).how["steps"]
            where = [i for i, step in enumerate(steps) if step != used[i]]
            trainings = [i for i, step in enumerate(used) if "learning_rate" in step]
            assert where == ([] if change == "as used" else trainings[-1:])
            for name, factor in factors.items():
                assert steps[where[0]][name] == pytest.approx(factor * used[where[0]][name])


def test_what_is_there_so_far_is_told(run, tmp_path):
    part = Run(tmp_path, run.config)
    for name in ("tuning", "tuning_budgets"):
        rows = run.read(name)
        for count in range(1, len(rows) + 1, 3):
            part.write(name, rows[:count])
            assert report.section(part, "tuning")
    assert values(part)["left"]


def test_images_that_test_are_not_halved(tmp_path, tiny_config, tiny):
    config = dataclasses.replace(tiny_config, protocol="source")
    assert not [*pieces(Run(tmp_path, config), tiny, FORM)]


def test_what_the_first_half_chooses_is_judged_on_other_images(tmp_path):
    """The first half wants twice the rate of one recipe; on other images that is a point worse."""
    first = {"units .9": (0.90, 0.92), "scratch .9": (0.91, 0.90), "scratch .9, taught": (0.8, 0.8)}
    run = Run(tmp_path, Config("tiny"))
    noise = np.random.default_rng(0).normal(0, 1e-4, (3, 2))
    run.write("tuning", [
        {"seed": seed, "recipe": recipe, "change": change, "first_accuracy": chosen,
         "second_accuracy": other + noise[seed, i], "test_accuracy": other - 0.1 + noise[seed, i]}
        for recipe, pair in first.items() for seed in range(3)
        for i, (change, chosen, other) in enumerate(
            zip(("as used", "twice the rate"), pair, (0.9, 0.89), strict=True))
    ])  # fmt: skip
    told = values(run)
    pruned, scratch, _ = told["recipes"]
    assert (pruned["change"], scratch["change"]) == ("twice the rate", "as used")
    assert pruned["second"] == pytest.approx(100 * (noise[:, 1] - noise[:, 0]) - 1)
    assert (told["same"], told["recipes_count"], told["better"]) == (2, 3, "none")
    (line,) = told["rivals"]
    assert (line["pruned"]["change"], line["rival"]["recipe"]) == ("twice the rate", "scratch .9")
    assert line["test"] == pytest.approx(pruned["second"])
    assert (told["behind_second"], told["ahead_second"]) == ("units .9", "none")
