"""The dispatch's sentences print the figures and names of the original, and nothing that was typed."""

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from baocao.locale import prose_count, prose_date
from tests.backtests.conftest import Made, printed


@pytest.fixture(scope="module")
def text(from_rows: Made) -> str:
    """All paragraphs of the main part, one string."""
    article = from_rows.page().find("article")
    return re.sub(r"\s+", " ", " ".join(paragraph.get_text() for paragraph in article.find_all("p")))


@pytest.fixture(scope="module")
def pdf(from_rows: Made) -> PdfReader:
    return PdfReader(io.BytesIO((from_rows.folder / "report.pdf").read_bytes()))


def test_busiest_units_named_with_their_counts(text: str, facts: Any) -> None:
    named = ", ".join(f"{unit['name']} ({unit['dossiers']} hồ sơ)" for unit in facts["busiest_units"])
    assert f"{named}." in text


def test_silent_units_named_in_the_original_order(text: str, facts: Any) -> None:
    silent = facts["silent_units"]
    assert f"{prose_count(len(silent))} đơn vị không phát sinh hồ sơ nào" in text
    assert text.count(", ".join(silent)) == 2  # once as a result, once as a request


def test_totals_and_rates(text: str, facts: Any) -> None:
    late = facts["late_or_overdue"]
    assert f"nhận giải quyết {late['received_total']} hồ sơ (kỳ trước chuyển sang 05 hồ sơ" in text
    assert f"{late['resolved_late']} hồ sơ trễ hạn (bằng 9,74% tổng số hồ sơ nhận giải quyết)" in text
    assert f"{prose_count(late['pending_overdue'])} hồ sơ quá hạn (bằng 0,34% tổng số hồ sơ nhận giải quyết)" in text
    assert f"{late['units']} cơ quan, đơn vị còn hồ sơ trễ hạn, quá hạn" in text
    assert "cao nhất là UBND Xã Quài Tở (78,08%)" in text


def test_no_online_dossier_is_said_in_words(text: str, from_rows: Made) -> None:
    """A missed target reads as a sentence; nowhere stands “0%”."""
    assert "không có hồ sơ nộp trực tuyến trên tổng số 873 hồ sơ" in text
    rows = from_rows.table("targets")
    assert rows[0][2:] == ["từ 20% trở lên", "không có hồ sơ trực tuyến", "Chưa đạt"]
    assert rows[1][2:] == ["100%", "chưa có số liệu", "Chưa đủ số liệu"]
    assert not re.search(r"\b0\s?%", from_rows.page().get_text())


def test_period_and_cited_documents(text: str, facts: Any) -> None:
    assert "từ ngày 01/01/2020 đến ngày 01/4/2020" in text
    for cited in facts["cited"]:
        assert f"số {cited['number']} ngày {prose_date(cited['date'])}" in text


def test_letterhead_of_a_dispatch(from_rows: Made) -> None:
    head = from_rows.page().find("header")
    lines = [line.get_text("|") for line in head.find_all("p")]
    assert lines == [
        "ỦY BAN NHÂN DÂN|HUYỆN TUẦN GIÁO",
        "Số: 394/UBND-VP",
        "V/v đôn đốc, đẩy mạnh khai thác, sử dụng Cổng dịch vụ công trực tuyến của tỉnh trên địa bàn huyện",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Tuần Giáo, ngày 03 tháng 4 năm 2020",
    ]


def test_every_figure_of_the_text_is_a_recorded_one(from_rows: Made) -> None:
    """No number stands in a sentence but recorded figures, dates, numbers of documents and service levels."""
    indicators = from_rows.json("indicators.json")
    article = from_rows.page().find("article")
    for cell in article.find_all("data"):
        assert cell["data-indicator"] in indicators
        cell.extract()
    for table in article.find_all("table"):
        table.extract()
    rest = " ".join(paragraph.get_text() for paragraph in article.find_all("p", class_=lambda name: name != "marker"))
    rest = re.sub(
        r"\d+/[A-ZĐ-]+|\d\d?/\d\d?/\d{4}|ngày \d\d tháng \d\d? năm \d{4}|mức độ \d|Quý I/2020|Biểu \d", "", rest
    )
    assert re.findall(r"\S*\d\S*", rest) == ["1.", "2.", "3."]  # the numbered items


def test_headline_figures_recorded_with_their_parts(from_rows: Made) -> None:
    indicators = from_rows.json("indicators.json")
    late = indicators["late_rate_pct"]
    assert (late["value"], late["numerator"], late["denominator"]) == (9.74, 85, 873)
    assert (late["unit"], late["from"], late["to"]) == ("tuan-giao", "2020-01-01", "2020-04-01")
    assert "late-rates-by-unit/total/late_rate_pct" in late["printed"]
    assert "narrative:results" in late["printed"]
    overdue = indicators["overdue_rate_pct"]
    assert (overdue["value"], overdue["numerator"]) == (0.34, 3)
    assert indicators["late_rate_pct@tuan-giao.quai-to"]["value"] == 78.08
    assert "received_total@tuan-giao.thi-tran" not in indicators  # a blank is not a figure


def test_pdf_holds_every_row_of_every_annex(pdf: PdfReader) -> None:
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in pdf.pages))
    for file, name in (
        ("bieu_1_by_field.csv", "field"),
        ("bieu_2_by_unit.csv", "unit_name"),
        ("bieu_3_by_procedure.csv", "procedure"),
    ):
        for row in printed(file):
            assert re.sub(r"\s+", "", row[name]) in text


def test_pdf_is_archival_accessible_and_embeds_its_font(pdf: PdfReader) -> None:
    metadata = pdf.xmp_metadata
    assert metadata is not None
    rdf = metadata.rdf_root.toxml()
    assert "pdfaid:part>2<" in rdf and "pdfaid:conformance>A<" in rdf and "pdfuaid:part>1<" in rdf
    fonts = {str(font["/BaseFont"]) for page in pdf.pages for font in _fonts(page)}
    assert {font.split("+")[1] for font in fonts} >= {"LiberationSerif", "LiberationSerif-Bold"}
    assert all("LiberationSerif" in font for font in fonts)


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"].get("/Font", {}).values()]


def test_pdf_pages_portrait_text_landscape_annexes(pdf: PdfReader) -> None:
    wide = [page.mediabox.width > page.mediabox.height for page in pdf.pages]
    assert wide[:2] == [False, False]
    first_annex = next(place for place, page in enumerate(pdf.pages) if "Biểu 1\n" in page.extract_text())
    assert wide[first_annex]
    bookmarks = [str(entry.title) for entry in pdf.outline if not isinstance(entry, list)]
    assert [title.split("\n")[0][:6] for title in bookmarks[:4]] == ["Biểu 1", "Biểu 2", "Biểu 3", "Biểu 4"]
