"""What a unit is worth: scores for whole columns.

Scaling a unit's incoming weights by c > 0 and its outgoing ones by 1/c leaves the function
unchanged, because relu(c z) = c relu(z).  The norms of incoming weights, the mean activation and
the geometric median change with c; all others here do not.

Read next: npprune/pruning/budgets.py.
"""

import numpy as np

from npprune.network.mlp import activations
from npprune.pruning.calibration import mean_over_images
from npprune.pruning.curvature import deltas, logit_gradients, sum_curvatures
from npprune.pruning.saliency import Criterion, score


def in_l1(weights, X, y, rng):
    return [np.abs(W).sum(axis=0) for W in weights[:-1]]


def in_l2(weights, X, y, rng):
    """L2 norm of the incoming weights, the source report's criterion."""
    return [np.linalg.norm(W, axis=0) for W in weights[:-1]]


def in_linf(weights, X, y, rng):
    return [np.abs(W).max(axis=0) for W in weights[:-1]]


def in_out(weights, X, y, rng):
    incoming = in_l2(weights, X, y, rng)
    return [n * np.linalg.norm(W, axis=1) for n, W in zip(incoming, weights[1:], strict=True)]


def geometric_median(weights, X, y, rng):
    """Distance to all other units of the layer, which could stand for this one.

        s_j = sum_k |w_j - w_k|,   |w_j - w_k|^2 = |w_j|^2 + |w_k|^2 - 2 w_j . w_k
    Source: He, Liu, Wang, Hu and Yang 2019, eq. 4.
    """
    scores = []
    for W in weights[:-1]:
        products = W.T @ W
        squares = products.diagonal()
        distances = np.maximum(squares[:, None] + squares - 2 * products, 0)
        np.fill_diagonal(distances, 0)  # rounding leaves a little there, and its root is not little
        scores.append(np.sqrt(distances).sum(axis=0))
    return scores


def _hidden_means(of_activation, weights, X):
    def total(X, y):
        return [of_activation(H).sum(axis=0) for H in activations(weights, X)[1:-1]]

    return mean_over_images(total, X)


def mean_activation(weights, X, y, rng):
    return _hidden_means(lambda H: H, weights, X)


def apoz(weights, X, y, rng):
    """Share of the images for which the unit is not zero: 1 - APoZ.

    Source: Hu, Peng, Tai and Tang 2016, eq. 1 (the average percentage of zeros, largest cut).
    """
    return _hidden_means(lambda H: (H > 0).astype(H.dtype), weights, X)


def energy(weights, X, y, rng):
    """Mean square of what the next layer loses: E[a^2] |w_out|^2."""
    means = _hidden_means(np.square, weights, X)
    return [m * np.square(W).sum(axis=1) for m, W in zip(means, weights[1:], strict=True)]


def _gates(weights, X, y):
    """Gradient of each image's own loss in the gate of each hidden unit: a dC/da.

    The gate t = 1 multiplies the unit's output a.  Cutting the unit moves t to 0, so OBD, Taylor
    and Fisher apply to t as to a weight, with dz/dt = a dz/da.
    Where a = 0 the unit's own ReLU makes dC/dZ zero, elsewhere dC/dZ = dC/da; so a dC/dZ will do.
    """
    *H, Z = activations(weights, X)
    V = deltas(weights, H, logit_gradients(Z, y))
    return [A * dZ for A, dZ in zip(H[1:], V[:-1], strict=True)]


def taylor_gate(weights, X, y, rng):
    """Change of the loss on removal, to first order: |E[a dC/da]|.

    By Euler's relation E[a_j dC/da_j] = sum_i w_ij g_ij (incoming) = sum_k w_jk g_jk (outgoing).
    Source: Molchanov et al. 2019, section 3.1.
    """

    def total(X, y):
        return [G.sum(axis=0) for G in _gates(weights, X, y)]

    return [np.abs(m) for m in mean_over_images(total, X, y)]


def fisher_gate(weights, X, y, rng):
    """Empirical Fisher of the gate: E[(a dC/da)^2]/2.  Source: Theis et al. 2018."""

    def total(X, y):
        return [np.square(G).sum(axis=0) / 2 for G in _gates(weights, X, y)]

    return mean_over_images(total, X, y)


def obd_gate(weights, X, y, rng):
    """Optimal Brain Damage for the gate, exact: E[a^2 S]/2, S as in curvature.sum_curvatures."""

    def total(X, y):
        H, S = sum_curvatures(weights, X)
        return [np.einsum("nj,nj,nj->j", A, A, s) / 2 for A, s in zip(H[1:], S[:-1], strict=True)]

    return mean_over_images(total, X)


def random(weights, X, y, rng):
    widths = [W.shape[1] for W in weights[:-1]]
    return np.split(rng.permutation(sum(widths)).astype(np.float64), np.cumsum(widths)[:-1])


UNIT_CRITERIA = {
    "in-l1": Criterion(in_l1),
    "in-l2": Criterion(in_l2),
    "in-linf": Criterion(in_linf),
    "in-out": Criterion(in_out),
    "geometric-median": Criterion(geometric_median),
    "mean-activation": Criterion(mean_activation, ("X",)),
    "apoz": Criterion(apoz, ("X",)),
    "energy": Criterion(energy, ("X",)),
    "taylor": Criterion(taylor_gate, ("X", "y")),
    "fisher": Criterion(fisher_gate, ("X", "y")),
    "obd": Criterion(obd_gate, ("X",)),
    "random": Criterion(random, ("rng",)),
}


def unit_score(criterion, weights, X=None, y=None, rng=None):
    """Score every hidden unit; the smallest are worth the least.

    Shapes: weights, X (N, n_0), y (N,) -> L-1 arrays (n_l,)

    Raises as saliency.score.
    """
    return score(criterion, weights, X, y, rng, UNIT_CRITERIA)
