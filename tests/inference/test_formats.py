"""A layer's matrix in each format: the same matrix, in single precision, with small indices."""

import numpy as np
import pytest
from scipy import sparse

from npprune.inference.formats import SPARSE, forward, nbytes, operator
from npprune.network.mlp import logits
from npprune.pruning.masks import prune


@pytest.fixture
def pruned(network):
    return prune(network, 0.8, "weight")


@pytest.mark.parametrize("format", SPARSE)
def test_sparse_operators_are_the_transposed_matrix_in_canonical_order_and_32_bits(format, pruned):
    A = operator(pruned[0], format)
    assert A.format == format
    assert isinstance(A, sparse.sparray)
    assert A.data.dtype == np.float32
    np.testing.assert_array_equal(A.toarray(), pruned[0].T)
    assert A.nnz == np.count_nonzero(pruned[0])
    indices = (A.row, A.col) if format == "coo" else (A.indices, A.indptr)
    assert {array.dtype for array in indices} == {np.dtype(np.int32)}
    if format == "coo":
        places = list(zip(A.row, A.col, strict=True))
        assert places == sorted(set(places))
    else:
        assert A.has_canonical_format


@pytest.mark.parametrize("format", ["dense", *SPARSE])
def test_forward_gives_the_logits_in_float32(format, pruned):
    X = np.random.default_rng(0).random((9, 30), np.float32)
    found = forward([operator(W, format) for W in pruned], X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, logits(pruned, X), atol=1e-6)


def test_bytes_are_those_of_the_arrays():
    W = np.zeros((30, 20), np.float32)
    W[:7, 0] = 1
    assert nbytes(operator(W, "dense")) == 30 * 20 * 4
    assert nbytes(operator(W, "coo")) == 7 * (4 + 4 + 4)
    assert nbytes(operator(W, "csr")) == 7 * (4 + 4) + (20 + 1) * 4
    assert nbytes(operator(W, "csc")) == 7 * (4 + 4) + (30 + 1) * 4
