"""A form filled with figures: header cells with their spans, rows of cells, every number a measure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from baocao.errors import ConfigurationError
from baocao.forms.form import Column, Form, Rows
from baocao.indicators.measure import Measure
from baocao.indicators.one_stop import OneStopFigures

RowKind = Literal["detail", "heading", "total"]
#: What a column holds: running numbers, words, short words, figures, remarks.
ColumnKind = Literal["number", "text", "label", "figure", "note"]

NOT_SENT = "chưa gửi số liệu"
LEFT_OUT = "Dòng tổng tính cả các đơn vị có hồ sơ nhưng không nêu trong bảng."


@dataclass(frozen=True)
class HeaderCell:
    """A heading with how many columns and rows it spans."""

    text: str
    columns: int
    rows: int


@dataclass(frozen=True)
class Cell:
    """A body cell: what is printed, and the figure behind it; a blank has none."""

    text: str
    measure: Measure | None = None
    columns: int = 1


@dataclass(frozen=True)
class FilledRow:
    """`key` names the row in “where is this printed”: a unit's code, a field, a procedure, or `total`."""

    kind: RowKind
    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class FilledForm:
    """A form with its figures.

    Attributes
    ----------
    header
        Rows of heading cells, top row first.
    values
        Value id of each column (`number`, `name` or an indicator), in printed order.
    kinds
        What each column holds.
    """

    form: Form
    header: tuple[tuple[HeaderCell, ...], ...]
    values: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    rows: tuple[FilledRow, ...]
    note: str = ""

    def figures(self) -> Iterator[tuple[str, Measure]]:
        """Every figure of the form with its place, `form/row/column`."""
        for row in self.rows:
            place = 0
            for cell in row.cells:
                if cell.measure is not None:
                    yield f"{self.form.id}/{row.key}/{self.values[place]}", cell.measure
                place += cell.columns


def fill(form: Form, figures: OneStopFigures) -> FilledForm:
    """`form` with the figures of one reporter and period."""
    asked = rows_of(form)
    match asked.each:
        case "unit":
            rows = list(_unit_rows(form, figures))
        case "field":
            rows = list(_field_rows(form, figures))
        case "procedure":
            rows = list(_procedure_rows(form, figures))
        case "register":
            raise ConfigurationError(f"form {form.id} lists a register, not one-stop figures")
    note = ""
    if asked.each == "unit":
        shown = {row.key for row in rows}
        left_out = [unit for unit in figures.group("active") if unit.code not in shown]
        note = LEFT_OUT if left_out else ""
    values = tuple(_values(form))
    return FilledForm(form, header_of(form), values, tuple(map(_kind, values)), tuple(rows), note)


def _kind(value: str) -> ColumnKind:
    return "number" if value == "number" else "text" if value == "name" else "figure"


def rows_of(form: Form) -> Rows:
    """What the rows of a form with columns are; ConfigurationError for a list of indicators, which has none."""
    if form.rows is None:
        raise ConfigurationError(f"form {form.id} is a list of indicators and has no rows")
    return form.rows


def header_of(form: Form) -> tuple[tuple[HeaderCell, ...], ...]:
    """The headings of a form with columns, spans and the row of column numbers included."""
    header = _headings(form)
    if form.numbered:
        numbers = (HeaderCell(f"({place})", 1, 1) for place in range(1, len(form.leaves()) + 1))
        return (*header, tuple(numbers))
    return header


def _headings(form: Form) -> tuple[tuple[HeaderCell, ...], ...]:
    levels: list[list[HeaderCell]] = [[] for _ in range(form.depth)]

    def place(column: Column, level: int) -> None:
        span = 1 if column.columns else form.depth - level
        levels[level].append(HeaderCell(column.label, sum(1 for _ in column.leaves()), span))
        for child in column.columns:
            place(child, level + 1)

    for column in form.columns:
        place(column, 0)
    return tuple(tuple(level) for level in levels)


def _unit_rows(form: Form, figures: OneStopFigures) -> Iterator[FilledRow]:
    units = figures.units()
    if only_if_positive := rows_of(form).only_if_positive:
        units = [unit for unit in units if any(figures.of_unit(indicator, unit) for indicator in only_if_positive)]
    for number, unit in enumerate(units, start=1):
        if figures.has_row(unit):
            cells = _cells(form, str(number), unit.name, partial(figures.of_unit, unit=unit))
        else:
            cells = _note_cells(form, str(number), unit.name, NOT_SENT)
        yield FilledRow("detail", unit.code, cells)
    yield _total(form, figures.of_area)


def _field_rows(form: Form, figures: OneStopFigures) -> Iterator[FilledRow]:
    for number, field in enumerate(figures.field_names(), start=1):
        cells = _cells(form, str(number), field, partial(figures.of_field, field=field))
        yield FilledRow("detail", field, cells)
    yield _total(form, figures.of_desk)


def _procedure_rows(form: Form, figures: OneStopFigures) -> Iterator[FilledRow]:
    """Procedures in the order of the file, under a heading row for the office and one for each field."""
    width = len(form.leaves())
    yield FilledRow("heading", figures.reporter.code, (Cell(figures.reporter.name, columns=width),))
    heading = None
    for number, row in enumerate(figures.by_procedure, start=1):
        field, procedure = row["field"], row["procedure"]
        if field != heading and field is not None:
            yield FilledRow("heading", field, (Cell(f"Lĩnh vực {field}", columns=width),))
        heading = field
        cells = _cells(
            form,
            str(number),
            procedure,
            partial(figures.of_procedure, field=field, procedure=procedure),
        )
        yield FilledRow("detail", f"{field or ''}/{procedure}", cells)
    yield _total(form, figures.of_desk)


def _total(form: Form, measure: Callable[[str], Measure]) -> FilledRow:
    return FilledRow("total", "total", _cells(form, "", rows_of(form).total, measure))


def _cells(form: Form, number: str, name: str, measure: Callable[[str], Measure]) -> tuple[Cell, ...]:
    cells = []
    for value in _values(form):
        match value:
            case "number":
                cells.append(Cell(number))
            case "name":
                cells.append(Cell(name))
            case indicator:
                figure = measure(indicator)
                blank = not figure.stated or (form.zero == "blank" and not figure)
                text = "" if blank else figure.text(keep_zeros=form.keep_zeros)
                cells.append(Cell(text, None if figure.value is None else figure))
    return tuple(cells)


def _note_cells(form: Form, number: str, name: str, note: str) -> tuple[Cell, ...]:
    """Number and name, then one cell over all figures that says why there are none."""
    values = _values(form)
    leading = [value for value in values if value in ("number", "name")]
    cells = [Cell(number if value == "number" else name) for value in leading]
    return (*cells, Cell(note, columns=len(values) - len(leading)))


def _values(form: Form) -> Sequence[str]:
    return [leaf.value or "" for leaf in form.leaves()]
