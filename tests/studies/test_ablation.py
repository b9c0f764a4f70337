"""The recipe varied: every variant trains what its name says, and the split stays a split."""

import numpy as np
import pytest
from at_once import AtOnce

from npprune import driver
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.lab.statistics import Paired
from npprune.network.mlp import evaluate, layer_sizes
from npprune.network.training import Training
from npprune.studies.ablation import CRITERIA, SPLIT, Form
from npprune.studies.ablation.measure import split_anew
from npprune.studies.ablation.tell import _by_penalty, values
from npprune.studies.randomness.recipes import variant
from npprune.studies.variants import VARIANTS

FORM = Form((12, 8), 2, 50, (0.0, 0.5, 0.9), ("default", "no weight decay", SPLIT))


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("ablation") / "run", tiny_config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "single_threaded_processes", AtOnce)
        driver.work(run, tiny, "ablation", FORM)
    return run


def test_each_recipe_is_pruned_by_each_criterion(run, tiny):
    rows = run.read("ablation")
    assert {row["recipe"] for row in rows} == {*FORM.recipes}
    for recipe in ("default", "no weight decay"):
        made = variant(FORM.hidden, VARIANTS[recipe], FORM.epochs).fitting(len(tiny.train))
        sizes = layer_sizes(tiny, FORM.hidden)
        weights = Training(sizes, made, 0).run(tiny.train, tiny.validation)
        dense = select(rows, recipe=recipe, k=0)
        assert {row["criterion"] for row in dense} == {*CRITERIA}
        accuracy = evaluate(weights, tiny.test)[1]
        assert {row["test_accuracy"] for row in dense} == {accuracy}


def test_a_new_split_keeps_every_image_once_and_is_the_seeds_own(tiny):
    splits = [split_anew(tiny.train, tiny.validation, seed) for seed in (0, 0, 1)]
    assert [len(part) for part in splits[0]] == [len(tiny.train), len(tiny.validation)]
    images = [np.concatenate([part.images for part in split]) for split in splits]
    before = np.concatenate([tiny.train.images, tiny.validation.images])

    def in_order(array):
        flat = array.reshape(len(array), -1)
        return flat[np.lexsort(flat.T)]

    np.testing.assert_array_equal(in_order(images[0]), in_order(before))
    np.testing.assert_array_equal(images[0], images[1])
    assert (images[0] != images[2]).any()


def test_recipes_are_counted_by_whether_they_have_a_penalty():
    def paired(mean, p):
        return Paired(mean, mean - 0.1, mean + 0.1, p), p

    ahead, behind, alike = paired(0.5, 0.01), paired(-0.5, 0.01), paired(0.5, 0.2)
    better = {
        "default": ahead, "source's initialization": alike, SPLIT: ahead,
        "no weight decay": behind, "Adam, rate 0.001, decay a step as before": behind,
    }  # fmt: skip
    assert _by_penalty(better) == {
        "ahead_with": 1, "behind_with": 0, "recipes_with": 2,
        "ahead_without": 0, "behind_without": 2, "recipes_without": 2,
    }  # fmt: skip


def test_what_differs_surely_is_named(run):
    """A recipe whose networks fail at a lower sparsity in every seed is told as bearing less."""
    rows = [row for row in run.read("ablation") if row["recipe"] == "default"]
    made = []
    for seed in range(6):
        for row in rows:
            accuracy = 0.9 - 0.5 * row["k"] ** 4 * (1 + 0.01 * seed)
            made.append(row | {f"{s}_accuracy": accuracy for s in ("validation", "test")})
            made[-1]["seed"] = seed
            worse = accuracy - 0.3 * row["k"] * (1 + 0.02 * (seed % 3))
            made.append(made[-1] | {"recipe": "no weight decay", "test_accuracy": worse})
    other = Run.open(run.folder)
    other.read = lambda name: made
    told = values(other)
    assert (told["less"], told["more"]) == ("no weight decay", "none")
    reach = {line["recipe"]: line["obd"] for line in told["recipes"]}
    assert reach["default"] > reach["no weight decay"]
