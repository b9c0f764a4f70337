"""Formulas become MathML that is whole, and whose words are those of the formula."""

import random
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import npprune
from npprune.lab.formula import mathml
from npprune.lab.page import FORMULA

TEXTS = sorted(Path(npprune.__file__).parent.rglob("*.md"))


def nested(element):
    """An element as nested lists: [tag, children or text]."""
    return [element.tag, *([nested(child) for child in element] or [element.text])]


CONSTRUCTIONS = {
    r"x_i^2": [["msubsup", ["mi", "x"], ["mi", "i"], ["mn", "2"]]],
    r"x^2_i": [["msubsup", ["mi", "x"], ["mi", "i"], ["mn", "2"]]],
    r"\frac{1}{d}": [["mfrac", ["mrow", ["mn", "1"]], ["mrow", ["mi", "d"]]]],
    r"\sqrt d": [["msqrt", ["mi", "d"]]],
    r"\sigma < 0.5": [["mi", "\N{GREEK SMALL LETTER SIGMA}"], ["mo", "<"], ["mn", "0.5"]],
    r"\mathrm{KS}": [["mtext", "KS"]],
    r"a - b": [["mi", "a"], ["mo", "\N{MINUS SIGN}"], ["mi", "b"]],
    r"k \le \infty": [["mi", "k"], ["mo", "\N{LESS-THAN OR EQUAL TO}"], ["mo", "\N{INFINITY}"]],
    r"\max_i": [["msub", ["mi", "max"], ["mi", "i"]]],
    r"\none": [["mtext", "\\none"]],
    r"\bar x": [["mover", ["mi", "x"], ["mo", "¯"]]],
}


@pytest.mark.parametrize(("formula", "expected"), CONSTRUCTIONS.items())
def test_each_construction(formula, expected):
    assert nested(ElementTree.fromstring(mathml(formula))) == ["math", *expected]


def test_any_text_becomes_whole_mathml():
    """Also one that is no formula: braces without partners, commands without arguments."""
    rng = random.Random(0)
    commands = [r"\frac", r"\sqrt", r"\bar", r"\mathrm", r"\none", r"\max", r"\alpha", r"\{", r"\,"]
    parts = [*commands, *"{}_^ax1<&-' \\"]
    for _ in range(500):
        ElementTree.fromstring(mathml("".join(rng.choices(parts, k=rng.randrange(12)))))


def test_the_texts_use_only_what_is_known():
    formulas = [f[1:-1] for path in TEXTS for f in FORMULA.findall(path.read_text("utf-8"))]
    assert not [formula for formula in formulas if "\\" in mathml(formula)]
    assert all(formula.count("{") == formula.count("}") for formula in formulas)
