"""The three pieces of a perceptron, each forward and backward, with the derivation beside it.

Everything is plain arrays.  A backward function takes the gradient of the loss with respect to
its output and returns the gradients with respect to its inputs; this is the chain rule, applied
to one piece at a time.  The dtype follows the input: float32 when training, float64 when the
gradients are checked against finite differences.

Read next: npprune/network/mlp.py.
"""

import numpy as np

# exp(-60) is 9e-27: next to 1 it is nothing in float32, and it stays far above 1e-38, where
# numbers turn subnormal and arithmetic becomes thirty times slower.
LOWEST_LOGIT = -60.0


def affine(X, W):
    """Weighted sums of the inputs, one column of W for each unit.

    Shapes: X (N, n_in), W (n_in, n_out) -> Z (N, n_out)

        Z_nj = sum_i X_ni W_ij
    """
    return X @ W


def affine_backward(dZ, X, W):
    """Gradients of Z = X @ W.

    Shapes: dZ (N, n_out), X (N, n_in), W (n_in, n_out) -> dX (N, n_in), dW (n_in, n_out)

    Z_nj = sum_i X_ni W_ij, so by the chain rule
        dW_ij = sum_n X_ni dZ_nj   ->  dW = X.T @ dZ
        dX_ni = sum_j dZ_nj W_ij   ->  dX = dZ @ W.T
    dZ already holds the 1/N of the mean loss (see softmax_cross_entropy).
    """
    return dZ @ W.T, X.T @ dZ


def relu(Z):
    """The positive part of each number.

    Shapes: Z (N, n) -> H (N, n)

        H = max(Z, 0)
    """
    return np.maximum(Z, 0)


def relu_backward(dH, H):
    """Gradient of H = max(Z, 0).

    Shapes: dH (N, n), H (N, n) -> dZ (N, n)

    The slope is 1 where Z > 0 and 0 where Z < 0.  At Z = 0 any slope from 0 to 1 is a subgradient;
    0 is taken.  H > 0 exactly where Z > 0, so Z itself need not be kept.
    """
    return dH * (H > 0)


def log_softmax(Z):
    """Logarithms of the class probabilities that the logits stand for.

    Shapes: Z (N, classes) -> (N, classes)

        log p_j = Z_j - log sum_c exp(Z_c)
    Adding a constant to a row changes nothing, so its largest logit is moved to 0 first: then no
    exp can overflow, and the sum is at least 1, so its logarithm is finite.
    """
    shifted = Z - Z.max(axis=1, keepdims=True)
    total = np.exp(np.maximum(shifted, LOWEST_LOGIT)).sum(axis=1, keepdims=True)
    return shifted - np.log(total)


def softmax_cross_entropy(Z, y):
    """Mean cross-entropy of the softmax of the logits, and its gradient.

    Shapes: Z (N, classes), y (N,) integers -> loss (scalar), dZ (N, classes)

        loss = -(1/N) sum_n log p_n,y_n      with p = softmax(Z)
    log p_y = Z_y - log sum_c exp(Z_c), so d log p_y / dZ_j = [j == y] - p_j, hence
        dZ = (p - onehot(y)) / N
    """
    N = len(y)
    log_p = log_softmax(Z)
    loss = -log_p[np.arange(N), y].mean()
    dZ = np.exp(np.maximum(log_p, LOWEST_LOGIT))
    dZ[np.arange(N), y] -= 1
    dZ /= N
    return loss, dZ
