"""Forms: header spans, rows, totals, blanks and zeros, and errors in their description."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from baocao.errors import ConfigurationError
from baocao.fields import FieldCatalogue
from baocao.forms.fill import fill
from baocao.forms.form import Form, form_named, load_forms
from baocao.indicators.catalogue import load_catalogue
from baocao.indicators.one_stop import OneStopFigures
from baocao.periods import Period, PeriodId
from baocao.project import Project
from baocao.units import Unit, UnitRegistry
from tests.unit.one_stop_rows import balanced, row

DISTRICT = Unit("d", "UBND huyện D", "D", "district", "huyen")
COMMUNES = [Unit(code, f"UBND xã {code.upper()}", code.upper(), "commune", "xa", parent="d") for code in "abc"]


@pytest.fixture
def figures(shared_project: Project) -> OneStopFigures:
    rows = [
        row("d", **balanced(5, 4)),
        row("a", **balanced(8, 8, late=1)),
        row("b"),
        row("d", "procedure", field="Đất đai", procedure="Tách thửa", **balanced(5, 4)),
    ]
    return OneStopFigures(
        rows=rows,
        reporter=DISTRICT,
        period=Period(PeriodId(2020, 1, 3, "quarter"), date(2020, 1, 1), date(2020, 3, 31)),
        registry=UnitRegistry((DISTRICT, *COMMUNES)),
        fields=FieldCatalogue(("Hộ tịch", "Đất đai")),
        catalogue=load_catalogue(shared_project),
    )


def form(**changes: Any) -> Form:
    content: dict[str, Any] = {
        "id": "f",
        "title": "t",
        "dataset": "one-stop-summary",
        "legal_source": "s",
        "rows": {"each": "unit"},
        "columns": [
            {"label": "Stt", "value": "number"},
            {"label": "Đơn vị", "value": "name"},
            {
                "label": "Hồ sơ",
                "columns": [
                    {"label": "Nhận", "value": "received_total"},
                    {"label": "Trễ", "columns": [{"label": "Số", "value": "resolved_late"}]},
                ],
            },
            {"label": "Tỷ lệ", "value": "late_rate_pct"},
        ],
    }
    return Form(**content | changes)


def texts(filled: Any) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in filled.rows]


def test_header_spans(figures: OneStopFigures) -> None:
    header = fill(form(), figures).header
    assert [[(cell.text, cell.columns, cell.rows) for cell in level] for level in header] == [
        [("Stt", 1, 3), ("Đơn vị", 1, 3), ("Hồ sơ", 2, 1), ("Tỷ lệ", 1, 3)],
        [("Nhận", 1, 2), ("Trễ", 1, 1)],
        [("Số", 1, 1)],
    ]


def test_zero_is_printed_blank_is_not_and_a_missing_unit_says_so(figures: OneStopFigures) -> None:
    assert texts(fill(form(), figures)) == [
        ["1", "UBND huyện D", "5", "0", "0,00"],
        ["2", "UBND xã A", "8", "1", "12,50"],
        ["3", "UBND xã B", "", "", ""],
        ["4", "UBND xã C", "chưa gửi số liệu"],
        ["", "Tổng", "13", "1", "7,69"],
    ]


def test_zeros_left_empty_and_trailing_zeros_dropped(figures: OneStopFigures) -> None:
    assert texts(fill(form(zero="blank", keep_zeros=False), figures))[:2] == [
        ["1", "UBND huyện D", "5", "", ""],
        ["2", "UBND xã A", "8", "1", "12,5"],
    ]


def test_only_units_with_a_figure_and_a_total_of_all(figures: OneStopFigures) -> None:
    filled = fill(form(rows={"each": "unit", "only_if_positive": ["resolved_late"], "total": "Cộng"}), figures)
    assert texts(filled) == [["1", "UBND xã A", "8", "1", "12,50"], ["", "Cộng", "13", "1", "7,69"]]
    assert filled.note == "Dòng tổng tính cả các đơn vị có hồ sơ nhưng không nêu trong bảng."
    assert {measure.id for _, measure in filled.figures()} >= {"received_total@a", "received_total"}
    assert fill(form(), figures).note == ""


def test_every_field_of_the_list_has_its_row(figures: OneStopFigures) -> None:
    filled = fill(form(rows={"each": "field"}), figures)
    assert [(line.key, line.cells[2].text) for line in filled.rows] == [
        ("Hộ tịch", ""),
        ("Đất đai", "5"),
        ("total", "5"),
    ]


def test_without_a_list_fields_stand_in_alphabetical_order(figures: OneStopFigures) -> None:
    rows = [
        row("d", "field", field=name, received_direct=1) for name in ("Hộ tịch", "Đất đai", "Dân tộc", "Chứng thực")
    ]
    filled = fill(form(rows={"each": "field"}), replace(figures, rows=rows, fields=None))
    assert [line.key for line in filled.rows] == ["Chứng thực", "Dân tộc", "Đất đai", "Hộ tịch", "total"]


def test_procedures_stand_under_office_and_field(figures: OneStopFigures) -> None:
    filled = fill(form(rows={"each": "procedure"}), figures)
    assert [(line.kind, line.cells[0].text, line.cells[0].columns) for line in filled.rows] == [
        ("heading", "UBND huyện D", 5),
        ("heading", "Lĩnh vực Đất đai", 5),
        ("detail", "1", 1),
        ("total", "", 1),
    ]


def test_places_name_form_row_and_column(figures: OneStopFigures) -> None:
    places = dict(fill(form(), figures).figures())
    assert places["f/a/late_rate_pct"].numerator == 1
    assert "f/b/received_total" not in places  # blank: no figure stands there


def test_a_zero_no_cell_states_is_printed_as_the_blank_it_is(figures: OneStopFigures) -> None:
    rows = [row("a", received_direct=3, blank_means="zero"), row("b", received_direct=3, resolved_late=0)]
    filled = fill(form(), replace(figures, rows=rows))
    late = {line.key: line.cells[3].text for line in filled.rows if len(line.cells) > 3}
    assert (late["a"], late["b"]) == ("", "0")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("one-stop-by-unit.yaml", "value: withdrawn", "value: withdrwn", "did you mean “withdrawn”"),
        ("one-stop-by-unit.yaml", "id: one-stop-by-unit", "id: by-unit", "the name of the file"),
        ("late-rates-by-unit.yaml", "[resolved_late, pending_overdue]", "[late]", "unknown indicator “late”"),
        ("one-stop-by-unit.yaml", "{label: Stt, value: number}", "{label: Stt}", "either `value` or `columns`"),
        ("one-stop-by-unit.yaml", "zero: blank", "zeros: blank", "zeros"),
    ],
)
def test_wrong_form_names_file_and_place(project: Project, edit: Any, file: str, old: str, new: str, said: str) -> None:
    edit(project.params / "forms" / file, old, new)
    with pytest.raises(ConfigurationError, match=said):
        load_forms(project, load_catalogue(project))


def test_unknown_form_offers_the_nearest(shared_project: Project) -> None:
    forms = load_forms(shared_project, load_catalogue(shared_project))
    with pytest.raises(ConfigurationError, match="one-stop-by-field"):
        form_named(forms, "one-stop-by-feld")


def test_form_ii_06a_adds_up_as_its_headings_say(shared_project: Project, figures: OneStopFigures) -> None:
    """(3) = (4) + (5) + (6) = (7) + (11), (7) = (8) + (9) + (10), (11) = (12) + (13)."""
    counts = {
        **{"carried_over": 3, "received_online": 4, "received_direct": 5, "received_postal": 1},
        **{"resolved_early": 6, "resolved_on_time": 1, "resolved_late": 2, "pending_in_time": 3, "pending_overdue": 1},
    }
    desk = replace(figures, rows=[row("d", "field", field="Đất đai", **counts)])
    filled = fill(form_named(load_forms(shared_project, figures.catalogue), "ii-06a"), desk)
    assert [cell.text for cell in filled.header[-1]] == [f"({number})" for number in range(1, 14)]
    _, land, total = texts(filled)
    assert land == ["2", "Đất đai", "13", "4", "6", "3", "9", "6", "1", "2", "4", "3", "1"]
    assert total[2:] == land[2:]
