"""The workbook read back: types, spans, formulas, names, hostile text, large and empty tables."""

import io
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from baocao.document.blocks import (
    Annex,
    AnyBlock,
    Document,
    Formula,
    HeaderCell,
    Heading,
    Paragraph,
    Run,
    Table,
    TableCell,
    TableRow,
)
from baocao.errors import ExportError
from baocao.export.xlsx import to_xlsx
from baocao.export.xlsx_values import formula_text, number_of, safe_text, sheet_name
from tests.sample_documents import figure, head

HEAD = head("cong-van", parent=[])
HOSTILE = "<img src=x onerror=alert(1)> & “x” {{ 7*7 }} #panic() $a$ =cmd()"
GROUPED = [
    [HeaderCell(text="Stt", rows=2), HeaderCell(text="Đơn vị", rows=2), HeaderCell(text="Hồ sơ", columns=2)],
    [HeaderCell(text="Nhận"), HeaderCell(text="Tỷ lệ (%)")],
    [HeaderCell(text=f"({place})") for place in range(1, 5)],
]


def cell(text: str, **given: Any) -> TableCell:
    return TableCell(text=text, **given)


def unit_row(number: str, name: str, received: str, rate: str, formula: Formula | None = None) -> list[TableCell]:
    return [
        cell(number),
        cell(name),
        cell(received, figure=f"received@{name}", formula=formula),
        cell(rate, figure=f"rate@{name}", value=rate.replace(",", ".")),
    ]


def by_unit(**changes: Any) -> Table:
    rows = [
        TableRow(kind="heading", cells=[cell("Cấp xã", columns=4)]),
        TableRow(cells=unit_row("1", "Xã A", "1.200", "9,60")),
        TableRow(cells=unit_row("2", "Xã B", "", "")),
        TableRow(cells=[cell("3"), cell("Xã C"), cell("chưa gửi số liệu", columns=2)]),
        TableRow(cells=unit_row("4", "Xã D", "34", "100,00")),
        TableRow(
            kind="total",
            cells=unit_row("", "Tổng", "1.234", "9,74", formula=Formula(cells=[(1, 2), (2, 2), (4, 2)])),
        ),
    ]
    given: dict[str, Any] = {
        "id": "by-unit",
        "header": GROUPED,
        "rows": rows,
        "align": ["number", "text", "figure", "figure"],
        "unit": "hồ sơ",
        "note": "Ghi chú dưới bảng.",
    }
    return Table(**{**given, **changes})


def plain(rows: list[list[str]], align: str = "figure", **changes: Any) -> Table:
    width = len(rows[0]) if rows else 2
    given: dict[str, Any] = {
        "id": "t",
        "header": [[HeaderCell(text=f"Cột {place}") for place in range(width)]],
        "rows": [TableRow(cells=[cell(text) for text in row]) for row in rows],
        "align": ["text", *[align] * (width - 1)],
    }
    return Table(**{**given, **changes})


def book(*blocks: AnyBlock, sources: dict[str, Any] | None = None) -> Workbook:
    return load_workbook(io.BytesIO(to_xlsx(Document(blocks=[HEAD, *blocks]), sources or {})))


def sheet(*blocks: AnyBlock) -> Worksheet:
    made = book(*blocks)
    found = made[made.sheetnames[1]]
    assert isinstance(found, Worksheet)
    return found


ANNEX = Annex(label="Biểu 2", title="Chia theo đơn vị", notes=["Từ ngày 01/01/2020 đến ngày 01/4/2020"])


def source(**given: Any) -> dict[str, Any]:
    return {
        "name": "Hồ sơ nhận giải quyết",
        "unit_name": "UBND huyện D",
        "indicator": "received",
        "value": 1234,
        "numerator": None,
        "denominator": None,
        "unit": "d",
        "area": True,
        "field": None,
        "procedure": None,
        "unit_of_measure": "hồ sơ",
        "definition": "Hồ sơ nhận",
        "rounding": None,
        "from": "2020-01-01",
        "to": "2020-04-01",
        "source": "Biểu 2",
        "printed": ["narrative:results", "by-unit/total/received"],
        **given,
    }


