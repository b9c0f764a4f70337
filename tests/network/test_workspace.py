"""The preallocated step against the readable one."""

import numpy as np
import pytest
from memory import memory_below

from npprune.network.mlp import init_weights, inputs, loss_and_gradients
from npprune.network.workspace import Workspace

SIZES = (30, 16, 12, 10)
N = 37


@pytest.fixture
def loaded(tiny):
    """A workspace holding N images in random order, those images as rows, and their labels."""
    indices = np.random.default_rng(2).permutation(len(tiny.train))[:N]

    def loaded(masks=None):
        workspace = Workspace(SIZES, N, masks)
        workspace.load(tiny.train.images, indices)
        return workspace, inputs(tiny.train.images[indices]), tiny.train.labels[indices]

    return loaded


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("scale", [1 / N, -0.1 / N])
def test_the_step_is_loss_and_gradients_times_scale(masked, scale, loaded, network):
    rng = np.random.default_rng(4)
    masks = [rng.random(W.shape) < 0.5 for W in network] if masked else None
    workspace, X, y = loaded(masks)
    before = [W.copy() for W in network]
    for _ in range(2):  # the second time in used buffers
        loss, hits = workspace.step(network, y, scale)
    np.testing.assert_equal(network, before)
    expected_loss, expected = loss_and_gradients([W.astype(np.float64) for W in network], X, y)
    assert loss == pytest.approx(float(expected_loss), rel=1e-6)
    assert hits == (workspace.H[-1].argmax(axis=1) == y).sum()
    for l, (dW, reference) in enumerate(zip(workspace.gradients, expected, strict=True)):
        kept = masks[l] if masked else 1
        np.testing.assert_allclose(dW, scale * N * kept * reference, atol=1e-7, rtol=1e-5)
        assert dW.dtype == np.float32
        assert not masked or (dW[~masks[l]] == 0).all()


def test_huge_logits_do_not_overflow(loaded, network):
    workspace, _, y = loaded()
    loss, _ = workspace.step([100 * W for W in network], y, 1 / N)
    assert 1e4 < loss < np.inf
    assert all(np.isfinite(dW).all() for dW in workspace.gradients)


def test_a_step_allocates_next_to_nothing():
    sizes, n = (400, 300, 200, 10), 64
    workspace = Workspace(sizes, n)
    workspace.X[:] = 0.5
    weights = init_weights(sizes, np.random.default_rng(0))
    y = np.zeros(n, np.intp)
    workspace.step(weights, y, 1 / n)
    with memory_below(n * sizes[1] * 4 / 2):  # bytes: half of what one layer puts out
        workspace.step(weights, y, 1 / n)
