"""The exact diagonal of the Hessian, and what is usually taken for it.

To second order, cutting the weight w changes the mean loss by  h w^2/2 - g w,  g its gradient, h
its entry on the Hessian's diagonal.  With logits z and loss C(z),

    d2C/dw2 = (dz/dw)^T (d2C/dz2) (dz/dw) + sum_c (dC/dz_c) (d2z_c/dw2).

Logits are piecewise linear in any one weight, since ReLU is: d2z_c/dw2 = 0 wherever no unit sits
exactly at its kink.  The diagonal of the generalized Gauss-Newton matrix remains (Schraudolph
2002).

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
    """Gradient of each image's own loss: p - onehot(y).  Shapes: Z (N, n_L), y (N,) -> (N, n_L)"""
    return softmax_cross_entropy(Z, y)[1] * len(y)


def deltas(weights, H, V):
    """Carry vectors at the logits back to every layer's sums Z.

    Shapes: H [H_0, ..., H_{L-1}] (N, n_l), V (N, ..., n_L) -> [V_1, ..., V_L] (N, ..., n_l)

        V_{l-1} = (V_l @ W_l^T) * 1{Z_{l-1} > 0}
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

    Shapes: weights, X (N, n_0) -> [H_0, ..., H_{L-1}], [S_1, ..., S_L], all (N, n_l)

    For cross-entropy, with p = softmax(z),
        d2C/dz2 = diag(p) - p p^T = sum_c v_c v_c^T   with   v_c = sqrt(p_c) (e_c - p),
    since the sum is diag(p) - 2 p p^T + p p^T.  Hence
        S_l = sum_c (v_c^T dz/dZ_l)^2
    and backpropagation of v_c, in the place of dC/dz, gives v_c^T dz/dZ_l.  Labels do not enter.
    """
    *H, Z = activations(weights, X)
    p = np.exp(log_softmax(Z))
    V = np.sqrt(p)[:, :, None] * (np.eye(p.shape[1], dtype=p.dtype) - p[:, None, :])
    return H, [np.einsum("ncj,ncj->nj", V, V) for V in deltas(weights, H, V)]


def _sum_of_squares(H, S):
    return [np.square(H_in).T @ S_out for H_in, S_out in zip(H, S, strict=True)]


def hessian_diagonal(weights, X, y=None):
    """Exact diagonal of the Hessian of the mean cross-entropy: a backward pass for each class.

    Shapes: weights, X (N, n_0), y ignored -> like weights, all >= 0

        h_ij = (1/N) sum_n H_ni^2 S_nj,   since dZ_nj/dW_ij = H_ni
    Raises InputError for weights or images that are not finite.
    """
    check_weights(weights)
    check_images(weights, X)
    return mean_over_images(lambda X, y: _sum_of_squares(*sum_curvatures(weights, X)), X)


def lecun_diagonal(weights, X):
    """Diagonal curvature by the recursion of Optimal Brain Damage: one backward pass.

    Shapes: weights, X (N, n_0) -> like weights

        S_L = p (1-p),   S_{l-1} = 1{Z > 0} (S_l @ (W_l^2)^T),   h_ij as in hessian_diagonal
    Exact in the last layer; before it the cross terms W_ij W_ik d2C/dZ_j dZ_k, j != k, are dropped.
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

    Shapes: weights, X (N, n_0), y (N,) -> like weights

    The gradient of image n is an outer product, H_ni dZ_nj, so
        f_ij = (1/N) sum_n H_ni^2 dZ_nj^2
    With y drawn from p the expectation is h; with the true labels of a network that fits them, f
    tells which images are still wrong.
    """

    def total(X, y):
        *H, Z = activations(weights, X)
        dZ = logit_gradients(Z, y)
        return _sum_of_squares(H, [np.square(V) for V in deltas(weights, H, dZ)])

    return mean_over_images(total, X, y)


def logit_sensitivity(weights, X):
    """Root mean square, over images, of the length of the vector dlogits/dZ_j.

    Shapes: weights, X (N, n_0) -> L arrays (n_l,)

        s_j^2 = (1/N) sum_n sum_c (dlogit_nc/dZ_nj)^2
    To first order, independent errors e_j of mean 0 in a layer's sums change the logits by
    sum_j s_j^2 e_j^2 in mean square.
    """

    def total(X, y):
        *H, Z = activations(weights, X)
        V = np.broadcast_to(np.eye(Z.shape[1], dtype=Z.dtype), (len(Z), Z.shape[1], Z.shape[1]))
        return [np.einsum("ncj,ncj->j", D, D) for D in deltas(weights, H, V)]

    return [np.sqrt(square) for square in mean_over_images(total, X)]


def hessian_vector_product(weights, X, y, directions):
    """Exact derivative of the gradient along a direction in weight space.

    Shapes: weights, directions like weights, X (N, n_0), y (N,) -> like weights

    Differentiate every line of backpropagation along V = directions (R means d/dt at W + t V):
        RZ = RH @ W + H @ V                 RH = 1{Z > 0} RZ
        RdZ_L = p (RZ - p . RZ)/N
        RdW = RH^T dZ + H^T RdZ             RdZ_{l-1} = 1{Z > 0} (RdZ @ W^T + dZ @ V^T)
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
