"""A section of the report is a Markdown text with slots, filled from the records.

Blocks are divided by empty lines:

    # Heading                     of level 1 to 3
    ![what is seen](figures/x.png)
    its caption                   a picture, left out when it was not drawn
    {name}                        alone: a table, or several
    any other text                a paragraph; {name} or {name:.3f} in it is a slot

A block with a slot whose value is None is left out.  So is one with a condition, {name?}, that is
not true; a condition itself prints nothing.  Between dollar signs stands a formula, which has no
slots.  A slot that nothing fills raises KeyError.

A comment on the line before a block says where else it stands, or where instead:

    <!-- shown -->                on the terminal too
    <!-- abstract -->             in the abstract of the report
    <!-- limits -->               in its section on limits
    <!-- appendix -->             in the appendix, with all blocks after it

Read next: npprune/lab/style.py.
"""

import re
import string

from npprune.lab.page import FORMULA, Heading, Paragraph, Picture, Table

MARK = re.compile(r"<!-- (shown|abstract|limits|appendix) -->\s*")
PLACES = ("body", "abstract", "limits", "appendix")  # of the report


def fill(text, values, pictures=(), place="body"):
    """Fill a section's text; -> blocks of npprune/lab/page.py that stand in a place.

    values {slot: number, text, Table, list of Tables, or None}; pictures {name: how its caption
    ends} of those that are there; place: one of PLACES, or "shown"
    """
    blocks, usual = [], "body"
    for part in re.split(r"\n\s*\n", text.strip()):
        mark = MARK.match(part)
        name = mark and mark[1]
        if name == "appendix":
            usual = name
        # What is shown stands in the report as well.
        places = {usual, name} if name in (None, "shown") else {name}
        if place in places:
            blocks += _block(part[mark.end() if mark else 0 :], values, pictures)
    return blocks


def slots(text):
    """Names of all slots and conditions of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(_escaped(text)) if name}


def _escaped(text):
    """Double the braces of formulas, so that they are no slots."""
    return FORMULA.sub(lambda f: f[0].replace("{", "{{").replace("}", "}}"), text)


def _block(part, values, pictures):
    """One block, or none if it is left out."""
    filling = {name: values[name.removesuffix("?")] for name in slots(part)}
    for name in [name for name in filling if name.endswith("?")]:
        filling[name] = "" if filling[name] else None
    if any(value is None for value in filling.values()):
        return []
    if alone := re.fullmatch(r"\{(\w+)\}", part):
        found = filling[alone[1]]
        if not isinstance(found, str):
            return [found] if isinstance(found, Table) else list(found)
    words = " ".join(_escaped(part).format_map(filling).split())
    if heading := re.fullmatch(r"(#{1,3}) (.*)", words):
        return [Heading(len(heading[1]), heading[2])]
    if picture := re.fullmatch(r"!\[(.*?)\]\((figures/(\w+)\.png)\) (.*)", words):
        seen, path, name, caption = picture.groups()
        return [Picture(path, caption + pictures[name], seen)] if name in pictures else []
    return [Paragraph(words)]
