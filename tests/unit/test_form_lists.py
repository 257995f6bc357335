"""Forms that are lists: indicators with units and codes, rows of a register with subtotals."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from baocao.errors import ConfigurationError
from baocao.forms.fill import FilledForm
from baocao.forms.form import Form
from baocao.forms.lists import fill_list
from tests.unit.test_office_figures import NOT_DELIVERED, office, statistics

PROCEDURES: list[dict[str, Any]] = [
    {"name": "Cấp phép", "field": "Xây dựng", "received": 3, "postal": True},
    {"name": "Khai sinh", "field": "Tư pháp", "received": None, "postal": None},
    {"name": "Hoàn công", "field": "Xây dựng", "received": 4, "postal": False},
]


def form(**given: Any) -> Form:
    return Form(**{"id": "pl", "title": "Phụ lục", "legal_source": "s", **given})


def texts(filled: FilledForm) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in filled.rows]


def test_indicators_one_below_the_other() -> None:
    items = [
        {"code": "I", "label": "TỔ CHỨC BỘ MÁY", "heading": True},
        {"code": "1", "label": "Biên chế được giao", "value": "staff_assigned"},
        {"code": "2", "label": "Có mặt", "value": "staff_present", "unit_of_measure": "Người"},
        {"label": "Tỷ lệ", "value": "present_pct"},
    ]
    filled = fill_list(form(items=items), office(statistics(staff_assigned=23)))
    assert texts(filled) == [
        ["I", "TỔ CHỨC BỘ MÁY", "", "", ""],
        ["1", "Biên chế được giao", "người", "23", ""],
        ["2", "Có mặt", "Người", "", ""],
        ["", "Tỷ lệ", "%", "", ""],
    ]
    assert [place for place, _ in filled.figures()] == ["pl/2:1/value"]


def test_rows_of_a_register_with_subtotals_and_a_total() -> None:
    columns = [
        {"label": "STT", "value": "number"},
        {"label": "Tên", "value": "name"},
        {"label": "Tiếp nhận", "value": "received", "total": True},
        {"label": "Bưu chính", "value": "postal", "total": True},
    ]
    rows = {"each": "register", "of": {"dataset": "documents"}, "group_by": "field", "total": "TỔNG CỘNG"}
    filled = fill_list(form(rows=rows, columns=columns, numbered=True), office(documents=PROCEDURES))
    assert [cell.text for cell in filled.header[1]] == ["(1)", "(2)", "(3)", "(4)"]
    assert texts(filled) == [
        ["Xây dựng"],
        ["1", "Cấp phép", "3", "X"],
        ["2", "Hoàn công", "4", ""],
        ["2", "Cộng Xây dựng", "7", "1"],
        ["Tư pháp"],
        ["1", "Khai sinh", "", ""],
        ["1", "Cộng Tư pháp", "", ""],
        ["3", "TỔNG CỘNG", "7", "1"],
    ]
    assert [place for place, _ in filled.figures()][-1] == "pl/total/postal"


def test_marks_of_a_value_are_counted() -> None:
    columns = [
        {"label": "Tên", "value": "name"},
        {"label": "Mức 3", "value": "level", "equals": "3", "total": True},
        {"label": "Mức 4", "value": "level", "equals": "4", "total": True},
    ]
    procedures = [
        {"name": "a", "level": "3"},
        {"name": "b", "level": "4"},
        {"name": "c", "level": "4"},
        {"name": "d", "level": None},
    ]
    rows = {"each": "register", "of": {"dataset": "documents"}}
    filled = fill_list(form(rows=rows, columns=columns), office(documents=procedures))
    assert texts(filled) == [["a", "X", ""], ["b", "", "X"], ["c", "", "X"], ["d", "", ""], ["Tổng", "1", "2"]]
    assert [place for place, _ in filled.figures()] == ["pl/total/level=3", "pl/total/level=4"]


def test_a_register_without_rows_says_so() -> None:
    rows = {"each": "register", "of": {"dataset": "documents"}}
    asked = form(rows=rows, columns=[{"label": "Tên", "value": "name"}])
    assert texts(fill_list(asked, office(documents=[]))) == [["Không phát sinh trong kỳ"]]
    assert texts(fill_list(asked, office(documents=NOT_DELIVERED))) == [["Chưa gửi số liệu"]]


def test_a_form_outside_its_validity_is_refused() -> None:
    found = form(items=[{"label": "x"}], valid_from=date(2020, 1, 1), valid_to=date(2021, 12, 31))
    found.require_valid(date(2020, 1, 1))
    with pytest.raises(
        ConfigurationError, match="form pl is in force from 2020-01-01 to 2021-12-31, not on 2022-01-01"
    ):
        found.require_valid(date(2022, 1, 1))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give `rows` with `columns`, or `items`"),
        ({"items": [{"code": "1", "label": "a"}, {"code": "1", "label": "b"}]}, "a code is used once"),
        ({"rows": {"each": "register"}, "columns": [{"label": "a", "value": "name"}]}, "`of` names the register"),
        ({"rows": {"each": "unit", "group_by": "f"}, "columns": [{"label": "a", "value": "name"}]}, "is a column of a"),
    ],
)
def test_a_form_that_does_not_hold_together(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        form(**given)
