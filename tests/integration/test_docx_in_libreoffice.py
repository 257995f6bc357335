"""The Word document in LibreOffice: opens by itself, prints the whole text, as many pages as the PDF made by Typst."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from pypdf import PdfReader

from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Closing,
    Document,
    Figure,
    HeaderCell,
    Heading,
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
from baocao.document.charts import Bar, stacked_bars
from baocao.document.markup import MOTTO, recipient_lines
from baocao.export.docx import to_docx
from baocao.export.pdf import to_pdf
from baocao.indicators.measure import Measure, Subject
from tests.sample_documents import SENTENCE, head

Convert = Callable[[Document], PdfReader]
ROWS = 120
#: Pages by which the two may differ, of those the PDF has: Word's lines and paragraphs are a little further apart.
TOLERANCE = 0.15


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """A document as LibreOffice prints it, by way of Word's format."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("no LibreOffice on this machine: install the package libreoffice-writer to run these tests")
    folder = tmp_path_factory.mktemp("libreoffice")

    def print_it(document: Document) -> PdfReader:
        path = folder / "report.docx"
        path.write_bytes(to_docx(document))
        done = subprocess.run(
            [
                *(program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"),
                *("--convert-to", "pdf", "--outdir", str(folder), str(path)),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return PdfReader(io.BytesIO(path.with_suffix(".pdf").read_bytes()))

    return print_it


def one_stop_table() -> Table:
    figures = ("1.234", "567", "8,09", "0")
    rows = [
        TableRow(
            cells=[TableCell(text=f"{place}"), TableCell(text=f"Ủy ban nhân dân xã số {place}")]
            + [TableCell(text=value) for value in figures]
        )
        for place in range(1, ROWS + 1)
    ]
    rows.insert(0, TableRow(kind="heading", cells=[TableCell(text="Khối xã, phường", columns=6)]))
    rows.append(TableRow(kind="total", cells=[TableCell(text="Tổng", columns=2), *[TableCell(text="98.765")] * 4]))
    return Table(
        id="bieu-1",
        caption="Kết quả giải quyết",
        unit="hồ sơ",
        header=[
            [
                HeaderCell(text="Stt", rows=2),
                HeaderCell(text="Đơn vị", rows=2),
                HeaderCell(text="Đã giải quyết", columns=4),
            ],
            [HeaderCell(text=text) for text in ("Trước hạn", "Đúng hạn", "Trễ hạn", "Tỷ lệ")],
        ],
        rows=rows,
        align=["number", "text", *["figure"] * 4],
        note="Không kể hồ sơ của các cơ quan ngành dọc.",
    )


def chart() -> Figure:
    measures = [
        Measure(name, Subject("d"), value, "hồ sơ", "", date(2024, 1, 1), date(2024, 3, 31), "s")
        for name, value in (("a", 12), ("b", 34))
    ]
    bars = [Bar(f"Xã số {place}", measures) for place in range(8)]
    return stacked_bars("g", "Hồ sơ theo đơn vị", "Nói.", ["Đúng hạn", "Trễ hạn"], bars)


def report() -> Document:
    """Every kind of block, long enough for contents and for several pages of each kind."""
    body: list[AnyBlock] = []
    for part in range(1, 5):
        body.append(Heading(level=1, anchor=f"phan-{part}", runs=[Run(text=f"PHẦN THỨ {part}. KẾT QUẢ")]))
        for section in range(1, 5):
            body += [
                Heading(level=2, anchor=f"muc-{part}-{section}", runs=[Run(text=f"{part}.{section}. Mục nhỏ")]),
                Paragraph(runs=[Run(text=SENTENCE * 3), Run(text="Đậm", bold=True), Run(text=" và thường.")]),
                Paragraph(marker="-", runs=[Run(text=f"Kế hoạch số {part}{section}/KH-UBND ngày 09/01/2024;")]),
            ]
    body[1:1] = [Paragraph(runs=[Run(text="Căn cứ Nghị định", footnote="Nghị định về công tác văn thư.")])]
    return Document(
        blocks=[
            head(),
            Title(type_name="BÁO CÁO", abstract=[Run(text="Kết quả cải cách hành chính")], note="(Số liệu thử)"),
            Recipients(names=["Sở Nội vụ", "Văn phòng UBND tỉnh"]),
            *body,
            Closing(signature=["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], receivers=["Như trên", "Lưu: VT"]),
            Annex(label="Phụ lục I", title="Kết quả theo đơn vị", notes=["(Kèm theo Báo cáo số 63/BC-UBND)"]),
            one_stop_table(),
            Annex(label="Biểu đồ", title="Tình hình", landscape=False),
            chart(),
        ]
    )


def printed_texts(block: AnyBlock) -> Iterator[str]:
    """Every text of a block that stands in the document on paper."""
    match block:
        case Letterhead():
            yield from (*block.parent, *block.office, block.number, block.subject, block.place_date, *MOTTO)
        case Title():
            yield from (block.type_name, block.note, *(run.text for run in block.abstract))
        case Recipients():
            yield from recipient_lines(block.names)
        case Heading() | Paragraph():
            yield "".join(run.text for run in block.runs if not run.footnote)
            yield from (run.footnote for run in block.runs if run.footnote)
        case Table():
            yield from (block.caption, block.unit, block.note)
            yield from (cell.text for header in block.header for cell in header)
            yield from (cell.text for row in block.rows for cell in row.cells)
        case Figure():
            yield block.caption
        case Closing():
            yield from (*block.signature, *recipient_lines(block.receivers))
        case Annex():
            yield from (block.label, block.title.upper(), *block.notes)
        case KeyFigures():
            return


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def printed(convert: Convert) -> PdfReader:
    return convert(report())


@pytest.fixture(scope="module")
def pages(printed: PdfReader) -> list[tuple[str, str]]:
    """Of every page the number at its head, “” without one, and its text."""
    found = []
    for page in printed.pages:
        first, _, rest = page.extract_text().lstrip().partition("\n")
        found.append((first.strip(), rest) if first.strip().isdigit() else ("", f"{first}\n{rest}"))
    return found


def test_the_whole_text_is_printed(pages: list[tuple[str, str]]) -> None:
    whole = squeezed("".join(text for _, text in pages))
    wanted = [text for block in report().blocks for text in printed_texts(block)]
    assert [text for text in wanted if squeezed(text) not in whole] == []
    assert whole.count("1.234") == ROWS
    assert whole.count("98.765") == 4
    # Nothing is added but the list of contents and the words of the form.
    assert "MỤCLỤCPHẦNTHỨ1.KẾTQUẢPHẦNTHỨ2.KẾTQUẢ" in whole


def test_pages_are_numbered_as_an_official_document(pages: list[tuple[str, str]]) -> None:
    """From 2 on, and from 1 again in every annex, whose first page shows none either."""
    starts = [place for place, (_, text) in enumerate(pages) if re.match(r"UBND|Phụ lục I\n|Biểu đồ\n", text)]
    assert len(starts) == 3
    assert starts[0] == 0
    ends = [*starts[1:], len(pages)]
    expected = [
        "" if number == 1 else str(number)
        for start, end in zip(starts, ends, strict=True)
        for number in range(1, end - start + 1)
    ]
    assert [number for number, _ in pages] == expected
    assert ends[0] > 2 and ends[1] - starts[1] > 2  # both long enough to show it


def test_the_table_repeats_its_headings_on_landscape_pages(pages: list[tuple[str, str]], printed: PdfReader) -> None:
    wide = [
        text for (_, text), page in zip(pages, printed.pages, strict=True) if page.mediabox.width > page.mediabox.height
    ]
    assert len(wide) > 3
    assert all(text.count("Đã giải quyết") == text.count("Trước hạn") == 1 for text in wide)
    assert sum("Tỷ lệ" in text for _, text in pages) == len(wide)
    # The total does not stand alone.
    assert f"số {ROWS}" in wide[-1] and "Tổng" in wide[-1]


def test_the_signature_stands_with_text_and_the_note_at_its_foot(pages: list[tuple[str, str]]) -> None:
    (signed,) = [text for _, text in pages if "CHỦ TỊCH" in text]
    assert "Kế hoạch số" in signed
    assert "Nghị định về công tác văn thư." in pages[0][1]
    # No line is set before the letterhead, which LibreOffice does for a document with footnotes.
    assert pages[0][1].startswith("UBND THÀNH PHỐ")


def test_as_many_pages_as_the_pdf(printed: PdfReader) -> None:
    typeset = len(PdfReader(io.BytesIO(to_pdf(report()))).pages)
    assert len(printed.pages) == pytest.approx(typeset, rel=TOLERANCE)


def test_text_from_data_is_printed_as_it_is(convert: Convert) -> None:
    hostile = "<b>x</b> &amp; {{ 7*7 }} =cmd|'/c calc'!A0 #panic() “ngoặc” e\u0323\u0302"
    table = Table(
        id="t",
        header=[[HeaderCell(text=f"Cột {place}") for place in range(60)]],
        rows=[
            TableRow(cells=[TableCell(text="Tên " * 75), *(TableCell(text=f"{place}.567") for place in range(1, 60))])
        ],
        align=["text", *["figure"] * 59],
    )
    empty = Table(id="e", caption="Bảng trống", header=[[HeaderCell(text="Không có dòng")]], rows=[], align=["text"])
    document = Document(
        blocks=[report().letterhead, Paragraph(runs=[Run(text=hostile)]), empty, Annex(label="A", title="B"), table]
    )
    texts = [page.extract_text() for page in convert(document).pages]
    assert squeezed(hostile) in squeezed(texts[0])
    assert "Không có dòng" in texts[0]
    # Every figure of sixty columns stands on one line, none is cut off.
    assert re.findall(r"\d+\.567", "".join(texts)) == [f"{place}.567" for place in range(1, 60)]
    assert squeezed("".join(texts)).count("Tên") == 75
