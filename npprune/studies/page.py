"""A page made of blocks, as Markdown and as one self-contained HTML file.

Left out: everything a page of headings, paragraphs, tables and pictures does not need.
"""

import base64
import re
from html import escape
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError


class Heading(NamedTuple):
    """A heading of level 1 to 3."""

    level: int
    text: str


class Paragraph(NamedTuple):
    """Plain text."""

    text: str


class Picture(NamedTuple):
    """A PNG, by its path from the run's folder, and what it shows in words."""

    path: str
    text: str


class Table(NamedTuple):
    """A caption, a header, and rows of text; numbers are aligned to the right."""

    caption: str
    header: list
    rows: list


def mean_and_spread(values, digits):
    """Write the mean of several seeds with their standard deviation, or the one value there is."""
    values = np.asarray(values, float)
    text = f"{values.mean():.{digits}f}"
    return text if len(values) == 1 else f"{text} +- {values.std(ddof=1):.{digits}f}"


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
                parts.append(f"![{_plain(block.text)}]({block.path})")
            case Table():
                parts.append(f"**{_plain(block.caption)}**\n\n{_markdown_table(block)}")
    return "\n\n".join(parts) + "\n"


def _plain(text):
    """Take their meaning from the signs that Markdown would read as markup, or as HTML."""
    return re.sub(r"([\\`*<\[\]|])", r"\\\1", text)


def _markdown_table(table):
    lines = [[_plain(cell) for cell in line] for line in (table.header, *table.rows)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(table.header))]

    def row(cells):
        return "| " + " | ".join(c.rjust(w) for c, w in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (w + 1) + ":" for w in widths) + "|"
    return "\n".join([row(lines[0]), rule, *map(row, lines[1:])])


STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 17px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
p { max-width: 44rem; }
h1 { line-height: 1.2; }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; background: white; border-radius: 4px; }
figcaption, caption { font-size: .9rem; opacity: .8; text-align: left; padding: .3rem 0; }
.table { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th { font-weight: 600; white-space: nowrap; }
td { white-space: nowrap; }
.words td { white-space: normal; text-align: left; }
nav ul { padding-left: 1.2rem; }
@media print { body { font-size: 11pt; } h2, figure, .table { break-inside: avoid; } }
"""


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
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
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
            text = escape(block.text, quote=True)
            return (
                f'<figure><img alt="{text}" src="data:image/png;base64,{picture}">'
                f"<figcaption>{text}</figcaption></figure>"
            )
        case Table():
            return _html_table(block)


def _html_table(table):
    words = ' class="words"' if len(table.header) == 2 else ""
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return (
        f'<div class="table"><table{words}><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _anchor(text):
    return "".join(c if c.isalnum() else "-" for c in text.lower())
