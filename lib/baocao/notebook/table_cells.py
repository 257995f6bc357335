"""Cells and rows of tables that are built in code, not by a form."""

from collections.abc import Callable

from baocao.document.blocks import HeaderCell, TableCell, TableRow
from baocao.indicators.measure import Measure

#: Called with a figure and the place it is printed at.
Note = Callable[[Measure, str], None]


def figure_cell(measure: Measure, place: str, note: Note, text: str | None = None) -> TableCell:
    """The cell that prints `measure`, by default as tables do; the figure is noted with its place."""
    note(measure, place)
    return TableCell(text=measure.text() if text is None else text, figure=measure.id, value=measure.machine_text)


def header(*names: str) -> list[list[HeaderCell]]:
    """One row of headings."""
    return [[HeaderCell(text=name) for name in names]]


def words(*texts: str) -> list[TableCell]:
    return [TableCell(text=text) for text in texts]


def heading_row(text: str, width: int) -> TableRow:
    """A line across the table that says what follows."""
    return TableRow(kind="heading", cells=[TableCell(text=text, columns=width)])
