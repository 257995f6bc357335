"""The Word document: parts that belong together, real styles and fields, every text in it as it was given."""

import io
import re
import struct
import zipfile
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from baocao.document.blocks import (
    Align,
    Annex,
    AnyBlock,
    Closing,
    Document,
    HeaderCell,
    Heading,
    KeyFigure,
    KeyFigures,
    Letterhead,
    Paragraph,
    Recipients,
    Run,
    Table,
    TableCell,
    TableRow,
    Title,
)
from baocao.document.markup import MOTTO
from baocao.errors import ExportError
from baocao.export.docx import to_docx
from baocao.export.docx_blocks import CONTENTS_FROM, LANDSCAPE_TEXT, PORTRAIT_TEXT
from baocao.export.docx_markup import twips
from baocao.export.docx_tables import column_widths, lay_out
from tests.sample_documents import SVG, figure, head, numbered, table, text

HEAD = head()
HOSTILE = [
    "<img src=x onerror=alert(1)> &amp; </w:t></w:r> ]]> {{ 7*7 }} #panic() $a$ **đậm**",
    "=cmd|'/c calc'!A0",
    "Nguyễn Thị e\u0323\u0302 a\u200bb \U0001f600 “x” \u202e",
    "Tên " + "rất dài " * 40,
]
WIDTHS = [(2, PORTRAIT_TEXT), (9, PORTRAIT_TEXT), (30, PORTRAIT_TEXT), (14, LANDSCAPE_TEXT), (60, LANDSCAPE_TEXT)]
ALIGN: list[Align] = ["number", "text", "figure", "figure"]
SPANNING = Table(
    id="bieu-1",
    caption="Kết quả giải quyết",
    unit="hồ sơ",
    header=[
        [HeaderCell(text="Stt", rows=2), HeaderCell(text="Đơn vị", rows=2), HeaderCell(text="Kết quả", columns=2)],
        [HeaderCell(text="Đúng hạn"), HeaderCell(text="Trễ hạn")],
        [HeaderCell(text=f"({number})") for number in range(1, 5)],
    ],
    rows=[
        TableRow(kind="heading", cells=[TableCell(text="Khối xã", columns=4)]),
        TableRow(cells=[TableCell(text=text) for text in ("1", "Quài Tở", "16", "57")]),
        TableRow(kind="total", cells=[TableCell(text="Tổng", columns=2), *(TableCell(text=t) for t in ("16", "57"))]),
    ],
    align=ALIGN,
    note="Không kể ngành dọc.",
)


def wide(columns: int, rows: int = 3) -> Table:
    return table(numbered(rows, "Dòng"), columns, value="12.345")


def narrow(*values: str, heading: str = "Tên", note: str = "") -> Table:
    rows = [TableRow(cells=[TableCell(text=value)]) for value in values]
    return Table(id="t", caption=note, header=[[HeaderCell(text=heading)]], rows=rows, align=["text"], note=note)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def made(*blocks: AnyBlock, head: Letterhead = HEAD) -> bytes:
    content = to_docx(Document(blocks=[head, *blocks]))
    for name, part in members(content).items():
        if name.endswith((".xml", ".rels")):
            parse_xml(part)  # refuses what is no XML
    return content


def opened(*blocks: AnyBlock, head: Letterhead = HEAD) -> WordDocument:
    return docx.Document(io.BytesIO(made(*blocks, head=head)))


def find(document: WordDocument, path: str) -> list[Any]:
    return list(document.element.xpath(path))


def style_of(document: WordDocument, value: str) -> str:
    (found,) = [paragraph for paragraph in document.paragraphs if paragraph.text == value]
    return str(found.style.name if found.style else "")


