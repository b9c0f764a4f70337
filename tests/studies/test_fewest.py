"""A chain of ever fewer weights: each network has at most what its recipe says."""

import numpy as np
import pytest
from at_once import AtOnce

from npprune import driver
from npprune.inference.export import load_exported
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.network.mlp import evaluate
from npprune.studies.fewest import Form
from npprune.studies.fewest.measure import RECIPES, counts, lit, shortened

FORM = Form(epochs=3, teachers=2)


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("fewest") / "run", tiny_config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "single_threaded_processes", lambda count=1: AtOnce())
        driver.work(run, tiny, "fewest", FORM)
    return run


def test_each_network_has_at_most_what_its_recipe_keeps(run):
    rows = select(run.read("fewest"), seed=0)
    keeps = [
        min((step["keep"] for step in recipe["steps"] if "keep" in step), default=np.inf)
        for recipe in RECIPES
    ]
    assert [row["name"] for row in rows] == [recipe["name"] for recipe in RECIPES]
    for row, keep in zip(rows, keeps, strict=True):
        assert 0 < row["weights"] <= keep
        assert row["weights"] == row["weights_1"] + row["weights_2"] + row["weights_3"]
        assert row["test_error"] == pytest.approx(100 * (1 - row["test_accuracy"]))
    assert [row["epochs"] for row in rows[:4]] == [3, 6, 6, 9]


def test_the_files_hold_the_networks_that_were_measured(run, tiny):
    (row,) = select(run.read("fewest"), seed=0, name="500 weights")
    (path,) = run.folder.glob(f"networks/fewest-500-weights-seed-{row['seed']}.npz")
    weights, about = load_exported(path)
    assert counts(weights).items() <= row.items()
    assert evaluate(weights, tiny.test)[1] == row["test_accuracy"]
    assert about["how"]["from"] == "dense"


def test_what_is_there_is_not_made_again(run, tiny, at_once):
    rows, files = run.read("fewest"), sorted(run.folder.glob("networks/*.npz"))
    before = [path.stat().st_mtime_ns for path in files]
    run.data("fewest").unlink()
    driver.work(run, tiny, "fewest", FORM)
    assert run.read("fewest") == rows
    assert [path.stat().st_mtime_ns for path in files] == before


def test_recipes_are_shortened_and_pixels_left_out(tiny):
    for recipe in RECIPES:
        for step in shortened(recipe["steps"], 2):
            assert step.get("epochs", 2) == 2
            assert step.get("until", 1) == 1
    few = lit(tiny.train, np.array([3, 7]))
    flat = tiny.train.images.reshape(len(tiny.train.labels), -1)
    np.testing.assert_array_equal(few.images[:, :, 0], flat[:, [3, 7]])
