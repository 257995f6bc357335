"""The PDF against NĐ 30/2020/NĐ-CP, annex I, and against PDF/A and PDF/UA: measured in the file itself."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

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
    Title,
)
from baocao.document.fonts import font_files
from baocao.document.markup import MOTTO
from baocao.export.pdf import to_pdf
from tests.sample_documents import SENTENCE, figure, head, numbered, table
from tests.tagged_pdf import POINTS, Element, Piece, TaggedPdf

A4 = (210.0, 297.0)
#: Letters above and below the line reach this far, in points of a letter of one point.
ASCENT, DESCENT = 0.9, 0.25


def grouped(names: Sequence[str], columns: int, value: str = "1.234", top: str = "Đơn vị", **changes: Any) -> Table:
    """Under two rows of headings."""
    header = [
        [HeaderCell(text=top, rows=2), HeaderCell(text="Hồ sơ đã giải quyết", columns=columns - 1)],
        [HeaderCell(text=f"Cột {place}") for place in range(1, columns)],
    ]
    return table(names, columns, value, header=header, **changes)


@cache
def report() -> TaggedPdf:
    """Every part an official report has."""
    body: list[AnyBlock] = [
        head(),
        Title(type_name="BÁO CÁO", abstract=[Run(text="Kết quả cải cách hành chính")], note="(Số liệu thử)"),
        Recipients(names=["Sở Nội vụ", "Văn phòng UBND tỉnh"]),
        Heading(level=1, runs=[Run(text="I. KẾT QUẢ")]),
        *[Paragraph(runs=[Run(text=SENTENCE * 4)]) for _ in range(12)],
        Heading(level=2, runs=[Run(text="1. Mục nhỏ")]),
        Paragraph(runs=[Run(text="Căn cứ", footnote="Nghị định về công tác văn thư."), Run(text=" Nghị định.")]),
        Closing(signature=["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], receivers=["Như trên", "Lưu: VT"]),
        Annex(label="Phụ lục I", title="Kết quả theo đơn vị", notes=["(Kèm theo Báo cáo số 63/BC-UBND)"]),
        grouped(numbered(217), 9),
        Annex(label="Phụ lục II", title="Biểu đồ", landscape=False),
        figure(),
        grouped(numbered(12), 4, caption="Bảng nhỏ", unit="hồ sơ", note="Ghi chú."),
    ]
    return TaggedPdf(to_pdf(Document(blocks=body)))


def pieces(text: str, pdf: TaggedPdf | None = None) -> list[Piece]:
    """Where a text stands that is drawn at once."""
    return [piece for piece in (pdf or report()).pieces if piece.text.strip() == text]


def piece(text: str) -> Piece:
    """Where it stands first."""
    return pieces(text)[0]


def middle(one: Piece) -> float:
    return one.x + one.width / 2


# -- the page ----------------------------------------------------------------------------------------------------------


def test_paper_is_a4_upright_and_annexes_may_lie() -> None:
    sizes = [(round(width), round(height)) for width, height in report().sizes]
    assert sizes[0] == sizes[1] == sizes[-1] == A4
    assert (297, 210) in sizes
    assert set(sizes) == {A4, (297, 210)}


def test_margins() -> None:
    """Above and below 20–25 mm, left 30–35, right 15–20; a page that lies keeps 20 on all sides."""
    for number, (width, height) in enumerate(report().sizes):
        on_page = [piece for piece in report().pieces if piece.page == number and piece.mark is not None]
        left, right = (30, 15) if width < height else (20, 20)
        assert min(piece.x for piece in on_page) >= left - 0.1
        assert max(piece.x + piece.width for piece in on_page) <= width - right + 0.5
        assert min(piece.y - ASCENT * piece.size / POINTS for piece in on_page) >= 20
        assert max(piece.y + DESCENT * piece.size / POINTS for piece in on_page) <= height - 20
        assert all(20 - 0.5 <= line.y1 <= height - 19 for line in report().lines if line.page == number)


def test_the_text_uses_the_margins_it_is_given() -> None:
    lines = [piece for piece in report().pieces if piece.page == 1 and piece.size == 14]
    assert min(piece.x for piece in lines) == pytest.approx(30, abs=0.2)
    assert max(piece.x + piece.width for piece in lines) == pytest.approx(195, abs=1.5)


def test_page_numbers_stand_in_the_middle_of_the_upper_margin() -> None:
    """13–14 pt upright, none on the first page, every annex by itself."""
    numbers: list[str] = []
    for number, (width, _) in enumerate(report().sizes):
        above = [piece for piece in report().pieces if piece.page == number and piece.y < 20 and piece.mark is None]
        assert len(above) <= 1
        numbers.append(above[0].text if above else "")
        for one in above:
            left, right = (30, 15) if width < 250 else (20, 20)
            assert middle(one) == pytest.approx((left + width - right) / 2, abs=0.5)
            assert 13 <= one.size <= 14
            assert one.font == "LiberationSerif"
    starts = [place for place, text in enumerate(numbers) if text == ""]
    assert len(starts) == 3  # the report and its two annexes
    for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        assert numbers[start:end] == ["", *map(str, range(2, end - start + 1))]


# -- letters -----------------------------------------------------------------------------------------------------------

LETTERS = {
    MOTTO[0]: ("Bold", 12, 13),
    MOTTO[1]: ("Bold", 13, 14),
    "UBND THÀNH PHỐ HẠ LONG": ("", 12, 13),
    "ỦY BAN NHÂN DÂN": ("Bold", 12, 13),
    "PHƯỜNG HỒNG GAI": ("Bold", 12, 13),
    "63/BC-UBND": ("", 13, 13),
    "Hồng Gai, ngày 04 tháng 6 năm 2024": ("Italic", 13, 14),
    "BÁO CÁO": ("Bold", 13, 14),
    "Kết quả cải cách hành chính": ("Bold", 13, 14),
    "I. KẾT QUẢ": ("Bold", 13, 14),
    "TM. ỦY BAN NHÂN DÂN": ("Bold", 13, 14),
    "CHỦ TỊCH": ("Bold", 13, 14),
    "Nơi nhận:": ("BoldItalic", 12, 12),
    "- Như trên;": ("", 11, 11),
    "Phụ lục I": ("Bold", 14, 14),
    "KẾT QUẢ THEO ĐƠN VỊ": ("Bold", 13, 14),
    "(Kèm theo Báo cáo số": ("Italic", 13, 14),
}


@pytest.mark.parametrize("text", list(LETTERS))
def test_letters(text: str) -> None:
    face, least, most = LETTERS[text]
    found = piece(text)
    assert found.font == "LiberationSerif" + (f"-{face}" if face else "")
    assert least <= found.size <= most


def test_only_the_shipped_typeface_and_all_of_it_in_the_file() -> None:
    """Metric-compatible with Times New Roman; PDF/A wants it embedded."""
    for page in report().reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert re.fullmatch(r"/[A-Z]{6}\+LiberationSerif(-Bold|-Italic|-BoldItalic)?", descendant["/BaseFont"])
            assert "/FontFile2" in descendant["/FontDescriptor"]


def test_every_letter_a_report_uses_is_in_every_face() -> None:
    """The Vietnamese alphabet, figures and signs; what lacks a letter is replaced before it gets here."""
    from fontTools.ttLib import TTFont

    vietnamese = "aăâbcdđeêghiklmnoôơpqrstuưvxyfjwzáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    signs = "0123456789 .,:;!?()[]/-–—+=%<>≤≥“”‘’\"'…•×°²³½№₫€$&@*_§\u00a0"
    needed = {ord(sign) for sign in vietnamese + vietnamese.upper() + signs}
    for path in font_files():
        with TTFont(path, lazy=True) as face:
            assert needed <= set(face.getBestCmap()), path.name


# -- the head ----------------------------------------------------------------------------------------------------------


def test_places_of_the_letterhead() -> None:
    """The state on the right half, the agency on the left, beginning on one line; each centred on its column."""
    agency, state = piece("UBND THÀNH PHỐ HẠ LONG"), piece(MOTTO[0])
    assert agency.y == pytest.approx(state.y, abs=0.5)
    assert agency.x + agency.width < state.x
    for text in ("ỦY BAN NHÂN DÂN", "PHƯỜNG HỒNG GAI"):
        assert middle(piece(text)) == pytest.approx(middle(agency), abs=0.5)
    for text in (MOTTO[1], "Hồng Gai, ngày 04 tháng 6 năm 2024"):
        assert middle(piece(text)) == pytest.approx(middle(state), abs=0.5)
    assert piece("63/BC-UBND").y == pytest.approx(piece("Hồng Gai, ngày 04 tháng 6 năm 2024").y, abs=6)


def test_rules_of_the_letterhead() -> None:
    """Under the motto a line of its length; under the agency one of a third to a half of its name."""
    motto, office = piece(MOTTO[1]), piece("PHƯỜNG HỒNG GAI")
    below = [line for line in report().lines if line.page == 0]
    under_motto = min((line for line in below if line.x1 > 100), key=lambda line: line.y1)
    assert under_motto.x2 - under_motto.x1 == pytest.approx(motto.width, abs=1)
    assert 0 < under_motto.y1 - motto.y < 3
    under_office = min((line for line in below if line.x2 < 100), key=lambda line: line.y1)
    assert 1 / 3 <= (under_office.x2 - under_office.x1) / office.width <= 1 / 2
    assert (under_office.x1 + under_office.x2) / 2 == pytest.approx(middle(office), abs=0.5)


def test_a_dispatch_says_what_it_is_about_under_its_number() -> None:
    pdf = TaggedPdf(to_pdf(Document(blocks=[head(subject="V/v đôn đốc")])))
    (subject,) = pieces("V/v đôn đốc", pdf)
    (number,) = pieces("63/BC-UBND", pdf)
    assert subject.font == "LiberationSerif"
    assert 12 <= subject.size <= 13
    assert 0 < subject.y - number.y < 10


def test_title_signature_and_receivers() -> None:
    text_middle = 30 + (210 - 30 - 15) / 2
    for text in ("BÁO CÁO", "Kết quả cải cách hành chính"):
        assert middle(piece(text)) == pytest.approx(text_middle, abs=0.5)
    receivers, signed = piece("Nơi nhận:"), piece("TM. ỦY BAN NHÂN DÂN")
    assert receivers.x == pytest.approx(30, abs=0.3)
    assert signed.x > text_middle
    assert receivers.y == pytest.approx(signed.y, abs=1.5)
    assert middle(piece("CHỦ TỊCH")) == pytest.approx(middle(signed), abs=0.5)


# -- paragraphs --------------------------------------------------------------------------------------------------------


def body_lines() -> list[float]:
    """Base lines of the first page's paragraphs, in points."""
    paragraphs = [
        piece for piece in report().pieces if piece.page == 1 and piece.size == 14 and "Bold" not in piece.font
    ]
    return sorted({round(piece.y * POINTS, 1) for piece in paragraphs})


