"""Tables of the Word document: widths and letters that fit the page, grouped headings, rows that stay whole."""

import unicodedata
from dataclasses import dataclass
from math import ceil, sqrt

from markupsafe import Markup

from baocao.document.blocks import HeaderCell, Table, TableRow
from baocao.export.docx_markup import NOTHING, SPACER, join, paragraph, run, twips
from baocao.export.docx_styles import CELL_INSET

_NUMBER, _LABEL, _MARK, _CODE = 11.0, 29.0, 13.0, 50.0
#: How many times the longest text of a column counts.
_TOWER = 8
_WIDEST_FIGURE, _NARROWEST_WORDS = 24.0, 30.0
_POINTS = 72 / 25.4
#: A digit, and a letter of a bold heading, as parts of the size of the letters.
_DIGIT, _LETTER = 0.5, 0.52
#: Letters in half points: of tables, of those with many columns, and the smallest, to be read magnified.
_USUAL, _SMALL, _SMALLEST = 24, 22, 6
#: Points beside the text of a cell where figures would break without them.
_LEAST_INSET = 0.5
_MANY_COLUMNS = 8
_CENTRED, _RIGHT = Markup('<w:jc w:val="center"/>'), Markup('<w:jc w:val="right"/>')
_ALIGNMENT = {"number": _CENTRED, "label": _CENTRED, "figure": _RIGHT}
#: A table of so few rows and lines stands on one page, also a landscape one below its title; a cell of so many lines
#: may break over two.
_WHOLE_ROWS, _WHOLE_LINES, _BREAKING_LINES = 16, 22, 20
_CELL = Markup('<w:tc><w:tcPr><w:tcW w:w="%s" w:type="dxa"/>%s%s<w:vAlign w:val="center"/></w:tcPr>%s</w:tc>')


@dataclass(frozen=True)
class Layout:
    """Widths of the columns in twips, and the letters: size in half points and space beside them in points."""

    widths: list[int]
    size: int
    inset: float

    @property
    def style(self) -> str:
        return "TableText" if self.size == _USUAL else "TableTextSmall"

    @property
    def look(self) -> Markup:
        """What a run needs beside its style."""
        return Markup('<w:sz w:val="{0}"/><w:szCs w:val="{0}"/>').format(self.size) if self.size < _SMALL else NOTHING


def table_xml(table: Table, available: float) -> Markup:
    """Caption, unit, table and note, in a text `available` millimetres wide."""
    layout = lay_out(table, available)
    lines = [_lines(row, layout) for row in table.rows]
    whole = len(table.rows) <= _WHOLE_ROWS and sum(lines) <= _WHOLE_LINES
    caption = paragraph("Caption", run(table.caption), keep_next=True) if table.caption else NOTHING
    unit = paragraph("TableUnit", run(f"Đơn vị tính: {table.unit}")) if table.unit else NOTHING
    note = paragraph("TableNote", run(table.note)) if table.note else SPACER
    rows = _header_rows(table.header, layout)
    last = len(table.rows) - 1
    # The last row, mostly the total, never stands alone on a page, and a heading never without a row below it.
    kept = range(0 if whole else last - 1, last)
    rows += [
        _row(
            row,
            table,
            layout,
            keep_next=place in kept or (row.kind == "heading" and place < last),
            breaks=lines[place] >= _BREAKING_LINES,
        )
        for place, row in enumerate(table.rows)
    ]
    # A table without rows is none: Word refuses to open it.
    return caption + unit + (_grid(table, rows, layout) if rows else NOTHING) + note


def lay_out(table: Table, available: float) -> Layout:
    """A narrow running number, figures alike, the words get the rest; smaller letters where figures would break."""
    widths = column_widths(table, available)
    size, inset = _usual_size(table), CELL_INSET
    longest = _longest_texts(table)
    figures = [place for place, kind in enumerate(table.align) if kind == "figure" and longest[place]]
    if figures:
        # Each column's width in points and the width of its longest figure in letters of one point.
        rooms = [(widths[place] * _POINTS, longest[place] * _DIGIT) for place in figures]
        most = min((width - 2 * _LEAST_INSET) / figure for width, figure in rooms)
        size = min(size, max(_SMALLEST, int(most * 2)))
        inset = min(inset, max(_LEAST_INSET, min((width - figure * size / 2) / 2 for width, figure in rooms)))
    return Layout([twips(width) for width in widths], size, inset)


def column_widths(table: Table, available: float) -> list[float]:
    """Millimetres of every column, together at most `available`."""
    kinds = table.align
    figures, words = kinds.count("figure"), kinds.count("text")
    free = max(available - _NUMBER - _LABEL * kinds.count("label") - _CODE * kinds.count("code"), 0)
    wanted = min(88 if available > 200 else 46, free * 0.55 / max(words, 1))
    wanted = min(wanted, max(_NARROWEST_WORDS, (free - _figure_room(table) * figures) / max(words, 1)))
    each = min(_WIDEST_FIGURE, max(free - wanted * words, 0) / max(figures, 1))
    longest = _longest_texts(table)
    fixed = {"number": _NUMBER, "figure": each, "label": _LABEL, "code": _CODE}
    widths = [fixed.get(kind, 0.0) for kind in kinds]
    for place, kind in enumerate(kinds):
        if kind == "label" and longest[place] <= 4:
            widths[place] = _MARK
    # Of several columns of words each gets so much that all of them come to about the same height.
    # The longest text counts for several, or one long note would make a tower.
    letters = [whole + _TOWER * one for whole, one in zip(_letters_of_columns(table), longest, strict=True)]
    roots = {place: sqrt(letters[place]) for place, kind in enumerate(kinds) if kind in ("text", "note")}
    least = max(roots.values(), default=0) / 4 or 1
    shares = {place: max(root, least) for place, root in roots.items()}
    rest = max(available - sum(widths), _NARROWEST_WORDS * len(shares))
    for place, share in shares.items():
        widths[place] = rest * share / sum(shares.values())
    scale = min(1.0, available / sum(widths)) if widths else 1.0
    return [width * scale for width in widths]


