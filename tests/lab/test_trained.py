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


def row(seed, loss):
    losses = dict.fromkeys(("validation_loss", "test_loss"), loss)
    accuracies = dict.fromkeys(("validation_accuracy", "test_accuracy"), 1 / (1 + seed))
    return {"seed": seed, "kept_epoch": 1, "seconds": 1.0} | losses | accuracies


def test_the_loss_of_a_network_that_says_0_is_that_of_a_dead_one(tiny, network):
    empty = [np.zeros_like(W) for W in network]
    assert is_dead({"validation_loss": evaluate(empty, tiny.validation)[0]})
    assert not is_dead({"validation_loss": evaluate(network, tiny.validation)[0]})
    assert [is_dead({"validation_loss": math.log(n)}) for n in (1, 2, 256)] == [False, True, True]


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run", Config("tiny", seeds=(0, 1, 2)))


def test_the_dead_are_left_out_and_counted(run, tiny):
    run.write("baseline", [row(0, math.log(10)), row(1, 0.05), row(2, 0.04)])
    assert living_seeds(run) == [1, 2]
    assert [r["seed"] for r in living(run.read("baseline"))] == [1, 2]
    told = values(run)
    assert (told["trained"], told["dead"]) == (3, 1)
    assert told["alive"]["test_accuracy"].tolist() == [1 / 2, 1 / 3]
    assert len(told["networks"]) == 3


def test_where_all_are_dead_all_are_studied(run):
    run.write("baseline", [row(seed, math.log(10)) for seed in run.config.seeds])
    assert living_seeds(run) == [0, 1, 2]
    assert len(living(run.read("baseline"))) == 3
    assert values(run)["dead"] == 0


def test_what_was_not_trained_yet_counts_as_living(run):
    assert living_seeds(run) == [0, 1, 2]


def test_a_study_leaves_a_dead_network_alone(tiny, tiny_config, tmp_path):
    run = Run(tmp_path / "run", dataclasses.replace(tiny_config, seeds=(0, 1)))
    driver.measure(run, tiny, "train", "full")
    dead, alive = run.read("baseline")
    run.write("baseline", [dead | {"validation_loss": math.log(10)}, alive])
    driver.measure(run, tiny, "prune", "full")
    assert {r["seed"] for r in run.read("sparsity")} == {1}