def test_lines_and_paragraphs_are_as_far_apart_as_asked() -> None:
    """Lines single to 1,5; paragraphs at least 6 pt more; the first line 10 or 12,7 mm in."""
    steps = [below - above for above, below in pairwise(body_lines())]
    line, between = min(steps), sorted({round(step, 1) for step in steps})[-1]
    single = 14 * 1.15  # of Times New Roman
    assert single <= line <= 1.5 * single
    assert 6 <= between - line <= 12
    starts = {
        round(piece.x, 1) for piece in report().pieces if piece.text.startswith("Trong kỳ, bộ phận") and piece.x < 45
    }
    assert 40.0 in starts
    assert starts <= {30.0, 40.0}


def test_headings_keep_that_distance_too() -> None:
    heading = piece("I. KẾT QUẢ")
    following = min(one.y for one in report().pieces if one.page == heading.page and one.y > heading.y + 1)
    line = min(below - above for above, below in pairwise(body_lines()))
    assert (following - heading.y) * POINTS - line >= 5.9


# -- for archives and for those who cannot see -------------------------------------------------------------------------


def test_pdf_a_and_pdf_ua_are_declared() -> None:
    root = report().reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", metadata)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", metadata)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", metadata)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("vi")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert report().reader.metadata is not None
    assert report().reader.metadata.title == "Văn bản thử"


