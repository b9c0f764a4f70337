"""A section of the report is a Markdown text with slots, filled from the records.

Empty lines divide blocks:

    # Heading                          level 1 to 3
    ![seen](figures/x.png) caption     a picture, if it was drawn
    {name}                             alone: a table, or several
    {name}: caption                    a table of lines, records or page.Groups; below it
    | header | header |
    | {column:.2f} | {column} |
    other text                         a paragraph; {name} and {name:.3f} are slots

A block with a slot that is None, or a condition {name?} that is false, is left out.  Formulas
between dollar signs have no slots.  A slot without a value raises KeyError.

A comment <!-- place --> before a block moves it to the place: abstract, limits, or appendix (with
all blocks after it).  With "shown" it stands on the terminal too.

Read next: npprune/lab/style.py.
"""

import re
import string

from npprune.lab.page import FORMULA, Heading, Paragraph, Picture, Table, table

TABLE = re.compile(r"\{(\w+)\}: (.*)\n\| (.*) \|\n\| (.*) \|")
MARK = re.compile(r"<!-- (shown|abstract|limits|appendix) -->\s*")
PLACES = ("body", "abstract", "limits", "appendix")  # of the report


def fill(text, values, pictures=(), place="body"):
    """Fill a text; -> its blocks (npprune/lab/page.py) that stand in a place.

    values {slot: number, text, Table, list of Tables, or None}; pictures {name: end of its
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
    text = TABLE.sub(r"{\1} \2 \3", text)  # its cells are columns
    return {name for _, name, _, _ in string.Formatter().parse(_escaped(text)) if name}


def _escaped(text):
    return FORMULA.sub(lambda f: f[0].replace("{", "{{").replace("}", "}}"), text)


def _block(part, values, pictures):
    filling = {name: values[name.removesuffix("?")] for name in slots(part)}
    for name in [name for name in filling if name.endswith("?")]:
        filling[name] = "" if filling[name] else None
    if any(value is None for value in filling.values()):
        return []
    if lines := TABLE.fullmatch(part):
        name, caption, *rows = lines.groups()
        header, cells = (row.split(" | ") for row in rows)
        columns = zip((h.format_map(filling) for h in header), cells, strict=True)
        return [table(caption.format_map(filling), filling[name], [*columns])]
    if alone := re.fullmatch(r"\{(\w+)\}", part):
        found = filling[alone[1]]
        if isinstance(found, (Table, list, tuple)):
            return [found] if isinstance(found, Table) else [*found]
    words = " ".join(_escaped(part).format_map(filling).split())
    if heading := re.fullmatch(r"(#{1,3}) (.*)", words):
        return [Heading(len(heading[1]), heading[2])]
    if picture := re.fullmatch(r"!\[(.*?)\]\((figures/(\w+)\.png)\) (.*)", words):
        seen, path, name, caption = picture.groups()
        return [Picture(path, caption + pictures[name], seen)] if name in pictures else []
    return [Paragraph(words)]
