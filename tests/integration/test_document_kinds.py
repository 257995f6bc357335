"""Letterhead, title, receivers and signature of every kind of document (NĐ 30/2020/NĐ-CP, annex I), in every format."""

import io
from functools import cache
from typing import Any

import docx
import pytest
from bs4 import BeautifulSoup
from pydantic import ValidationError

from baocao.document.blocks import Closing, Document, Letterhead, Recipients, Run, Title
from baocao.document.markup import recipient_lines
from baocao.errors import NarrativeError
from baocao.export.docx import to_docx
from baocao.export.html import to_html
from baocao.export.pdf import to_pdf
from baocao.intake.source import find_sources
from baocao.notebook import open_report
from baocao.notebook import session as session_module
from baocao.project import Project
from baocao.reports import DOCUMENT_KINDS, DocumentKind
from baocao.store.ingest import ingest
from tests.conftest import SAMPLE
from tests.sample_documents import SENTENCE, SIGNATURES, SYMBOLS, head, official, text
from tests.tagged_pdf import Line, Piece, TaggedPdf

KINDS: tuple[DocumentKind, ...] = tuple(DOCUMENT_KINDS)
#: Between the margins of a page, in millimetres: the middle of the text.
MIDDLE = 30 + 165 / 2


@cache
def pdf_of(kind: DocumentKind) -> TaggedPdf:
    return TaggedPdf(to_pdf(official(kind)))


def expected(kind: DocumentKind) -> list[str]:
    """What stands in the document from the type name to the signature, in its order."""
    name = [] if kind == "cong-van" else [DOCUMENT_KINDS[kind].upper()]
    receivers = ["Kính gửi:", "- Sở Nội vụ;"] if kind in ("cong-van", "to-trinh") else []
    return [*name, *receivers, SENTENCE.strip(), "Nơi nhận:", "- Như trên;", "- Lưu: VT.", *SIGNATURES[kind]]


def bare(value: str) -> str:
    return "".join(value.split())


def in_order(whole: str, parts: list[str]) -> bool:
    """Whether the parts stand in the text one after the other."""
    place = 0
    for part in parts:
        found = bare(whole).find(bare(part), place)
        if found < 0:
            return False
        place = found + len(bare(part))
    return True


def said(kind: DocumentKind, name: str) -> str:
    """The text of a document in a format, letterhead included."""
    document = official(kind)
    match name:
        case "pdf":
            return pdf_of(kind).text(pdf_of(kind).root)
        case "docx":
            word = docx.Document(io.BytesIO(to_docx(document)))
            return "".join(word.element.body.itertext())
        case _:
            page = BeautifulSoup(to_html(document), "html.parser")
            assert page.article is not None
            return page.article.get_text(" ")


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_part_stands_in_its_place(kind: DocumentKind, name: str) -> None:
    """A dispatch has no type name, and its subject under its number; a proposal names its receivers below its title."""
    whole = said(kind, name)
    subject = ["V/v đôn đốc"] if kind == "cong-van" else []
    assert in_order(whole, [f"Số: 63/{SYMBOLS[kind]}", *subject])
    assert in_order(whole, expected(kind))
    assert ("V/v" in whole) == (kind == "cong-van")
    others = {label.upper() for other, label in DOCUMENT_KINDS.items() if other != kind}
    assert not [other for other in (*others, "CÔNG VĂN") if bare(other) in bare(whole)]


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_an_annex_says_which_document_it_belongs_to(name: str) -> None:
    for kind in KINDS:
        document = official(kind)
        whole = pdf_of(kind).text(pdf_of(kind).root) if name == "pdf" else ""
        if name == "docx":
            whole = "".join(docx.Document(io.BytesIO(to_docx(document))).element.body.itertext())
        elif name == "html":
            whole = BeautifulSoup(to_html(document), "html.parser").get_text(" ")
        attached = f"(Kèm theo {DOCUMENT_KINDS[kind]} số 63/{SYMBOLS[kind]} ngày 04/6/2024 của UBND phường Hồng Gai)"
        assert in_order(whole.upper(), ["PHỤ LỤC I", "KẾT QUẢ THEO ĐƠN VỊ", attached.upper()])


# -- measures ----------------------------------------------------------------------------------------------------------


def piece(kind: DocumentKind, value: str) -> Piece:
    return next(one for one in pdf_of(kind).pieces if one.text.strip() == value)


@pytest.mark.parametrize("kind", KINDS)
def test_signatures_are_bold_capitals_below_each_other(kind: DocumentKind) -> None:
    lines = [piece(kind, line) for line in SIGNATURES[kind]]
    assert {(one.font, one.size) for one in lines} == {("LiberationSerif-Bold", 14.0)}
    assert [one.y for one in lines] == sorted(one.y for one in lines)
    assert max(one.x + one.width / 2 for one in lines) - min(one.x + one.width / 2 for one in lines) < 0.5
    assert all(one.x > MIDDLE for one in lines)


def rule_below(pdf: TaggedPdf, one: Piece) -> Line:
    lines = [line for line in pdf.lines if line.page == 0 and line.y1 > one.y and line.x1 < MIDDLE < line.x2]
    return min(lines, key=lambda line: line.y1)


