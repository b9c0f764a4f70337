"""How times are compared fairly: contenders take turns, and each is checked first.

- Converting to a format is not timed.
- Contenders take turns in random order, so that a pause of the machine hits all alike.
- The dense network always takes part, with as many threads.
- BLAS runs on one thread; threads share out panels of the batch.  BLAS's own keep spinning for 0.1
  seconds after a product, which spoils the next time.

Read next: npprune/lab/formula.py.
"""

import math
import time
from functools import partial

import numpy as np

from npprune.inference import build
from npprune.network.mlp import inputs, logits

# float32 sums in another order differ by some 1e-7 of the largest logit for each of five layers.
LOGIT_TOLERANCE = 1e-5


def batch_of(images, N):
    """Inputs of the first N images, again from the first where there are fewer.

    Shapes: images (any number, height, width) uint8 -> (N, n_0)
    """
    return inputs(np.resize(images, (N, *images.shape[1:])))


def check_logits(name, found, expected):
    """Raise RuntimeError unless logits are those of the masked dense network.

    Shapes: found, expected (N, classes)
    """
    error = np.abs(found - expected).max()
    if error > LOGIT_TOLERANCE * max(np.abs(expected).max(), 1):
        raise RuntimeError(f"{name}: its logits differ from the dense ones by {error}")


def interleave(contenders, budget, fewest=3, most=100, hopeless=math.inf, check=None):
    """Call every contender once a round until the budget (seconds) is spent.

    contenders {name: function without arguments} -> {name: list of seconds}

    First calls allocate: they are checked, check(name, result), not counted.  A contender that has
    used half the budget and is `hopeless` times as slow as the first one stops.
    """
    rng = np.random.default_rng(0)
    first = {}
    for name, call in contenders.items():
        start = time.perf_counter()
        result = call()
        first[name] = time.perf_counter() - start
        if check:
            check(name, result)
    reference = next(iter(contenders))
    limit = max(hopeless * first[reference], budget / 2)
    seconds = {name: [t] if t > limit else [] for name, t in first.items()}
    playing = [name for name in contenders if not seconds[name]]
    end, rounds = time.perf_counter() + budget, 0
    while rounds < most and (time.perf_counter() < end or rounds < fewest):
        for name in [playing[i] for i in rng.permutation(len(playing))]:
            start = time.perf_counter()
            contenders[name]()
            seconds[name].append(time.perf_counter() - start)
        rounds += 1
        limit = hopeless * min(seconds[reference])
        playing = [n for n in playing if min(seconds[n]) <= limit or sum(seconds[n]) < budget / 2]
    return seconds


def compare(networks, X, budget):
    """Time networks on one batch; X (batch, n_0) -> {name: {us, us_q1, us_q3, speedup}}.

    us: microseconds an image (median, quartiles); speedup: over the first network.
    """

    def check(name, found):
        check_logits(name, found, logits(networks[name], X))

    calls = {name: partial(build(W, "auto", 1, len(X)), X) for name, W in networks.items()}
    seconds = interleave(calls, budget, check=check)
    us = {n: np.percentile(times, (25, 50, 75)) / len(X) * 1e6 for n, times in seconds.items()}
    first = next(iter(us.values()))[1]
    return {
        name: {"us": median, "us_q1": q1, "us_q3": q3, "speedup": first / median}
        for name, (q1, median, q3) in us.items()
    }


def break_even(rows):
    """The sparsity above which a format is faster than dense; None if it never is.

    rows: of one format, kind, batch size and number of threads.  Between the last slower k and the
    next, log speedup is taken as linear in log density; the result is where it is 0.
    """
    rows = sorted((row for row in rows if row["k"] < 1), key=lambda row: row["k"])
    slower = [i for i, row in enumerate(rows) if row["speedup_over_dense"] < 1]
    if not slower:
        return 0.0
    if slower[-1] == len(rows) - 1:
        return None
    below, above = rows[slower[-1]], rows[slower[-1] + 1]
    y0, y1 = (math.log(row["speedup_over_dense"]) for row in (below, above))
    x0, x1 = (math.log(1 - row["k"]) for row in (below, above))
    return 1 - math.exp(x0 + (x1 - x0) * -y0 / (y1 - y0))