def test_a_sheet_says_what_the_document_says_above_the_table() -> None:
    found = sheet(ANNEX, by_unit())
    assert [found.cell(row, 1).value for row in range(1, 5)] == [
        "Biểu 2",
        "Chia theo đơn vị",
        "Từ ngày 01/01/2020 đến ngày 01/4/2020",
        "Đơn vị tính: hồ sơ",
    ]
    assert found.cell(14, 1).value == "Ghi chú dưới bảng."


def test_headings_span_columns_and_rows_and_are_frozen_and_repeated() -> None:
    found = sheet(ANNEX, by_unit())
    merged = {str(part) for part in found.merged_cells.ranges}
    assert {"A5:A6", "B5:B6", "C5:D5", "A8:D8", "C11:D11"} <= merged
    assert [found.cell(7, column).value for column in range(1, 5)] == ["(1)", "(2)", "(3)", "(4)"]
    assert found.freeze_panes == "C8"
    assert (found.print_title_rows, found.print_title_cols) == ("$5:$7", "$A:$B")
    assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
    assert (found.page_setup.fitToWidth or 1, found.page_setup.fitToHeight) == (1, 0)
    fitted = found.sheet_properties.pageSetUpPr
    assert fitted is not None and fitted.fitToPage


def test_figures_are_numbers_blanks_are_empty_and_words_stay_words() -> None:
    found = sheet(ANNEX, by_unit())
    assert [found.cell(9, column).value for column in range(1, 5)] == [1, "Xã A", 1200, 9.6]
    assert [found.cell(9, column).number_format for column in (3, 4)] == ["#,##0", "#,##0.00"]
    assert [found.cell(10, column).value for column in (3, 4)] == [None, None]
    assert found["C11"].value == "chưa gửi số liệu"
    assert (found["C13"].font.bold, found["A8"].font.bold, found["C9"].font.bold) == (True, True, False)


def test_a_formula_is_written_with_the_printed_number_kept() -> None:
    content = to_xlsx(Document(blocks=[HEAD, ANNEX, by_unit()]), {})
    assert load_workbook(io.BytesIO(content))["Biểu 2"]["C13"].value == "=SUM(C9:C12)"  # a remark is no figure
    assert load_workbook(io.BytesIO(content), data_only=True)["Biểu 2"]["C13"].value == 1234


def texts_of(rows: list[list[str]]) -> dict[tuple[int, int], str]:
    return {(line, column): text for line, row in enumerate(rows) for column, text in enumerate(row)}


def address(first: tuple[int, int], last: tuple[int, int]) -> str:
    places = [f"{'ABCDEFG'[column]}{line + 1}" for line, column in dict.fromkeys((first, last))]
    return ":".join(places)


@pytest.mark.parametrize(
    ("rows", "formula", "printed", "expected"),
    [
        ([["4", "5", "9"]], Formula(cells=[(0, 0), (0, 1)]), "9", "=SUM(A1:B1)"),
        ([["4", "x", "5", "9"]], Formula(cells=[(0, 0), (0, 2)]), "9", "=SUM(A1,C1)"),
        ([["4", "8"]], Formula(cells=[(0, 0)], of=[(0, 1)], decimals=2), "50", "=ROUND(100*A1/B1,2)"),
        ([["1"], ["2"], ["9"], ["3"]], Formula(cells=[(0, 0), (1, 0), (3, 0)]), "6", "=SUM(A1:A2,A4)"),
        ([["0,1"], ["0,2"]], Formula(cells=[(0, 0), (1, 0)]), "0.3", "=ROUND(SUM(A1:A2),1)"),
        ([["X"], [""], ["X"]], Formula(cells=[(0, 0), (1, 0), (2, 0)]), "2", '=COUNTIF(A1:A3,"X")'),
        ([["X"], ["1"]], Formula(cells=[(0, 0), (1, 0)]), "2", None),  # marks and numbers are not one sum
        ([["4", "5"]], Formula(cells=[(0, 0), (0, 1)]), "10", None),  # does not give what is printed
        ([["4", "<5"]], Formula(cells=[(0, 0), (0, 1)]), "4", None),
        ([["4"]], Formula(cells=[(0, 0), (7, 0)]), "4", None),  # no such cell
        ([["0", "0"]], Formula(cells=[(0, 0)], of=[(0, 1)]), "0", None),
        ([["1", "0"]] * 600, Formula(cells=[(line, 0) for line in range(0, 600, 2)]), "300", None),  # 300 arguments
    ],
)
def test_formulas_as_excel_reads_them(
    rows: list[list[str]], formula: Formula, printed: str, expected: str | None
) -> None:
    assert formula_text(formula, texts_of(rows), Decimal(printed), address) == expected


