"""Whatever takes weights and images names those that are broken, and keeps their precision."""

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.pruning import admm, curvature, obs, oracle, repair, unit_obs
from npprune.pruning.retrain import nonzero_masks
from npprune.pruning.saliency import score
from npprune.pruning.scores import gradients

COUNTS = [100, 100, 50]
LABELS = np.arange(60, dtype=np.uint8) % 4
LIKE_WEIGHTS = {
    "hessian diagonal": curvature.hessian_diagonal,
    "wanda": lambda weights, X: score("wanda", weights, X),
    "refit": lambda weights, X: repair.refit(weights, nonzero_masks(weights), X),
    "admm": lambda weights, X: admm.admm(weights, COUNTS, X),
    "sparsegpt": lambda weights, X: obs.sparsegpt(weights, COUNTS, X),
}
OTHERS = {
    "unit masks": lambda weights, X: unit_obs.unit_obs_masks(weights, [1, 1, 1], X),
    "weight oracle": lambda weights, X: oracle.weight_oracle(weights, X, LABELS, [(0, 0, 0)]),
    "unit oracle": lambda weights, X: oracle.unit_oracle(weights, X, LABELS),
}
UNCHECKED = {
    "lecun": curvature.lecun_diagonal,
    "fisher": lambda weights, X: curvature.fisher_diagonal(weights, X, LABELS),
    "gradients": lambda weights, X: gradients(weights, X, LABELS),
    "product": lambda weights, X: curvature.hessian_vector_product(weights, X, LABELS, weights),
}


def every(functions):
    return pytest.mark.parametrize("function", functions.values(), ids=functions)


@every(LIKE_WEIGHTS | OTHERS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("layer", range(4))
def test_a_weight_that_is_not_finite_is_named_with_its_layer(function, value, layer, small):
    weights, X = small
    weights[layer][0, 0] = value
    with pytest.raises(InputError, match=f"layer {layer + 1}"):
        function(weights, X)


@every(LIKE_WEIGHTS | OTHERS)
def test_broken_images_are_named(function, small):
    weights, X = small
    for wrong in (None, X[:0], X[:, :4], X[0]):
        with pytest.raises(InputError, match=r"12 inputs|needs images"):
            function(weights, wrong)
    X[3, 1] = np.inf
    with pytest.raises(InputError, match="the images"):
        function(weights, X)


@every(LIKE_WEIGHTS | UNCHECKED)
def test_float32_stays_float32(function, small):
    weights, X = small
    results = function([W.astype(np.float32) for W in weights], X.astype(np.float32))
    assert {array.dtype for array in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cut", [admm.admm, obs.sparsegpt, unit_obs.unit_obs_masks])
@pytest.mark.parametrize("counts", [[1, 2], [1, 2, 151], [-1, 2, 3]])
def test_counts_that_do_not_fit_are_refused(cut, counts, small):
    weights, X = small
    with pytest.raises(InputError, match="one count for each"):
        cut(weights, counts, X)
