"""The soft loss against its formula and differences, and the step that mixes it in."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import log_softmax, softmax

from npprune.network.layers import softmax_cross_entropy
from npprune.network.mlp import activations, init_weights, inputs, logits, logits_of_images
from npprune.network.workspace import Workspace
from npprune.pruning.distill import Distillation, soft_cross_entropy, soft_targets


@pytest.mark.parametrize("T", [0.5, 1, 3, 8])
def test_the_loss_is_the_cross_entropy_of_the_softened_classes_and_has_its_gradient(T):
    Z, teacher = 3 * np.random.default_rng(0).standard_normal((2, 5, 4))
    Q = softmax(teacher / T, axis=1)
    loss, dZ = soft_cross_entropy(Z, soft_targets(teacher, T), T)
    assert loss == pytest.approx(-(T**2) * (Q * log_softmax(Z / T, axis=1)).sum() / 5)
    slopes = approx_fprime(Z.ravel(), lambda z: soft_cross_entropy(z.reshape(5, 4), Q, T)[0], 1e-7)
    np.testing.assert_allclose(dZ.ravel(), slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("share", [0, 0.3, 1])
@pytest.mark.parametrize("factor", [1, -0.1])
def test_the_step_mixes_both_losses(share, factor, tiny, network):
    N, T = 40, 3.0
    teacher = init_weights((30, 20, 10), np.random.default_rng(7))
    images, y = tiny.train.images, tiny.train.labels
    distillation = Distillation(logits_of_images(teacher, images), T, share)
    indices = np.random.default_rng(2).permutation(len(y))[:N]
    workspace = Workspace((30, 16, 12, 10), N)
    workspace.load(images, indices)
    loss, _ = workspace.step(network, y[indices], factor / N, distillation.blend(indices))

    X = inputs(images[indices])
    *_, H, Z = activations(network, X)
    hard, d_hard = softmax_cross_entropy(Z, y[indices])
    soft, d_soft = soft_cross_entropy(Z, soft_targets(logits(teacher, X), T), T)
    assert loss == pytest.approx(float((1 - share) * hard + share * soft), rel=1e-5)
    dZ = (1 - share) * d_hard + share * d_soft
    np.testing.assert_allclose(workspace.gradients[-1], factor * (H.T @ dZ), atol=1e-6)
    assert all(dW.dtype == np.float32 for dW in workspace.gradients)