def test_every_part_is_there_and_every_reference_leads_to_one() -> None:
    content = members(made(text("a", footnote="b"), figure()))
    names = ("document", "styles", "settings", "footnotes", "header1", "header2")
    around = {"[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/_rels/document.xml.rels"}
    assert set(content) == {*around, *(f"word/{name}.xml" for name in names), "word/media/image1.png"}
    referred = set(re.findall(rb'r:(?:id|embed)="(\w+)"', content["word/document.xml"]))
    assert referred == {b"pageNumber", b"noPageNumber", b"picture1"}
    assert referred < set(re.findall(rb'Id="(\w+)"', content["word/_rels/document.xml.rels"]))
    # Every style in use is defined, and what it is based on as well.
    used = set(re.findall(rb'w:(?:pStyle|rStyle|tblStyle|basedOn) w:val="(\w+)"', b"".join(content.values())))
    assert used <= set(re.findall(rb'w:styleId="(\w+)"', content["word/styles.xml"]))


def test_styles_are_those_word_knows() -> None:
    word = opened(Heading(level=2, runs=[Run(text="1. Mục")]), Paragraph(marker="-", runs=[Run(text="một")]), text("c"))
    assert style_of(word, "1. Mục") == "Heading 2"
    assert style_of(word, "- một") == "List Bullet"
    assert style_of(word, "c") == "Body Text"
    normal = word.styles["Normal"]
    assert (normal.font.size.pt, normal.font.name) == (14, "Times New Roman")
    fonts = normal.element.rPr.rFonts
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {"Times New Roman"}
    outlines = [word.styles[f"Heading {level}"].element.pPr.find(qn("w:outlineLvl")) for level in range(1, 10)]
    assert [outline.get(qn("w:val")) for outline in outlines] == list("012345678")
    assert [word.styles["Body Text"].paragraph_format.first_line_indent.mm] == pytest.approx([10], abs=0.1)


def test_letterhead_stands_in_two_columns_under_which_lines_are_drawn() -> None:
    word = opened(head=HEAD.model_copy(update={"draft": True, "subject": "V/v thử"}))
    ((agency, state),) = [row.cells for row in word.tables[0].rows]
    assert agency.text.split("\n") == [*HEAD.parent, *HEAD.office, "", HEAD.number, "V/v thử"]
    assert state.text.split("\n") == [*MOTTO, "", HEAD.place_date, " DỰ THẢO "]
    assert not find(word, "//w:tblBorders")  # borders come from a style, and this table has another
    rules = [paragraph for cell in (agency, state) for paragraph in cell.paragraphs if not paragraph.text]
    assert [rule.style.name for rule in rules if rule.style] == ["Đường kẻ"] * 2
    assert word.styles["Đường kẻ"].element.xpath("w:pPr/w:pBdr/w:top")
    # The line under the motto is as long as the motto, about 56 mm in a column of 99 mm.
    indent = rules[1].paragraph_format
    assert 99 - indent.left_indent.mm - indent.right_indent.mm == pytest.approx(56.1, abs=0.2)


