"""What data and analysts' texts may hold at worst, in all four formats: a right document or a clear error."""

import io
import re
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn
from markupsafe import escape

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
    Title,
)
from baocao.document.characters import printable
from baocao.document.own_text import own_paragraphs
from baocao.errors import NarrativeError
from baocao.export.formats import FORMATS
from baocao.texts import OwnText
from tests.sample_documents import SVG, figure, head, table, through_a_notebook
from tests.tagged_pdf import TaggedPdf

HEAD = head()

#: What is written, and what every format prints of it.
TEXTS = {
    "long name": "Thủ tục cấp Giấy chứng nhận quyền sử dụng đất " * 7,
    "one long word": "Ề" * 300,
    "composed": "Uông Bí, Tuần Giáo, Điện Biên",
    "combining": "Uo\u0302ng Bi\u0301, Tua\u0302\u0300n Gia\u0301o",
    "zero width": "Hải\u200b Phò\u200dng \u2060\ufeff\u202egnol\u202c",
    "soft hyphen": "hành\u00adchính",
    "emoji": "Xã vui \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 ✓ ☐",
    "other script": "漢字 한국어",
    "control": "a\x00b\x07c\x1bd\x7fe\x85f\ufffeg",
    "line breaks": "một\nhai\r\nba\tbốn\u2028năm",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;<b>đậm</b>",
    "end of a tag": "\"'></td></table></script>--><!--]]>",
    "Typst": '#panic("x") #sys.inputs $x^2$ *đậm* `mã` @nhãn <nhãn> \\u{41} // ghi chú',
    "Jinja": "{{ 7 * 7 }} {% for x in y %}{# ghi chú #}{% endfor %}",
    "Markdown": "# đề mục **đậm** [liên kết](javascript:alert(1)) ![](x)",
    "formula": "=HYPERLINK(A1)+cmd|'/c calc'!A0",
    "formula with a plus": "+1+1",
    "formula with a minus": "-1-1",
    "formula with an at sign": "@SUM(A1)",
    "rich text of a workbook": "<r><t>x</t></r>",
    "Word": "<w:t>x</w:t> &#x0; _x0000_ { PAGE } w:instrText",
    "URL": "https://dichvucong.gov.vn/" + "rất-dài/" * 30,
}


def document(text: str, *more: AnyBlock) -> Document:
    """The text in every place of a document that data can reach."""
    cells = [TableCell(text="1"), TableCell(text=text), TableCell(text="1.234", figure=text, value="1234")]
    rows = Table(
        id="t",
        caption=text,
        unit=text,
        header=[[HeaderCell(text="Stt"), HeaderCell(text=text), HeaderCell(text="Số")]],
        rows=[TableRow(cells=cells), TableRow(kind="heading", cells=[TableCell(text=text, columns=3)])],
        align=["number", "text", "figure"],
        note=text,
    )
    drawing = SVG.replace("</svg>", f'<text y="9" font-size="0.05">{escape(text)}</text></svg>')
    blocks: list[AnyBlock] = [
        HEAD.model_copy(update={"office": [text], "parent": [text], "subject": text, "place_date": text}),
        Title(type_name=text, abstract=[Run(text=text)], note=text),
        Recipients(names=[text, text]),
        Heading(level=1, anchor="a", runs=[Run(text=text)]),
        Paragraph(runs=[Run(text=text, bold=True, footnote=text), Run(text="5", figure=text, value="5")], marker="-"),
        rows,
        *more,
        Closing(signature=[text], receivers=[text]),
        Annex(label=text, title=text, notes=[text]),
        rows.model_copy(update={"id": "u"}),
        figure(caption=text, alt=f"{text}.", svg=drawing, data=rows.model_copy(update={"id": "g-data"})),
    ]
    return through_a_notebook(blocks)


def bare(text: str) -> str:
    """Without spaces and places to break: those are each format's own."""
    return "".join(text.replace("\u200b", "").split())


# -- how each format is read -------------------------------------------------------------------------------------------


def of_html(content: bytes) -> list[str]:
    page = BeautifulSoup(content, "html.parser")
    assert page.find(["img", "iframe", "object", "link"]) is None
    assert len(page.find_all("script")) == 1  # our own
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert page.body is not None
    for tag in page.body.find_all(["script", "style"]):
        tag.decompose()
    return [page.body.get_text()]


def of_pdf(content: bytes) -> list[str]:
    pdf = TaggedPdf(content)
    for one in pdf.pieces:
        assert one.x + one.width <= pdf.sizes[one.page][0] - 14, one
    return [pdf.text(pdf.root)]


def of_docx(content: bytes) -> list[str]:
    word = docx.Document(io.BytesIO(content))
    fields = {node.text.split()[0] for node in word.element.body.iter(qn("w:instrText"))}
    assert fields <= {"TOC", "PAGE"}
    return ["".join(node.text or "" for node in word.element.body.iter(qn("w:t")))]


