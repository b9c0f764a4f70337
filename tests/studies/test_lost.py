"""The same loss for every network, and numbers that are what their definitions say."""

import numpy as np
import pytest
from study_runs import measured

from npprune.lab.group import Group
from npprune.lab.records import select
from npprune.lab.statistics import POINT
from npprune.lab.trained import trained
from npprune.network.layers import log_softmax
from npprune.network.mlp import evaluate
from npprune.pruning.masks import prune
from npprune.studies.lost import NETWORKS, Form
from npprune.studies.lost.calibration import best_temperature, calibration_error, cross_entropy
from npprune.studies.lost.measure import Answers, find_k
from npprune.studies.lost.tell import _sampling, values

FORM = Form(8, (0.2, 0.5))


@pytest.fixture(scope="module")
def run(tiny, tiny_config, tmp_path_factory):
    return measured(tmp_path_factory.mktemp("lost"), tiny_config, tiny, "lost", FORM)


def test_the_sparsity_found_is_where_the_goal_is_crossed(run, tiny):
    weights = trained(run, tiny, 0)
    goal = evaluate(weights, tiny.validation)[1] - POINT
    for kind in ("weight", "unit"):
        k = find_k(weights, kind, tiny, goal, FORM)
        assert evaluate(prune(weights, k, kind), tiny.validation)[1] >= goal
        above = prune(weights, min(k + 2**-FORM.halvings, 1), kind)
        assert evaluate(above, tiny.validation)[1] < goal


def test_what_is_lost_and_won_adds_up_class_by_class(run, tiny):
    rows, classes = run.read("lost"), run.read("lost_classes")
    assert [row["network"] for row in rows] == list(NETWORKS)
    assert (rows[0]["lost"], rows[0]["won"]) == (0, 0)
    before = round(rows[0]["test_accuracy"] * len(tiny.test))
    for row in rows:
        here = select(classes, network=row["network"])
        right = sum(each["right"] for each in here)
        assert right == pytest.approx(row["test_accuracy"] * len(tiny.test))
        assert sum(each["images"] for each in here) == row["images"] == len(tiny.test)
        assert right == before - row["lost"] + row["won"]
        assert row["cooled_test_loss"] > 0


def test_an_answer_is_unsure_where_the_lead_is_among_the_smallest_tenth(run, tiny):
    answers = Answers(trained(run, tiny, 0), tiny)
    marked = answers.unsure()
    assert marked.sum() == len(tiny.test) // 10
    *_, second, first = np.sort(answers.Z, axis=1).T
    lead = first - second
    assert lead[marked].max() <= lead[~marked].min()


def test_calibration_of_networks_that_are_right_as_often_as_they_say():
    rng = np.random.default_rng(0)
    Z = rng.normal(0, 2, (60_000, 4))
    P = np.exp(log_softmax(Z))
    y = (P.cumsum(axis=1) < rng.random((len(P), 1))).sum(axis=1)
    assert calibration_error(Z, y) < 0.01
    assert best_temperature(Z, y) == pytest.approx(1, abs=0.02)
    assert best_temperature(3 * Z, y) == pytest.approx(3, rel=0.02)
    assert cross_entropy(3 * Z, y, 3.0) == pytest.approx(cross_entropy(Z, y))
    assert calibration_error(3 * Z, y) > 0.05 > calibration_error(3 * Z, y, 3.0)


def test_the_calibration_error_is_a_sum_over_bins():
    p = np.array([0.99, 0.98, 0.70, 0.69, 0.55])
    y = np.array([0, 1, 0, 0, 1])
    Z = np.log(np.stack([p, 1 - p], axis=1))
    # Bins of width 1/15: .99 and .98 in the last, .70 and .69 in one, .55 alone.
    expected = (abs(1 - 1.97) + abs(2 - 1.39) + abs(0 - 0.55)) / 5
    assert calibration_error(Z, y) == pytest.approx(expected)


def test_the_sampling_error_is_that_of_other_test_images():
    rng, n = np.random.default_rng(1), 10_000
    lost = rng.binomial(n, 0.02, 4_000)
    won = rng.binomial(n - lost, 0.01)
    rows = Group([{"images": n, "lost": b, "won": c} for b, c in zip(lost, won, strict=True)])
    assert _sampling(rows) == pytest.approx(((won - lost) / n).std(), rel=0.03)


def test_the_text_says_what_was_measured(run):
    told = values(run)
    assert len(told["networks"]) == len(NETWORKS)
    assert told["worse"] == "none"  # of one seed nothing is sure
