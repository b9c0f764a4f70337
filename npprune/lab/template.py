"""A section of the report is a Markdown text with slots, filled from the records.

Blocks are divided by empty lines:

    # Heading                     of level 1 to 3
    ![what is seen](figures/x.png)
    its caption                   a picture, left out when it was not drawn
    {name}                        alone: a table, or several
    any other text                a paragraph; {name} or {name:.3f} in it is a slot

A block with a slot whose value is None is left out: there is nothing to say.  So is one with a
condition, {name?}, that is not true; a condition itself prints nothing.  `<!-- shown -->` on the
line before a block has it printed on the terminal too.  A slot that nothing fills is a mistake
in the program and raises KeyError.

Read next: npprune/lab/style.py.
"""

import re
import string

from npprune.lab.page import Heading, Paragraph, Picture, Table

SHOWN = "<!-- shown -->"


def fill(text, values, pictures=(), shown=False):
    """Fill a section's text; -> blocks of npprune/lab/page.py.

    values {slot: number, text, Table, list of Tables, or None}; pictures: names of those that are
    there; shown: only the blocks that are marked for the terminal
    """
    blocks = []
    for part in re.split(r"\n\s*\n", text.strip()):
        marked = part.startswith(SHOWN)
        if marked or not shown:
            blocks += _block(part.removeprefix(SHOWN).strip(), values, pictures)
    return blocks


def slots(text):
    """Names of all slots and conditions of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


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
    words = " ".join(part.format_map(filling).split())
    if heading := re.fullmatch(r"(#{1,3}) (.*)", words):
        return [Heading(len(heading[1]), heading[2])]
    if picture := re.fullmatch(r"!\[(.*?)\]\((figures/(\w+)\.png)\) (.*)", words):
        seen, path, name, caption = picture.groups()
        return [Picture(path, caption, seen)] if name in pictures else []
    return [Paragraph(words)]