@pytest.mark.parametrize(
    ("given", "value", "shown"),
    [
        (cell("1.234"), 1234, "#,##0"),
        (cell("9,60"), 9.6, "#,##0.00"),
        (cell("-3"), -3, "#,##0"),
        (cell("100%"), 100, '#,##0"%"'),
        (cell("2024"), 2024, "0"),
        (cell("12,5", figure="f", value="12.50"), 12.5, "General"),
        (cell("4", figure="f", value="4.00"), 4, "General"),
        (cell("05", figure="f", value="5"), 5, "00"),
    ],
)
def test_a_number_keeps_its_printed_look(given: TableCell, value: float, shown: str) -> None:
    number = number_of(given)
    assert number is not None
    assert (number.value, number.format) == (value, shown)


@pytest.mark.parametrize("text", ["", "1.1", "05", "X", "từ 40% trở lên", "1234567890123456", "=1", "1e5", "03/4/2020"])
def test_other_text_is_no_number(text: str) -> None:
    assert number_of(cell(text)) is None


def test_codes_are_not_numbers_and_running_numbers_are() -> None:
    def column(*texts: str) -> list[Any]:
        table = plain([[text, "a"] for text in texts], align="text", align_first="number")
        return [sheet(table).cell(row, 1).value for row in range(2, 2 + len(texts))]

    def plain(rows: list[list[str]], align: str, align_first: str) -> Table:
        return Table(
            id="t",
            header=[[HeaderCell(text="TT"), HeaderCell(text="b")]],
            rows=[TableRow(cells=[cell(text) for text in row]) for row in rows],
            align=[align_first, align],
        )

    assert column("1", "2", "") == [1, 2, None]
    assert column("I", "1", "1.100") == ["I", "1", "1.100"]


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "=1+1",
        "+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "{=1+1}",
        "https://example.invalid/x",
        "mailto:a@example.invalid",
        "internal:Sheet1!A1",
        "0123",
        "<b>đậm</b>",
        "_x000D_",
        "tên 😀 é",
        "<r><t>a</t></r> x",
    ],
)
def test_text_from_data_stays_text(text: str) -> None:
    found = sheet(Annex(label="A", title=text), plain([[text, text]], caption=text, note=text))
    body = found.cell(4, 1)
    assert (body.value, body.data_type, body.hyperlink) == (safe_text(text), "s", None)
    assert found.cell(1, 1).value == "A"
    assert all(line.data_type != "f" for row in found.iter_rows() for line in row)


def test_text_that_looks_like_the_librarys_own_markup_is_escaped() -> None:
    found = sheet(plain([["<r><t>giả</t></r>", "1"]]))
    assert str(found.cell(2, 1).value).strip() == "<r><t>giả</t></r>"


def test_what_draws_nothing_is_left_out_and_long_text_is_cut() -> None:
    assert safe_text("a\x00\x0b\u200bb\ufeff \n c\x1f") == "ab c"
    assert safe_text("e\u0302\u0301") == "ế"
    assert safe_text("a" * 40_000) == "a" * 32_766 + "…"
    assert len(safe_text("😀" * 20_000).encode("utf-16-le")) <= 2 * 32_767
    found = sheet(plain([["a" * 40_000, "x\x01y"]], align="text"))
    assert (len(str(found.cell(2, 1).value)), found.cell(2, 2).value) == (32_767, "xy")


