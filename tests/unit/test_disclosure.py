"""Small counts: what is printed in their place, and that nothing printed lets them be computed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baocao.checks.findings import Finding
from baocao.errors import ConfigurationError, ExportError
from baocao.forms.disclosure import (
    NOTE,
    Relation,
    complement,
    hides_counts,
    protect,
    refuse_telling_shares,
    relations,
    without_counts,
)
from baocao.forms.fill import Cell, FilledForm, FilledRow
from baocao.forms.form import Form
from baocao.forms.formulas import derive_formulas
from baocao.indicators.catalogue import Catalogue, load_catalogue
from baocao.indicators.measure import Measure, Subject
from baocao.intake.source import find_sources
from baocao.notebook import open_report, views
from baocao.notebook.figures import FigureRegister
from baocao.project import Project
from baocao.store.ingest import ingest

Place = tuple[int, int]
LIMIT = 5


# -- any table with totals ---------------------------------------------------------------------------------------------


def whole_table(inner: Sequence[Sequence[int]]) -> dict[Place, int]:
    """Counts with a total column on the right and a total row below."""
    rows = [[*row, sum(row)] for row in inner]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    return {(line, place): value for line, row in enumerate(rows) for place, value in enumerate(row)}


def sums(height: int, width: int) -> list[Relation]:
    """Every row and every column with its total."""
    across = [Relation((line, width), tuple((line, place) for place in range(width))) for line in range(height + 1)]
    down = [Relation((height, place), tuple((line, place) for line in range(height))) for place in range(width + 1)]
    return across + down


def computable(hidden: set[Place], related: Sequence[Relation]) -> set[Place]:
    """By another way than the code's: what every solution of the sums has in common."""
    places = sorted(hidden)
    if not places:
        return set()
    matrix = np.array(
        [[float(place in relation.parts) - float(place == relation.total) for place in places] for relation in related]
    )
    _, singular, vectors = np.linalg.svd(matrix)
    free = vectors[int(np.sum(singular > 1e-9)) :]  # every way in which the hidden cells may differ
    return {place for number, place in enumerate(places) if np.abs(free[:, number]).max(initial=0) < 1e-9}


tables = st.integers(2, 6).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=2, max_size=7)
)


@settings(max_examples=300, deadline=None)
@given(tables)
def test_no_small_count_follows_from_the_totals(inner: list[list[int]]) -> None:
    counts, related = whole_table(inner), sums(len(inner), len(inner[0]))
    small = {place for place, value in counts.items() if 0 < value < LIMIT}
    hidden = small | complement(counts, small, related, LIMIT, "f")
    assert not computable(hidden, related) & small


@settings(max_examples=100, deadline=None)
@given(tables)
def test_another_table_would_print_the_same(inner: list[list[int]]) -> None:
    """Small counts whose sum leaves no choice are not the only hidden ones of their row or column."""
    counts, related = whole_table(inner), sums(len(inner), len(inner[0]))
    small = {place for place, value in counts.items() if 0 < value < LIMIT}
    hidden = small | complement(counts, small, related, LIMIT, "f")
    for relation in related:
        unknown = [place for place in relation.parts if place in hidden]
        if relation.total not in hidden and small.intersection(unknown):
            left = sum(counts[place] for place in unknown)
            assert left > len(small.intersection(unknown))


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    counts = whole_table([[10, 0], [0, 20]])
    assert complement(counts, [], sums(2, 2), LIMIT, "f") == set()