def test_recipients_and_signature() -> None:
    closing = Closing(signature=["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], receivers=["Như trên", "Lưu: VT"])
    word = opened(Recipients(names=["Sở A", "Sở B"]), text("Hết./."), closing)
    assert [p.text for p in word.paragraphs if p.text] == ["Kính gửi:", "- Sở A;", "- Sở B.", "Hết./."]
    left, right = word.tables[1].rows[0].cells
    assert left.text == "Nơi nhận:\n- Như trên;\n- Lưu: VT."
    assert right.text == "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"
    # The paragraph before goes with the signature.
    (last,) = [paragraph for paragraph in word.paragraphs if paragraph.text == "Hết./."]
    assert last.paragraph_format.keep_with_next
    assert "Kính gửi: Sở A." in [p.text for p in opened(Recipients(names=["Sở A"])).paragraphs]


def test_every_annex_is_a_section_that_counts_its_own_pages() -> None:
    annexes = [Annex(label="Phụ lục I", title="a", notes=["(Kèm theo)"]), Annex(label="II", title="b", landscape=False)]
    word = opened(text("a"), annexes[0], wide(3), annexes[1], text("b"))
    assert [section.orientation.name for section in word.sections] == ["PORTRAIT", "LANDSCAPE", "PORTRAIT"]
    main, landscape, _ = word.sections
    margins = [round(length.mm) for length in (main.left_margin, main.right_margin, main.top_margin) if length]
    assert margins == [30, 15, 20]
    assert [round(length.mm) for length in (landscape.page_width, landscape.page_height) if length] == [297, 210]
    assert [element.get(qn("w:start")) for element in find(word, "//w:pgNumType")] == ["1"] * 3
    for section in word.sections:
        assert section.different_first_page_header_footer
        assert section.first_page_header.paragraphs[0].text == ""
        number = section.header.paragraphs[0]
        assert number.style is not None and number.style.name == "Header"
        assert "PAGE" in "".join(number._p.xpath(".//w:instrText/text()"))
    (label,) = [paragraph for paragraph in word.paragraphs if paragraph.text == "Phụ lục I\na"]
    assert label.style is not None and label.style.name == "Phụ lục"
    assert label.runs[-1].font.all_caps


def test_footnotes_follow_their_text() -> None:
    runs = [Run(text="một", footnote="Chú thích <1>"), Run(text="hai", bold=True, footnote="Chú thích & 2")]
    content = members(
        made(Title(type_name="BÁO CÁO", abstract=[Run(text="Kết quả", footnote="Đầu")]), Paragraph(runs=runs))
    )
    notes = parse_xml(content["word/footnotes.xml"])
    texts = {note.get(qn("w:id")): "".join(t.text for t in note.iter(qn("w:t"))).strip() for note in notes}
    assert texts == {"-1": "", "0": "", "1": "Đầu", "2": "Chú thích <1>", "3": "Chú thích & 2"}
    body = parse_xml(content["word/document.xml"])
    assert body.xpath("//w:footnoteReference/@w:id") == ["1", "2", "3"]
    (run_before,) = body.xpath("//w:footnoteReference[@w:id='3']/parent::w:r/preceding-sibling::w:r[1]/w:t/text()")
    assert run_before == "hai"


def test_table_with_spanning_headings() -> None:
    word = opened(SPANNING)
    table = word.tables[1]
    assert table.style is not None and table.style.name == "Table Grid"
    grid = [[cell.text for cell in row.cells] for row in table.rows]
    assert grid == [
        ["Stt", "Đơn vị", "Kết quả", "Kết quả"],
        ["Stt", "Đơn vị", "Đúng hạn", "Trễ hạn"],
        ["(1)", "(2)", "(3)", "(4)"],
        ["Khối xã"] * 4,
        ["1", "Quài Tở", "16", "57"],
        ["Tổng", "Tổng", "16", "57"],
    ]
    repeated = [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in table.rows]
    assert repeated == [True] * 3 + [False] * 3
    assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in table.rows)
    bold = [any(run.bold for cell in row.cells for run in cell.paragraphs[0].runs) for row in table.rows]
    assert bold == [True, True, True, True, False, True]
    assert [cell.paragraphs[0].alignment for cell in table.rows[4].cells] == [1, None, 2, 2]
    around = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert around == ["Kết quả giải quyết", "Đơn vị tính: hồ sơ", "Không kể ngành dọc."]
    # A small table stays on one page: every row but the last goes with the next.
    kept = [bool(row._tr.xpath("w:tc/w:p/w:pPr/w:keepNext")) for row in table.rows]
    assert kept == [True] * 5 + [False]


def test_a_heading_over_columns_and_rows_is_carried_on_whole() -> None:
    header = [
        [HeaderCell(text="A", columns=2, rows=2), HeaderCell(text="B")],
        [HeaderCell(text="C")],
        [HeaderCell(text=value) for value in "123"],
    ]
    word = opened(Table(id="t", header=header, rows=[], align=["text", "figure", "figure"]))
    grid = [[cell.text for cell in row.cells] for row in word.tables[1].rows]
    assert grid == [["A", "A", "B"], ["A", "A", "C"], ["1", "2", "3"]]


@pytest.mark.parametrize("value", HOSTILE)
def test_text_from_data_stays_text(value: str) -> None:
    alone = narrow(value, heading=value, note=value)
    word = opened(
        Title(type_name=value, abstract=[Run(text=value)]),
        Heading(level=1, anchor=value, runs=[Run(text=value, bold=True)]),
        Paragraph(runs=[Run(text=value, figure=value, value=value)]),
        alone,
        figure(id=value, caption=value, alt=value, data=alone),
        Closing(signature=[value], receivers=[value]),
        Annex(label=value, title=value, notes=[value]),
        head=HEAD.model_copy(update={"title": value, "number": value, "office": [value]}),
    )
    assert sum(paragraph.text == value for paragraph in word.paragraphs) == 8
    assert [cell.text for row in word.tables[1].rows for cell in row.cells] == [value] * 2
    letterhead, closing = word.tables[0].rows[0].cells, word.tables[2].rows[0].cells
    assert letterhead[0].text.count(value) == 2
    assert [closing[0].text, closing[1].text] == [f"Nơi nhận:\n- {value}.", value]
    assert find(word, "//wp:docPr/@descr") == [value]
    assert word.core_properties.title == value


def test_characters_without_a_place_in_xml_are_left_out_and_spaces_kept() -> None:
    runs = [Run(text="nhận "), Run(text="873\x00\x07\x1b\ufffe", bold=True), Run(text=" hồ\r\nsơ,\t"), Run(text=" ")]
    word = opened(Paragraph(runs=runs), head=HEAD.model_copy(update={"title": "x\x01y"}))
    assert "nhận 873 hồ sơ,  " in [paragraph.text for paragraph in word.paragraphs]
    assert word.core_properties.title == "xy"


def test_same_document_same_bytes_without_clock_or_program() -> None:
    blocks = [HEAD, text("a", footnote="b"), figure(), SPANNING]
    content = to_docx(Document(blocks=blocks))
    assert content == to_docx(Document(blocks=blocks))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {(member.date_time, member.create_system) for member in packed.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0)
        }
    assert b"python" not in b"".join(members(content).values()).lower()
    core = docx.Document(io.BytesIO(content)).core_properties
    assert core.created == core.modified == datetime(2024, 6, 4, tzinfo=UTC)
    assert (core.title, core.language, core.revision) == ("Văn bản thử", "vi-VN", 1)
    assert core.author == core.last_modified_by == "ỦY BAN NHÂN DÂN PHƯỜNG HỒNG GAI"


