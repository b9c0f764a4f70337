r"""Formulas in a small part of TeX, as MathML, which browsers show without scripts.

Known are letters, numbers, subscripts, superscripts, signs by name (\alpha, \le), and

    \frac{a}{b}  \sqrt{a}  \bar{a}  \hat{a}  \mathrm{words}

Read next: npprune/lab/statistics.py.
"""

import re
from collections import deque
from html import escape, unescape

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")

# Most commands are called as HTML calls the sign: \alpha is &alpha;.
ENTITIES = {"to": "rarr", "infty": "infin", "cdot": "sdot", "bar": "macr", "hat": "Hat"}
FUNCTIONS = ("max", "min", "sup", "ln", "log", "exp")
ACCENTS = (r"\bar", r"\hat")


def mathml(formula):
    """Return a formula as MathML; an unknown command stays as written."""
    return f"<math>{_group(deque(TOKEN.findall(formula)), _scripted)}</math>"


def _group(tokens, take):
    parts = []
    while tokens and tokens[0] != "}":
        parts.append(take(tokens))
    if tokens:
        tokens.popleft()
    return "".join(parts)


def _scripted(tokens):
    base, scripts = _atom(tokens), {}
    while tokens and tokens[0] in "_^":
        sign = tokens.popleft()
        scripts[sign] = _atom(tokens)
    match sorted(scripts):
        case ["_"]:
            return f"<msub>{base}{scripts['_']}</msub>"
        case ["^"]:
            return f"<msup>{base}{scripts['^']}</msup>"
        case ["^", "_"]:
            return f"<msubsup>{base}{scripts['_']}{scripts['^']}</msubsup>"
    return base


def _atom(tokens):
    token = tokens.popleft() if tokens else ""
    if token == "{":
        return f"<mrow>{_group(tokens, _scripted)}</mrow>"
    if token == r"\frac":
        return f"<mfrac>{_atom(tokens)}{_atom(tokens)}</mfrac>"
    if token == r"\sqrt":
        return f"<msqrt>{_atom(tokens)}</msqrt>"
    if token in ACCENTS:
        return f"<mover>{_atom(tokens)}<mo>{_sign(token)}</mo></mover>"
    if token == r"\mathrm":
        return f"<mtext>{escape(_group(tokens, deque.popleft).lstrip('{'))}</mtext>"
    if token == r"\,":
        return '<mspace width="0.17em"/>'
    if token[:1].isdigit():
        return f"<mn>{token}</mn>"
    sign = _sign(token)
    if sign.isalpha():
        return f"<mi>{sign}</mi>"
    if len(sign) > 1:
        return f"<mtext>{escape(sign)}</mtext>"
    still = ' stretchy="false"' if sign in "()[]|" else ""
    return f"<mo{still}>{escape(sign)}</mo>"


def _sign(token):
    name = token.removeprefix("\\") or token
    if token == "-":
        return unescape("&minus;")
    if name == token or name in FUNCTIONS or not name.isalpha():
        return name
    sign = unescape(f"&{ENTITIES.get(name, name)};")
    return token if sign.startswith("&") else sign
