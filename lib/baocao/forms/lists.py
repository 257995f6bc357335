"""Forms that are lists: indicators one below the other, and the rows of a register with their totals."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from baocao.errors import ConfigurationError, one_of
from baocao.forms.fill import NOT_SENT, Cell, ColumnKind, FilledForm, FilledRow, HeaderCell, header_of, rows_of
from baocao.forms.form import Column, Form, Item
from baocao.indicators.definition import RegisterRule
from baocao.indicators.measure import Measure, Subject, Value
from baocao.indicators.office import OfficeFigures, RegisterRow
from baocao.locale import format_count, format_date, format_number

#: Columns of an indicator list, in printed order.
ITEM_VALUES = ("number", "name", "unit_of_measure", "value", "note")
MARK = "X"
NO_ROWS = "Không phát sinh trong kỳ"


def fill_list(form: Form, office: OfficeFigures) -> FilledForm:
    """A list of indicators, or of a register's rows, with the figures of one office and period.

    Raises
    ------
    ConfigurationError
        For a register or column there is none of.
    """
    if form.items:
        header = tuple(HeaderCell(text, 1, 1) for text in form.headings)
        rows = tuple(_item_row(form, item, place, office) for place, item in enumerate(form.items, start=1))
        return FilledForm(form, (header,), ITEM_VALUES, ("number", "text", "label", "figure", "note"), rows)
    values = tuple(map(_place, form.leaves()))
    rule = rule_of(form)
    kinds = tuple(_kind(leaf, office.rows(rule)) for leaf in form.leaves())
    return FilledForm(form, header_of(form), values, kinds, tuple(_register_rows(form, office)))


def _kind(leaf: Column, rows: Sequence[RegisterRow]) -> ColumnKind:
    """Marks stand in the middle, words on the left, figures on the right."""
    if leaf.value == "number":
        return "number"
    values = [value for row in rows if (value := _cell_of(row, leaf)) is not None]
    if any(isinstance(value, str) for value in values):
        return "text"
    return "label" if values and all(isinstance(value, bool | date) for value in values) else "figure"


def rule_of(form: Form) -> RegisterRule:
    """Which rows of which register a form lists."""
    rule = rows_of(form).of
    if rule is None:
        raise ConfigurationError(f"form {form.id}: `of` names no register")
    return rule


def item_lines(form: Form, office: OfficeFigures) -> dict[str, tuple[str, str]]:
    """Code and unit of measure under which a list prints each indicator."""
    return {item.value: (item.code, _unit_of_measure(item, office)) for item in form.items if item.value}


def _item_row(form: Form, item: Item, place: int, office: OfficeFigures) -> FilledRow:
    measure = office[item.value] if item.value else None
    shown = _shown(form, measure) if measure is not None else Cell("")
    note = item.note or (office.note(item.value) if item.value else "")
    cells = (Cell(item.code), Cell(item.label), Cell(_unit_of_measure(item, office)), shown, Cell(note))
    return FilledRow("heading" if item.heading else "detail", f"{place}:{item.code}", cells)


def _unit_of_measure(item: Item, office: OfficeFigures) -> str:
    if item.unit_of_measure is not None or item.value is None:
        return item.unit_of_measure or ""
    indicator = office.catalogue[item.value]
    if indicator.codes:
        return "; ".join(f"{meaning} = {code}" for code, meaning in indicator.codes.items())
    return indicator.unit_of_measure


def _shown(form: Form, measure: Measure) -> Cell:
    if measure.value is None or (form.zero == "blank" and not measure):
        return Cell("")
    return Cell(measure.text(keep_zeros=form.keep_zeros), measure)


def _register_rows(form: Form, office: OfficeFigures) -> Iterator[FilledRow]:
    """Rows in the order of the file, parted by the column `group_by`, with subtotals and a total."""
    asked, rule = rows_of(form), rule_of(form)
    rows = office.rows(rule)
    width = len(form.leaves())
    if not rows:
        said = NO_ROWS if rule.dataset in office.registers else NOT_SENT.capitalize()
        yield FilledRow("heading", "none", (Cell(said, columns=width),))
        return
    groups = _grouped(rows, asked.group_by)
    for name, members in groups:
        if name is not None:
            yield FilledRow("heading", name, (Cell(name, columns=width),))
        for number, row in enumerate(members, start=1):
            key = f"{name}/{number}" if name is not None else str(number)
            yield FilledRow("detail", key, tuple(_register_cell(leaf, row, number) for leaf in form.leaves()))
        if name is not None:
            yield _totals(form, office, rule, members, f"{asked.subtotal} {name}", name)
    if any(leaf.total for leaf in form.leaves()):
        yield _totals(form, office, rule, rows, asked.total, None)


def _grouped(rows: Sequence[RegisterRow], column: str | None) -> list[tuple[str | None, list[RegisterRow]]]:
    """Rows by the value of a column, groups in the order in which they first appear."""
    if column is None:
        return [(None, list(rows))]
    groups: dict[str, list[RegisterRow]] = {}
    for row in rows:
        groups.setdefault(str(_of(row, column) or ""), []).append(row)
    return list(groups.items())


def _totals(
    form: Form, office: OfficeFigures, rule: RegisterRule, rows: Sequence[RegisterRow], label: str, group: str | None
) -> FilledRow:
    cells = []
    for leaf in form.leaves():
        if leaf.value == "number":
            cells.append(Cell(format_count(len(rows))))
        elif leaf.value == "name":
            cells.append(Cell(label))
        elif leaf.total:
            measure = _total(form, office, rule, rows, leaf, group)
            cells.append(_shown(form, measure))
        else:
            cells.append(Cell(""))
    return FilledRow("total", f"total/{group}" if group else "total", tuple(cells))


def _total(
    form: Form,
    office: OfficeFigures,
    rule: RegisterRule,
    rows: Sequence[RegisterRow],
    leaf: Column,
    group: str | None,
) -> Measure:
    """Sum of a column, marks counted; blank where every cell is."""
    values = [_cell_of(row, leaf) for row in rows]
    known = [value for value in values if value is not None]
    total: Value = None
    if known:
        total = sum(int(value) if isinstance(value, bool) else value for value in known)
    return Measure(
        indicator=f"{rule.dataset}_{_place(leaf)}",
        subject=Subject(office.reporter.code, area=group is None, field=group, part=f"register:{form.id}"),
        value=total,
        unit_of_measure="",
        definition=f"Tổng cột “{leaf.label}” của sổ {rule.dataset}",
        from_date=office.period.from_date,
        to_date=office.period.to_date,
        source=", ".join(dict.fromkeys(f"{rule.dataset}: {row['file']}" for row in rows)),
    )


def _place(leaf: Column) -> str:
    """What a column's figures are found by: `level`, or `level=3` where marks are counted."""
    return f"{leaf.value}={leaf.equals}" if leaf.equals is not None else leaf.value or ""


def _register_cell(leaf: Column, row: RegisterRow, number: int) -> Cell:
    return Cell(str(number)) if leaf.value == "number" else Cell(_text(_cell_of(row, leaf)))


def _cell_of(row: RegisterRow, leaf: Column) -> Any:
    value = _of(row, leaf.value or "")
    if leaf.equals is None:
        return value
    return None if value is None else value == leaf.equals


def _of(row: RegisterRow, column: str) -> Any:
    if column not in row:
        raise ConfigurationError(f"register column: {one_of('column', column, map(str, row))}")
    return row[column]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return MARK if value else ""
        case int():
            return format_count(value)
        case Decimal():
            return format_number(value, keep_zeros=False)
        case date():
            return format_date(value)
    return str(value)