@pytest.mark.parametrize(
    ("wanted", "taken", "expected"),
    [
        ("Phụ lục số 6.I", [], "Phụ lục số 6.I"),
        ("Biểu [1]: a/b\\c?*", [], "Biểu -1-- a-b-c--"),
        ("'Biểu'", [], "Biểu"),
        ("", [], "Bảng"),
        ("History", [], "History (2)"),
        ("BIỂU 1", ["biểu 1"], "BIỂU 1 (2)"),
        ("Kết quả giải quyết hồ sơ theo cơ chế một cửa", [], "Kết quả giải quyết hồ sơ theo…"),
        ("a" * 40, ["a" * 30 + "…"], "a" * 26 + "… (2)"),
        ("😀" * 20, [], "😀" * 15 + "…"),
    ],
)
def test_names_of_sheets(wanted: str, taken: list[str], expected: str) -> None:
    name = sheet_name(wanted, taken)
    assert name == expected
    assert len(name.encode("utf-16-le")) <= 62


def test_every_table_has_a_sheet_in_the_documents_order() -> None:
    chart = figure(caption="Hồ sơ trễ hạn", data=plain([["a", "1"]]))
    lead = Paragraph(runs=[Run(text="Các đơn vị còn hồ sơ "), Run(text="trễ hạn:")])
    made = book(
        lead,
        plain([["a", "1"]]),
        Heading(level=1, runs=[Run(text="II. Kết quả")]),
        plain([["a", "1"]]),
        ANNEX,
        by_unit(),
        Annex(label="Biểu đồ", title="Tình hình"),
        chart,
        chart,
        plain([["a", "1"]]),
    )
    assert made.sheetnames == [
        "Mục lục",
        "Các đơn vị còn hồ sơ trễ hạn",
        "II. Kết quả",
        "Biểu 2",
        "Hồ sơ trễ hạn",
        "Hồ sơ trễ hạn (2)",
        "Biểu đồ",
        "Nguồn số liệu",
    ]
    assert made["Các đơn vị còn hồ sơ trễ hạn"]["A1"].value == "Các đơn vị còn hồ sơ trễ hạn"
    assert [made["Hồ sơ trễ hạn"].cell(row, 1).value for row in (1, 2)] == ["Biểu đồ", "Hồ sơ trễ hạn"]


def test_a_table_nothing_is_said_of_is_named_by_its_first_column_of_words() -> None:
    """“Bảng” is left for one without any word."""
    told = by_unit()
    mute = plain([["a", "1"]], header=[])
    assert book(told, mute).sheetnames == ["Mục lục", "Đơn vị", "Bảng", "Nguồn số liệu"]


def test_the_first_sheet_lists_the_tables_and_leads_to_them() -> None:
    made = book(ANNEX, by_unit(), sources={"received": source()})
    first = made["Mục lục"]
    rows = [[line.value for line in row] for row in first.iter_rows()]
    assert [row[0] for row in rows[:5]] == [
        "ỦY BAN NHÂN DÂN PHƯỜNG HỒNG GAI",
        "Số: 63/UBND-VP; Hồng Gai, ngày 04 tháng 6 năm 2024",
        "Văn bản thử",
        "V/v đôn đốc",
        "Số liệu từ ngày 01/01/2020 đến ngày 01/4/2020",
    ]
    assert rows[7:] == [
        [1, "Biểu 2", "Chia theo đơn vị", 4],
        [2, "Nguồn số liệu", "Định nghĩa, tử số, mẫu số và nguồn của từng số liệu", 1],
    ]
    links = [first.cell(row, 2).hyperlink for row in (8, 9)]
    assert [link.location for link in links if link] == ["'Biểu 2'!A1", "'Nguồn số liệu'!A1"]


