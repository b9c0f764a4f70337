"""Contenders take turns, and where sparse overtakes dense."""

import functools
import itertools
import math

import pytest

from npprune.lab import stopwatch
from npprune.lab.stopwatch import break_even, interleave


@pytest.mark.parametrize(
    ("speedups", "expected"),
    [
        # log speedup -ln 2 at density .2, +ln 2 at density .05: 0 at density sqrt(.2 * .05) = .1
        ({0: 0.1, 0.8: 0.5, 0.95: 2.0, 1: 50}, 0.9),
        # a third of the way: density .2 ** (2/3) * .025 ** (1/3) = .1
        ({0.8: 0.5, 0.975: 4.0}, 0.9),
        ({0: 1.0, 0.5: 1.5, 0.9: 3}, 0),  # never slower
        ({0: 0.1, 0.5: 0.5, 0.99: 0.9, 1: 7}, None),  # faster only where nothing is left
        ({0: 0.5, 0.5: 2, 0.8: 0.5, 0.95: 2}, 0.9),  # the last crossing counts
    ],
)
def test_break_even_is_interpolated_in_logarithms_in_any_order(speedups, expected):
    rows = [{"k": k, "speedup_over_dense": speedup} for k, speedup in speedups.items()]
    for shuffled in itertools.permutations(rows):
        assert break_even([*shuffled]) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(("budget", "rounds"), [(0, 5), (math.inf, 12)])
def test_contenders_take_turns_equally_often(budget, rounds):
    calls = []
    contenders = {name: lambda name=name: calls.append(name) for name in "abc"}
    seconds = interleave(contenders, budget, fewest=5, most=12)
    assert {name: len(times) for name, times in seconds.items()} == dict.fromkeys("abc", rounds)
    assert all(time >= 0 for times in seconds.values() for time in times)
    turns = [tuple(calls[i : i + 3]) for i in range(3, len(calls), 3)]  # after one untimed each
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert len(set(turns)) > 1  # in random order


def test_a_hopeless_contender_sits_out(monkeypatch):
    calls, clock, checked = [], [0.0], []
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: clock[0])

    def call(name, seconds):
        calls.append(name)
        clock[0] += seconds
        return name

    takes = {"quick": 1, "near": 3, "slow": 10, "slowest": 50}
    contenders = {name: functools.partial(call, name, s) for name, s in takes.items()}
    seconds = interleave(
        contenders, 40, fewest=6, hopeless=4, check=lambda *pair: checked.append(pair)
    )
    assert checked == [(name, name) for name in takes]
    rounds = {name: len(times) for name, times in seconds.items()}
    assert rounds["slowest"] == calls.count("slowest") == 1  # its first call is its time
    assert rounds["slow"] == calls.count("slow") - 1 == 2  # half the budget
    assert rounds["quick"] == rounds["near"] == calls.count("near") - 1 >= 6
    assert all({*times} == {takes[name]} for name, times in seconds.items())
