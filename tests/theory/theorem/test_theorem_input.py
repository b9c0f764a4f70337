"""Bad input to the theorem: one line that says what and why."""

import importlib
import inspect
import pkgutil
from math import inf, nan

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.theory import theorem
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

# What no function takes that has an argument of this name, and words on it.
BAD = {
    "d": [(0, "d = 0"), (-1, "d = -1"), (2.5, "d = 2.5"), (nan, "d = nan"), (inf, "d = inf")],
    "k": [(0, "k = 0"), (1.0, "k = 1.0"), (nan, "k = nan")],
    "fractions": [([0.0], "k = 0"), ([1.0], "k = 1"), ([0.01], "0 of")],
    "n": [(0, "n = 0"), (1, "0 of 1 units")],
    "size": [(0, "size 0"), (7, "size 7")],
    "p": [(0, "p = 0")], "norms": [([-1], "p = -1")],
    "draws": [(0, "draws = 0")], "chance": [(0, "chance = 0")],
    "tail": [(0, "tail = 0"), (nan, "tail = nan")], "r": [(1, "r = 1")],
    "peak": [(nan, "peak = nan")], "tau": [(-0.1, "tau = -0.1")],
    "W": [(NAN, "NaN"), (W[:0], "(0, 5)"), (W[0], "(5,)")],
}  # fmt: skip
# What these take was looked at by the functions that call them, or is a layer twice over.
CALLED = {"parting", "levels_of", "smallest_units", "log_norm_variance", "unit_scales", "pareto",
          "autoregressive"}  # fmt: skip

# Arguments that are refused, and in what words.
WORDS = [
    ("bounds.sharp_bound", {"k": 1e-250}, "k = 1e-250"),
    ("regimes.unequal_inputs", {"p": inf}, "finite"),
    ("regimes.unequal_inputs", {"W": 2 * ONES}, "equal"),
    ("regimes.unequal_inputs", {"k": 0.01}, "0 of 5"),
    ("matrix.slope_distances", {"live": EQUAL, "p": inf}, "one norm"),
    ("matrix.sort_live", {"W": ZEROS}, "(6, 0)"),
    ("yardsticks.yardsticks", {"layer": EQUAL}, "equal"),
    ("yardsticks.yardsticks", {"removed": np.ones(5, bool)}, "k = 1"),
    ("rates.ks_constant", {"p": inf}, "finite"),
    ("exact.expected_distances", {"k": 0.01, "n": 10}, "0 of 10"),
    ("scales.unit_scales", {"W": ONES, "layer": EQUAL}, "equal"),
    ("scales.unit_scales", {"W": ZEROS, "layer": sort_layer(ZEROS)}, "0 of 5"),
    ("scales.unit_scales", {"p": inf}, "finite"),
    ("laws.Empirical", {"W": ONES}, "constant"),
    ("laws.Empirical", {"W": NAN}, "NaN"),
    ("nulls.null_distances", {"null": "rows"}, "rows"),
    ("nulls.null_distances", {"null": "scales", "W": ZEROS}, "0 of 5"),
    ("montecarlo.loglog_slope", {"d": [4, 4], "means": [1, 1], "errors": [1, 1]}, "2 fan-ins"),
    ("montecarlo.loglog_slope", {"d": [4, 8], "means": [1, -1], "errors": [1, 1]}, "above 0"),
]


def refusals():
    """Yield functions, arguments of which one is refused, and words of the refusal."""
    for found in pkgutil.iter_modules(theorem.__path__, f"{theorem.__name__}."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == found.name and name not in CALLED
            taken = inspect.signature(function).parameters
            needed = {name for name in taken if taken[name].default is inspect.Parameter.empty}
            if own and needed <= ACCEPTED.keys():
                for argument in sorted(taken.keys() & BAD.keys()):
                    for value, words in BAD[argument]:
                        yield function, {argument: value}, words
    for name, changes, words in WORDS:
        yield pkgutil.resolve_name(f"{theorem.__name__}.{name}"), changes, words


@pytest.mark.parametrize(("function", "changes", "words"), list(refusals()))
def test_bad_input_is_refused_in_one_line(function, changes, words):
    arguments = ACCEPTED | changes
    taken = inspect.signature(function).parameters.keys() & arguments.keys()
    with pytest.raises(InputError) as refusal:
        function(**{name: arguments[name] for name in taken})
    message = str(refusal.value)
    assert words in message
    assert "\n" not in message
