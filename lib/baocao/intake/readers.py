"""CSV and XLSX files as rows of cells, with their places, before anything is understood of them."""

import codecs
import csv
import io
import warnings
import zlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from lzma import LZMAError
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from baocao.intake.problems import Problem, refuse

Cell = str | int | float | bool | date | datetime | time | timedelta | None

#: What openpyxl and the libraries under it raise on a workbook that is not one, or no longer; broken XML is a
#: SyntaxError of Python's own parser, and another one of lxml, which openpyxl takes where it is installed.
DAMAGED = (
    *(BadZipFile, SyntaxError, zlib.error, LZMAError, OSError, EOFError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, NotImplementedError, RuntimeError),
)
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Sheet:
    """The cells of one table as they stand, `rows[i]` being row `i + 1` of the file.

    In XLSX the cells of a merged range all carry its value, so a heading above three columns stands above each.
    """

    file: str
    rows: Sequence[Sequence[Cell]]


RE_ENCODE = (
    "export it again as “CSV UTF-8”, or name its encoding with --encoding "
    "(Windows-1258 is cp1258, “Unicode text” is utf-16)"
)


def read_sheet(path: Path, shown: str, *, encoding: str | None = None, sheet: str | None = None) -> Sheet:
    """Read a `.csv`, `.tsv`, `.txt` or `.xlsx` file.

    Parameters
    ----------
    shown
        The file's name in messages.
    encoding
        Encoding of a text file that is neither UTF-8 nor marked UTF-16, for instance `cp1258`.
    sheet
        Name of the sheet of a workbook with several.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged, or in an encoding that would have to be guessed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refuse([_whole(shown, None, "a file that can be read", f"{error.strerror}")]) from None
    if not content.strip():
        raise refuse([_whole(shown, None, "a table", "the file is empty; export it again")])
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            rows = _csv_rows(_decode(content, shown, encoding), shown)
        case ".xlsx":
            rows = _xlsx_rows(content, shown, sheet)
        case suffix:
            raise refuse([_whole(shown, suffix, ".csv or .xlsx", "save the table as CSV UTF-8 or XLSX")])
    if not any(cell is not None and str(cell).strip() for row in rows for cell in row):
        raise refuse([_whole(shown, None, "a table", "the file has no cell with content; export it again")])
    return Sheet(shown, rows)


def _whole(file: str, value: object, expected: str, mend: str) -> Problem:
    return Problem(file, None, None, value, expected, mend)


def _decode(content: bytes, shown: str, encoding: str | None) -> str:
    marked = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), None)
    chosen = marked or encoding or "utf-8"
    try:
        text = content.decode(chosen)
    except (LookupError, UnicodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise refuse([_undecodable(content, shown, chosen, error)]) from None
        raise refuse([_whole(shown, chosen, "a known encoding", "try utf-8, utf-16 or cp1258")]) from None
    for sign, name in (("\0", "NUL"), ("\ufffd", "\ufffd")):  # U+FFFD: letters were lost before the file came to us
        if sign in text:
            line = text[: text.index(sign)].count("\n") + 1
            raise refuse([Problem(shown, line, None, name, "text whose every letter is legible", RE_ENCODE)])
    return text


def _undecodable(content: bytes, shown: str, encoding: str, error: UnicodeDecodeError) -> Problem:
    line = content[: error.start].count(b"\n") + 1
    found = content[error.start : error.start + 8].hex(" ")
    return Problem(shown, line, None, found, f"text in {encoding}", RE_ENCODE)


def _csv_rows(text: str, shown: str) -> list[list[Cell]]:
    delimiter = delimiter_of(text)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise refuse([_whole(shown, None, "well-formed CSV", f"{error}; export the file again")]) from None


def delimiter_of(text: str) -> str:
    """The one of , ; and tab that cuts most rows into equally many cells; titles and commas in names do not mislead."""
    lines = [line for line in text.splitlines() if line.strip()][:50]

    def agreement(delimiter: str) -> tuple[int, int]:
        rows = csv.reader(lines, delimiter=delimiter)
        counts: Counter[int] = Counter()
        with suppress(csv.Error):  # a quotation mark that is never closed makes a cell too long
            counts.update(len(row) for row in rows if len(row) > 1)
        ((cells, rows_alike),) = counts.most_common(1) or [(0, 0)]
        return rows_alike, cells

    return max(",;\t", key=agreement)


def _xlsx_rows(content: bytes, shown: str, sheet: str | None) -> list[list[Cell]]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drawings and extensions, which hold no figure
            workbook = load_workbook(io.BytesIO(content), data_only=True)
            formula_workbook = load_workbook(io.BytesIO(content))
    except DAMAGED as error:
        mend = f"{error}; open it in Excel or LibreOffice and save it again as .xlsx"
        raise refuse([_whole(shown, None, "an XLSX workbook", mend)]) from None
    formulas = _the_sheet(formula_workbook, shown, sheet)
    values = workbook[formulas.title]
    rows: list[list[Cell]] = [
        [_cell(formula if _uncalculated(value) else value) for value, formula in zip(*pair, strict=True)]
        for pair in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    ]
    for merged in values.merged_cells.ranges:
        value = rows[merged.min_row - 1][merged.min_col - 1]
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = (
                f"{value} (merged cells)"  # a figure over several rows or columns belongs to none of them for certain
            )
        for row in rows[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [value] * (merged.max_col - merged.min_col + 1)
    return rows


def _the_sheet(workbook: Any, shown: str, name: str | None) -> Any:
    """The sheet called `name`, or the only visible one that holds anything."""
    filled = [
        sheet
        for sheet in workbook.worksheets
        if sheet.sheet_state == "visible" and any(cell is not None for row in sheet.values for cell in row)
    ]
    if name is not None:
        filled = [sheet for sheet in workbook.worksheets if sheet.title == name]
    if not filled and name is None and workbook.worksheets:
        return workbook.worksheets[0]
    if len(filled) != 1:
        found = ", ".join(sheet.title for sheet in workbook.worksheets)
        expected = f"a sheet “{name}”" if name is not None else "one visible sheet with content"
        raise refuse([_whole(shown, found, expected, "say which sheet holds the table with --sheet NAME")])
    return filled[0]


def _uncalculated(value: Any) -> bool:
    """Whether no result is stored: of an empty cell, or of a formula nobody calculated (one that gives “” has type s).

    The formula's own text then stands in for it, so that a figure that is not there is refused, not read as blank.
    """
    return value.value is None and value.data_type == "n"


def _cell(cell: Any) -> Cell:
    value = cell.value
    return value if isinstance(value, Cell) else str(value)