def test_the_last_sheet_says_where_each_figure_comes_from() -> None:
    rate = source(value=9.74, numerator=85, denominator=873, unit_of_measure="%", printed=["narrative:results"])
    made = book(ANNEX, by_unit(), sources={"rate": rate, "received@Tổng": source(), "x": source(value=None)})
    last = made["Nguồn số liệu"]
    assert [line.value for line in last[2]] == [
        "rate",
        "Hồ sơ nhận giải quyết",
        "UBND huyện D",
        "Hồ sơ nhận",
        9.74,
        85,
        873,
        "%",
        datetime(2020, 1, 1),  # noqa: DTZ001 -- a day of a spreadsheet has no zone
        datetime(2020, 4, 1),  # noqa: DTZ001
        "Biểu 2",
        "Lời văn",
    ]
    assert last["L3"].value == "'Biểu 2'!C13; Lời văn"
    assert last["L3"].hyperlink is not None and last["L3"].hyperlink.location == "'Biểu 2'!C13"
    assert last["E4"].value is None
    assert last.freeze_panes == "B2"


def test_a_table_without_rows_says_so() -> None:
    found = sheet(by_unit(rows=[]))
    assert found["A5"].value == "Không có số liệu"
    assert "A5:D5" in {str(part) for part in found.merged_cells.ranges}
    assert book().sheetnames == ["Mục lục", "Nguồn số liệu"]


def test_sixty_columns_are_all_there_and_printed_over_several_pages() -> None:
    found = sheet(plain([["Tên đơn vị", *("1.234.567" for _ in range(59))]] * 3))
    assert found.max_column == 60
    assert found.cell(4, 60).value == 1234567
    assert found.page_setup.fitToWidth == 4
    assert found.print_title_cols == "$A:$A"


def test_five_thousand_rows_and_their_total() -> None:
    rows = [TableRow(cells=[cell(f"Thủ tục {line}"), cell(str(line % 7)), cell("1")]) for line in range(5000)]
    total = sum(line % 7 for line in range(5000))
    cells = [(line, 1) for line in range(5000)]
    shown = f"{total:,}".replace(",", ".")
    table = plain([["", "", ""]])
    rows.append(TableRow(kind="total", cells=[cell("Tổng"), cell(shown, formula=Formula(cells=cells)), cell("5.000")]))
    found = sheet(table.model_copy(update={"rows": rows}))
    assert (found.max_row, found.cell(5001, 1).value) == (5002, "Thủ tục 4999")
    assert found.cell(5002, 2).value == "=SUM(B2:B5001)"
    assert found.freeze_panes == "A2"


def test_a_table_that_does_not_hold_together_is_refused() -> None:
    wide = TableRow(cells=[cell("a"), cell("1"), cell("2")])
    with pytest.raises(ExportError, match="table t: row 1 is wider than its 2 columns"):
        book(plain([["a", "1"]]).model_copy(update={"rows": [wide]}))
    with pytest.raises(ExportError, match="its headings are wider than its 2 columns"):
        book(plain([["a", "1"]], header=[[HeaderCell(text="x", columns=2), HeaderCell(text="y")]]))


def test_high_headings_do_not_fill_the_screen() -> None:
    long = [[HeaderCell(text="Tiêu đề"), HeaderCell(text="Số hồ sơ " * 40)]]
    assert sheet(plain([["a", "1"]], header=long)).freeze_panes is None


def test_same_document_same_bytes_and_nobodys_name() -> None:
    document = Document(blocks=[HEAD, ANNEX, by_unit()])
    content = to_xlsx(document, {"received": source()})
    assert to_xlsx(document, {"received": source()}) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "http://example" not in "".join(map(str, archive.namelist()))
    properties = load_workbook(io.BytesIO(content)).properties
    assert (properties.title, properties.creator or "") == ("Văn bản thử", "")
    assert properties.created == properties.modified == datetime(2024, 6, 4)  # noqa: DTZ001
    custom = load_workbook(io.BytesIO(content)).custom_doc_props
    assert [(entry.name, entry.value) for entry in custom] == [("Language", "vi-VN")]
