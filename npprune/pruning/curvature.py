"""The exact diagonal of the Hessian, and what is usually taken for it.

To second order, cutting the weight w changes the mean loss by  h w^2 / 2 - g w,  where g is its
gradient and h its entry on the diagonal of the Hessian.  It is usually approximated: by LeCun,
Denker and Solla 1990 with a recursion that drops cross terms, by others with the squared gradients
(empirical Fisher).  In this network it costs ten backward passes, one for each class, and is exact.

With logits z, class probabilities p = softmax(z) and loss C(z),

    d2C/dw2 = (dz/dw)^T (d2C/dz2) (dz/dw) + sum_c (dC/dz_c) (d2z_c/dw2).

ReLU is linear on either side of 0, so each logit is a piecewise linear function of any one weight:
d2z_c/dw2 = 0 wherever no unit sits exactly at its kink.  What remains is the diagonal of the
generalized Gauss-Newton matrix (Schraudolph 2002), and for cross-entropy

    d2C/dz2 = diag(p) - p p^T = sum_c v_c v_c^T   with   v_c = sqrt(p_c) (e_c - p),

since the sum is diag(p) - 2 p p^T + p p^T.  Hence h = sum_c (v_c . dz/dw)^2, and v_c . dz/dw is
what backpropagation gives when v_c stands in the place of the gradient dC/dz.  Labels do not enter.

Read next: npprune/pruning/obd.py.
"""

import numpy as np

from npprune.network.layers import (
    affine,
    log_softmax,
    relu,
    relu_backward,
    softmax_cross_entropy,
)
from npprune.network.mlp import activations
from npprune.pruning.calibration import check_images, check_weights, mean_over_images


def logit_gradients(Z, y):
    """Gradient of each image's own loss with respect to its logits: p - onehot(y), with no 1/N.

    Shapes: Z (N, classes), y (N,) integers -> (N, classes)
    """
    return softmax_cross_entropy(Z, y)[1] * len(y)


def deltas(weights, H, V):
    """Carry vectors at the logits back to the sums Z = H_in @ W of every layer.

    Shapes: H [H_0, ..., H_{L-1}] (N, n_l), V (N, ..., n_L) -> L arrays (N, ..., n_l), l = 1..L

        V_{l-1} = (V_l @ W_l^T) * 1{Z_{l-1} > 0}
    is the chain rule of backpropagation; axes between the first and the last are carried along.
    """
    N = len(V)
    back = [V]
    for W, H_in in zip(weights[:0:-1], H[:0:-1], strict=True):
        active = (H_in > 0).reshape(N, *[1] * (V.ndim - 2), H_in.shape[1])
        # One product of all vectors: matmul over a stack would be N small ones.
        V = (V.reshape(-1, V.shape[-1]) @ W.T).reshape(*V.shape[:-1], len(W)) * active
        back.append(V)
    return back[::-1]


def sum_curvatures(weights, X):
    """Activations, and the curvature of each image's loss in the sums of every layer.

    Shapes: weights L arrays, X (N, n_0) -> H [H_0, ..., H_{L-1}] (N, n_l), S [S_1, ..., S_L] like Z

        S_l = sum_c (v_c^T dz/dZ_l)^2,  v_c = sqrt(p_c) (e_c - p)          (see the module)
    """
    *H, Z = activations(weights, X)
    p = np.exp(log_softmax(Z))
    V = np.sqrt(p)[:, :, None] * (np.eye(p.shape[1], dtype=p.dtype) - p[:, None, :])
    return H, [np.einsum("ncj,ncj->nj", V, V) for V in deltas(weights, H, V)]


def _sum_of_squares(H, S):
    """Diagonal in the weights from that in the sums: h_ij = sum_n H_ni^2 S_nj."""
    return [np.square(H_in).T @ S_out for H_in, S_out in zip(H, S, strict=True)]


def hessian_diagonal(weights, X, y=None):
    """Exact diagonal of the Hessian of the mean cross-entropy.

    Shapes: weights L arrays, X (N, n_0), y ignored: the diagonal has no labels in it
    -> L arrays like weights, all >= 0

    The derivative of Z_nj by W_ij is H_ni, so (see the module)
        h_ij = (1/N) sum_n H_ni^2 S_nj
    Cost: ten backward passes.  Raises InputError for weights or images that are not finite.
    """
    check_weights(weights)
    check_images(weights, X)
    return mean_over_images(lambda X, y: _sum_of_squares(*sum_curvatures(weights, X)), X)


