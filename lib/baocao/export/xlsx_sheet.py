"""One table on one sheet: what it is called, its headings, its rows, typed; frozen and set for print."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from baocao.document.blocks import Table, TableRow
from baocao.errors import ExportError
from baocao.export.xlsx_values import (
    COLUMNS,
    ROWS,
    Number,
    Place,
    formula_text,
    number_of,
    numeric_columns,
    safe_text,
)
from baocao.forms.formulas import placed

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

NO_FIGURES = "Không có số liệu"
FONT = {"font_name": "Times New Roman", "font_size": 11}
SHADE = "#EDEDED"
#: Points of a line, the most Excel gives a row, and the most the frozen rows may take of a small screen.
LINE, HIGHEST, FROZEN = 15, 409, 330
#: Characters of our font a landscape page takes at a size that can still be read.
PAGE_WIDTH = 200
#: Narrowest and widest column of a kind, in characters.
WIDTHS = {"number": (5, 9), "figure": (8, 18), "label": (9, 24), "code": (10, 36), "text": (14, 46), "note": (10, 30)}
ALIGNED = {"number": "center", "figure": "right", "label": "center", "code": "left", "text": "left", "note": "left"}
#: Characters left free beside a cell's text.
INDENT = 2
#: Characters of plain text on the width of a digit; of bold ones, one.
PLAIN = 1.15
#: A table with long words above it still needs room for them.
NARROWEST = 64
_COLUMN_NUMBER = re.compile(r"\(\d+\)")


class Formats:
    """Cell formats of a workbook, each made once."""

    def __init__(self, workbook: "Workbook") -> None:
        self._workbook = workbook
        self._known: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> "Format":
        key = tuple(sorted(properties.items()))
        if key not in self._known:
            self._known[key] = self._workbook.add_format({**FONT, "valign": "vcenter", **properties})
        return self._known[key]


@dataclass(frozen=True)
class Part:
    """What one sheet shows: a table, and what the document says above it.

    Attributes
    ----------
    name
        Of the sheet.
    label, title, notes
        “Biểu 2”, what it is about, and lines such as its dates.
    """

    name: str
    label: str
    title: str
    notes: Sequence[str]
    landscape: bool
    table: Table


def write_part(sheet: "Worksheet", part: Part, formats: Formats) -> list[tuple[str, Place]]:
    """Fill a sheet; returns every figure of it with the row and column of its cell.

    Raises
    ------
    ExportError
        For a table larger than a sheet, or with a row wider than its headings.
    """
    return _SheetWriter(sheet, part, formats).write()


class _SheetWriter:
    def __init__(self, sheet: "Worksheet", part: Part, formats: Formats) -> None:
        self._sheet, self._part, self._table, self._formats = sheet, part, part.table, formats
        self._widths = column_widths(part.table)
        self._numeric = numeric_columns(part.table)
        self._figures: list[tuple[str, Place]] = []

    def write(self) -> list[tuple[str, Place]]:
        table, sheet = self._table, self._sheet
        if len(table.rows) + len(table.header) + 20 > ROWS or table.width > COLUMNS:
            raise ExportError(
                f"table {table.id}: {len(table.rows)} rows, {table.width} columns; more than a sheet holds"
            )
        for column, width in enumerate(self._widths):
            sheet.set_column(column, column, width)
        top = self._above()
        heights = header_heights(table, self._widths)
        body = top + self._header(top, heights)
        self._body(body)
        end = body + max(1, len(table.rows))
        if table.note:
            self._line(end, table.note, italic=True, align="left")
        height = sum(heights) * LINE + self._top_height
        frozen = (body if height <= FROZEN else 0, self._name_column())
        if any(frozen):
            sheet.freeze_panes(*frozen)
        self._print_setup(top, body)
        return self._figures

    # -- above the table ----------------------------------------------------------------------------------------------

    def _above(self) -> int:
        """Label, title, notes and unit of measure, each on a line over the whole table; the row after them."""
        part, row = self._part, 0
        self._top_height = 0.0
        for text in filter(None, (part.label, part.title)):
            self._line(row, text, align="center", bold=True, font_size=12)
            row += 1
        for text in part.notes:
            self._line(row, text, align="center", italic=True)
            row += 1
        if self._table.unit:
            self._line(row, f"Đơn vị tính: {self._table.unit}", align="right", italic=True)
            row += 1
        return row

    def _line(self, row: int, text: str, **look: Any) -> None:
        text = safe_text(text)
        lines = line_count(text, sum(self._widths))
        height = min(HIGHEST, lines * (LINE + 1))
        self._sheet.set_row(row, height)
        self._top_height += height
        self._span(row, 0, row, self._table.width - 1, text, self._formats(text_wrap=True, **look))

    # -- headings -----------------------------------------------------------------------------------------------------

    def _header(self, top: int, heights: Sequence[int]) -> int:
        """Headings with their spans; how many rows they take."""
        for row, height in enumerate(heights):
            self._sheet.set_row(top + row, min(HIGHEST, height * LINE))
        look = {"align": "center", "border": 1, "text_wrap": True}
        heading = self._formats(bold=True, bg_color=SHADE, **look)
        number = self._formats(italic=True, **look)
        for row, column, rows, columns, text in header_places(self._table):
            style = number if _COLUMN_NUMBER.fullmatch(text) else heading
            self._span(top + row, column, top + row + rows - 1, column + columns - 1, safe_text(text), style)
        return len(heights)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _body(self, top: int) -> None:
        rows = self._table.rows
        if not rows:
            look = self._formats(italic=True, align="center", border=1)
            self._span(top, 0, top, self._table.width - 1, NO_FIGURES, look)
            return
        texts = {
            (line, column): cell.text
            for line, row in enumerate(rows)
            for column, cell in placed(row.cells)
            if cell.columns == 1
        }
        for line, row in enumerate(rows):
            self._row(top, line, row, texts)
        last = (top + len(rows) - 1, self._table.width - 1)
        whole = self._address(0)((top, 0), last)
        # A code in digits, or a printed figure among formulas, is meant; Excel need not mark it.
        self._sheet.ignore_errors(dict.fromkeys(("number_stored_as_text", "formula_differs", "formula_range"), whole))

    def _row(self, top: int, line: int, row: TableRow, texts: dict[Place, str]) -> None:
        place, column, lines = top + line, 0, 1
        address = self._address(top)
        for cell in row.cells:
            if column + cell.columns > self._table.width:
                raise ExportError(
                    f"table {self._table.id}: row {line + 1} is wider than its {self._table.width} columns"
                )
            align = self._table.align[column]
            typed = cell.columns == 1 and (self._numeric[column] or cell.figure is not None)
            number = number_of(cell) if typed else None
            look = self._look(row, align, cell.columns, number)
            if cell.figure is not None and cell.text:
                self._figures.append((cell.figure, (place, column)))
            if number is None:
                text = safe_text(cell.text)
                room = sum(self._widths[column : column + cell.columns]) - INDENT
                lines = max(lines, line_count(text, room * PLAIN if row.kind == "detail" else room))
                self._span(place, column, place, column + cell.columns - 1, text, look)
            elif formula := cell.formula and formula_text(cell.formula, texts, number.exact, address):
                self._sheet.write_formula(place, column, formula, look, number.value)
            else:
                self._sheet.write_number(place, column, number.value, look)
            column += cell.columns
        for missing in range(column, self._table.width):
            self._text(place, missing, "", self._look(row, self._table.align[missing], 1, None))
        if lines > 1:  # no program makes room for wrapped text by itself when it only prints
            self._sheet.set_row(place, min(HIGHEST, lines * LINE))

    def _look(self, row: TableRow, align: str, columns: int, number: Number | None) -> "Format":
        whole_width = columns == self._table.width
        properties: dict[str, Any] = {
            "border": 1,
            "align": "left" if whole_width and row.kind == "heading" else "center" if columns > 1 else ALIGNED[align],
            "text_wrap": number is None,
        }
        if properties["align"] != "center":
            properties["indent"] = 1
        if row.kind != "detail":
            properties["bold"] = True
        if row.kind == "total":
            properties["bg_color"] = SHADE
        if number is not None:
            properties["num_format"] = number.format
        return self._formats(**properties)

    # -- cells --------------------------------------------------------------------------------------------------------

    def _span(self, row: int, column: int, last_row: int, last_column: int, text: str, look: "Format") -> None:
        if (row, column) != (last_row, last_column):
            self._sheet.merge_range(row, column, last_row, last_column, "", look)
        self._text(row, column, text, look)

    def _text(self, row: int, column: int, text: str, look: "Format") -> None:
        if text:
            self._sheet.write_string(row, column, text, look)
        else:
            self._sheet.write_blank(row, column, None, look)

    def _address(self, top: int) -> Callable[[Place, Place], str]:
        from xlsxwriter.utility import xl_range

        def address(first: Place, last: Place) -> str:
            return str(xl_range(top + first[0], first[1], top + last[0], last[1]))

        return address

    # -- the page -----------------------------------------------------------------------------------------------------

    def _name_column(self) -> int:
        """The column after the names of the rows, where it is near the left."""
        leading = self._table.align[:3]
        return leading.index("text") + 1 if "text" in leading and self._table.width > 3 else 0

    def _print_setup(self, top: int, body: int) -> None:
        sheet = self._sheet
        set_page(sheet, landscape=self._part.landscape)
        width = PAGE_WIDTH if self._part.landscape else PAGE_WIDTH * 0.7
        sheet.fit_to_pages(max(1, math.ceil(sum(self._widths) / width)), 0)
        if body > top:
            sheet.repeat_rows(top, body - 1)
        if self._name_column():
            sheet.repeat_columns(0, self._name_column() - 1)


def set_page(sheet: "Worksheet", *, landscape: bool) -> None:
    """A4 with page numbers."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.center_horizontally()
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer("&C&P/&N")


