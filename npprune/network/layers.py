"""The three pieces of a perceptron, forward and backward, with their derivations.

dZ is short for dloss/dZ, an array of Z's shape; so are dX, dW and dH.  A backward function takes
the gradient by its output and returns those by its inputs: the chain rule, one piece at a time.
The dtype follows the input: float32 in training, float64 in gradient checks.

Read next: npprune/network/mlp.py.
"""

import numpy as np

# exp(-60) is 9e-27: next to 1 it is nothing in float32, and it stays far above 1e-38, where
# numbers turn subnormal and arithmetic becomes thirty times slower.
LOWEST_LOGIT = -60.0


def affine(X, W):
    """Weighted sums of the inputs.  Shapes: X (N, n_in), W (n_in, n_out) -> Z (N, n_out)

    Z_nj = sum_i X_ni W_ij
    """
    return X @ W


def affine_backward(dZ, X, W):
    """Gradients of affine.  Shapes: dZ (N, n_out) -> dX (N, n_in), dW (n_in, n_out)

    By the chain rule
        dW_ij = sum_n X_ni dZ_nj   ->  dW = X.T @ dZ
        dX_ni = sum_j dZ_nj W_ij   ->  dX = dZ @ W.T
    dZ already holds the 1/N of the mean loss.
    """
    return dZ @ W.T, X.T @ dZ


def relu(Z):
    """H = max(Z, 0).  Shapes: Z (N, n) -> H (N, n)"""
    return np.maximum(Z, 0)


def relu_backward(dH, H):
    """Gradient of relu.  Shapes: dH, H (N, n) -> dZ (N, n)

    The slope is 1 where Z > 0 and 0 where Z < 0.  At 0 any slope from 0 to 1 is a subgradient; 0 is
    taken.  H > 0 exactly where Z > 0, so Z need not be kept.
    """
    return dH * (H > 0)


def log_softmax(Z):
    """Logarithms of the class probabilities.  Shapes: Z (N, classes) -> (N, classes)

        log p_j = Z_j - log sum_c exp(Z_c)
    A constant added to a row changes nothing.  So its largest logit is moved to 0: then no exp
    overflows.
    """
    shifted = Z - Z.max(axis=1, keepdims=True)
    total = np.exp(np.maximum(shifted, LOWEST_LOGIT)).sum(axis=1, keepdims=True)
    return shifted - np.log(total)


def softmax_cross_entropy(Z, y):
    """Mean cross-entropy of p = softmax(Z), and its gradient.

    Shapes: Z (N, classes), y (N,) integers -> loss (scalar), dZ (N, classes)

        loss = -(1/N) sum_n log p_n,y_n
    By the formula of log_softmax, d log p_y / dZ_j = [j == y] - p_j, hence
        dZ = (p - onehot(y)) / N
    """
    N = len(y)
    log_p = log_softmax(Z)
    loss = -log_p[np.arange(N), y].mean()
    dZ = np.exp(np.maximum(log_p, LOWEST_LOGIT))
    dZ[np.arange(N), y] -= 1
    dZ /= N
    return loss, dZ
