"""Forward passes of pruned networks: pytest benchmarks/bench_inference.py

One group for each batch size, kind and sparsity, so that the formats stand beside each other; the
result of every timed call is compared with the dense network's.  The control, a product of fixed
matrices, takes the same time in every run on a quiet machine: when it differs between two runs,
so does the machine, and nothing else can be concluded.
"""

import numpy as np
import pytest

from npprune.inference import build
from npprune.network.mlp import logits

FORMATS = ("dense", "coo", "csr", "csc", "compact", "auto")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("k", [0.5, 0.8, 0.9, 0.97, 0.99])
@pytest.mark.parametrize("kind", ["weight", "unit"])
@pytest.mark.parametrize("N", [1, 100, 1000])
def bench_forward(benchmark, pruned, batch_of, N, kind, k, format):
    """One batch through the whole network."""
    benchmark.group = f"batch {N}, {kind}s pruned, k = {k}"
    weights, X = pruned(kind, k), batch_of(N)
    engine = build(weights, format, batch=N)
    result = benchmark(engine, X)
    expected = logits(weights, X)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-5 * np.abs(expected).max() + 1e-9)


@pytest.mark.parametrize("format", ["csr", "csc", "coo"])
@pytest.mark.parametrize("k", [0.9, 0.99])
def bench_conversion(benchmark, pruned, k, format):
    """Making the sparse format, which is never inside the timer above."""
    benchmark.group = f"conversion, k = {k}"
    plan = benchmark(build, pruned("weight", k), format)
    stored = sum(A.nnz for A in plan.operators[:-1])
    assert stored == sum(np.count_nonzero(W) for W in pruned("weight", k)[:-1])


def bench_control(benchmark):
    """A product that no change to this project can make faster or slower."""
    benchmark.group = "control"
    A = np.random.default_rng(0).random((500, 500), np.float32)
    result = benchmark(np.matmul, A, A)
    np.testing.assert_allclose(result[0, 0], (A[0] * A[:, 0]).sum(), rtol=1e-4)
