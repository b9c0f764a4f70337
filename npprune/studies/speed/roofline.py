"""Why sparse wins only above its break-even: the roofline of this machine.

A product cannot run faster than the processor multiplies, nor faster than its operands arrive:
with I multiplications and additions for each byte moved,

    GFLOP/s <= min(peak GFLOP/s, I x GB/s)           (Williams, Waterman and Patterson 2009)

Three roofs are measured: the matrix product at its best (blocked for the cache, widest
instructions), y += a x on vectors in the cache (what a sparse kernel does inside), and memory
copied.  Under them lie dense, CSR and COO products of one 1000 x 1000 layer.  The
memory roof is for data that come from far; a layer that still lies in the cache can stand above
it.

Read next: npprune/studies/speed/growth.py.
"""

import numpy as np
from scipy.linalg.blas import saxpy

from npprune.inference.formats import nbytes, operator
from npprune.lab.style import FORMAT, GREY, figure, plain_ticks, shared_legend
from npprune.pruning.masks import weight_mask
from npprune.studies.timing import interleave
from npprune.threads import single_threaded_processes

SPARSITY = 0.9
BATCHES = (1, 4, 16, 64, 256, 1024)
N_UNITS = 1000
CACHED, GEMM_SIZE, COPIED = 4096, 2000, 50_000_000  # numbers in a vector, a matrix side, a copy


def run(budget, progress):
    """Measure the roofs and the products, on one thread; -> records of data/roofline.csv."""
    with single_threaded_processes() as child:
        records = child.submit(measure_roofs, budget).result()
        for done, N in enumerate(BATCHES, 1):
            records += child.submit(measure_products, N, budget).result()
            progress(done, f"batch {N}")
    return records


def count():
    """Number of comparisons that run() makes, the roofs aside."""
    return len(BATCHES)


def measure_roofs(budget):
    """Fastest rates of GEMM, axpy and copy.  axpy is called on cached vectors 100 times a round."""
    rng = np.random.default_rng(0)
    A = rng.random((GEMM_SIZE, GEMM_SIZE), np.float32)
    x, y = rng.random(CACHED, np.float32), np.zeros(CACHED, np.float32)
    source, target = np.ones(COPIED, np.float32), np.empty(COPIED, np.float32)
    out = np.empty_like(A)

    def axpys():
        for _ in range(100):
            saxpy(x, y, a=1e-3)

    seconds = interleave(
        {
            "gemm": lambda: np.matmul(A, A, out=out),
            "axpy": axpys,
            "copy": lambda: np.copyto(target, source),
        },
        budget,
    )
    best = {name: min(times) for name, times in seconds.items()}
    return [
        _record("roof", "gemm", gflops=2 * GEMM_SIZE**3 / best["gemm"] / 1e9),
        _record("roof", "axpy", gflops=100 * 2 * CACHED / best["axpy"] / 1e9),
        _record("roof", "copy", gbytes=2 * 4 * COPIED / best["copy"] / 1e9),
    ]


def measure_products(N, budget):
    """GFLOP/s of one layer's product in each format, counting only what is not zero as work.

    The bytes are those that must move once: the operator, the inputs and the outputs.
    """
    rng = np.random.default_rng(0)
    W = rng.standard_normal((N_UNITS, N_UNITS), np.float32)
    sparse = np.where(weight_mask(W, SPARSITY), W, np.float32(0))
    H_T = rng.random((N_UNITS, N), np.float32)
    operators = {"dense": operator(W, "dense")}
    operators |= {format: operator(sparse, format) for format in ("csr", "coo")}
    seconds = interleave({f: lambda A=A: A @ H_T for f, A in operators.items()}, budget)
    records = []
    for format, A in operators.items():
        flops = 2 * N * (A.size if format == "dense" else A.nnz)
        moved = nbytes(A) + 2 * H_T.nbytes
        rate = flops / np.median(seconds[format]) / 1e9
        records.append(_record("product", format, N, flops / moved, rate))
    return records


def _record(what, name, batch=0, intensity=float("nan"), gflops=float("nan"), gbytes=float("nan")):
    return {
        "what": what,
        "name": name,
        "batch": batch,
        "flops_per_byte": intensity,
        "gflops": gflops,
        "gbytes_per_second": gbytes,
    }


def plot(records, path, title):
    """Draw the roofs and, under them, the products; the numbers at the points are batch sizes."""
    roofs = {row["name"]: row for row in records if row["what"] == "roof"}
    x = np.geomspace(0.1, 300, 200)
    slope = roofs["copy"]["gbytes_per_second"] * x
    with figure(path, size=(8, 5)) as (drawn, axes):
        for name, style, text in (
            ("gemm", "-", "matrix product, blocked"),
            ("axpy", "--", "y += a x, in cache"),
        ):
            peak = roofs[name]["gflops"]
            axes.plot(x, np.minimum(slope, peak), style, color=GREY, label=f"{text}: {peak:.0f}")
        for format in ("dense", "csr", "coo"):
            rows = [r for r in records if r["what"] == "product" and r["name"] == format]
            intensity = [r["flops_per_byte"] for r in rows]
            rate = [r["gflops"] for r in rows]
            look = FORMAT[format] | {"marker": FORMAT[format]["marker"] or "D"}
            axes.plot(intensity, rate, **look)
            for row in (rows[0], rows[-1]) if format != "coo" else ():  # the same batches as CSR's
                axes.annotate(
                    f"batch {row['batch']}", (row["flops_per_byte"], row["gflops"]),
                    textcoords="offset points", xytext=(4, -12), fontsize=8,
                )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        plain_ticks(axes.xaxis, *axes.get_xlim())
        plain_ticks(axes.yaxis, *axes.get_ylim())
        axes.set_xlabel("operations on weights that are not zero, for each byte moved")
        axes.set_ylabel("GFLOP/s, one thread")
        axes.set_title(title)
        shared_legend(drawn, ncols=3)
