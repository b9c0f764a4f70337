"""The dense core of a pruned matrix: where the weights that are left stand close together.

When 90 % are pruned, a strong unit keeps a third of its weights, a weak one almost none.  With
units and pixels in order of the weights they have left, these crowd in one corner of each matrix.
There a dense product is faster, elsewhere a sparse one.

Read next: npprune/inference/auto.py.
"""

import numpy as np
from scipy import sparse


def by_weights_left(weights):
    """Put hidden units and pixels in order of the weights they have left.

    Shapes: weights -> L new arrays, of the same logits on X[:, pixels]; pixels (n,), those with
    weights

    A unit counts by the density of its incoming plus that of its outgoing weights.  Swapping two
    units swaps two columns of one matrix and two rows of the next: the logits stay.
    """
    ordered = list(weights)
    for l in range(len(weights) - 1):
        (n_in, _), (_, n_out) = ordered[l].shape, ordered[l + 1].shape
        coming = np.count_nonzero(ordered[l], axis=0) / max(n_in, 1)
        going = np.count_nonzero(ordered[l + 1], axis=1) / max(n_out, 1)
        units = np.argsort(-(coming + going), kind="stable")
        ordered[l], ordered[l + 1] = ordered[l][:, units], ordered[l + 1][units]
    counts = np.count_nonzero(ordered[0], axis=1)
    pixels = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    ordered[0] = ordered[0][pixels]
    return ordered, pixels


class PickedOperator:
    """A matrix for some of the inputs, reordered: A @ H_T[inputs]."""

    def __init__(self, A, inputs, n_in):
        """Shapes: A (n_out, n), inputs (n,) of the n_in there are"""
        self.A, self.inputs = A, inputs
        self.shape, self.dtype = (A.shape[0], n_in), A.dtype

    def __matmul__(self, H_T):
        return self.A @ H_T[self.inputs]


class SplitOperator:
    """A matrix A as a dense corner C, of b columns, and a sparse rest R; their sum is exact.

    A = [C 0; 0 0] + R        A @ H = [C @ H[:b]; 0] + R @ H
    """

    def __init__(self, A, rows, columns):
        self.shape, self.dtype = A.shape, A.dtype
        self.core = np.ascontiguousarray(A[:rows, :columns])
        rest = A.copy()
        rest[:rows, :columns] = 0
        self.rest = sparse.csr_array(rest)

    def __matmul__(self, H_T):
        """Shapes: H_T (n_in, N) -> (n_out, N)"""
        rows, columns = self.core.shape
        Z_T = self.rest @ H_T
        Z_T[:rows] += self.core @ H_T[:columns]
        return Z_T


def split(W, dense_seconds, sparse_seconds):
    """Find the corner that makes a layer's product fastest.

    Shapes: W (n_in, n_out), units and inputs in order -> SplitOperator (n_out, n_in)

    With C of a rows and b columns the cost is  a b dense_seconds + nnz(R) sparse_seconds,  each the
    time of one weight.  All corners are tried, their weights counted by a double cumulative sum.
    """
    A = np.ascontiguousarray(W.T)
    inside = np.zeros((A.shape[0] + 1, A.shape[1] + 1))
    inside[1:, 1:] = (A != 0).cumsum(axis=0).cumsum(axis=1)
    rows, columns = np.ogrid[: A.shape[0] + 1, : A.shape[1] + 1]
    cost = rows * columns * dense_seconds + (inside[-1, -1] - inside) * sparse_seconds
    return SplitOperator(A, *np.unravel_index(cost.argmin(), cost.shape))