def headings(count: int) -> list[AnyBlock]:
    return [
        Heading(level=1 if place % 4 == 0 else 2, anchor=f"muc-{place}", runs=[Run(text=f"Mục {place}")])
        for place in range(count)
    ]


def test_only_a_long_document_has_contents_and_its_entries_lead_somewhere() -> None:
    title = Title(type_name="BÁO CÁO", abstract=[Run(text="Kết quả")])
    content = made(title, text("Mở đầu"), *headings(CONTENTS_FROM), Annex(label="Phụ lục I", title="Thống kê"))
    word = docx.Document(io.BytesIO(content))
    lines = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert lines[:4] == ["BÁO CÁO", "Kết quả", "MỤC LỤC", "Mục 0"]
    assert lines[3:8] == ["Mục 0", "Mục 4", "Mục 8", "Phụ lục I. THỐNG KÊ", "Mở đầu"]
    targets = find(word, "//w:hyperlink/@w:anchor")
    marked = {
        mark.get(qn("w:name")): "".join(t.text for t in mark.getparent().iter(qn("w:t")))
        for mark in find(word, "//w:bookmarkStart")
    }
    assert [marked[target] for target in targets] == ["Mục 0", "Mục 4", "Mục 8", "Phụ lục IThống kê"]
    codes = "".join(find(word, "//w:instrText/text()"))
    assert codes.strip().startswith("TOC")
    assert find(word, "//w:fldChar/@w:fldCharType") == ["begin", "separate", "end"]
    # Word would ask its reader before opening.
    assert b"updateFields" not in members(content)["word/settings.xml"]
    assert not find(word, "//w:fldChar/@w:dirty")
    assert not find(opened(title, *headings(CONTENTS_FROM - 1)), "//w:instrText")


def test_pictures_are_png_with_words() -> None:
    content = made(figure(caption="Hồ sơ", alt="Nói “gì”."))
    png = members(content)["word/media/image1.png"]
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert (width, width / height) == (pytest.approx(165 / 25.4 * 200, abs=2), pytest.approx(2, abs=0.01))
    word = docx.Document(io.BytesIO(content))
    (shape,) = word.inline_shapes
    assert shape.width.mm == pytest.approx(165, abs=0.1)
    assert find(word, "//wp:docPr/@descr") == ["Nói “gì”."]
    assert style_of(word, "Hồ sơ") == "Caption"


