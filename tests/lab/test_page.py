"""Blocks as Markdown and HTML: nothing lost, nothing taken for markup, nothing from outside."""

import base64
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import pytest

from npprune.errors import InputError
from npprune.lab.page import Heading, Paragraph, Picture, Table, html, markdown, numbered, table

NASTY = 'a|b <script>x</script> & "c" *d* `e` [f](g) \\'


class Page(HTMLParser):
    """Checks that tags match; keeps the text, the tags and their attributes."""

    VOID = ("meta", "img")

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.tags = [], "", []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def blocks(tmp_path):
    (tmp_path / "p.png").write_bytes(b"picture")
    return [
        Heading(1, "Title"),
        Heading(2, f"Part {NASTY}"),
        Paragraph(NASTY),
        Picture("p.png", NASTY, f"seen: {NASTY}"),
        Table(NASTY, ["k", NASTY, "z"], [["1", NASTY, "3"], ["0.25", "", "long cell"]]),
    ]


@pytest.fixture
def page(tmp_path):
    """Blocks as HTML, parsed."""
    return lambda *blocks: Page(html(NASTY, blocks, tmp_path))


def test_markdown_tables_are_aligned_and_padded():
    table = Table("Caption", ["k", "value"], [["0.5", "1"], ["1", "longer cell"]])
    assert markdown([Heading(2, "H"), Paragraph("text"), table]) == (
        "## H\n\ntext\n\n**Caption**\n\n"
        "|   k |       value |\n"
        "|----:|------------:|\n"
        "| 0.5 |           1 |\n"
        "|   1 | longer cell |\n"
    )


def test_markdown_takes_nothing_for_markup(blocks):
    text = markdown(blocks)
    plain = r"a\|b \<script>x\</script> & \"c\" \*d\* \`e\` \[f\](g) \\".replace('\\"', '"')
    assert text.count(plain) == 7
    assert text.replace(plain, "").count("<") == 0
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {4}
    assert len({len(line) for line in rows}) == 1


def test_formulas_and_links_are_set(page):
    text = "a $x_1 < 2$ and [b](https://c.d/e?f=1), but $3 and 4 $ or [g](h)"
    found = page(Paragraph(text))
    assert [a["href"] for a in found.all("a")] == ["https://c.d/e?f=1"]
    assert len(found.all("math")) == len(found.all("msub")) == 1
    assert "$3 and 4 $ or [g](h)" in found.text
    assert markdown([Paragraph(text)]) == text.replace("[g]", r"\[g\]") + "\n"


def test_tables_and_figures_are_numbered():
    table, picture = Table("t", ["a"], [["1"]]), Picture("p.png", "p", "seen")
    blocks = list(numbered([table, picture, Heading(2, "h"), table]))
    assert blocks.pop(2) == Heading(2, "h")
    assert [block.caption for block in blocks] == ["Table 1. t", "Figure 1. p", "Table 2. t"]


@pytest.mark.parametrize("rows", [16, 17])
def test_long_tables_are_folded(rows, page):
    long = Table("c", ["k"], [["1"]] * rows)
    assert bool(page(long).all("details")) == ("<details>" in markdown([long])) == (rows > 16)


def test_an_svg_stands_in_for_its_picture(page, tmp_path):
    drawing = '<svg a="1">\n<!-- & # % \' -->\n</svg>'
    (tmp_path / "p.png").write_bytes(b"picture")
    (tmp_path / "p.svg").write_text(drawing)
    (picture,) = page(Picture("p.png", "c", "s")).all("img")
    kind, _, content = picture["src"].partition(",")
    assert kind == "data:image/svg+xml"
    assert unquote(content) == drawing.replace("\n", " ")


def test_html_takes_nothing_for_markup_and_asks_for_nothing(blocks, page):
    found = page(*blocks)
    assert not {"link", "script", "iframe"} & {tag for tag, _ in found.tags}
    assert found.text.count(NASTY) == 8  # title, contents, heading, text, captions, two cells
    (picture,) = found.all("img")
    assert picture["alt"] == f"seen: {NASTY}"
    assert picture["src"] == f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    assert [box["aria-label"] for box in found.all("div")] == [NASTY, NASTY]
    assert [a["href"] for a in found.all("a")] == [f"#{h['id']}" for h in found.all("h2")]


def test_a_missing_picture_is_named(page):
    with pytest.raises(InputError, match=r"none\.png.*npprune figures"):
        page(Picture("none.png", "text", "more"))


def test_every_cell_of_a_table_has_its_headers(blocks, page):
    assert [th["scope"] for th in page(*blocks).all("th")] == ["col"] * 3 + ["row"] * 2
    unnamed = page(Table("c", ["", "b"], [["x", "y"]]))
    assert [th["scope"] for th in unnamed.all("th")] == ["col", "row"]


def test_columns_of_long_cells_wrap_and_an_empty_table_is_one(page):
    rows = [["a", "word " * 10, "3", "erk"], ["b", "", "x", "global"]]
    cells = page(Table("c", ["k", "what", "n", "budget"], rows)).all("td")
    assert [td.get("class") for td in cells] == ["words", None, "left"] * 2
    assert page(Table("c", ["k"], [])).all("td") == []


def test_the_page_adapts_to_narrow_dark_and_printed_pages(blocks, page):
    found = page(*blocks)
    assert found.all("html") == [{"lang": "en"}]
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    assert viewport in found.all("meta")
    for rule in ("(prefers-color-scheme: dark)", "@media print", "(max-width: 40rem)"):
        assert rule in found.text
    tags = [(tag, attributes.get("class")) for tag, attributes in found.tags]
    inside = [tag for outer, (tag, _) in pairwise(tags) if outer == ("div", "scroll")]
    assert inside == ["img", "table"]  # nothing wide outside a box that scrolls


def test_nothing_less_than_zero_is_written_as_zero_with_a_minus():
    values = (-0.004, -0.0, -1e-9, -0.006, -10.0, -0.5)
    rows = table("", [{"x": value} for value in values], [("x", "{x:.2f} +- 0.00")]).rows
    written = [text.split()[0] for (text,) in rows]
    assert written == ["0.00", "0.00", "0.00", "-0.01", "-10.00", "-0.50"]
    assert table("", [{"x": "-00 e-0.1 1-0"}], [("x", "{x}")]).rows == [["-00 e-0.1 1-0"]]
