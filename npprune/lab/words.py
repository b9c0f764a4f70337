"""How numbers become words, in the slots of a text and in the cells of a table.

A slot is {name:format}.  A part of a value is {name[key]:format}, such as a column of a Group, or
{name.count}.  Of an array of numbers the format may begin with what is said of them:

    {x:.2f}         mean ± standard deviation, or a single number alone
    {x:mean .2f}    the mean; so low and high: the smallest and the largest
    {x:span .2f}    smallest to largest, once if they are written alike
    {x:gap .2f}     mean (low to high), the interval of paired differences

Read next: npprune/lab/group.py.
"""

import math
import string

import numpy as np

from npprune.lab.statistics import paired_interval


def mean_and_spread(numbers, how):
    if not len(numbers):
        return ""
    text = format(np.mean(numbers), how)
    return text if len(numbers) == 1 else f"{text} ± {np.std(numbers, ddof=1):{how}}"


def span(numbers, how):
    return " to ".join(dict.fromkeys(format(end, how) for end in (min(numbers), max(numbers))))


def with_interval(paired, how):
    rounded = (float(format(value, how)) + 0 for value in paired[:3])  # no -0
    mean, low, high = (f"{value:+{how}}" for value in rounded)
    return f"{mean} ({low} to {high})" if math.isfinite(paired.high) else mean


WAYS = {
    "": mean_and_spread,
    "mean": lambda numbers, how: format(np.mean(numbers), how),
    "low": lambda numbers, how: format(min(numbers), how),
    "high": lambda numbers, how: format(max(numbers), how),
    "span": span,
    "gap": lambda numbers, how: with_interval(paired_interval(numbers), how),
}


class Words(string.Formatter):
    def format_field(self, value, how):
        if not isinstance(value, np.ndarray):
            return format(value, how)
        way, _, digits = how.rpartition(" ")
        return WAYS[way](value, digits) if len(value) else ""


def written(text, values):
    """Fill the slots of a text."""
    return Words().vformat(text, (), values)


def counted(number, thing):
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def listed(names, between=", "):
    return between.join(names) or "none"