def test_a_high_picture_stays_on_its_page() -> None:
    word = opened(Annex(label="A", title="b"), figure(svg=SVG.replace("0 0 20 10", "0 0 10 30")))
    (shape,) = word.inline_shapes
    assert shape.height.mm <= 140.1


def test_a_drawing_that_is_none_is_an_error() -> None:
    with pytest.raises(ExportError, match="DOCX"):
        to_docx(Document(blocks=[HEAD, figure(svg="<svg")]))


@pytest.mark.parametrize(("columns", "available"), WIDTHS)
def test_no_table_is_wider_than_the_page_and_no_figure_breaks(columns: int, available: float) -> None:
    layout = lay_out(wide(columns), available)
    assert sum(layout.widths) <= twips(available) + columns
    digits = len("12.345") * 0.5 * layout.size / 2
    assert all(width / 20 - 2 * layout.inset >= digits - 0.1 for width in layout.widths[1:])


def test_widths_of_labels_codes_and_notes() -> None:
    align: list[Align] = ["number", "text", "label", "label", "code", "note"]
    values = ["1", "Tên thủ tục hành chính", "x", "toàn trình", "1.000.123.456.H18", "ghi chú"]
    cells = [TableCell(text=value) for value in values]
    table = Table(id="t", header=[], rows=[TableRow(cells=cells)], align=align)
    widths = column_widths(table, LANDSCAPE_TEXT)
    assert [widths[place] for place in (0, 2, 3, 4)] == [11, 13, 29, 50]  # a mark needs less than a label
    assert widths[1] > widths[5] > 30
    assert sum(widths) == pytest.approx(LANDSCAPE_TEXT)


def test_a_table_of_sixty_columns_and_one_of_five_thousand_rows_are_whole() -> None:
    content = made(Annex(label="A", title="B"), wide(60), wide(4, rows=5000))
    _, broad, long = docx.Document(io.BytesIO(content)).tables
    assert len(broad._tbl.tblGrid.gridCol_lst) == 60
    assert len(long._tbl.tr_lst) == 5001
    assert [cell.text for cell in long.rows[5000].cells] == ["Dòng 5000", *["12.345"] * 3]
    assert members(content)["word/document.xml"].count(b">12.345<") == 3 * 59 + 5000 * 3


def test_a_table_without_rows_shows_its_headings_and_one_without_headings_none() -> None:
    nothing = Table(id="b", caption="Không có gì", header=[], rows=[], align=[])
    word = opened(narrow(), nothing)
    assert [[cell.text for cell in row.cells] for row in word.tables[1].rows] == [["Tên"]]
    assert len(word.tables) == 2
    assert "Không có gì" in [paragraph.text for paragraph in word.paragraphs]


def test_a_cell_that_fills_a_page_may_break() -> None:
    _, table = opened(narrow("ngắn", "dài " * 600)).tables
    assert [bool(row._tr.xpath("w:trPr/w:cantSplit")) for row in table.rows] == [True, True, False]


def test_a_heading_of_rows_stays_with_the_row_below_it() -> None:
    rows = [TableRow(kind="heading", cells=[TableCell(text="Khối xã", columns=3)]), *table(numbered(40)).rows]
    (_, found) = opened(table([], rows=rows)).tables
    kept = [bool(row._tr.xpath(".//w:keepNext")) for row in found.rows]
    assert kept == [True, True, *[False] * 38, True, False]  # headings of columns and rows, the last but one


def test_tables_never_grow_together() -> None:
    word = opened(SPANNING, wide(2), wide(3), Closing(signature=["CHỦ TỊCH"], receivers=["a"]))
    assert not find(word, "//w:tbl/following-sibling::*[1][self::w:tbl]")


def test_key_figures_are_for_the_screen() -> None:
    shown = KeyFigures(figures=[KeyFigure(label="Trễ hạn", value=Run(text="9,74%"))])
    assert "Trễ hạn" not in "".join(find(opened(shown, text("a")), "//w:t/text()"))
