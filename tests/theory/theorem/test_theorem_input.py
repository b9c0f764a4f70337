"""Bad input to the theorem: one line that says what and why."""

import math

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.theory.theorem import (
    bounds,
    distances,
    exact,
    laws,
    matrix,
    montecarlo,
    noise,
    nulls,
    rates,
    regimes,
    scales,
    yardsticks,
)

LAW = laws.LAWS["gaussian"]
W = np.random.default_rng(0).standard_normal((6, 5), dtype=np.float32)
NAN = np.where(np.eye(6, 5) > 0, np.nan, W)
RNG = np.random.default_rng(1)

BAD = {
    "bound, d": (lambda: bounds.bound(0, 0.5), "d = 0"),
    "bound, d not whole": (lambda: bounds.bound(2.5, 0.5), "d = 2.5"),
    "bound, k = 0": (lambda: bounds.bound(4, 0), "k = 0"),
    "bound, k = 1": (lambda: bounds.bound(4, 1), "k = 1"),
    "bound, k NaN": (lambda: bounds.bound(4, math.nan), "k = nan"),
    "sharp, k = 0": (lambda: bounds.sharp_bound(0, 4), "k = 0"),
    "sharp, k = 1": (lambda: bounds.sharp_bound(1.0, 4), "k = 1.0"),
    "sharp, k NaN": (lambda: bounds.sharp_bound(math.nan, 4), "k = nan"),
    "sharp, k tiny": (lambda: bounds.sharp_bound(1e-250, 4), "k = 1e-250"),
    "sharp, d": (lambda: bounds.sharp_bound(0.5, 0), "d = 0"),
    "sharp, d not whole": (lambda: bounds.sharp_bound(0.5, 7.5), "d = 7.5"),
    "sharp, d NaN": (lambda: bounds.sharp_bound(0.5, math.nan), "d = nan"),
    "sharp, d infinite": (lambda: bounds.sharp_bound(0.5, math.inf), "d = inf"),
    "exponent, tail": (lambda: regimes.rate_exponent(0, 2), "tail = 0"),
    "exponent, tail NaN": (lambda: regimes.rate_exponent(math.nan, 2), "tail = nan"),
    "exponent, p": (lambda: regimes.rate_exponent(3, 0), "p = 0"),
    "ar1, r": (lambda: regimes.ar1_factor(1), "r = 1"),
    "inputs, p": (lambda: regimes.unequal_inputs(W, math.inf, 0.5), "finite"),
    "inputs, constant": (lambda: regimes.unequal_inputs(W * 0 + 2, 2, 0.5), "equal"),
    "inputs, k": (lambda: regimes.unequal_inputs(W, 2, 0.01), "0 of 5"),
    "excess, chance": (lambda: noise.excess(9, 9, 0.5, 0), "chance = 0"),
    "matrix, k": (lambda: matrix.matrix_bounds(W, [0]), "k = 0"),
    "matrix, NaN": (lambda: matrix.matrix_bounds(NAN, [0.5]), "NaN"),
    "scale bound, tau": (lambda: matrix.scale_bound(9, 0.5, 1, -1), "tau = -1"),
    "scale bound, NaN": (lambda: matrix.scale_bound(9, 0.5, math.nan, 1), "peak = nan"),
    "slope, equal": (
        lambda: matrix.slope_distances(matrix.sort_live(W * 0 + 1), math.inf, 0.5),
        "one norm",
    ),
    "slope, dead": (lambda: matrix.sort_live(W * 0), "(6, 0)"),
    "yardsticks, equal": (
        lambda: yardsticks.yardsticks(distances.sort_layer(W * 0 + 1), np.arange(5) < 2),
        "equal",
    ),
    "yardsticks, all": (
        lambda: yardsticks.yardsticks(distances.sort_layer(W), np.ones(5, bool)),
        "k = 1",
    ),
    "rate, d": (lambda: rates.rate(LAW, 2, -1, 0.5), "d = -1"),
    "rate, n": (lambda: rates.rate(LAW, 2, 4, 0.5, 0), "n = 0"),
    "rate, one unit": (lambda: rates.rate(LAW, 2, 4, 0.5, 1), "0 of 1 units"),
    "rate, p": (lambda: rates.rate(LAW, 0, 4, 0.5), "p = 0"),
    "rate, k": (lambda: rates.rate(LAW, math.inf, 4, 1.0), "k = 1.0"),
    "constant, p": (lambda: rates.ks_constant(LAW, math.inf), "finite"),
    "exact, d": (lambda: exact.expected_distances(LAW, 2, 0, 0.5), "d = 0"),
    "exact, n": (lambda: exact.expected_distances(LAW, 2, 4, 0.01, 10), "0 of 10"),
    "exact, k": (lambda: exact.crossing(LAW, 2, 4, 0), "k = 0"),
    "noise, d": (lambda: noise.noise_floor(0, 10, 0.5), "d = 0"),
    "noise, n": (lambda: noise.noise_floor(10, 0, 0.5), "n = 0"),
    "layer, NaN": (lambda: distances.layer_distances(NAN, [2], [0.5]), "NaN"),
    "layer, empty": (lambda: distances.layer_distances(W[:0], [2], [0.5]), "(0, 5)"),
    "layer, vector": (lambda: distances.layer_distances(W[0], [2], [0.5]), "(5,)"),
    "layer, k = 0": (lambda: distances.layer_distances(W, [2], [0.0]), "k = 0"),
    "layer, k = 1": (lambda: distances.layer_distances(W, [2], [1.0]), "k = 1"),
    "layer, k small": (lambda: distances.layer_distances(W, [2], [0.01]), "0 of 5"),
    "layer, p": (lambda: distances.layer_distances(W, [-1], [0.5]), "p = -1"),
    "group, 0": (lambda: distances.group_distances(W, 0, [0.5]), "size 0"),
    "group, large": (lambda: distances.group_distances(W, 7, [0.5]), "size 7"),
    "spread, constant": (
        lambda: scales.unit_scales(W * 0 + 1, distances.sort_layer(W * 0 + 1), 2),
        "equal",
    ),
    "spread, dead": (lambda: scales.unit_scales(W * 0, distances.sort_layer(W * 0), 2), "0 of 5"),
    "spread, p": (lambda: scales.unit_scales(W, distances.sort_layer(W), math.inf), "finite"),
    "scales, tau": (lambda: scales.scaled_distances(LAW, 2, 4, 0.5, -0.1), "tau"),
    "law, constant": (lambda: laws.Empirical(np.ones((3, 3))), "constant"),
    "law, NaN": (lambda: laws.Empirical(NAN), "NaN"),
    "null, name": (lambda: nulls.null_distances(W, "rows", [2], [0.5], 5, RNG), "rows"),
    "null, draws": (lambda: nulls.null_distances(W, "entries", [2], [0.5], 0, RNG), "draws = 0"),
    "null, NaN": (lambda: nulls.null_distances(NAN, "inputs", [2], [0.5], 5, RNG), "NaN"),
    "null, dead": (lambda: nulls.null_distances(W * 0, "scales", [2], [0.5], 5, RNG), "0 of 5"),
    "simulate_ks, draws": (
        lambda: montecarlo.simulate_ks(montecarlo.pareto(3), 2, 4, 9, 0.5, 0, RNG),
        "draws = 0",
    ),
    "simulate, n": (lambda: montecarlo.simulate(LAW, 2, 4, 0, [0.5], 5, RNG), "n = 0"),
    "simulate, d": (lambda: montecarlo.simulate(LAW, 2, 0, 9, [0.5], 5, RNG), "d = 0"),
    "simulate, draws": (lambda: montecarlo.simulate(LAW, 2, 4, 9, [0.5], 0, RNG), "draws = 0"),
    "simulate, k": (lambda: montecarlo.simulate(LAW, 2, 4, 9, [0.01], 5, RNG), "0 of 9"),
    "slope, one": (lambda: montecarlo.loglog_slope([4, 4], [1, 1], [1, 1]), "2 fan-ins"),
    "slope, mean": (lambda: montecarlo.loglog_slope([4, 8], [1, -1], [1, 1]), "above 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case):
    call, word = BAD[case]
    with pytest.raises(InputError) as refusal:
        call()
    message = str(refusal.value)
    assert word in message
    assert "\n" not in message