def test_bookmarks_follow_the_headings() -> None:
    def names(entries: Any) -> list[Any]:
        return [names(entry) if isinstance(entry, list) else " ".join(entry.title.split()) for entry in entries]

    outline = names(report().reader.outline)
    assert outline[0] == "I. KẾT QUẢ"
    assert outline[1] == ["1. Mục nhỏ"]
    assert [re.sub(r"\s", "", name) for name in outline[2:]] == [
        re.sub(r"\s", "", name) for name in ("Phụ lục I KẾT QUẢ THEO ĐƠN VỊ", "Phụ lục II BIỂU ĐỒ")
    ]


def test_tables_are_tagged_and_their_headings_repeat() -> None:
    (heads, rows), *_ = report().tables()
    assert [len(row) for row in heads] == [2, 8]
    assert len(rows) == 217
    first = next(report().walk("/Table"))
    cells = [cell for row in report().walk("/TR", first) for cell in row.children if isinstance(cell, Element)]
    assert {cell.kind for cell in cells} == {"/TH", "/TD"}
    assert all(cell.attributes["/Scope"] == "/Column" for cell in cells if cell.kind == "/TH")
    # Its heading is read once and drawn on every page.
    lying = [number for number, (width, _) in enumerate(report().sizes) if width > 250]
    assert len(lying) > 3
    assert [one.page for one in pieces("Cột 8")] == lying


