"""How near are the inference plans to what the kernels allow, and where does sparse overtake dense?

One interleaved run times the plan in each format, on one thread and on all; the bare sparse
products; and the naive loop, `A @ H` layer by layer.  Masks are magnitude's, which crowd, and
random ones.

The break-even sparsity comes from the medians, its interval from drawing the rounds again with
replacement (the bootstrap; Efron 1979).

Read next: npprune/studies/speed/roofline.py.
"""

import functools

import numpy as np

from npprune.inference.engine import FORMATS, build
from npprune.inference.formats import forward, operator
from npprune.lab.stopwatch import batch_of, break_even, check_logits, interleave
from npprune.network.mlp import logits
from npprune.pruning.masks import apply_masks, layer_masks
from npprune.threads import cores

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)  # percent
HOPELESS = 4  # times as slow as dense: not near any crossing


def compare_formats(weights, images, batch, sparsities, budget):
    """Compare at every sparsity, with both masks; break-evens with magnitude's.

    Shapes: weights L arrays, images (N, height, width) uint8
    """
    X, rng = batch_of(images, batch), np.random.default_rng(0)
    rounds = {}
    for masks, chance in (("magnitude", None), ("random", rng)):
        for k in sparsities:
            pruned = apply_masks(weights, layer_masks(weights, k, "weight", chance))
            rounds[masks, k] = time_contenders(pruned, X, budget)
    by_magnitude = {k: rounds["magnitude", k] for k in sparsities}
    return {
        "speed_inference": [
            {"k": k, "batch": batch, "masks": masks} | summarise(seconds)
            for (masks, k), seconds in rounds.items()
        ],
        "break_even": [
            {"batch": batch, "threads": threads}
            | crossing(by_magnitude, f"csr {threads}", f"dense {threads}")
            for threads in sorted({1, cores()})
        ],
    }


def time_contenders(weights, X, budget):
    """Seconds of every round: {contender: list}.  Shapes: weights L arrays, X (N, n_0)"""
    contenders, expected = {}, logits(weights, X)
    for threads in sorted({1, cores()}):
        for format in FORMATS:
            engine = build(weights, format, threads, len(X))
            check_logits(format, engine(X), expected)
            contenders[f"{format} {threads}"] = functools.partial(engine, X)
    operators = [operator(W, "csr") for W in weights[:-1]] + [operator(weights[-1], "dense")]
    inputs_T = [np.ones((A.shape[1], len(X)), np.float32) for A in operators]
    contenders["products"] = lambda: [A @ H for A, H in zip(operators, inputs_T, strict=True)]
    contenders["naive"] = functools.partial(forward, operators, X)
    return interleave(contenders, budget, hopeless=HOPELESS)


def summarise(seconds):
    ms = {name: np.median(times) * 1e3 for name, times in seconds.items()}
    most = cores()
    best, best_all = (
        min(ms["naive"], *(ms[f"{format} {threads}"] for format in FORMATS if format != "auto"))
        for threads in (1, most)
    )
    return {name.replace(" ", "_") + "_ms": value for name, value in ms.items()} | {
        "csr_over_products": ms["csr 1"] / ms["products"],
        "auto_over_best": ms["auto 1"] / best,
        "auto_over_best_all": ms[f"auto {most}"] / best_all,
        "threads_gain": ms["csr 1"] / ms[f"csr {most}"],
        "gain_over_naive": ms["naive"] / ms[f"auto {most}"],
        "rounds": len(seconds["naive"]),
    }


def crossing(rounds, sparse, dense):
    """Break-even sparsity, NaN if none is measured, with its bootstrap interval."""
    rng = np.random.default_rng(0)
    found = []
    for resample in range(RESAMPLES + 1):
        curve = []
        for k, seconds in rounds.items():
            n = len(seconds[dense])
            # The same rounds of both, since they were measured in turns.
            chosen = np.arange(n) if resample == 0 else rng.integers(0, n, n)
            ours, theirs = (
                np.median(np.take(seconds[name], chosen, mode="wrap")) for name in (sparse, dense)
            )
            curve.append({"k": k, "speedup_over_dense": theirs / ours})
        value = break_even(curve)
        found.append(np.nan if value is None else value)
    beyond = np.nan_to_num(found, nan=1.0)  # no crossing measured: at some higher sparsity
    low, high = np.percentile(beyond, INTERVAL)
    return {"break_even": found[0], "low": low, "high": high}
