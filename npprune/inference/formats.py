"""One matrix in many formats: dense, and sparse as COO, CSR or CSC.

A pruned matrix is mostly zeros, and a dense product multiplies every one of them.  The sparse
formats of scipy.sparse keep only the others, with their places:

    coo   three arrays: row, column, value of each nonzero, in any order
    csr   columns and values row by row, and where each row starts
    csc   rows and values column by column, and where each column starts

A layer is kept as its operator A = W.T, of shape (n_out, n_in), and works on activations laid out
features by batch, H_T of shape (n_in, N): Z_T = A @ H_T. In that layout each nonzero A_ij adds a
multiple of one contiguous row of H_T to one contiguous row of Z_T, and the kernels run at full
speed.

Even so a sparse kernel does some 16 GFLOP/s in large batches where BLAS does 97 (published in
figures/data/roofline.csv): it reads an index beside every weight.  So sparse wins only above a
sparsity that has to be measured.

Read next: npprune/inference/plan.py.
"""

import itertools

import numpy as np
from scipy import sparse

from npprune.errors import InputError

SPARSE = {"coo": sparse.coo_array, "csr": sparse.csr_array, "csc": sparse.csc_array}


def as_network(weights):
    """Return the weights of a network in the one dtype that it is computed in.

    Shapes: weights L arrays (n_{l-1}, n_l), or lists of numbers -> L arrays, float32 or float64

    float32 holds float16 and whole numbers of up to 16 bits exactly; of int32 and int64 float64
    holds more.  Layers of several types are computed in the widest.  Raises InputError when they
    are no network.
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
    """Lay out a layer's matrix for products from the left.

    Shapes: W (n_in, n_out) -> A (n_out, n_in), an ndarray or a scipy.sparse array of W's dtype
    with int32 indices in canonical order; always a copy, so that W may change afterwards
    """
    A = np.array(W.T, order="C")
    return A if format == "dense" else SPARSE[format](A)


def forward(operators, X):
    """Run a batch through all layers.

    Shapes: operators L arrays (n_l, n_{l-1}), X (N, n_0) -> logits (N, n_L)

    BLAS takes the transposed view of X as it is; a sparse kernel needs it copied, features by
    batch.
    """
    H_T = np.ascontiguousarray(X.T) if sparse.issparse(operators[0]) else X.T
    for A in operators[:-1]:
        H_T = A @ H_T
        np.maximum(H_T, 0, out=H_T)
    return (operators[-1] @ H_T).T


def nbytes(A):
    """Bytes that an operator's arrays take in memory: values, and indices if it is sparse."""
    if isinstance(A, np.ndarray):
        return A.nbytes
    indices = [A.row, A.col] if A.format == "coo" else [A.indices, A.indptr]
    return A.data.nbytes + sum(array.nbytes for array in indices)
