"""Blocks as HTML and PDF: everything escaped, structure kept, nothing left outside."""

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pydantic import ValidationError
from pypdf import PdfReader

from baocao.document import fonts
from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Closing,
    Document,
    HeaderCell,
    Heading,
    Paragraph,
    Recipients,
    Run,
    Table,
    TableCell,
    TableRow,
    parse_block,
)
from baocao.document.characters import printable_block
from baocao.document.markup import block_html
from baocao.errors import ExportError
from baocao.export.docx import to_docx
from baocao.export.html import to_html
from baocao.export.pdf import to_pdf
from baocao.project import StrictModel
from tests.sample_documents import figure, head, numbered, table, text

HOSTILE = "<img src=x onerror=alert(1)> & “x” {{ 7*7 }} #panic() $a$ =cmd()"
HEAD = head("cong-van", parent=[], title="Công văn thử")
BLOCKS: list[AnyBlock] = [
    HEAD,
    Recipients(names=[HOSTILE, "b"]),
    Heading(level=1, runs=[Run(text=HOSTILE)]),
    Paragraph(runs=[Run(text=HOSTILE, bold=True), Run(text="154", figure=HOSTILE, value=HOSTILE)], marker="-"),
    table([HOSTILE] * 2, caption=HOSTILE, note=HOSTILE),
    figure(caption=HOSTILE, alt=HOSTILE, data=table([HOSTILE])),
    Closing(signature=["TM. ỦY BAN NHÂN DÂN", HOSTILE], receivers=[HOSTILE]),
    Annex(label=HOSTILE, title=HOSTILE, notes=[HOSTILE]),
    table([HOSTILE]),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.kind)
def test_text_is_escaped_in_every_block(block: AnyBlock) -> None:
    page = BeautifulSoup(str(block_html(block)), "html.parser")
    assert page.find("img") is None
    if block is not HEAD:
        assert HOSTILE in page.get_text()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.kind)
def test_a_block_survives_its_json(block: AnyBlock) -> None:
    assert parse_block(block.model_dump(mode="json")) == block


def test_hostile_text_is_only_text_in_the_pdf() -> None:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(Document(blocks=BLOCKS)))).pages)
    flat = re.sub(r"\s+", "", text)
    assert flat.count("{{7*7}}#panic()$a$=cmd()") >= 8


def test_html_holds_no_address() -> None:
    html = to_html(Document(blocks=BLOCKS)).decode()
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", html)
    page = BeautifulSoup(html, "html.parser")
    assert page.find(["link", "iframe", "img"]) is None
    assert page.html is not None and page.html["lang"] == "vi"
    assert [heading.name for heading in page.find_all(re.compile("^h[1-6]$"))] == ["h1", "h2", "h2"]


def test_same_document_same_bytes() -> None:
    document = Document(blocks=BLOCKS)
    assert to_html(document) == to_html(document)
    assert to_pdf(document) == to_pdf(document)


def test_long_table_repeats_its_header_and_loses_no_row() -> None:
    rows = [TableRow(cells=[TableCell(text=f"Dòng số {place}"), TableCell(text="1")]) for place in range(217)]
    long = Table(id="t", header=[[HeaderCell(text="Tên"), HeaderCell(text="Số")]], rows=rows, align=["text", "figure"])
    pages = PdfReader(io.BytesIO(to_pdf(Document(blocks=[HEAD, Annex(label="A", title="B"), long])))).pages
    texts = [page.extract_text() for page in pages]
    assert len(texts) > 3
    assert all("Tên" in text for text in texts[1:])
    assert set(re.findall(r"Dòng số (\d+)", "\n".join(texts))) == {str(place) for place in range(217)}


def test_each_annex_counts_its_own_pages() -> None:
    annexes = [block for name in "AB" for block in (Annex(label=name, title=name), table(numbered(60)))]
    pages = PdfReader(io.BytesIO(to_pdf(Document(blocks=[HEAD, *annexes])))).pages
    numbers = [re.match(r"\s*(\d+)\s", page.extract_text()) for page in pages]
    shown = [int(number[1]) if number else None for number in numbers]
    half = (len(shown) - 1) // 2
    assert half > 1
    assert shown == [None, *([None, *range(2, half + 1)] * 2)]


def test_pdf_measures_of_a_page() -> None:
    """A4; the text keeps 20 mm above and below, 30 mm left, 15 mm right."""
    (page,) = PdfReader(io.BytesIO(to_pdf(Document(blocks=[HEAD, text("Nội dung " * 250)])))).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    places: list[tuple[float, float]] = []

    def visit(text: str, page_matrix: list[float], matrix: list[float], *_rest: Any) -> None:
        if text.strip():
            a, b, c, d, e, f = page_matrix
            x, y = matrix[4:]
            places.append((a * x + c * y + e, b * x + d * y + f))

    page.extract_text(visitor_text=visit)
    millimetre = 72 / 25.4
    assert min(x for x, _ in places) >= 30 * millimetre - 1
    assert min(y for _, y in places) >= 20 * millimetre - 1
    assert max(y for _, y in places) <= 842 - 20 * millimetre + 1


def test_a_figure_without_words_is_refused() -> None:
    with pytest.raises(ValidationError, match="alt"):
        figure(alt="")


def test_a_character_no_font_has_is_printed_by_its_number() -> None:
    """A refusal's page holds what the data hold, and must come out, too."""
    (page,) = PdfReader(io.BytesIO(to_pdf(Document(blocks=[HEAD, text("Xã \U0001f600")])))).pages
    assert "Xã [U+1F600]" in page.extract_text()


@pytest.mark.parametrize("make", [to_pdf, to_docx])
def test_a_missing_typeface_is_an_error(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never another one in its place, which would print other bytes on another machine."""
    for path in fonts.font_files():
        if not path.stem.endswith("Bold"):
            shutil.copy(path, tmp_path)
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    with pytest.raises(ExportError, match=r"LiberationSerif-Bold\.ttf; install baocao anew"):
        make(Document(blocks=[HEAD, figure()]))


def test_all_a_reader_sees_goes_through_the_same_letters() -> None:
    """Every text of a block, but for those that name things for programs, is known to be one its reader sees."""
    names = {"kind", "id", "anchor", "figure", "value", "svg", "document_kind", "dated", "align"}
    models = list(StrictModel.__subclasses__())
    while more := [model for known in models for model in known.__subclasses__() if model not in models]:
        models += more
    texts = {
        name
        for model in models
        if model.__module__ == "baocao.document.blocks"
        for name, field in model.model_fields.items()
        if field.annotation in (str, list[str], str | None)
    }
    block = dict.fromkeys(texts - names, "😀")
    assert texts
    assert set(printable_block(block).values()) == {"[U+1F600]"}
    assert printable_block(dict.fromkeys(names - {"svg"}, "\U0001f600")) == dict.fromkeys(names - {"svg"}, "\U0001f600")


def test_draft_is_marked_in_both_formats() -> None:
    document = Document(blocks=[HEAD.model_copy(update={"draft": True})])
    assert "DỰ THẢO" in to_html(document).decode()
    assert "DỰ THẢO" in PdfReader(io.BytesIO(to_pdf(document))).pages[0].extract_text()


def test_document_starts_with_its_letterhead() -> None:
    with pytest.raises(ValueError, match="letterhead"):
        to_html(Document(blocks=[Heading(level=1, runs=[Run(text="x")])]))
