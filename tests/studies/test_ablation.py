"""The recipe varied: every variant trains what its name says, and the split stays a split."""

import itertools

import numpy as np
import pytest
from study_runs import measured

from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.mlp import evaluate, layer_sizes
from npprune.network.training import Training
from npprune.studies.ablation import CRITERIA, SPLIT, Form
from npprune.studies.ablation.measure import split_anew
from npprune.studies.ablation.tell import RIVAL, values
from npprune.studies.randomness.recipes import variant
from npprune.studies.variants import VARIANTS

FORM = Form((12, 8), 2, 50, (0.0, 0.5, 0.9), ("default", "no weight decay", SPLIT))


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("ablation"), tiny_config, tiny, "ablation", FORM)


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

    assert sorted(map(bytes, images[0])) == sorted(map(bytes, before))
    np.testing.assert_array_equal(images[0], images[1])
    assert (images[0] != images[2]).any()


def test_what_differs_surely_is_named_and_counted(config, tmp_path):
    """Accuracy falls by so much times k^4 when magnitude prunes, and when its rival does."""
    falls = {
        "default": (0.5, 0.4), SPLIT: (0.5, 0.4), "source's initialization": (0.5, 0.5),
        "no weight decay": (0.8, 0.9), "Adam, rate 0.001, decay a step as before": (0.5, 0.6),
    }  # fmt: skip
    rows = []
    for seed, recipe, k in itertools.product(range(6), falls, FORM.sparsities):
        for criterion in CRITERIA:
            fall = falls[recipe][criterion == RIVAL] * (1 + 0.01 * (seed % 3))
            if recipe == "source's initialization" and criterion == RIVAL:
                fall += 0.1 * (-1) ** seed  # better in three seeds, worse in three
            row = {"seed": seed, "recipe": recipe, "criterion": criterion, "k": k}
            accuracies = dict.fromkeys(("validation_accuracy", "test_accuracy"), 0.9 - fall * k**4)
            rows.append(row | {"budget": "layer-wise"} | accuracies)
    run = Run(tmp_path, config)
    run.write("ablation", rows)
    told = values(run)
    assert (told["less"], told["more"]) == ("no weight decay", "none")
    reach = {line["recipe"]: line["magnitude"] for line in told["recipes"]}
    assert reach["default"] > reach["no weight decay"]
    counts = {
        "ahead_with": 1, "behind_with": 0, "recipes_with": 2,
        "ahead_without": 0, "behind_without": 2, "recipes_without": 2,
    }  # fmt: skip
    assert counts.items() <= told.items()