def _usual_size(table: Table) -> int:
    return _USUAL if table.width <= _MANY_COLUMNS else _SMALL


def _figure_room(table: Table) -> float:
    """Millimetres at which no word of a heading over one column breaks."""
    words = [word for row in table.header for cell in row if cell.columns == 1 for word in cell.text.split()]
    letters = max(map(len, words), default=0)
    return min((letters * _LETTER * _usual_size(table) / 2 + 2 * CELL_INSET) / _POINTS, _WIDEST_FIGURE)


def _longest_texts(table: Table) -> list[int]:
    """Letters of the longest text in each column, cells over several columns left out."""
    longest = [0] * table.width
    for row in table.rows:
        place = 0
        for cell in row.cells:
            if cell.columns == 1 and (row.kind == "detail" or table.align[place] == "figure"):
                letters = sum(1 for character in cell.text if not unicodedata.combining(character))
                longest[place] = max(longest[place], letters)
            place += cell.columns
    return longest


def _letters_of_columns(table: Table) -> list[int]:
    """Letters of all texts in each column, cells over several columns left out."""
    letters = [0] * table.width
    for row in table.rows:
        place = 0
        for cell in row.cells:
            if cell.columns == 1:
                letters[place] += len(cell.text)
            place += cell.columns
    return letters


def _lines(row: TableRow, layout: Layout) -> int:
    """About how many lines the highest cell of a row has."""
    place, most = 0, 1
    for cell in row.cells:
        room = sum(layout.widths[place : place + cell.columns]) / 20 - 2 * layout.inset
        most = max(most, ceil(len(cell.text) * layout.size / 2 * _DIGIT / max(room, 1)))
        place += cell.columns
    return most


def _grid(table: Table, rows: list[Markup], layout: Layout) -> Markup:
    margins = NOTHING
    if layout.inset < CELL_INSET:
        margins = Markup(
            '<w:tblCellMar><w:left w:w="{0}" w:type="dxa"/><w:right w:w="{0}" w:type="dxa"/></w:tblCellMar>'
        ).format(round(layout.inset * 20))
    return Markup(
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{}'
        '<w:tblLook w:val="0020" w:firstRow="1"/><w:tblCaption w:val="{}"/></w:tblPr>'
        "<w:tblGrid>{}</w:tblGrid>{}</w:tbl>"
    ).format(
        sum(layout.widths),
        margins,
        table.caption or table.id,
        join(Markup('<w:gridCol w:w="{}"/>').format(width) for width in layout.widths),
        join(rows),
    )


def _header_rows(header: list[list[HeaderCell]], layout: Layout) -> list[Markup]:
    """Rows that repeat on every page; a heading over several rows is carried on by empty cells of its column."""
    columns = len(layout.widths)
    carried: dict[int, tuple[HeaderCell, int]] = {}  # by column: the heading and the rows it still covers
    rows = []
    for headings in header:
        cells, place, waiting = [], 0, iter(headings)
        while place < columns:
            if place in carried:
                heading, left = carried.pop(place)
                content, merge = NOTHING, Markup("<w:vMerge/>")
            else:
                heading = next(waiting, HeaderCell(text="", columns=columns - place))
                left = heading.rows
                content = run(heading.text, bold=True, extra=layout.look)
                merge = Markup('<w:vMerge w:val="restart"/>') if left > 1 else NOTHING
            if left > 1:
                carried[place] = (heading, left - 1)
            cells.append(_cell(content, place, heading.columns, _CENTRED, layout, merge=merge, keep_next=True))
            place += heading.columns
        rows.append(Markup("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{}</w:tr>").format(join(cells)))
    return rows


def _row(row: TableRow, table: Table, layout: Layout, *, keep_next: bool, breaks: bool) -> Markup:
    cells, place = [], 0
    for cell in row.cells:
        kind = table.align[place]
        align = NOTHING if row.kind == "heading" and kind != "figure" else _ALIGNMENT.get(kind, NOTHING)
        content = run(cell.text, bold=row.kind != "detail", extra=layout.look) if cell.text else NOTHING
        cells.append(_cell(content, place, cell.columns, align, layout, keep_next=keep_next))
        place += cell.columns
    if place < table.width:
        cells.append(_cell(NOTHING, place, table.width - place, NOTHING, layout, keep_next=keep_next))
    properties = NOTHING if breaks else Markup("<w:trPr><w:cantSplit/></w:trPr>")
    return Markup("<w:tr>{}{}</w:tr>").format(properties, join(cells))


def _cell(
    content: Markup,
    place: int,
    columns: int,
    align: Markup,
    layout: Layout,
    *,
    merge: Markup = NOTHING,
    keep_next: bool = False,
) -> Markup:
    span = Markup('<w:gridSpan w:val="{}"/>').format(columns) if columns > 1 else NOTHING
    text = paragraph(layout.style, content, keep_next=keep_next, extra=align)
    return _CELL % (sum(layout.widths[place : place + columns]), span, merge, text)