def header_places(table: Table) -> list[tuple[int, int, int, int, str]]:
    """Row, column, rows, columns and text of every heading, as the spans of those before it leave room."""
    found: list[tuple[int, int, int, int, str]] = []
    taken: set[Place] = set()
    for row, cells in enumerate(table.header):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            rows, columns = min(cell.rows, len(table.header) - row), min(cell.columns, table.width - column)
            if columns < 1:
                raise ExportError(f"table {table.id}: its headings are wider than its {table.width} columns")
            taken |= {(row + down, column + right) for down in range(rows) for right in range(columns)}
            found.append((row, column, rows, columns, cell.text))
    return found


def column_widths(table: Table) -> list[float]:
    """Widths in characters: room for every figure and for the longest word above it; long texts wrap."""
    least = [WIDTHS[align][0] for align in table.align]
    most = [WIDTHS[align][1] for align in table.align]
    widths = list(map(float, least))
    for _, column, _, columns, text in header_places(table):
        if columns == 1:
            longest = max(map(len, text.split()), default=0) + INDENT
            widths[column] = max(widths[column], min(longest, most[column]))
    for row in table.rows:
        for column, cell in placed(row.cells):
            if cell.columns == 1 and column < len(widths):
                widths[column] = max(widths[column], min(len(cell.text) + INDENT, most[column]))
    if sum(widths) < NARROWEST:
        wide = table.align.index("text") if "text" in table.align else len(widths) - 1
        widths[wide] += NARROWEST - sum(widths)
    return widths


def header_heights(table: Table, widths: Sequence[float]) -> list[int]:
    """Lines of every row of headings; what a heading over several rows needs beyond them falls to its last row."""
    heights = [1] * len(table.header)
    for row, column, rows, columns, text in sorted(header_places(table), key=lambda place: place[2]):
        needed = line_count(text, sum(widths[column : column + columns]))
        last = row + rows - 1
        heights[last] += max(0, needed - sum(heights[row : last + 1]))
    return heights


def line_count(text: str, width: float) -> int:
    """Lines a text takes in so many characters, broken at words."""
    return 1 if len(text) <= width else len(textwrap.wrap(text, max(1, int(width))))