def of_xlsx(content: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    return [str(cell.value) for cell in cells if cell.value is not None]


READ: dict[str, Callable[[bytes], list[str]]] = {"html": of_html, "pdf": of_pdf, "docx": of_docx, "xlsx": of_xlsx}


@pytest.mark.parametrize("name", list(READ))
@pytest.mark.parametrize("what", list(TEXTS))
def test_text_is_text(what: str, name: str) -> None:
    text = TEXTS[what]
    found = READ[name](FORMATS[name].make(document(text), {}))
    said = bare(printable(text))
    assert said
    times = sum(bare(part).count(said) for part in found)
    times_in_capitals = sum(bare(part).upper().count(said.upper()) for part in found)
    least = {"html": 15, "pdf": 15, "docx": 15, "xlsx": 4}[name]
    assert times_in_capitals >= least, (said, found[0][:500])
    assert times >= least - 2  # titles of annexes are printed in capitals


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Uo\u0302ng Bi\u0301", "Uông Bí"),
        ("Xã \U0001f600", "Xã [U+1F600]"),
        ("☐ chưa", "[U+2610] chưa"),
        ("a\u2011b ① １２", "a\u2010b 1 12"),
        ("a\x00\u200b\u202eb", "ab"),
        ("một\nhai  ba", "một hai  ba"),
        ("4 − 5 ≤ 6 ½ m²", "4 − 5 ≤ 6 ½ m²"),
    ],
)
def test_what_is_printed_of_a_text(text: str, said: str) -> None:
    """The same in all formats: a letter no typeface has is a number, not a box in one and a picture in another."""
    assert printable(text) == said


@pytest.mark.parametrize("name", list(READ))
@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_nothing(name: str, rows: int) -> None:
    """Without rows; with a row that says only why there is nothing."""
    row = TableRow(kind="heading", cells=[TableCell(text="Không phát sinh trong kỳ", columns=2)])
    empty = Table(
        id="t",
        header=[[HeaderCell(text="Tên"), HeaderCell(text="Số")]],
        rows=[row] * rows,
        align=["text", "figure"],
    )
    blocks: list[AnyBlock] = [HEAD, empty, Annex(label="Phụ lục", title="Rỗng"), empty.model_copy(update={"id": "u"})]
    found = READ[name](FORMATS[name].make(through_a_notebook(blocks), {}))
    assert ("Khôngphátsinhtrongkỳ" in bare("".join(found))) == bool(rows)


def wide(rows: int, columns: int) -> Document:
    names = [f"Xã số {number}." for number in range(rows)]
    return through_a_notebook([HEAD, Annex(label="Biểu", title="Lớn"), table(names, columns)])


@pytest.mark.parametrize("name", list(READ))
def test_sixty_columns(name: str) -> None:
    found = bare(" ".join(READ[name](FORMATS[name].make(wide(20, 60), {}))))
    assert all(f"Xãsố{number}." in found for number in range(20))
    assert all(f"Cột{place}" in found for place in range(60))
    assert found.count("1.234") == 20 * 59 or found.count("1234") == 20 * 59


@pytest.mark.full
@pytest.mark.parametrize("name", list(READ))
def test_five_thousand_rows(name: str) -> None:
    content = FORMATS[name].make(wide(5000, 12), {})
    if name == "pdf":  # the tags of so many take minutes to follow
        from pypdf import PdfReader

        texts = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    else:
        texts = " ".join(READ[name](content))
    assert {int(number) for number in re.findall(r"Xã số (\d+)\.", texts)} == set(range(5000))


OWN = {
    **{name: text for name, text in TEXTS.items() if name not in ("Jinja", "control")},
    "bold and footnote": "**đậm** và chú thích^[một <b>nguồn</b>]",
}


@pytest.mark.parametrize("what", list(OWN))
def test_an_analysts_text_is_text(what: str) -> None:
    """In all formats alike; nothing in it is evaluated."""
    own = OwnText("x", "params/texts/x.md", OWN[what])
    paragraphs = own_paragraphs(own, _no_measure, lambda _: None)
    blocks: list[AnyBlock] = [HEAD, *paragraphs]
    said = {
        name: bare("".join(READ[name](FORMATS[name].make(through_a_notebook(blocks), {}))))
        for name in ("html", "pdf", "docx")
    }
    for paragraph in paragraphs:
        for run in paragraph.runs:
            for name, found in said.items():
                assert bare(printable(run.text)) in found, name


@pytest.mark.parametrize("text", ["{{ 7 * 7 }}", "{% for x in y %}", "{{ x | safe }}", "{{ config }}", "^[chưa đóng"])
def test_an_analysts_template_is_refused(text: str) -> None:
    own = OwnText("x", "params/texts/x.md", text)
    with pytest.raises(NarrativeError, match=r"params/texts/x\.md"):
        own_paragraphs(own, _no_measure, lambda _: None)


def _no_measure(name: str) -> Any:
    raise AssertionError(f"asked for {name}")


def test_a_drawing_that_is_none_is_an_error() -> None:
    broken = figure(svg=SVG.replace("</svg>", ""))
    for name in ("pdf", "docx"):
        with pytest.raises(Exception, match=name.upper()) as caught:
            FORMATS[name].make(through_a_notebook([HEAD, broken]), {})
        assert type(caught.value).__name__ == "ExportError"