def test_figures_have_words() -> None:
    (drawn,) = report().walk("/Figure")
    assert drawn.attributes["/Alt"] == "Hình vuông."


@pytest.mark.parametrize("levels", [[2], [3, 1], [1, 3, 3, 2], [2, 2, 4, 1]])
def test_headings_begin_at_the_first_level_whatever_the_document_says(levels: list[int]) -> None:
    """PDF/UA refuses a document that starts with a heading of the second level, or leaves one out."""
    blocks = [Heading(level=level, runs=[Run(text=f"Mục {place}")]) for place, level in enumerate(levels)]
    pdf = TaggedPdf(to_pdf(Document(blocks=[head(), *blocks])))
    found = [int(element.kind[2:]) for element in pdf.elements() if re.fullmatch(r"/H\d", element.kind)]
    assert len(found) == len(levels)
    assert found[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(found))


def test_poppler_finds_every_font_in_the_file(tmp_path: Path) -> None:
    program = shutil.which("pdffonts")
    if program is None:
        pytest.skip("no poppler on this machine: install the package poppler-utils to run this test")
    path = tmp_path / "report.pdf"
    path.write_bytes(to_pdf(Document(blocks=[head(), grouped(numbered(20), 5)])))
    done = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=60, check=True)
    fonts = [line.split() for line in done.stdout.splitlines()[2:]]
    assert fonts
    assert {font[-5] for font in fonts} == {"yes"}  # embedded


# -- nothing is clipped ------------------------------------------------------------------------------------------------


def uncut(pdf: TaggedPdf) -> None:
    """Everything drawn lies on its page, between the margins."""
    for one in pdf.pieces:
        width, height = pdf.sizes[one.page]
        right = 15 if width < height else 20
        assert one.x + one.width <= width - right + 0.6, one
        assert one.y + DESCENT * one.size / POINTS <= height - 18, one


@pytest.mark.parametrize(("columns", "landscape"), [(12, True), (12, False), (20, False), (60, True)])
def test_a_wide_table_fits(columns: int, landscape: bool) -> None:
    """In smaller letters; no figure runs over its neighbour."""
    blocks = [head(), Annex(label="A", title="b", landscape=landscape), grouped(numbered(30), columns, "12.345")]
    pdf = TaggedPdf(to_pdf(Document(blocks=blocks)))
    uncut(pdf)
    ((_, rows),) = pdf.tables()
    assert [row[1:] for row in rows] == [["12.345"] * (columns - 1)] * 30
    lines: dict[tuple[int, float], list[Piece]] = {}
    for one in pieces("12.345", pdf):
        lines.setdefault((one.page, round(one.y, 1)), []).append(one)
    assert len(lines) == 30  # none is broken
    for line in lines.values():
        line.sort(key=lambda one: one.x)
        assert all(left.x + left.width <= right.x + 0.05 for left, right in pairwise(line))


def test_a_long_table_loses_no_row() -> None:
    pdf = TaggedPdf(to_pdf(Document(blocks=[head(), Annex(label="A", title="b"), grouped(numbered(217), 12)])))
    uncut(pdf)
    ((_, found),) = pdf.tables()
    assert [row[0] for row in found] == [f"Xã số {number}" for number in range(1, 218)]


@pytest.mark.parametrize(
    "name", ["Tên rất dài của một thủ tục hành chính " * 8, "Ề" * 300, "https://a.vn/" + "x" * 290]
)
def test_long_names_break(name: str) -> None:
    """With spaces or without, in every place a name can stand in."""
    narrow = grouped([name] * 3, 12, top=name)
    blocks: list[AnyBlock] = [
        head(parent=[name], office=[name], number=name, subject=name, place_date=name),
        Title(type_name=name, abstract=[Run(text=name)], note=name),
        Recipients(names=[name, name]),
        Heading(level=1, runs=[Run(text=name)]),
        Paragraph(runs=[Run(text=name, footnote=name)]),
        narrow.model_copy(update={"caption": name, "note": name, "unit": name}),
        Closing(signature=[name], receivers=[name]),
        Annex(label=name, title=name, notes=[name]),
        narrow,
    ]
    pdf = TaggedPdf(to_pdf(Document(blocks=blocks)))
    uncut(pdf)
    whole = "".join(pdf.text(pdf.root).replace("\u200b", "").split())
    assert whole.upper().count("".join(name.split()).upper()) >= 20
