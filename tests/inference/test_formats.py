"""A layer's matrix in each format: the same matrix, in single precision, with small indices."""

import numpy as np
import pytest
from scipy import sparse

from npprune.inference.formats import SPARSE, nbytes, operator
from npprune.pruning.masks import prune


@pytest.mark.parametrize("format", SPARSE)
def test_sparse_operators_are_the_transposed_matrix_in_canonical_order_and_32_bits(format, network):
    W = prune(network, 0.8, "weight")[0]
    A = operator(W, format)
    assert isinstance(A, sparse.sparray)
    assert (A.format, A.data.dtype, A.nnz) == (format, np.float32, np.count_nonzero(W))
    np.testing.assert_array_equal(A.toarray(), W.T)
    indices = (A.row, A.col) if format == "coo" else (A.indices, A.indptr)
    assert {array.dtype for array in indices} == {np.dtype(np.int32)}
    if format == "coo":
        assert (np.diff(np.ravel_multi_index((A.row, A.col), A.shape)) > 0).all()
    else:
        assert A.has_canonical_format


def test_bytes_are_those_of_the_arrays():
    W = np.zeros((30, 20), np.float32)
    W[:7, 0] = 1
    assert nbytes(operator(W, "dense")) == 30 * 20 * 4
    assert nbytes(operator(W, "coo")) == 7 * (4 + 4 + 4)
    assert nbytes(operator(W, "csr")) == 7 * (4 + 4) + (20 + 1) * 4
    assert nbytes(operator(W, "csc")) == 7 * (4 + 4) + (30 + 1) * 4
