"""Blocks as Markdown and HTML: nothing lost, nothing taken for markup, nothing from outside."""

import base64
import re
from html.parser import HTMLParser
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


def test_formulas_and_links_are_set(tmp_path):
    blocks = [Paragraph("a $x_1 < 2$ and [b](https://c.d/e?f=1), but $3 and 4 $ or [g](h)")]
    page = Page(html("Title", blocks, tmp_path))
    assert [a["href"] for a in page.all("a")] == ["https://c.d/e?f=1"]
    assert len(page.all("math")) == len(page.all("msub")) == 1
    assert "$3 and 4 $ or [g](h)" in page.text
    assert markdown(blocks) == blocks[0].text.replace("[g]", r"\[g\]") + "\n"


def test_tables_and_figures_are_numbered():
    table, picture = Table("t", ["a"], [["1"]]), Picture("p.png", "p", "seen")
    blocks = list(numbered([table, picture, Heading(2, "h"), table]))
    assert blocks.pop(2) == Heading(2, "h")
    assert [block.caption for block in blocks] == ["Table 1. t", "Figure 1. p", "Table 2. t"]


@pytest.mark.parametrize("rows", [16, 17])
def test_long_tables_are_folded(rows, tmp_path):
    long = [Table("c", ["k"], [["1"]] * rows)]
    assert bool(Page(html("Title", long, tmp_path)).all("details")) == (rows > 16)
    assert ("<details>" in markdown(long)) == (rows > 16)


def test_an_svg_stands_in_for_its_picture(tmp_path):
    drawing = '<svg a="1">\n<!-- & # % \' -->\n</svg>'
    (tmp_path / "p.png").write_bytes(b"picture")
    (tmp_path / "p.svg").write_text(drawing)
    (picture,) = Page(html("Title", [Picture("p.png", "c", "s")], tmp_path)).all("img")
    kind, _, content = picture["src"].partition(",")
    assert kind == "data:image/svg+xml"
    assert unquote(content) == drawing.replace("\n", " ")


def test_html_takes_nothing_for_markup(blocks, tmp_path):
    page = Page(html(NASTY, blocks, tmp_path))
    assert page.all("script") == []
    assert page.text.count(NASTY) == 8  # title, contents, heading, text, captions, two cells
    (picture,) = page.all("img")
    assert picture["alt"] == f"seen: {NASTY}"
    assert [box["aria-label"] for box in page.all("div")] == [NASTY, NASTY]


def test_html_holds_its_pictures_and_asks_for_nothing(blocks, tmp_path):
    page = Page(html("Title", blocks, tmp_path))
    (picture,) = page.all("img")
    kind, _, content = picture["src"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == b"picture"
    assert not {"link", "script", "iframe"} & {tag for tag, _ in page.tags}


def test_contents_lead_to_the_headings(blocks, tmp_path):
    page = Page(html("Title", blocks, tmp_path))
    assert [a["href"] for a in page.all("a")] == [f"#{h['id']}" for h in page.all("h2")]


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.png.*npprune figures"):
        html("Title", [Picture("none.png", "text", "more")], tmp_path)


def test_every_cell_of_a_table_has_its_headers(blocks, tmp_path):
    page = Page(html("Title", blocks, tmp_path))
    assert [th["scope"] for th in page.all("th")] == ["col"] * 3 + ["row"] * 2
    unnamed = Page(html("Title", [Table("c", ["", "b"], [["x", "y"]])], tmp_path))
    assert [th["scope"] for th in unnamed.all("th")] == ["col", "row"]


def test_columns_of_long_cells_wrap_and_an_empty_table_is_one(tmp_path):
    rows = [["a", "word " * 10, "3", "erk"], ["b", "", "x", "global"]]
    page = Page(html("Title", [Table("c", ["k", "what", "n", "budget"], rows)], tmp_path))
    assert [td.get("class") for td in page.all("td")] == ["words", None, "left"] * 2
    assert Page(html("Title", [Table("c", ["k"], [])], tmp_path)).all("td") == []


def test_the_page_adapts_to_narrow_dark_and_printed_pages(blocks, tmp_path):
    text = html("Title", blocks, tmp_path)
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    for rule in ("(prefers-color-scheme: dark)", "@media print", "(max-width: 40rem)"):
        assert rule in text
    inside = re.findall(r'<div class="scroll"[^>]*><(img|table)', text)
    assert inside == ["img", "table"]  # nothing wide outside a box that scrolls


def test_nothing_less_than_zero_is_written_as_zero_with_a_minus():
    values = (-0.004, -0.0, -1e-9, -0.006, -10.0, -0.5)
    rows = table("", [{"x": value} for value in values], [("x", "{x:.2f} +- 0.00")]).rows
    written = [text.split()[0] for (text,) in rows]
    assert written == ["0.00", "0.00", "0.00", "-0.01", "-10.00", "-0.50"]
    assert table("", [{"x": "-00 e-0.1 1-0"}], [("x", "{x}")]).rows == [["-00 e-0.1 1-0"]]
