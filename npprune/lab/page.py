"""A page made of blocks, as Markdown and as one self-contained HTML file.

Left out: everything a page of headings, paragraphs, tables and pictures does not need.

Read next: npprune/lab/template.py.
"""

import base64
import re
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError

LONG = 30  # characters of a table's cell, from which on its column is wrapped


class Heading(NamedTuple):
    """A heading of level 1 to 3."""

    level: int
    text: str


class Paragraph(NamedTuple):
    """Plain text."""

    text: str


class Picture(NamedTuple):
    """A PNG, by its path from the run's folder, its caption, and what is seen, in words."""

    path: str
    caption: str
    seen: str


class Table(NamedTuple):
    """A caption, a header, and rows of text; numbers are aligned to the right."""

    caption: str
    header: list
    rows: list


def mean_and_spread(values, digits):
    """Write the mean of several seeds with their standard deviation, or the one value there is."""
    values = np.asarray(values, float)
    text = f"{values.mean():.{digits}f}"
    return text if len(values) == 1 else f"{text} ± {values.std(ddof=1):.{digits}f}"


def cell(rows, column, digits):
    """Mean and spread of a column of records, one a seed; nothing when there are no records."""
    return mean_and_spread([row[column] for row in rows], digits) if rows else ""


def spread(column, digits):
    """How a group of records becomes a cell: mean and spread of a column (see table)."""
    return lambda rows: cell(rows, column, digits)


def mean(column, digits):
    """How a group of records becomes a cell: the mean of a column (see table)."""
    return lambda rows: f"{np.mean([row[column] for row in rows]):.{digits}f}" if rows else ""


def table(caption, lines, columns):
    """Make a table of records: a line each, or a line for each group of them.

    lines are records, or lists of records; columns lists pairs (header, how), how being a format
    of the record's columns, such as "{loss:.4f}", or a function of the line.
    """
    ways = [how.format_map if isinstance(how, str) else how for _, how in columns]
    rows = [[_without_minus_zero(way(line)) for way in ways] for line in lines]
    return Table(caption, [header for header, _ in columns], rows)


def _without_minus_zero(text):
    """Write 0.00 for what is less than 0 by so little that no digit shows it."""
    return re.sub(r"(?<![\w.])-(?=0(\.0+)?(?![.\w]))", "", text)


def counted(number, thing):
    """Write a number of things: 1 seed, 3 seeds."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def markdown(blocks):
    """Write blocks as Markdown; tables are padded so that they read well on a terminal too."""
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
                parts.append(f"**{_plain(block.caption)}**\n\n{_markdown_table(block)}")
    return "\n\n".join(parts) + "\n"


def _plain(text):
    """Escape the signs that Markdown would read as markup, or as HTML."""
    return re.sub(r"([\\`*<\[\]|])", r"\\\1", text)


def _markdown_table(table):
    lines = [[_plain(cell) for cell in line] for line in (table.header, *table.rows)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(table.header))]

    def row(cells):
        return "| " + " | ".join(c.rjust(w) for c, w in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (w + 1) + ":" for w in widths) + "|"
    return "\n".join([row(lines[0]), rule, *map(row, lines[1:])])


STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def html(title, blocks, folder):
    """Write blocks as one HTML file that opens from disk; pictures are read from folder."""
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
            return f"<p>{escape(block.text)}</p>"
        case Picture():
            try:
                picture = base64.b64encode((folder / block.path).read_bytes()).decode()
            except OSError as error:
                raise InputError(
                    f"{folder / block.path}: cannot be read: run npprune figures first"
                ) from error
            return (
                f'<figure>{_scroll(block.caption)}<img alt="{escape(block.seen)}" '
                f'src="data:image/png;base64,{picture}"></div>'
                f"<figcaption>{escape(block.caption)}</figcaption></figure>"
            )
        case Table():
            return _html_table(block)


def _html_table(table):
    """A table under its caption."""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    looks = [_look(column) for column in columns]
    header = "".join(
        f'<th scope="col"{look}>{escape(cell)}</th>' if cell else "<td></td>"
        for cell, look in zip(table.header, looks, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row"{looks[0]}>{escape(first)}</th>'
        + "".join(
            f"<td{look}>{escape(cell)}</td>" for cell, look in zip(rest, looks[1:], strict=True)
        )
        + "</tr>"
        for first, *rest in table.rows
    )
    return (
        f"<figure><figcaption>{escape(table.caption)}</figcaption>{_scroll(table.caption)}"
        f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div></figure>"
    )


def _look(column):
    """How a column is set: numbers are compared at the right, words read from the left."""
    if max(map(len, column), default=0) > LONG:
        return ' class="words"'
    return "" if any(c.isdigit() for cell in column for c in cell) else ' class="left"'


def _scroll(name):
    """Begin a box that scrolls, by keys too, where a narrow page cannot hold what is in it."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">'


def _anchor(text):
    return "".join(c if c.isalnum() else "-" for c in text.lower())
