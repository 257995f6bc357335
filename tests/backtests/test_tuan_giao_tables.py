"""Every cell of the dispatch's tables, computed from rows alone, equals what the office printed."""

from decimal import Decimal

import pytest

from tests.backtests.conftest import Made, printed

FIGURES = (
    "received_total",
    "received_online",
    "received_carried_over",
    "received_direct",
    "resolved_total",
    "resolved_on_time",
    "resolved_late",
    "pending_total",
    "pending_in_time",
    "pending_overdue",
    "withdrawn",
    "returned",
)
RATES = ("late_rate_pct", "overdue_rate_pct")
TABLES = {
    "one-stop-by-field": ("bieu_1_by_field.csv", "field", FIGURES, 68),
    "one-stop-by-unit": ("bieu_2_by_unit.csv", "unit_name", FIGURES, 21),
    "one-stop-by-procedure": ("bieu_3_by_procedure.csv", "procedure", FIGURES, 21),
    "late-rates-by-unit": (
        "bieu_4_late_rates.csv",
        "unit_name",
        ("received_total", *FIGURES[4:10], *RATES),
        12,
    ),
    "late-overdue-units": (
        "inline_late_overdue.csv",
        "unit_name",
        ("received_total", "resolved_late", "pending_overdue", *RATES),
        12,
    ),
}
#: Slips of the scan, named in the sample's README.
MISREAD = {"UBND huyện Tuân Giáo": "UBND huyện Tuần Giáo", "UBND Xã Quài Tò": "UBND Xã Quài Tở"}
#: The one cell lost in the scan; Biểu 2 and the table in the text print 1 for it.
LOST = {("late-rates-by-unit", "UBND Xã Mùn Chung", "pending_overdue"): "1"}


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize("run", ["from_rows", "as_printed"])
def test_every_cell_as_printed(form: str, run: str, request: pytest.FixtureRequest) -> None:
    made: Made = request.getfixturevalue(run)
    file, name, columns, expected_rows = TABLES[form]
    expected = [
        [
            row["stt"],
            MISREAD.get(row[name], row[name]),
            *(LOST.get((form, row[name], column), row[column].replace(".", ",")) for column in columns),
        ]
        for row in printed(file)
    ]
    assert len(expected) == expected_rows
    assert made.table(form) == expected


def test_figures_in_the_page_carry_their_values(as_printed: Made) -> None:
    """What a machine reads from `<data value>` is what a person reads beside it."""
    cells = as_printed.page().find("table", id="late-rates-by-unit").find_all("data")
    shown = [Decimal(cell.get_text().replace(".", "").replace(",", ".")) for cell in cells]
    assert len(shown) > 60
    assert shown == [Decimal(cell["value"]) for cell in cells]


def test_headings_as_printed(as_printed: Made) -> None:
    head = as_printed.page().find("table", id="one-stop-by-unit").thead.find_all("tr")
    texts = [[cell.get_text() for cell in row.find_all("th")] for row in head]
    assert texts == [
        ["Stt", "Đơn vị", "Số hồ sơ nhận giải quyết", "Kết quả giải quyết", "Hồ sơ rút", "Hồ sơ trả lại"],
        [
            "Tổng hồ sơ",
            "Trực tuyến",
            "Kỳ trước chuyển qua",
            "Trực tiếp",
            "Số hồ sơ đã giải quyết",
            "Số hồ sơ đang giải quyết",
        ],
        ["Tổng số", "Đúng hạn", "Trễ hạn", "Tổng số", "Trong hạn", "Quá hạn"],
    ]
    spans = [[(int(c["colspan"]), int(c["rowspan"])) for c in row.find_all("th")] for row in head]
    assert spans[0] == [(1, 3), (1, 3), (4, 1), (6, 1), (1, 3), (1, 3)]
