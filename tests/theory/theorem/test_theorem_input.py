"""Bad input to the theorem: one line that says what and why."""

import inspect
import pkgutil
from math import inf, nan

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.theory.theorem.distances import sort_layer
from npprune.theory.theorem.laws import LAWS

W = np.random.default_rng(0).standard_normal((6, 5), dtype=np.float32)
NAN = np.where(np.eye(6, 5) > 0, nan, W)
ZEROS, ONES = np.zeros_like(W), np.ones_like(W)
EQUAL = sort_layer(ONES)

# What every function accepts, by the name of its argument.
ACCEPTED = {
    "W": W, "law": LAWS["gaussian"], "sample": LAWS["gaussian"].sample, "null": "entries",
    "layer": sort_layer(W), "live": sort_layer(W), "removed": np.arange(5) < 2,
    "p": 2, "norms": [2], "k": 0.5, "fractions": [0.5], "d": 4, "n": 9, "size": 2, "draws": 5,
    "tail": 3, "r": 0.5, "chance": 0.5, "peak": 1, "tau": 1, "rng": np.random.default_rng(1),
}  # fmt: skip

# Arguments that are refused as "name = value".
VALUES = [
    ("bounds.bound", {"d": [0, 2.5], "k": [0, 1, nan]}),
    ("bounds.sharp_bound", {"d": [0, 7.5, nan, inf], "k": [0, 1.0, nan, 1e-250]}),
    ("exact.crossing", {"k": [0]}),
    ("exact.expected_distances", {"d": [0]}),
    ("matrix.scale_bound", {"peak": [nan], "tau": [-1]}),
    ("montecarlo.simulate", {"d": [0], "n": [0], "draws": [0]}),
    ("montecarlo.simulate_ks", {"draws": [0]}),
    ("noise.excess", {"chance": [0]}),
    ("noise.noise_floor", {"d": [0], "n": [0]}),
    ("nulls.null_distances", {"draws": [0]}),
    ("rates.rate", {"p": [0], "d": [-1], "n": [0]}),
    ("rates.infinity_norm", {"k": [1.0]}),
    ("regimes.ar1_factor", {"r": [1]}),
    ("regimes.rate_exponent", {"tail": [0, nan], "p": [0]}),
    ("scales.scaled_distances", {"tau": [-0.1]}),
]

# Arguments that are refused, and in what words.
WORDS = [
    ("regimes.unequal_inputs", {"p": inf}, "finite"),
    ("regimes.unequal_inputs", {"W": 2 * ONES}, "equal"),
    ("regimes.unequal_inputs", {"k": 0.01}, "0 of 5"),
    ("matrix.matrix_bounds", {"fractions": [0]}, "k = 0"),
    ("matrix.matrix_bounds", {"W": NAN}, "NaN"),
    ("matrix.slope_distances", {"live": EQUAL, "p": inf}, "one norm"),
    ("matrix.sort_live", {"W": ZEROS}, "(6, 0)"),
    ("yardsticks.yardsticks", {"layer": EQUAL}, "equal"),
    ("yardsticks.yardsticks", {"removed": np.ones(5, bool)}, "k = 1"),
    ("rates.rate", {"n": 1}, "0 of 1 units"),
    ("rates.ks_constant", {"p": inf}, "finite"),
    ("exact.expected_distances", {"k": 0.01, "n": 10}, "0 of 10"),
    ("distances.layer_distances", {"W": NAN}, "NaN"),
    ("distances.layer_distances", {"W": W[:0]}, "(0, 5)"),
    ("distances.layer_distances", {"W": W[0]}, "(5,)"),
    ("distances.layer_distances", {"fractions": [0.0]}, "k = 0"),
    ("distances.layer_distances", {"fractions": [1.0]}, "k = 1"),
    ("distances.layer_distances", {"fractions": [0.01]}, "0 of 5"),
    ("distances.layer_distances", {"norms": [-1]}, "p = -1"),
    ("distances.group_distances", {"size": 0}, "size 0"),
    ("distances.group_distances", {"size": 7}, "size 7"),
    ("scales.unit_scales", {"W": ONES, "layer": EQUAL}, "equal"),
    ("scales.unit_scales", {"W": ZEROS, "layer": sort_layer(ZEROS)}, "0 of 5"),
    ("scales.unit_scales", {"p": inf}, "finite"),
    ("laws.Empirical", {"W": ONES}, "constant"),
    ("laws.Empirical", {"W": NAN}, "NaN"),
    ("nulls.null_distances", {"null": "rows"}, "rows"),
    ("nulls.null_distances", {"null": "inputs", "W": NAN}, "NaN"),
    ("nulls.null_distances", {"null": "scales", "W": ZEROS}, "0 of 5"),
    ("montecarlo.simulate", {"fractions": [0.01]}, "0 of 9"),
    ("montecarlo.loglog_slope", {"d": [4, 4], "means": [1, 1], "errors": [1, 1]}, "2 fan-ins"),
    ("montecarlo.loglog_slope", {"d": [4, 8], "means": [1, -1], "errors": [1, 1]}, "above 0"),
]


def refusals():
    """Yield names of functions, arguments of which one is refused, and words of the refusal."""
    for function, refused in VALUES:
        for name, values in refused.items():
            for value in values:
                yield function, {name: value}, f"{name} = {value}"
    yield from WORDS


@pytest.mark.parametrize(("function", "changes", "words"), list(refusals()))
def test_bad_input_is_refused_in_one_line(function, changes, words):
    function = pkgutil.resolve_name(f"npprune.theory.theorem.{function}")
    arguments = ACCEPTED | changes
    taken = inspect.signature(function).parameters.keys() & arguments.keys()
    with pytest.raises(InputError) as refusal:
        function(**{name: arguments[name] for name in taken})
    message = str(refusal.value)
    assert words in message
    assert "\n" not in message
