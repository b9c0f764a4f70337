"""The quick way to a pruned network's worth against the plain one."""

import numpy as np
import pytest

from npprune.lab.outcome import SPARSE_FROM, outcome
from npprune.network.mlp import evaluate, init_weights, logits
from npprune.pruning.masks import prune


@pytest.mark.parametrize("kind", ["weight", "unit"])
@pytest.mark.parametrize("k", [0, 0.5, 0.9, 0.97, 1])
def test_it_is_worth_what_a_plain_evaluation_says(tiny, kind, k):
    weights = prune(init_weights((30, 64, 32, 10), np.random.default_rng(7)), k, kind)
    found = outcome(weights, tiny.validation, tiny.test)
    for name, split in (("validation", tiny.validation), ("test", tiny.test)):
        loss, accuracy = evaluate(weights, split)
        assert found[f"{name}_loss"] == pytest.approx(loss, rel=1e-6)
        assert found[f"{name}_accuracy"] == pytest.approx(accuracy, abs=1.01 / len(split))


def test_the_sparse_way_is_taken_where_few_weights_are_left(tiny, monkeypatch):
    built = []
    monkeypatch.setattr(
        "npprune.lab.outcome.build",
        lambda weights, format: built.append(format) or (lambda X: logits(weights, X)),
    )
    weights = init_weights((30, 20, 10), np.random.default_rng(7))
    outcome(weights, tiny.validation, tiny.test)
    assert built == []
    weights[0].reshape(-1)[: int(SPARSE_FROM * 600) + 1] = 0
    outcome(weights, tiny.validation, tiny.test)
    assert built == ["csr"]
