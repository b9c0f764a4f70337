"""How does the time grow with images, width, depth, density and batch, and where does it jump?

On log scales `constant * size^exponent` is a line, whose slope is the exponent.  Where it bends,
something else has set in:

    caches       a product with one image reads each weight once; larger matrices come from farther
    threads      a second thread must be woken, which small products do not pay for
    subnormals   numbers below 1.2e-38, which processors handle slowly

Read next: npprune/studies/speed/measure.py.
"""

import functools
import math
import statistics
import tracemalloc

import numpy as np

from npprune.data.split import Split
from npprune.inference import build
from npprune.lab.records import columns
from npprune.lab.stopwatch import interleave
from npprune.network.mlp import HIDDEN, evaluate, init_weights, inputs
from npprune.pruning.masks import prune
from npprune.studies.speed.training import training_step

STEP, FORWARD = "training step", "forward pass"
COMPARED = ("dense", "csr", "csc")  # formats, over density and batch
IMAGES, BATCH = 100, 128  # of the forward pass and of the training step
DEEP = 500  # units of each hidden layer of the deep networks
SPARSITY = 0.9  # of the networks whose batch grows
WEIGHTS = 1 << 24  # read in each timed call of a product with one image, however small the matrix
NUMBERS = 1_000_000  # in an array that is normal or subnormal


def over_images(weights, split, counts, budget):
    """Evaluate more and more images; the extra memory must stay the same.

    Shapes: weights L arrays
    """
    calls = {}
    for n in counts:
        shape = (n, *split.images.shape[1:])
        part = Split(np.resize(split.images, shape), np.resize(split.labels, n))
        calls["evaluation", n] = functools.partial(evaluate, weights, part)
    rows = _records("images", interleave(calls, budget, fewest=1))
    for row, call in zip(rows, calls.values(), strict=True):
        row["peak_extra_mb"] = peak_allocation(call) / 1e6
    return {"scaling": rows}


def deep_sizes(depth):
    return (784, *[DEEP] * depth, 10)


def over_sizes(what, sizes, budget):
    """Train and run networks, sizes {width or depth: (n_0, ..., n_L)}."""
    X, calls = _lit(IMAGES), {}
    for value, n in sizes.items():
        weights = init_weights(n, np.random.default_rng(0))
        calls[STEP, value] = training_step(weights, BATCH)
        calls[FORWARD, value] = functools.partial(build(weights, "dense"), X)
    return {"scaling": _records(what, interleave(calls, budget))}


def over_densities(sparsities, budget):
    weights, X, calls = _network(), _lit(IMAGES), {}
    for k in sparsities:
        pruned = prune(weights, k, "weight")
        for format in COMPARED:
            calls[format, round(1 - k, 6)] = functools.partial(build(pruned, format), X)
    return {"scaling": _records("density", interleave(calls, budget))}


def over_batches(batches, budget):
    weights, calls = prune(_network(), SPARSITY, "weight"), {}
    for batch in batches:
        X = _lit(batch)
        for format in COMPARED:
            calls[format, batch] = functools.partial(build(weights, format, batch=batch), X)
    return {"scaling": _records("batch", interleave(calls, budget))}


def over_sides(contender, sides, budget):
    """Multiply square matrices with one image; the time is one product's.

    contender names the threads that BLAS has here.
    """
    repeats = {n: max(1, WEIGHTS // n**2) for n in sides}

    def product(A, x, y):
        for _ in range(repeats[len(x)]):
            np.matmul(A, x, out=y)

    calls = {}
    for n in sides:
        A, x, y = np.ones((n, n), np.float32), np.ones(n, np.float32), np.empty(n, np.float32)
        calls[contender, n] = functools.partial(product, A, x, y)
    seconds = interleave(calls, budget)
    each = {key: np.asarray(times) / repeats[key[1]] for key, times in seconds.items()}
    return {"scaling": _records("side", each)}


def over_numbers(budget):
    arrays = {"normal": np.float32(1e-3), "subnormal": np.float32(1e-40)}
    out, calls = np.empty(NUMBERS, np.float32), {}
    for name, value in arrays.items():
        V = np.full(NUMBERS, value)
        calls[name, NUMBERS] = functools.partial(np.multiply, V, np.float32(0.9), out=out)
    return {"scaling": _records("numbers", interleave(calls, budget))}


def exponent(rows):
    """The e of `time = constant * value^e`, by least squares on logs of a curve's larger half."""
    rows = sorted(rows, key=lambda row: row["value"])[(len(rows) - 1) // 2 :]
    logs = np.log(columns(rows, "value", "milliseconds"))
    return statistics.linear_regression(*logs).slope if len(rows) > 1 else math.nan


def nanoseconds_a_weight(row):
    return row["milliseconds"] * 1e6 / row["value"] ** 2


def megabytes(side):
    return 4e-6 * side**2


def peak_allocation(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _network():
    return init_weights((784, *HIDDEN, 10), np.random.default_rng(0))


def _lit(N):
    rng = np.random.default_rng(1)
    images = rng.integers(1, 256, (N, 784, 1), dtype=np.uint8)
    return inputs(images * (rng.random(images.shape) < 0.2).astype(np.uint8))


def _records(what, seconds):
    return [
        {
            "what": what, "contender": contender, "value": value,
            "milliseconds": float(np.median(times)) * 1e3, "peak_extra_mb": math.nan,
        }
        for (contender, value), times in seconds.items()
    ]  # fmt: skip
