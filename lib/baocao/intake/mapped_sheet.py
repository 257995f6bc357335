"""A small table as mapped rows: the header found, every row of the header's width, titles and numbering left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from baocao.intake.column_map import ColumnMap
from baocao.intake.header import carries_no_data, find_header
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import Cell, Sheet


@dataclass(frozen=True)
class MappedRow:
    """One data row: its place in the file and its cells by canonical column (absent columns are not in it)."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class MappedSheet:
    """The data rows of a file, the heading each canonical column was found under, and headings nobody asked for.

    `shifted` are the rows that are not as wide as the header; which cell of them means what is not known.
    """

    file: str
    headings: Mapping[str, str]
    unmapped: Sequence[str]
    rows: Sequence[MappedRow]
    shifted: Sequence[Problem]


def map_sheet(sheet: Sheet, column_map: ColumnMap) -> MappedSheet:
    """Find the header of `sheet` and name the columns of the rows below it.

    Raises
    ------
    InputError
        If a required column is missing, two columns claim one meaning, or a row is not as wide as the header.
    """
    mapped = map_rows(sheet, column_map)
    if mapped.shifted:
        raise refuse(mapped.shifted)
    return mapped


def map_rows(sheet: Sheet, column_map: ColumnMap) -> MappedSheet:
    """As `map_sheet`, for a table that may lose a row: those not as wide as the header are set apart.

    Raises
    ------
    InputError
        If a required column is missing or two columns claim one meaning.
    """
    header = find_header(sheet.file, sheet.rows, column_map)
    below = enumerate(sheet.rows[header.end :], start=header.end + 1)
    rows = [(number, row) for number, row in below if not carries_no_data(row)]
    mend = "a cell too many or too few shifts the row; correct it in the source"
    expected = f"{header.width} cells, as in the header"
    return MappedSheet(
        file=sheet.file,
        headings=header.headings,
        unmapped=header.unmapped,
        rows=[
            MappedRow(number, {name: row[place] for name, place in header.columns.items()})
            for number, row in rows
            if len(row) == header.width
        ],
        shifted=[
            Problem(sheet.file, number, None, f"{len(row)} cells", expected, mend)
            for number, row in rows
            if len(row) != header.width
        ],
    )
