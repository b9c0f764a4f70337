"""A section of the report is a Markdown text with slots, filled from the records.

Empty lines divide blocks:

    # Heading                          level 1 to 3
    ![seen](figures/x.png) caption     a picture, if it was drawn
    {name}                             alone: a Table or a Play
    {lines}: caption                   a table of records or Groups; below it
    | header | header |
    | {column:.2f} | {column} |
    other text                         a paragraph

What has a slot (npprune/lab/words.py) that is None or empty, or a condition, {name?} or
{not name?}, that is not met, is left out: a block, or a column by its header.  A header
{column} ... is a column for each value.  Formulas have no slots.  A slot without a value raises
KeyError.

A comment <!-- place --> before a block moves it: to the abstract, limits, or appendix (with all
after it).  With "shown" it stands on the terminal too.

Read next: npprune/lab/style.py.
"""

import re
import string

from npprune.lab.page import FORMULA, Heading, Paragraph, Picture, Play, Table, table
from npprune.lab.words import Words, written

TABLE = re.compile(r"\{(\w+)\}: (.*)\n\| (.*) \|\n\| (.*) \|")
CONDITION = re.compile(r"\{(not )?([\w.]+)\?\}")
MARK = re.compile(r"<!-- (shown|abstract|limits|appendix) -->\s*")
PLACES = ("body", "abstract", "limits", "appendix")  # of the report


def fill(text, values, pictures=(), place="body"):
    """Fill a text; -> its blocks (npprune/lab/page.py) that stand in a place.

    values {slot: number, array, text, Group, lines, Table, or None}; pictures {name: end of its
    caption}; place: one of PLACES, or "shown"
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
    """Names of the values that a text is filled from."""
    # The cells of a table are columns, and so is what stands before dots in its header.
    text = re.sub(r"\{[^}]*\} \.\.\.", "", TABLE.sub(r"{\1} \2 \3", text))
    conditions = [field for _, field in CONDITION.findall(text)]
    return {_name(field) for field in (*conditions, *_fields(text))}


def filled(text, values):
    """Fill slots; -> text, or None if something is missing or a condition is not met."""
    for negated, field in CONDITION.findall(text):
        value = _found(field, values)
        if value is None or bool(value) == bool(negated):
            return None
    if any(_empty(_found(field, values)) for field in _fields(text)):
        return None
    return " ".join(written(_escaped(CONDITION.sub("", text)), values).split())


def _fields(text):
    text = _escaped(CONDITION.sub("", text))
    return [field for _, field, _, _ in string.Formatter().parse(text) if field]


def _escaped(text):
    return FORMULA.sub(lambda f: f[0].replace("{", "{{").replace("}", "}}"), text)


def _name(field):
    return re.split(r"[.\[]", field)[0]


def _found(field, values):
    return None if values[_name(field)] is None else Words().get_field(field, (), values)[0]


def _empty(value):
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


def _table(lines, caption, header, cells, values):
    caption, columns = filled(caption, values), []
    if caption is None or _empty(lines):
        return []
    for words, cell in zip(header.split(" | "), cells.split(" | "), strict=True):
        if words.endswith(" ..."):
            (name,) = _fields(words)
            for value in sorted({record[name] for line in lines for record in line}):
                at = {name: value}
                columns.append((written(words.removesuffix(" ..."), at), _where(at, cell)))
        elif (words := filled(words, values)) is not None:
            columns.append((words, cell))
    return [table(caption, lines, columns)]


def _where(at, cell):
    return lambda line: written(cell, line.where(**at))


def _block(part, values, pictures):
    if parts := TABLE.fullmatch(part):
        lines, *texts = parts.groups()
        return _table(values[lines], *texts, values)
    alone = re.fullmatch(r"\{(\w+)\}", part)
    if alone and isinstance(values[alone[1]], Table | Play):
        return [values[alone[1]]]
    words = filled(part, values)
    if words is None:
        return []
    if heading := re.fullmatch(r"(#{1,3}) (.*)", words):
        return [Heading(len(heading[1]), heading[2])]
    if picture := re.fullmatch(r"!\[(.*?)\]\((figures/(\w+)\.png)\) (.*)", words):
        seen, path, name, caption = picture.groups()
        return [Picture(path, caption + pictures[name], seen)] if name in pictures else []
    return [Paragraph(words)]
