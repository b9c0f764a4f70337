"""A page made of blocks, as Markdown and as one self-contained HTML file.

In text, $x^2$ is a formula (npprune/lab/formula.py) and [words](https://...) a link.

Read next: npprune/lab/template.py.
"""

import base64
import functools
import json
import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from npprune.errors import InputError
from npprune.lab.formula import mathml
from npprune.lab.words import written

LONG = 30  # characters of a table's cell, from which on its column is wrapped
NARROW = 1200  # pixels of a picture that is readable on a phone, shrunk to fit
FOLDED = 16  # rows of a table, above which it opens on a click
FORMULA = re.compile(r"\$(?!\s)[^$]+(?<!\s)\$")
PLAIN = " '()*+,-./:;=!?~"  # what stands for itself in the address of a picture
LINK = re.compile(r"\[([^\]\[]+)\]\((https://[^\s()\"<>]+)\)")
MARKUP = re.compile(f"{FORMULA.pattern}|{LINK.pattern}")


class Heading(NamedTuple):
    level: int
    text: str


class Paragraph(NamedTuple):
    text: str


class Picture(NamedTuple):
    """A PNG: path from the run's folder, caption, and content in words."""

    path: str
    caption: str
    seen: str


class Table(NamedTuple):
    caption: str
    header: list
    rows: list


class Play(NamedTuple):
    """HTML that works by itself; `known` replaces KNOWN in its code.  Markdown leaves it out."""

    code: str
    known: dict


def numbered(blocks):
    counts = Counter()
    for block in blocks:
        if isinstance(block, Table | Picture):
            kind = "Table" if isinstance(block, Table) else "Figure"
            counts[kind] += 1
            block = block._replace(caption=f"{kind} {counts[kind]}. {block.caption}")
        yield block


def table(caption, lines, columns):
    """Make a Table, a row for each line: a record, a Group, or another mapping.

    columns: pairs (header, how); how is a format (npprune/lab/words.py) or a function of the line
    """
    ways = [how if callable(how) else functools.partial(written, how) for _, how in columns]
    rows = [[_without_minus_zero(way(line)) for way in ways] for line in lines]
    return Table(caption, [header for header, _ in columns], rows)


def _without_minus_zero(text):
    return re.sub(r"(?<![\w.])-(?=0(\.0+)?(?![.\w]))", "", text)


def markdown(blocks):
    parts = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"{'#' * block.level} {_plain(block.text)}")
            case Paragraph():
                parts.append(_plain(block.text))
            case Picture():
                parts.append(f"![{_plain(block.seen)}]({block.path})\n\n{_plain(block.caption)}")
            case Table():
                parts.append(_markdown_table(block))
    return "\n\n".join(parts) + "\n"


def _plain(text):
    return _marked(text, lambda plain: re.sub(r"([\\`*<\[\]|])", r"\\\1", plain), str, "[{}]({})")


def _marked(text, plain, formula, link):
    parts, end = [], 0
    for found in MARKUP.finditer(text):
        words, address = found.groups()
        parts.append(plain(text[end : found.start()]))
        parts.append(link.format(plain(words), address) if words else formula(found[0]))
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def _markdown_table(table):
    lines = [[_plain(cell) for cell in line] for line in (table.header, *table.rows)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(table.header))]

    def row(cells):
        return "| " + " | ".join(c.rjust(w) for c, w in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (w + 1) + ":" for w in widths) + "|"
    content = "\n".join([row(lines[0]), rule, *map(row, lines[1:])])
    caption = f"**{_plain(table.caption)}**"
    if len(lines) > FOLDED + 1:
        return f"<details><summary>{caption}</summary>\n\n{content}\n\n</details>"
    return f"{caption}\n\n{content}"


STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def html(title, blocks, folder):
    """Write blocks as one HTML file; pictures are read from folder."""
    headings = [b.text for b in blocks if isinstance(b, Heading) and b.level == 2]
    contents = "".join(f'<li><a href="#{_anchor(t)}">{escape(t)}</a></li>' for t in headings)
    body = []
    for block in blocks:
        body.append(_html_block(block, folder))
        if isinstance(block, Heading) and block.level == 1:
            body.append(f'<nav aria-label="Contents"><ul>{contents}</ul></nav>')
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _html_block(block, folder):
    match block:
        case Heading():
            tag = f"h{block.level}"
            return f'<{tag} id="{_anchor(block.text)}">{escape(block.text)}</{tag}>'
        case Paragraph():
            return f"<p>{_html_text(block.text)}</p>"
        case Picture():
            source, size = _picture(folder / block.path)
            return (
                f'<figure>{_scroll(block.caption)}<img class="{size}" '
                f'alt="{escape(block.seen)}" src="{source}"></div>'
                f"<figcaption>{_html_text(block.caption)}</figcaption></figure>"
            )
        case Table():
            return _html_table(block)
        case Play():
            known = json.dumps(block.known).replace("<", r"\u003c")  # nothing ends the script
            return block.code.replace("KNOWN", known)


def _html_text(text):
    return _marked(text, escape, lambda tex: mathml(tex[1:-1]), '<a href="{1}">{0}</a>')


def _picture(path):
    try:
        pixels, drawing = path.read_bytes(), path.with_suffix(".svg")
        lines = drawing.read_text(encoding="utf-8") if drawing.is_file() else None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: run npprune figures first") from error
    width = int.from_bytes(pixels[16:20], "big")  # where a PNG has it
    size = "narrow" if width <= NARROW else "wide"
    if lines is None:
        return f"data:image/png;base64,{base64.b64encode(pixels).decode()}", size
    return f"data:image/svg+xml,{quote(lines.replace(chr(10), ' '), safe=PLAIN)}", size


def _html_table(table):
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    looks = [_look(column) for column in columns]
    header = "".join(
        f'<th scope="col"{look}>{_html_text(cell)}</th>' if cell else "<td></td>"
        for cell, look in zip(table.header, looks, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row"{looks[0]}>{_html_text(first)}</th>'
        + "".join(
            f"<td{look}>{_html_text(cell)}</td>" for cell, look in zip(rest, looks[1:], strict=True)
        )
        + "</tr>"
        for first, *rest in table.rows
    )
    caption = _html_text(table.caption)
    content = (
        f"{_scroll(table.caption)}<table><thead><tr>{header}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )
    if len(table.rows) > FOLDED:
        return f"<details><summary>{caption}</summary>{content}</details>"
    return f"<figure><figcaption>{caption}</figcaption>{content}</figure>"


def _look(column):
    if max(map(len, column), default=0) > LONG:
        return ' class="words"'
    return "" if any(c.isdigit() for cell in column for c in cell) else ' class="left"'


def _scroll(name):
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">'


def _anchor(text):
    return "".join(c if c.isalnum() else "-" for c in text.lower())
