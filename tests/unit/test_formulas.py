"""Formulas behind a form's figures: only where they give exactly what is printed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baocao.forms.fill import Cell, FilledForm, fill
from baocao.forms.form import form_named, load_forms
from baocao.forms.formulas import CellFormula, derive_formulas, operand, printed_number, recompute
from baocao.forms.lists import fill_list
from baocao.indicators.catalogue import Catalogue, load_catalogue
from baocao.indicators.one_stop import OneStopFigures
from baocao.intake.source import find_sources
from baocao.locale import format_count, format_number
from baocao.notebook import open_report
from baocao.notebook.views import form_table
from baocao.project import Project
from baocao.store.ingest import ingest
from tests.conftest import SAMPLE, copy_project
from tests.unit.test_form_lists import PROCEDURES
from tests.unit.test_form_lists import form as list_form
from tests.unit.test_forms import figures, form
from tests.unit.test_office_figures import office, statistics

__all__ = ["figures"]  # a fixture


@pytest.fixture
def catalogue(shared_project: Project) -> Catalogue:
    return load_catalogue(shared_project)


@pytest.fixture(scope="module")
def tuan_giao(tmp_path_factory: pytest.TempPathFactory) -> OneStopFigures:
    """The office's tables as printed."""
    project = copy_project(tmp_path_factory.mktemp("formulas") / "project")
    ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAOCAO_PROJECT", str(project.root))
        return open_report("portal-dispatch", unit="tuan-giao", period="2020-Q1").figures


def filled_form(figures: OneStopFigures, project: Project, form_id: str) -> FilledForm:
    return fill(form_named(load_forms(project, figures.catalogue), form_id), figures)


def row_of(filled: FilledForm, key: str) -> int:
    return next(line for line, row in enumerate(filled.rows) if row.key == key)


def test_a_rate_is_the_share_of_its_columns(figures: OneStopFigures, catalogue: Catalogue) -> None:
    formulas = derive_formulas(fill(form(), figures), catalogue)
    assert formulas[1, 4] == CellFormula(cells=((1, 3),), of=((1, 2),), decimals=2)
    assert formulas[4, 4] == CellFormula(cells=((4, 3),), of=((4, 2),), decimals=2)


def test_a_total_adds_the_detail_rows_and_not_a_remark(figures: OneStopFigures, catalogue: Catalogue) -> None:
    """Unit C sent nothing: one cell over all figures says so, and no figure of it can be added."""
    formulas = derive_formulas(fill(form(), figures), catalogue)
    assert formulas[4, 2] == CellFormula(cells=((0, 2), (1, 2), (2, 2)))
    assert (2, 2) not in formulas  # a blank stays blank


def test_a_total_of_more_than_is_listed_stays_as_printed(figures: OneStopFigures, catalogue: Catalogue) -> None:
    rows = {"each": "unit", "only_if_positive": ["resolved_late"], "total": "Cộng"}
    formulas = derive_formulas(fill(form(rows=rows), figures), catalogue)
    assert (1, 2) not in formulas  # 13 of all units, 8 of the one listed
    assert formulas[1, 3] == CellFormula(cells=((0, 3),))


def test_a_printed_figure_that_does_not_follow_has_no_formula(figures: OneStopFigures, catalogue: Catalogue) -> None:
    filled = fill(form(), figures)
    cells = list(filled.rows[1].cells)
    cells[3] = replace(cells[3], text="2")
    wrong = replace(filled, rows=(filled.rows[0], replace(filled.rows[1], cells=tuple(cells)), *filled.rows[2:]))
    formulas = derive_formulas(wrong, catalogue)
    assert (1, 4) not in formulas  # 12,50 is 1 of 8, not 2
    assert (4, 3) not in formulas
    assert (4, 4) in formulas


def test_a_word_among_the_figures_is_not_taken_for_nothing(figures: OneStopFigures, catalogue: Catalogue) -> None:
    filled = fill(form(), figures)
    cells = list(filled.rows[2].cells)
    cells[2] = Cell("<3")
    hidden = replace(filled, rows=(*filled.rows[:2], replace(filled.rows[2], cells=tuple(cells)), *filled.rows[3:]))
    formulas = derive_formulas(hidden, catalogue)
    assert (4, 2) not in formulas
    assert (4, 3) in formulas


def test_sums_along_a_row_take_the_larger_parts_first(tuan_giao: OneStopFigures, shared_project: Project) -> None:
    """Received = online + carried over + direct; resolved = by due date + late."""
    filled = filled_form(tuan_giao, shared_project, "one-stop-by-unit")
    formulas = derive_formulas(filled, tuan_giao.catalogue)
    line = row_of(filled, "tuan-giao")
    place = {name: (line, column) for column, name in enumerate(filled.values)}
    assert set(formulas[place["received_total"]].cells) == {
        place[name] for name in ("carried_over", "received_online", "received_direct")
    }
    assert set(formulas[place["resolved_total"]].cells) == {place["resolved_by_due_date"], place["resolved_late"]}
    assert place["resolved_by_due_date"] not in formulas


