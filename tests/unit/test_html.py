"""The HTML page: figures lead to their sources and back, tables say which cell names a column, nothing is markup."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup

from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Document,
    HeaderCell,
    KeyFigures,
    Paragraph,
    Run,
    Table,
    TableCell,
    TableRow,
)
from baocao.document.markup import in_notebook
from baocao.errors import NarrativeError
from baocao.export.html import to_html
from baocao.indicators.measure import Measure, Subject
from baocao.notebook.key_figures import key_figures
from baocao.reports import KeyFigureChoice
from tests.sample_documents import head, text

HOSTILE = "<img src=x onerror=alert(1)></script> & “x” {{ 7*7 }}"
HEAD = head(title="Báo cáo")


def measure(indicator: str, value: Any, subject: Subject, **changes: Any) -> Measure:
    unit = "%" if indicator.endswith("_pct") else "Hồ sơ"
    days = (date(2020, 1, 1), date(2020, 3, 31))
    return Measure(indicator, subject, value, unit, f"Định nghĩa {indicator}", *days, "nguồn: Biểu 2", **changes)


AREA = Subject("d", area=True)
RATE = measure("late_pct", Decimal("9.74"), AREA, numerator=85, denominator=873, rounding="half-up, 2")
WHOLE = measure("late", 85, AREA)
COMMUNE = measure("late", 1085, Subject("d.a"))
BY_FIELD = measure("late", 3, Subject("d", part="by-procedure"))
BLANK = measure("blank", None, Subject("d", field="Đất đai", procedure=HOSTILE))
OF_REGISTER = replace(measure("plans", 4, AREA), source="plans: ke-hoach.csv, documents: van-ban.csv")
SOURCES = {
    found.id: {"name": f"Tên {found.indicator}", "unit_name": "UBND huyện D", **found.record(), "printed": []}
    for found in (RATE, WHOLE, COMMUNE, BY_FIELD, BLANK)
}
TABLES = {
    "one_stop": {"version": 3},
    "register_plans": {"version": 1, "register": "plans", "name": "Sổ kế hoạch"},
    "register_documents": {"version": 2, "register": "documents", "name": "Sổ văn bản"},
    "register_other": {"version": 9, "register": "other", "name": "Sổ khác"},
}


def shown(found: Measure, text: str) -> Run:
    return Run(text=text, figure=found.id, value=found.machine_text)


def page_of(*blocks: AnyBlock, sources: Any = SOURCES, tables: Any = None) -> Any:
    return BeautifulSoup(to_html(Document(blocks=[HEAD, *blocks]), sources, tables), "html.parser")


def small_table(**changes: Any) -> Table:
    return Table(
        id="t",
        header=[
            [HeaderCell(text="Đơn vị", rows=2), HeaderCell(text="Kết quả", columns=2)],
            [HeaderCell(text="Trễ hạn"), HeaderCell(text="Ghi chú")],
            [HeaderCell(text="(1)"), HeaderCell(text="(2)"), HeaderCell(text="(3)")],
        ],
        rows=[
            TableRow(
                cells=[
                    TableCell(text="Xã A"),
                    TableCell(text="1.085", figure=COMMUNE.id, value="1085"),
                    TableCell(text="x"),
                ]
            )
        ],
        align=["text", "figure", "text"],
        **changes,
    )


@pytest.fixture
def page() -> Any:
    text = Paragraph(runs=[shown(RATE, "9,74%"), Run(text=", lại "), shown(RATE, "9,74%"), shown(WHOLE, "85")])
    return page_of(text, Annex(label="Biểu 1", title="Bảng"), small_table(), tables=TABLES)


def lines(page: Any) -> list[list[str]]:
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.select("#nguon-so-lieu tr.detail")]


def test_annex_of_sources_says_everything_once(page: Any) -> None:
    heads = [re.sub(r"\s+", " ", head.get_text()) for head in page.select("#nguon-so-lieu tr.heading")]
    assert heads[0] == (
        "Tên late_pct Định nghĩa late_pct Đơn vị tính: %; Kỳ số liệu: 01/01/2020 – 31/03/2020; "
        "Làm tròn nửa lên, 2 chữ số thập phân; Mã chỉ số: late_pct; Dữ liệu: one_stop phiên bản 3"
    )
    assert len(heads) == 3  # one for each indicator, in printed order
    assert ["Nguồn: nguồn: Biểu 2; Dữ liệu" in head for head in heads] == [False, True, False]  # what all have, once
    assert lines(page) == [
        ["Toàn địa bàn", "9,74%", "85 / 873", "nguồn: Biểu 2", "Lời văn, Lời văn (2)"],
        ["Toàn địa bàn", "85", "", "các dòng: Biểu 1", "Lời văn"],
        ["Xã A", "1.085", "", "", "Biểu 1"],
        ["UBND huyện D, cộng theo thủ tục", "3", "", "", ""],
        [HOSTILE, "chưa có số liệu", "", "nguồn: Biểu 2", ""],
    ]
    assert page.select_one(".versions").get_text() == (
        "one_stop phiên bản 3, Sổ văn bản phiên bản 2, Sổ khác phiên bản 9, Sổ kế hoạch phiên bản 1"
    )


def test_figures_of_several_sources_each_name_theirs() -> None:
    other = {**COMMUNE.record(), "unit_name": "UBND xã A", "source": "bo: Biểu 3", "printed": []}
    page = page_of(Paragraph(runs=[shown(WHOLE, "85")]), small_table(), sources={**SOURCES, COMMUNE.id: other})
    assert [row[3] for row in lines(page)[:3]] == ["nguồn: Biểu 2; các dòng: Bảng", "bo: Biểu 3", "nguồn: Biểu 2"]


def test_a_figure_of_registers_names_their_versions_alone() -> None:
    page = page_of(text("x"), sources={"plans": {**OF_REGISTER.record(), "printed": []}}, tables=TABLES)
    facts = page.select_one("#nguon-so-lieu .facts").get_text()
    assert facts.endswith("; Dữ liệu: Sổ văn bản phiên bản 2, Sổ kế hoạch phiên bản 1")


def test_the_figure_of_an_area_leads_to_the_rows_of_its_offices(page: Any) -> None:
    (whole,) = [row for row in page.select("#nguon-so-lieu tr.detail") if row.find_all("td")[0].get_text() == "85"]
    (link,) = whole.find_all("td")[2].find_all("a")
    assert page.find(id=link["href"][1:])["data-indicator"] == COMMUNE.id


def test_a_figure_that_is_not_published_is_not_called_missing() -> None:
    hidden = {**WHOLE.record(), "value": None, "source": "không công bố số nhỏ (protect_below: 5)", "printed": []}
    page = page_of(text("x"), sources={"late": hidden}, tables=TABLES)
    assert lines(page)[0][1] == "không công bố"
    assert "Dữ liệu" not in page.select_one("#nguon-so-lieu .facts").get_text()


def test_figures_and_their_rows_lead_to_each_other(page: Any) -> None:
    for data in page.select("data"):
        (link,) = page.select(f"td:last-child > a[href='#{data['id']}']")
        row = link.find_parent("tr")
        assert data.get_text().rstrip("%") in row.get_text()


def test_a_figure_without_a_source_leads_nowhere() -> None:
    page = page_of(Paragraph(runs=[shown(WHOLE, "85")]), sources=None)
    assert page.data.attrs == {"value": "85", "data-indicator": "late"}
    assert page.find(id="nguon-so-lieu") is None


def test_sources_are_only_text_and_the_script_is_the_only_one(page: Any) -> None:
    assert page.find("img") is None
    (script,) = page.find_all("script")
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"https?:|@import|url\(", str(page))
    assert script.get_text().startswith('"use strict"')


def test_same_sources_same_bytes() -> None:
    document = Document(blocks=[HEAD, Paragraph(runs=[shown(RATE, "9,74%")]), small_table()])
    assert to_html(document, SOURCES) == to_html(document, dict(reversed(list(SOURCES.items()))))


def test_the_lowest_cell_of_its_own_names_a_column(page: Any) -> None:
    head = page.find("table", id="t").thead
    named = {cell["data-column"]: cell.get_text() for cell in head.select("[data-column]")}
    assert named == {"0": "Đơn vị", "1": "Trễ hạn", "2": "Ghi chú"}
    assert [cell["scope"] for cell in head.find_all("th")] == ["col", "colgroup", "col", "col"]
    assert [cell.get_text() for cell in head.find_all("td")] == ["(1)", "(2)", "(3)"]
    (row,) = page.find("table", id="t").tbody.find_all("tr")
    assert [cell.name for cell in row.find_all(["th", "td"])] == ["th", "td", "td"]


def test_unit_stands_above_the_table() -> None:
    caption: Any = page_of(small_table(unit="hồ sơ", caption="Kết quả")).find("caption")
    assert caption.find(class_="unit").get_text() == "Đơn vị tính: hồ sơ"
    assert caption.get_text().startswith("Kết quả")


def test_footnotes_stand_at_the_end_of_their_part() -> None:
    text = Paragraph(runs=[Run(text="a", footnote=HOSTILE)])
    page = page_of(text, Annex(label="Biểu 1", title="Bảng"), text, text)
    parts = page.select("article, section.annex")
    assert [[note.get_text() for note in part.select("ol li")] for part in parts] == [
        [f"{HOSTILE} ↑"],
        [f"{HOSTILE} ↑"] * 2,
    ]
    assert [mark.get_text() for mark in page.select("sup")] == ["1", "2", "3"]
    assert page.select("ol")[1]["start"] == "2"
    alone = BeautifulSoup(str(in_notebook(text)), "html.parser")
    assert (alone.sup.get_text(), alone.li.get_text()) == ("1", HOSTILE)  # type: ignore[union-attr]
    assert not alone.select("[id]")


def test_half_characters_and_controls_are_left_out() -> None:
    html = to_html(Document(blocks=[HEAD, Paragraph(runs=[Run(text="a\x00b\x1bc\ud83dd\U0001f600")])])).decode()
    assert "abcd\U0001f600" in html


def test_a_wide_table_is_told_how_wide_it_is() -> None:
    def table(columns: int) -> Any:
        cells = [TableCell(text="12.345") for _ in range(columns)]
        header = [[HeaderCell(text="Cột") for _ in cells]]
        return Table(id="t", header=header, rows=[TableRow(cells=cells)], align=["figure"] * columns)

    sizes = {columns: page_of(table(columns)).find("table", id="t") for columns in (5, 12, 60)}
    assert [found.get("style") for found in sizes.values()] == [None, "--em:48", "--em:240"]
    assert [found.parent["class"] for found in sizes.values()] == [["table"], ["table"], ["table", "landscape"]]


def choose(figures: dict[str, Measure]) -> Callable[..., tuple[KeyFigures, list[str]]]:
    def chosen(*choices: KeyFigureChoice) -> tuple[KeyFigures, list[str]]:
        noted: list[str] = []
        block = key_figures(
            choices, figures.__getitem__, figures.__getitem__, lambda found, place: noted.append(f"{found.id} {place}")
        )
        return block, noted

    return chosen


def test_key_figures_have_units_and_targets_and_a_blank_is_no_zero() -> None:
    target = measure("target_pct", 20, AREA)
    nothing = measure("none_pct", Decimal(0), AREA)
    chosen = choose({"late_pct": RATE, "late": WHOLE, "blank": BLANK, "target_pct": target, "none_pct": nothing})
    block, noted = chosen(
        KeyFigureChoice(label="Trễ hạn", figure="late"),
        KeyFigureChoice(label="Tỷ lệ", figure="late_pct", target="target_pct"),
        KeyFigureChoice(label="Không", figure="none_pct", none="không có hồ sơ"),
        KeyFigureChoice(label="Trống", figure="blank", target="target_pct"),
    )
    assert [(each.value.text, each.remark) for each in block.figures] == [
        ("85 hồ sơ", ""),
        ("9,74%", "Mục tiêu 20%: chưa đạt"),
        ("không có hồ sơ", ""),
        ("chưa có số liệu", "Mục tiêu 20%: chưa đủ số liệu"),
    ]
    assert noted[0] == "late key-figures"
    page = page_of(block, Paragraph(runs=[Run(text="x")]))
    assert page.find(class_="summary").find("dl") is not None
    assert page.article.find("dl") is None


def test_a_figure_typed_in_a_label_is_refused() -> None:
    with pytest.raises(NarrativeError, match="typed"):
        choose({"late": WHOLE})(KeyFigureChoice(label="85 hồ sơ trễ", figure="late"))