def test_a_block_of_four_is_enough_for_one_small_count() -> None:
    counts = whole_table([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    assert complement(counts, [(0, 0)], sums(3, 3), LIMIT, "f") == {(0, 1), (1, 0), (1, 1)}


def test_two_that_add_up_to_two_need_a_third() -> None:
    counts = {(0, 0): 1, (0, 1): 1, (0, 2): 9, (0, 3): 11}
    related = [Relation((0, 3), ((0, 0), (0, 1), (0, 2)))]
    assert complement(counts, [(0, 0), (0, 1)], related, LIMIT, "f") == {(0, 2)}


# -- forms -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue(shared_project: Project) -> Catalogue:
    return load_catalogue(shared_project)


COLUMNS = ("received_total", "resolved_by_due_date", "resolved_late", "pending_total", "late_rate_pct")


def form(**changes: Any) -> Form:
    content: dict[str, Any] = {
        "id": "f",
        "title": "t",
        "legal_source": "s",
        "rows": {"each": "unit"},
        "columns": [{"label": "Đơn vị", "value": "name"}, *({"label": name, "value": name} for name in COLUMNS)],
        "protect_below": LIMIT,
        **changes,
    }
    return Form.model_validate(content)


def filled(rows: Sequence[tuple[str, int, int, int]], **changes: Any) -> FilledForm:
    """Rows of (name, in time, late, pending) with what is taken in, a rate, and totals."""
    total = ("Tổng", *(sum(row[place] for row in rows) for place in (1, 2, 3)))
    lines = []
    for name, in_time, late, pending in (*rows, total):
        taken = in_time + late + pending
        values = (taken, in_time, late, pending)
        cells = [Cell(name)]
        for indicator, value in zip(COLUMNS, values, strict=False):
            measure = Measure(indicator, Subject(name), value, "hồ sơ", "", date(2020, 1, 1), date(2020, 3, 31), "bảng")
            cells.append(Cell(str(value), measure))
        rate = replace(
            measure,
            indicator="late_rate_pct",
            unit_of_measure="%",
            value=Measure.exact(1.5),
            numerator=late,
            denominator=taken,
        )
        cells.append(Cell("1,50", rate))
        lines.append(
            FilledRow("total" if name == "Tổng" else "detail", "total" if name == "Tổng" else name, tuple(cells))
        )
    return FilledForm(form(**changes), ((),), ("name", *COLUMNS), ("text", *["figure"] * 5), tuple(lines))


ROWS = [("a", 30, 2, 11), ("b", 40, 7, 12), ("c", 50, 8, 13)]


def printed(shown: FilledForm) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in shown.rows]


def test_a_small_count_and_what_would_give_it_away(catalogue: Catalogue) -> None:
    protected = protect(filled(ROWS), catalogue)
    table = printed(protected.filled)
    assert table[0][3] == "<5"
    assert protected.filled.note == NOTE.format(k=5, most=4)
    hidden = {place for place, _ in protected.hidden}
    assert "f/a/resolved_late" in hidden
    for line, row in enumerate(protected.filled.rows):
        for cell in row.cells[1:]:
            assert (cell.text in ("<5", "…")) == (cell.measure is None), line
    lines = {line for line, row in enumerate(table) if "…" in row or "<5" in row}
    assert all(table[line][5] == "…" for line in lines), "a rate beside a hidden count would give it away"
    related = relations(filled(ROWS), catalogue)
    places = {
        (line, column) for line, row in enumerate(table) for column, text in enumerate(row) if text in ("<5", "…")
    }
    assert (0, 3) not in computable(places - {(line, 5) for line in range(4)}, related)


def test_sums_along_a_row_are_known_too(catalogue: Catalogue) -> None:
    """What was taken in is what was handled and what is still open, although its definition does not say so."""
    expected = Relation((0, 1), ((0, 2), (0, 4), (0, 3)))
    found = [relation for relation in relations(filled(ROWS), catalogue) if relation.total == (0, 1)]
    assert any(set(relation.parts) == set(expected.parts) for relation in found)


def test_a_total_of_one_part_is_that_part(catalogue: Catalogue) -> None:
    """With all others blank, what was handled in time would say what was taken in, and so the one still open."""
    plain = filled([("a", 70, 0, 2), ("b", 40, 7, 12), ("c", 50, 8, 13)])
    rows = [
        replace(row, cells=tuple(cell if cell.text != "0" else Cell("") for cell in row.cells)) for row in plain.rows
    ]
    related = relations(replace(plain, rows=tuple(rows)), catalogue)
    assert Relation((0, 1), ((0, 2), (0, 4))) in related


def test_zero_and_blank_are_not_small(catalogue: Catalogue) -> None:
    rows = [("a", 30, 0, 11), ("b", 40, 7, 12)]
    assert protect(filled(rows), catalogue).hidden == ()
    assert protect(filled(rows), catalogue).filled == filled(rows)


def test_a_form_that_does_not_ask_prints_all(catalogue: Catalogue) -> None:
    plain = filled(ROWS, protect_below=None)
    assert protect(plain, catalogue).filled is plain


def test_hidden_cells_carry_no_figure_and_no_formula(catalogue: Catalogue) -> None:
    protected = protect(filled(ROWS), catalogue).filled
    table = views.form_table(protected, catalogue)
    for row in table.rows:
        for cell in row.cells:
            if cell.text in ("<5", "…"):
                assert (cell.figure, cell.value, cell.formula) == (None, None, None)
    shown = {place for place, text in _texts(protected) if text not in ("<5", "…")}
    for formula in derive_formulas(protected, catalogue).values():
        assert shown.issuperset((*formula.cells, *formula.of))


def _texts(shown: FilledForm) -> list[tuple[Place, str]]:
    return [((line, column), text) for line, row in enumerate(printed(shown)) for column, text in enumerate(row)]


@pytest.mark.parametrize("sentence_first", [True, False])
def test_a_sentence_that_prints_it_is_an_error_naming_both_places(catalogue: Catalogue, sentence_first: bool) -> None:
    complete = filled(ROWS)
    late = complete.rows[0].cells[3].measure
    assert late is not None
    hidden = protect(complete, catalogue).hidden
    register = FigureRegister()
    notes = [*hidden, ("narrative:ket-qua", late)]
    with pytest.raises(ExportError) as caught:
        for place, measure in notes[::-1] if sentence_first else notes:
            register.note(measure, place)
    assert "f/a/resolved_late" in str(caught.value)
    assert "narrative:ket-qua" in str(caught.value)
    assert "protect_below" in str(caught.value)


def test_the_record_holds_no_hidden_value(catalogue: Catalogue) -> None:
    register = FigureRegister()
    protected = protect(filled(ROWS), catalogue)
    for place, measure in (*protected.filled.figures(), *protected.hidden):
        register.note(measure, place)
    record = register.record({}, {})["resolved_late@a"]
    assert (record["value"], record["numerator"], record["denominator"]) == (None, None, None)


def test_a_percentage_of_a_hidden_count_is_an_error_naming_both_places(catalogue: Catalogue) -> None:
    """Its numerator would be read beside it, wherever the percentage itself is not in the table."""
    hidden = protect(filled(ROWS), catalogue).hidden
    late = next(measure for _, measure in hidden if measure.id == "resolved_late@a")
    rate = replace(late, indicator="late_rate_pct", value=Measure.exact(4.65), numerator=2, denominator=43)
    figures = {rate.id: {**rate.record(), "printed": ["narrative:ket-qua"]}}
    with pytest.raises(ExportError, match=r"narrative:ket-qua.*f/a/resolved_late.*protect_below"):
        refuse_telling_shares(hidden, figures, catalogue)
    elsewhere = replace(rate, subject=Subject("d"))
    refuse_telling_shares(hidden, {elsewhere.id: {**elsewhere.record(), "printed": ["x"]}}, catalogue)
    unpublished = replace(rate, value=None, numerator=None, denominator=None)
    refuse_telling_shares(hidden, {rate.id: {**unpublished.record(), "printed": ["x"]}}, catalogue)


def finding(**changes: Any) -> Finding:
    message = "Tổng 1.234 (chênh lệch -3), tỷ lệ 9,5%"
    given: dict[str, Any] = {"printed": 1234, "computed": 1237, "difference": -3, "message": message, "success": False}
    columns = {"expectation": "e", "severity": "warning", "table": "Biểu 2", "row": "Xã 5", "column": "c"}
    return Finding(**{**columns, "rows_checked": 9, "rows_not_checked": 0, **given, **changes})


def test_a_finding_says_where_but_not_how_much() -> None:
    told = without_counts(finding())
    assert (told.printed, told.computed, told.difference) == (None, None, None)
    assert told.message == "Tổng … (chênh lệch …), tỷ lệ …%"
    assert (told.table, told.row, told.success) == ("Biểu 2", "Xã 5", False)


def test_a_finding_that_passed_or_is_about_no_count_stays_as_it_is() -> None:
    passed = finding(success=True, printed=None, computed=None, difference=None)
    days = finding(printed=None, computed=None, difference=None, message="Thiếu 3 ngày")
    assert (without_counts(passed), without_counts(days)) == (passed, days)


def test_a_form_that_hides_nothing_here_leaves_findings_alone(catalogue: Catalogue) -> None:
    protected, plain = form(), form(protect_below=None)

    def none_of_it(_: Form) -> FilledForm:
        raise ConfigurationError("not valid then")

    assert hides_counts([plain, protected], lambda _: filled(ROWS), catalogue)
    assert not hides_counts([plain], lambda _: filled(ROWS), catalogue)
    assert not hides_counts([protected], lambda _: filled([("a", 30, 0, 11), ("b", 40, 7, 12)]), catalogue)
    assert not hides_counts([protected], none_of_it, catalogue)


def test_another_table_of_the_report_that_prints_it_is_an_error(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Biểu 2 protected, the table of late dossiers in the text not: the report cannot be made."""
    path = project.params / "forms" / "one-stop-by-unit.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "protect_below: 5\n", encoding="utf-8")
    ingest(project, find_sources(project, "one-stop-summary", [sample]))
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    report = open_report("portal-dispatch", unit="tuan-giao", period="2020-Q1")
    report.table("one-stop-by-unit")
    with pytest.raises(ExportError, match=r"one-stop-by-unit/.*late-overdue-units/"):
        report.table("late-overdue-units")


def test_a_single_row_hides_its_total_too(catalogue: Catalogue) -> None:
    table = printed(protect(filled([("a", 30, 2, 11)]), catalogue).filled)
    assert table[0][3] == table[1][3] == "<5"


def test_a_small_total_of_as_many_small_counts_does_not_say_so(catalogue: Catalogue) -> None:
    """Four counts and a total below five: each would be 1."""
    rows = [(name, 30, 1, 11) for name in "abcd"]
    table = printed(protect(filled(rows), catalogue).filled)
    assert [row[3] for row in table] == ["<5", "<5", "<5", "<5", "…"]


def test_a_form_of_entries_cannot_be_protected() -> None:
    entries = {"each": "register", "of": {"dataset": "plans"}}
    with pytest.raises(ValueError, match="protect_below"):
        form(rows=entries)
    with pytest.raises(ValueError, match="protect_below"):
        form(protect_below=2)


def test_what_cannot_be_protected_is_said() -> None:
    related = [Relation((0, 0), ((0, 1), (0, 2)))]
    with pytest.raises(ConfigurationError, match="form f: the count in row 1, column 2"):
        complement({(0, 1): 3}, [(0, 1)], related, LIMIT, "f")