@pytest.mark.parametrize(
    ("form_id", "attached"),
    [
        ("one-stop-by-field", 29),
        ("one-stop-by-unit", 36),
        ("one-stop-by-procedure", 72),
        ("late-rates-by-unit", 36),
        ("late-overdue-units", 17),
    ],
)
def test_every_total_and_rate_of_tuan_giao_follows(
    tuan_giao: OneStopFigures, shared_project: Project, form_id: str, attached: int
) -> None:
    filled = filled_form(tuan_giao, shared_project, form_id)
    table = form_table(filled, tuan_giao.catalogue)
    total = table.rows[-1]
    assert all(cell.formula for cell in total.cells if cell.figure and cell.text)
    rates = [
        cell
        for row in table.rows
        for cell, value in zip(row.cells, filled.values, strict=False)
        if value.endswith("_pct") and cell.text
    ]
    assert all(cell.formula and cell.formula.of for cell in rates)
    assert sum(cell.formula is not None for row in table.rows for cell in row.cells) == attached


def test_what_tuan_giao_printed_wrong_has_no_formula(tuan_giao: OneStopFigures, shared_project: Project) -> None:
    """Chiềng Đông's 11 received are 9 resolved and pending: no formula of the form claims the two are one."""
    filled = filled_form(tuan_giao, shared_project, "one-stop-by-unit")
    line = row_of(filled, "tuan-giao.chieng-dong")
    by_name = dict(zip(filled.values, filled.rows[line].cells, strict=True))
    assert by_name["received_total"].text == "11"
    assert by_name["pending_total"].text == "9"
    columns = {filled.values[column] for _, column in derive_formulas(filled, tuan_giao.catalogue)[line, 2].cells}
    assert not columns & {"resolved_total", "pending_total"}


def test_subtotals_add_their_group_and_the_total_adds_all(catalogue: Catalogue) -> None:
    columns = [
        {"label": "STT", "value": "number"},
        {"label": "Tên", "value": "name"},
        {"label": "Tiếp nhận", "value": "received", "total": True},
        {"label": "Bưu chính", "value": "postal", "total": True},
    ]
    rows = {"each": "register", "of": {"dataset": "documents"}, "group_by": "field", "total": "TỔNG CỘNG"}
    filled = fill_list(list_form(rows=rows, columns=columns), office(documents=PROCEDURES))
    assert derive_formulas(filled, catalogue) == {
        (3, 2): CellFormula(cells=((1, 2), (2, 2))),
        (3, 3): CellFormula(cells=((1, 3), (2, 3))),  # marks are counted
        (7, 2): CellFormula(cells=((1, 2), (2, 2), (5, 2))),
        (7, 3): CellFormula(cells=((1, 3), (2, 3), (5, 3))),
    }


def test_a_list_of_indicators_computes_from_its_own_lines(catalogue: Catalogue) -> None:
    items = [
        {"label": "Tỷ lệ hoàn thành", "value": "plan_completion_pct"},
        {"label": "Nhiệm vụ đề ra", "value": "plan_tasks"},
        {"label": "Nhiệm vụ hoàn thành", "value": "plan_tasks_done"},
    ]
    figures = replace(office(statistics(plan_tasks=7, plan_tasks_done=3)), catalogue=catalogue)
    derived = derive_formulas(fill_list(list_form(items=items), figures), catalogue)
    assert derived == {(0, 3): CellFormula(cells=((2, 3),), of=((1, 3),), decimals=1)}
    entered = replace(office(statistics(plan_tasks=7, plan_tasks_done=3, plan_completion_pct=50)), catalogue=catalogue)
    assert derive_formulas(fill_list(list_form(items=items), entered), catalogue) == {}


@given(st.integers(-(10**12), 10**12))
def test_a_printed_count_is_read_back(value: int) -> None:
    assert printed_number(format_count(value)) == value


@given(st.decimals(-(10**9), 10**9, places=3), st.booleans())
def test_a_printed_decimal_is_read_back(value: Decimal, keep_zeros: bool) -> None:
    assert printed_number(format_number(value, keep_zeros=keep_zeros)) == value


@pytest.mark.parametrize("text", ["", "1.1", "01", "1,", "1234.5", "1.2345", "<5", "X", "²", "1 234", "12%", "–"])
def test_what_no_table_prints_as_a_number_is_none(text: str) -> None:
    assert printed_number(text) is None


def test_a_year_is_a_number_without_separators() -> None:
    assert printed_number("2024") == 2024


def test_blanks_count_nothing_and_marks_one() -> None:
    texts: list[Any] = ["", "X", "1.234", "<5"]
    assert [operand(text) for text in texts] == [0, 1, 1234, None]


def test_shares_are_rounded_half_up_and_a_share_of_nothing_is_nothing() -> None:
    assert recompute([Decimal(1)], [Decimal(800)], 2) == Decimal("0.13")
    assert recompute([Decimal("1.7")], [Decimal("60.711")], 1) == Decimal("2.8")
    assert recompute([Decimal(0)], [Decimal(0)], 2) is None
