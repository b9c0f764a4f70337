"""What happens to the rate when one assumption of the theorem is dropped?

    tail          Pareto's law: |w| has only moments below the tail index
    correlation   a unit's weights are a Gaussian AR(1) sequence with this correlation
    inputs        Gaussian weights whose scale depends on the input: log scales of this spread
    scales        the same, by unit

R - S is averaged over drawn layers, at k = 1/2, before its highest point, KS, is taken.

Read next: npprune/studies/randomness/layers.py.
"""

import math

import numpy as np
from scipy import special

from npprune.lab.records import columns
from npprune.streams import stream
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.montecarlo import autoregressive, loglog_slope, pareto, simulate_ks
from npprune.theory.theorem.rates import rate
from npprune.theory.theorem.regimes import ar1_factor, unequal_inputs
from npprune.theory.theorem.scales import scaled_distances

GAUSSIAN = LAWS["gaussian"]
K = 0.5
FIRST_FAN_IN = 64  # of the slopes: below, heavy tails are far from their limit
COPIES = 500  # of each input's weight, to stand for its law


def simulated_assumption(case, value, p, form):
    n = form.sizes[len(form.sizes) // 2]
    draws = max(2, form.columns // n)
    rows = []
    for d in form.fan_ins:
        rng = stream(0, f"assumption {case} {value} {p}", d)
        found = simulate_ks(_sampler(case, value), p, d, n, K, draws, rng)
        rows.append({
            "d": d, "n": n, "k": K, "draws": draws, "estimate": found.value, "error": found.error,
            "expected": _expected(case, value, p, d, n),
        })  # fmt: skip
    return {"randomness_assumptions": rows}


def _sampler(case, value):
    if case == "tail":
        return pareto(value)
    if case == "correlation":
        return autoregressive(value)

    def sample(rng, shape):
        if case == "inputs":
            d = shape[0]
            logs = value * special.ndtri((np.arange(d) + 0.5) / d)[:, None]
        else:
            logs = value * rng.standard_normal(shape[1])
        return np.abs(rng.standard_normal(shape)) * np.exp(logs)

    return sample


def _expected(case, value, p, d, n):
    if case == "correlation":
        return ar1_factor(value) * rate(GAUSSIAN, p, d, K, n).ks
    if case == "inputs":
        copies = _sampler(case, value)(stream(0, "inputs", d), (d, COPIES))
        return unequal_inputs(copies, p, K).ks
    if case == "scales":
        return scaled_distances(GAUSSIAN, p, d, K, value).ks
    return ""


def fitted_slope(rows):
    """Slope of ln KS against ln d; None where noise hides KS."""
    rows = [row for row in rows if row["d"] >= FIRST_FAN_IN and row["estimate"] > 0]
    if len(rows) < 2 or not all(0 < row["error"] < math.inf for row in rows):
        return None
    return loglog_slope(*columns(rows, "d", "estimate", "error"))
