"""The dense core of a pruned matrix: where the weights that are left stand close together.

Magnitude does not cut evenly: of 90 % pruned weights a strong unit keeps a third and a weak one
next to none.  With the units of every layer, and the pixels, in order of how many weights they have
left, the survivors crowd in one corner of each matrix.  There a dense product is the quicker,
elsewhere a sparse one, and a sum is exact:

    A = [ C  0 ]  +  [ 0    R1 ]        A @ H = [ C @ H[:b] ]  +  R @ H
        [ 0  0 ]     [ R2   R3 ]                [     0     ]

C, of a rows and b columns, is chosen for the least  a b t_dense + nnz(R) t_sparse,  with t the
time that one stored weight takes in either format, measured on the batch at hand.

The order of hidden units is arbitrary: swapping two of them swaps two columns of one matrix and
two rows of the next, and the logits stay.

Read next: npprune/inference/auto.py.
"""

import numpy as np
from scipy import sparse


def by_weights_left(weights):
    """Put the hidden units of each layer, and the pixels, in order of the weights they have left.

    Shapes: weights L arrays (n_{l-1}, n_l) -> L new arrays, of the same logits on X[:, pixels];
    pixels (n,) integers, those with weights, n <= n_0

    A unit counts by its share of the weights that could come in plus that of those that go out.
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
    """A matrix for some of the inputs, in an order of its own: A @ H_T[inputs]."""

    def __init__(self, A, inputs, n_in):
        """Take A (n_out, n), the n inputs it works on, and how many there are to pick from."""
        self.A, self.inputs = A, inputs
        self.shape, self.dtype = (A.shape[0], n_in), A.dtype

    def __matmul__(self, H_T):
        """Shapes: H_T (n_in, N), any layout, since the picked rows are copied -> (n_out, N)"""
        return self.A @ H_T[self.inputs]


class SplitOperator:
    """A matrix as a dense corner and a sparse rest: A @ H as with any other operator."""

    def __init__(self, A, rows, columns):
        """Split A (n_out, n_in) into its first rows and columns and all that is outside them."""
        self.shape, self.dtype = A.shape, A.dtype
        self.core = np.ascontiguousarray(A[:rows, :columns])
        rest = A.copy()
        rest[:rows, :columns] = 0
        self.rest = sparse.csr_array(rest)

    def __matmul__(self, H_T):
        """Sum of both products.  Shapes: H_T (n_in, N) -> (n_out, N)"""
        rows, columns = self.core.shape
        Z_T = self.rest @ H_T
        Z_T[:rows] += self.core @ H_T[:columns]
        return Z_T


def split(W, dense_seconds, sparse_seconds):
    """Find the corner that makes a layer's product fastest.

    Shapes: W (n_in, n_out), its units and inputs in order; dense_seconds, the time of one weight in
    a dense product; sparse_seconds, of one nonzero in a sparse one -> SplitOperator (n_out, n_in)

    All (n_out + 1)(n_in + 1) corners are tried: the weights in each are a double cumulative sum.
    """
    A = np.ascontiguousarray(W.T)
    inside = np.zeros((A.shape[0] + 1, A.shape[1] + 1))
    inside[1:, 1:] = (A != 0).cumsum(axis=0).cumsum(axis=1)
    rows, columns = np.ogrid[: A.shape[0] + 1, : A.shape[1] + 1]
    cost = rows * columns * dense_seconds + (inside[-1, -1] - inside) * sparse_seconds
    return SplitOperator(A, *np.unravel_index(cost.argmin(), cost.shape))
