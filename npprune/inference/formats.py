"""One matrix in many formats: dense, and sparse as COO, CSR or CSC.

A dense product multiplies every zero.  The sparse formats keep the nonzeros and their places:

    coo   row, column and value of each nonzero
    csr   columns and values row by row, and where each row starts
    csc   rows and values column by column, and where each column starts

Yet a sparse kernel does some 16 GFLOP/s in large batches where BLAS does 97
(figures/data/roofline.csv): for each nonzero it reads and writes a row of Z_T, where BLAS keeps its
sums in registers.

Read next: npprune/inference/plan.py.
"""

import itertools

import numpy as np
from scipy import sparse

from npprune.errors import InputError

SPARSE = {"coo": sparse.coo_array, "csr": sparse.csr_array, "csc": sparse.csc_array}


def as_network(weights):
    """Return the weights in the one dtype that the network is computed in.

    Shapes: weights -> L arrays, float32 or float64

    float32 unless a layer is float64 or has integers of more than 16 bits.  Raises InputError when
    they are no network.
    """
    try:
        weights = [np.asarray(W) for W in weights]
    except ValueError as error:
        raise InputError(f"weights that are no matrices ({error})") from error
    for l, W in enumerate(weights, 1):
        if W.dtype.kind not in "biuf" or W.dtype.itemsize > 8:
            raise InputError(f"layer {l} has weights of type {W.dtype}: give float32 or float64")
        if W.ndim != 2:
            raise InputError(f"layer {l} has weights of shape {W.shape}: give a matrix")
        if not np.isfinite(W).all():
            raise InputError(f"layer {l} has weights that are not finite: train it again")
    if not weights:
        raise InputError("no weights: give a matrix for each layer")
    for l, (before, after) in enumerate(itertools.pairwise(weights), 1):
        if before.shape[1] != len(after):
            raise InputError(
                f"layer {l} puts out {before.shape[1]} numbers, layer {l + 1} takes {len(after)}"
            )
    dtype = np.result_type(np.float32, *weights)
    return [W.astype(dtype, copy=False) for W in weights]


def operator(W, format):
    """Lay out a layer's matrix for products from the left: Z_T = A @ H_T.

    Shapes: W (n_in, n_out) -> A = W.T (n_out, n_in), an ndarray or scipy.sparse array of W's dtype,
    int32 indices in canonical order; always a copy

    With H_T (n_in, N), each nonzero A_ij adds a multiple of one contiguous row of H_T to one
    contiguous row of Z_T.
    """
    A = np.array(W.T, order="C")
    return A if format == "dense" else SPARSE[format](A)


def forward(operators, X):
    """Run a batch through all layers.

    Shapes: operators L arrays (n_l, n_{l-1}), X (N, n_0) -> logits (N, n_L)

    A sparse kernel needs X.T copied.
    """
    H_T = np.ascontiguousarray(X.T) if sparse.issparse(operators[0]) else X.T
    for A in operators[:-1]:
        H_T = A @ H_T
        np.maximum(H_T, 0, out=H_T)
    return (operators[-1] @ H_T).T


def nbytes(A):
    """Bytes of an operator's arrays: values, and indices if sparse."""
    if isinstance(A, np.ndarray):
        return A.nbytes
    indices = [A.row, A.col] if A.format == "coo" else [A.indices, A.indptr]
    return A.data.nbytes + sum(array.nbytes for array in indices)
