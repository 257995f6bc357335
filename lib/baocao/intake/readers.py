"""CSV and XLSX files as rows of cells, with their places, before anything is understood of them."""

import codecs
import csv
import io
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from baocao.intake.problems import Problem, refuse

Cell = str | int | float | bool | date | datetime | time | timedelta | None

#: What openpyxl and the libraries under it raise on a workbook that is not one, or no longer.
_DAMAGED = (
    *(BadZipFile, ParseError, zlib.error, OSError, EOFError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
)
_BYTE_ORDER_MARKS = (
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


def read_sheet(path: Path, shown: str, *, encoding: str | None = None) -> Sheet:
    """Read a `.csv`, `.tsv`, `.txt` or `.xlsx` file.

    Parameters
    ----------
    shown
        The file's name in messages.
    encoding
        Encoding of a text file that is neither UTF-8 nor marked UTF-16, for instance `cp1258`.

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
            rows = _xlsx_rows(content, shown)
        case suffix:
            raise refuse([_whole(shown, suffix, ".csv or .xlsx", "save the table as CSV UTF-8 or XLSX")])
    if not any(any(cell not in (None, "") for cell in row) for row in rows):
        raise refuse([_whole(shown, None, "a table", "the file has no cell with content; export it again")])
    return Sheet(shown, rows)


def _whole(file: str, value: object, expected: str, mend: str) -> Problem:
    return Problem(file, None, None, value, expected, mend)


def _decode(content: bytes, shown: str, encoding: str | None) -> str:
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    chosen = encoding or marked or "utf-8"
    try:
        text = content.decode(chosen)
    except LookupError:
        raise refuse([_whole(shown, chosen, "a known encoding", "try utf-8, utf-16 or cp1258")]) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse(
            [
                Problem(
                    shown,
                    line,
                    None,
                    content[error.start : error.start + 8].hex(" "),
                    f"text in {chosen}",
                    "save the file as “CSV UTF-8”, or name its encoding with --encoding "
                    "(Windows-1258 is cp1258, “Unicode text” is utf-16)",
                )
            ]
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        mend = "save the file as “CSV UTF-8”, or name its encoding with --encoding (“Unicode text” is utf-16)"
        raise refuse([Problem(shown, line, None, "NUL", "text without NUL characters", mend)])
    return text


def _csv_rows(text: str, shown: str) -> list[list[Cell]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise refuse([_whole(shown, None, "well-formed CSV", f"{error}; export the file again")]) from None


def _xlsx_rows(content: bytes, shown: str) -> list[list[Cell]]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drawings and extensions, which hold no figure
            values = load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
            formulas = load_workbook(io.BytesIO(content)).worksheets[0]
    except _DAMAGED as error:
        mend = f"{error}; open it in Excel or LibreOffice and save it again as .xlsx"
        raise refuse([_whole(shown, None, "an XLSX workbook", mend)]) from None
    rows: list[list[Cell]] = [
        [_cell(formula if _uncalculated(value) else value) for value, formula in zip(*pair, strict=True)]
        for pair in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    ]
    for merged in values.merged_cells.ranges:
        value = rows[merged.min_row - 1][merged.min_col - 1]
        for row in rows[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [value] * (merged.max_col - merged.min_col + 1)
    return rows


def _uncalculated(value: Any) -> bool:
    """Whether no result is stored: of an empty cell, or of a formula nobody calculated (one that gives “” has type s).

    The formula's own text then stands in for it, so that a figure that is not there is refused, not read as blank.
    """
    return value.value is None and value.data_type == "n"


def _cell(cell: Any) -> Cell:
    value = cell.value
    return value if isinstance(value, Cell) else str(value)
