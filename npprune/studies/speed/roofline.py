"""Why sparse wins only above its break-even: the roofline of this machine.

A product is no faster than the processor multiplies, nor than its operands arrive.  With I
multiplications and additions for each byte moved,

    GFLOP/s <= min(peak GFLOP/s, I x GB/s)           (Williams, Waterman and Patterson 2009)

Roofs are the matrix product at its best, y += a x in the cache (the inside of a sparse kernel), and
a copy of memory; below are products of one layer.  A layer in the cache can stand above the memory
roof.

Read next: npprune/studies/speed/scaling.py.
"""

import functools
import math
from operator import matmul

import numpy as np
from scipy.linalg.blas import saxpy

from npprune.inference.formats import nbytes, operator
from npprune.lab.stopwatch import interleave
from npprune.pruning.masks import weight_mask

SPARSITY = 0.9
N_UNITS = 1000
CACHED, GEMM_SIZE, COPIED = 4096, 2000, 50_000_000  # numbers in a vector, a matrix side, a copy


def measure_roofs(budget):
    rng = np.random.default_rng(0)
    A = rng.random((GEMM_SIZE, GEMM_SIZE), np.float32)
    x, y = rng.random(CACHED, np.float32), np.zeros(CACHED, np.float32)
    source, target = np.ones(COPIED, np.float32), np.empty(COPIED, np.float32)
    out = np.empty_like(A)

    def axpys():
        for _ in range(100):
            saxpy(x, y, a=1e-3)

    calls = {
        "gemm": functools.partial(np.matmul, A, A, out=out),
        "axpy": axpys,
        "copy": functools.partial(np.copyto, target, source),
    }
    best = {name: min(times) for name, times in interleave(calls, budget).items()}
    roofs = [
        _record("roof", "gemm", gflops=2 * GEMM_SIZE**3 / best["gemm"] / 1e9),
        _record("roof", "axpy", gflops=100 * 2 * CACHED / best["axpy"] / 1e9),
        _record("roof", "copy", gbytes=2 * 4 * COPIED / best["copy"] / 1e9),
    ]
    return {"roofline": roofs}


def measure_products(N, budget):
    """Measure a layer's product in each format; zeros are no work.

    The bytes are those that must move once: operator, inputs and outputs.
    """
    rng = np.random.default_rng(0)
    W = rng.standard_normal((N_UNITS, N_UNITS), np.float32)
    sparse = np.where(weight_mask(W, SPARSITY), W, np.float32(0))
    H_T = rng.random((N_UNITS, N), np.float32)
    operators = {"dense": operator(W, "dense")}
    operators |= {format: operator(sparse, format) for format in ("csr", "coo")}
    calls = {f: functools.partial(matmul, A, H_T) for f, A in operators.items()}
    seconds = interleave(calls, budget)
    records = []
    for format, A in operators.items():
        flops = 2 * N * (A.size if format == "dense" else A.nnz)
        moved = nbytes(A) + 2 * H_T.nbytes
        rate = flops / np.median(seconds[format]) / 1e9
        records.append(_record("product", format, N, flops / moved, rate))
    return {"roofline": records}


def _record(what, name, batch=0, intensity=math.nan, gflops=math.nan, gbytes=math.nan):
    return {
        "what": what, "name": name, "batch": batch, "flops_per_byte": intensity,
        "gflops": gflops, "gbytes_per_second": gbytes,
    }  # fmt: skip
