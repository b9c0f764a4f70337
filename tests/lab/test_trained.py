"""A network that died in training is told of and not studied."""

import dataclasses
import math

import numpy as np
import pytest

from npprune import driver
from npprune.lab.baseline import is_dead, living
from npprune.lab.config import Config
from npprune.lab.run import Run
from npprune.lab.trained import living_seeds
from npprune.network.mlp import evaluate
from npprune.studies.train.tell import values


def test_the_loss_of_a_network_that_says_0_is_that_of_a_dead_one(tiny, network):
    empty = [np.zeros_like(W) for W in network]
    assert is_dead({"validation_loss": evaluate(empty, tiny.validation)[0]})
    assert not is_dead({"validation_loss": evaluate(network, tiny.validation)[0]})
    assert [is_dead({"validation_loss": math.log(n)}) for n in (1, 2, 256)] == [False, True, True]


DEAD = math.log(10)


@pytest.mark.parametrize(
    ("losses", "alive"),
    [((DEAD, 0.05, 0.04), [1, 2]), ((DEAD, DEAD, DEAD), [0, 1, 2]), ((), [0, 1, 2])],
)
def test_the_dead_are_left_out_and_counted_unless_all_are_dead(losses, alive, tmp_path):
    run = Run(tmp_path, Config("tiny", seeds=(0, 1, 2)))
    known = {"kept_epoch": 1, "seconds": 1.0}
    columns = ("validation_loss", "test_loss", "validation_accuracy", "test_accuracy")
    for seed, loss in enumerate(losses):
        worth = zip(columns, (loss, loss, 1 / (1 + seed), 1 / (1 + seed)), strict=True)
        run.add("baseline", {"seed": seed}, [known | dict(worth)])
    assert living_seeds(run) == alive
    if losses:
        assert [row["seed"] for row in living(run.read("baseline"))] == alive
        told = values(run)
        assert (told["trained"], told["dead"]) == (3, 3 - len(alive))
        assert told["alive"]["test_accuracy"].tolist() == [1 / (1 + seed) for seed in alive]
        assert len(told["networks"]) == 3


def test_a_study_leaves_a_dead_network_alone(tiny, tiny_config, tmp_path):
    run = Run(tmp_path / "run", dataclasses.replace(tiny_config, seeds=(0, 1)))
    driver.measure(run, tiny, "train", "full")
    dead, alive = run.read("baseline")
    run.write("baseline", [dead | {"validation_loss": math.log(10)}, alive])
    driver.measure(run, tiny, "prune", "full")
    assert {r["seed"] for r in run.read("sparsity")} == {1}