@pytest.mark.parametrize(
    "abstract", ["Kết quả cải cách", "Về việc giao chỉ tiêu hồ sơ trực tuyến cho các xã, phường " * 3]
)
def test_the_line_under_the_abstract_is_a_third_to_a_half_of_it(abstract: str) -> None:
    title = Title(
        type_name="TỜ TRÌNH", abstract=[Run(text=abstract.strip())], note="(Một ghi chú dài hơn trích yếu ở trên)"
    )
    document = Document(blocks=[head("to-trinh"), title, text("x")])
    pdf = TaggedPdf(to_pdf(document))
    bold = [
        one for one in pdf.pieces if one.font.endswith("Bold") and one.size == 14 and one.text.strip() != "TỜ TRÌNH"
    ]
    widths: dict[float, float] = {}
    for one in bold:
        widths[round(one.y, 1)] = widths.get(round(one.y, 1), 0) + one.width
    line = rule_below(pdf, max(bold, key=lambda one: one.y))
    assert 1 / 3 <= (line.x2 - line.x1) / max(widths.values()) <= 1 / 2
    assert (line.x1 + line.x2) / 2 == pytest.approx(MIDDLE, abs=0.5)
    note = next(one for one in pdf.pieces if one.text.startswith("(Một"))
    assert note.y > line.y1
    word = docx.Document(io.BytesIO(to_docx(document)))
    (rule,) = [found for found in word.paragraphs if found.style is not None and found.style.name == "Đường kẻ"]
    indent = rule.paragraph_format
    assert indent.left_indent is not None and indent.right_indent is not None
    length = 165 - indent.left_indent.mm - indent.right_indent.mm
    assert 1 / 3 <= length / max(widths.values()) <= 1 / 2


def test_receivers_are_listed_below_the_colon() -> None:
    """Also the further lines of a long name."""
    long = "Các cơ quan chuyên môn thuộc Ủy ban nhân dân thành phố và các đơn vị sự nghiệp công lập trên địa bàn"
    document = Document(blocks=[head("cong-van"), Recipients(names=[long, "Sở Nội vụ"]), text("x")])
    pdf = TaggedPdf(to_pdf(document))
    call = next(one for one in pdf.pieces if one.text.startswith("Kính gửi"))
    dashes = [one for one in pdf.pieces if one.text.startswith("- ") and 0 < one.y - call.y < 30]
    colon = call.x + call.width
    assert len(dashes) == 2
    assert all(colon - 2.5 < one.x < colon + 0.5 for one in dashes)
    wrapped = next(one for one in pdf.pieces if dashes[0].y + 2 < one.y < dashes[1].y - 2)
    assert wrapped.x == pytest.approx(dashes[0].x + 2.9, abs=0.5)
    word = docx.Document(io.BytesIO(to_docx(document)))
    listed = next(found for found in word.paragraphs if found.text == recipient_lines([long, ""])[0])
    assert listed.style is not None
    form: Any = listed.style
    assert form.paragraph_format.left_indent.mm + form.paragraph_format.first_line_indent.mm == pytest.approx(
        52.6, abs=0.2
    )


def test_one_receiver_stands_on_the_line_of_the_call() -> None:
    document = Document(blocks=[head("to-trinh"), Recipients(names=["Ủy ban nhân dân tỉnh"]), text("x")])
    for whole in (
        to_html(document).decode(),
        "".join(docx.Document(io.BytesIO(to_docx(document))).element.body.itertext()),
    ):
        assert "Kính gửi: Ủy ban nhân dân tỉnh." in whole
    assert "Kính gửi: Ủy ban nhân dân tỉnh." in [one.text.strip() for one in TaggedPdf(to_pdf(document)).pieces]


@pytest.mark.parametrize(
    "lines", [["CHỦ TỊCH", "PHÓ CHỦ TỊCH"], ["TM. ỦY BAN NHÂN DÂN"], ["TL. CHỦ TỊCH"], ["KT. CHỦ TỊCH"]]
)
def test_a_signature_says_by_what_authority_and_who_signs(lines: list[str]) -> None:
    with pytest.raises(ValidationError, match=r"signer's office|who signs"):
        Closing(signature=lines, receivers=[])


# -- what a notebook shows ---------------------------------------------------------------------------------------------


def shown(project: Project, monkeypatch: pytest.MonkeyPatch, unit: str = "tuan-giao") -> tuple[Any, list[Any]]:
    """A report and the blocks it shows."""
    blocks: list[Any] = []
    ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    monkeypatch.setattr(session_module, "display", blocks.append)
    return open_report("portal-dispatch", unit=unit, period="2020-Q1"), blocks


def test_a_dispatch_names_its_receivers_at_once_and_has_no_title(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, blocks = shown(project, monkeypatch)
    report.letterhead()
    assert [block.kind for block in blocks] == ["letterhead", "recipients"]
    assert blocks[0].subject.startswith("V/v ")
    with pytest.raises(NarrativeError, match="no title"):
        report._show(Title(type_name="CÔNG VĂN", abstract=[Run(text="x")]))


def test_a_proposal_names_its_receivers_below_its_title(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.params / "reports" / "portal-dispatch.yaml"
    plain = (
        path.read_text(encoding="utf-8")
        .replace("kind: cong-van", "kind: to-trinh")
        .replace("symbol: UBND-VP", "symbol: TTr-UBND")
    )
    without_subject = [line for line in plain.splitlines() if not line.startswith("  subject:")]
    path.write_text("\n".join(without_subject) + "\n", encoding="utf-8")
    report, blocks = shown(project, monkeypatch)
    report.letterhead()
    report._show(Title(type_name="TỜ TRÌNH", abstract=[Run(text="Về việc thử")]))
    report.annex("one-stop-by-field")
    assert [block.kind for block in blocks] == ["letterhead", "title", "recipients", "annex", "table"]
    letterhead = blocks[0]
    assert isinstance(letterhead, Letterhead)
    assert letterhead.subject == ""
    assert blocks[3].notes[-1].startswith("(Kèm theo Tờ trình số 394/UBND-VP")  # as its facts say