def lecun_diagonal(weights, X):
    """Diagonal curvature by the recursion of Optimal Brain Damage: one backward pass.

    Shapes: as hessian_diagonal

        S_L = p (1 - p),   S_{l-1} = 1{Z > 0} (S_l @ (W_l^2)^T),   h_ij = (1/N) sum_n H_ni^2 S_nj
    It is exact in the last layer.  Before it, a unit's two ways to the loss are treated as if they
    did not meet again: the cross terms W_ij W_ik d2C/dZ_j dZ_k, j != k, are dropped.
    Source: LeCun, Denker and Solla 1990, on computing the second derivatives; relu'' = 0.
    """
    squares = [np.square(W) for W in weights]

    def total(X, y):
        *H, Z = activations(weights, X)
        p = np.exp(log_softmax(Z))
        return _sum_of_squares(H, deltas(squares, H, p * (1 - p)))

    return mean_over_images(total, X)


def fisher_diagonal(weights, X, y):
    """Empirical Fisher: the mean square of each image's own gradient.

    Shapes: weights L arrays, X (N, n_0), y (N,) integers -> L arrays like weights

    The gradient of image n is H_ni dZ_nj, an outer product, so its square is one too:
        f_ij = (1/N) sum_n H_ni^2 dZ_nj^2
    With y drawn from p the expectation is h; with the true labels of a network that fits them,
    dZ = p - onehot(y) is smaller, and f tells which images are still wrong.
    """

    def total(X, y):
        *H, Z = activations(weights, X)
        dZ = logit_gradients(Z, y)
        return _sum_of_squares(H, [np.square(V) for V in deltas(weights, H, dZ)])

    return mean_over_images(total, X, y)


def logit_sensitivity(weights, X):
    """How strongly the logits feel each unit: root mean square of their derivatives by its sum.

    Shapes: weights L arrays, X (N, n_0) -> L arrays (n_l,)

        s_j^2 = (1/N) sum_n sum_c (dlogit_nc / dZ_nj)^2
    To first order, errors e_j in the sums of a layer change the logits by a vector whose squared
    length is on average sum_j s_j^2 e_j^2, if the errors have mean 0 and are independent: so errors
    of different units can be weighed against each other.
    """

    def total(X, y):
        *H, Z = activations(weights, X)
        V = np.broadcast_to(np.eye(Z.shape[1], dtype=Z.dtype), (len(Z), Z.shape[1], Z.shape[1]))
        return [np.einsum("ncj,ncj->j", D, D) for D in deltas(weights, H, V)]

    return [np.sqrt(square) for square in mean_over_images(total, X)]


def hessian_vector_product(weights, X, y, directions):
    """Derivative of the gradient along a direction in weight space, exact.

    Shapes: weights and directions L arrays, X (N, n_0), y (N,) integers -> L arrays like weights

    Differentiate every line of backpropagation along V = directions (R means d/dt at W + t V):
        R Z = R H @ W + H @ V                  R H = 1{Z > 0} R Z
        R dZ_L = p (R Z - p . R Z) / N
        R dW = R H^T dZ + H^T R dZ             R dZ_{l-1} = 1{Z > 0} (R dZ @ W^T + dZ @ V^T)
    Source: Pearlmutter 1994, section 3.
    """

    def total(X, y):
        H, RH = [X], [np.zeros_like(X)]
        for W, V in zip(weights, directions, strict=True):
            Z, RZ = affine(H[-1], W), affine(RH[-1], W) + affine(H[-1], V)
            H.append(relu(Z))
            RH.append(relu_backward(RZ, Z))
        dZ = logit_gradients(Z, y)
        p = np.exp(log_softmax(Z))
        RdZ = p * (RZ - (p * RZ).sum(axis=1, keepdims=True))
        products = []
        for W, V, A, RA in zip(weights[::-1], directions[::-1], H[-2::-1], RH[-2::-1], strict=True):
            products.append(RA.T @ dZ + A.T @ RdZ)
            RdZ = relu_backward(RdZ @ W.T + dZ @ V.T, A)
            dZ = relu_backward(dZ @ W.T, A)
        return products[::-1]

    return mean_over_images(total, X, y)
