"""Long XLSX lists, read sheet row by sheet row; a workbook that would burst the memory is refused unopened."""

import re
import warnings
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile

import pyarrow as pa

from baocao.errors import InputError
from baocao.intake.header import DEPTH, SEARCH_ROWS, Header, carries_no_data
from baocao.intake.problems import Problem, refuse
from baocao.intake.readers import DAMAGED, Cell
from baocao.intake.row_stream import (
    BATCH_ROWS,
    PROBLEM,
    ROW,
    Choose,
    RowStream,
    cell_text,
    file_fingerprint,
)

#: A full sheet of a list unpacks to some hundred megabytes, at about a tenth packed.
LARGEST_BYTES = 2 << 30
LARGEST_RATIO = 200
LAST_ROW = 1_048_576
_SMALL_BYTES = 64 << 20
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\sr="(\d+)"')


def xlsx_rows(path: Path, shown: str, choose: Choose, sheet: str | None) -> RowStream:
    """The rows of the only filled sheet of a workbook, or of the one called `sheet`.

    Raises
    ------
    InputError
        If the workbook is damaged, has several filled sheets, or unpacks to an absurd size.
    """
    # openpyxl warns of drawings and extensions, which hold no row, and of days no calendar has, which intake refuses.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    try:
        formulas = _look_through(path, shown)
        rows = _sheet_rows(path, shown, sheet, formulas)
        head = list(islice(rows, SEARCH_ROWS + DEPTH))
    except DAMAGED as error:
        raise _damaged(shown, error) from None
    try:
        column_map, header = choose(shown, head)
    except InputError:
        rows.close()
        raise
    batches = _batches(head, rows, header, shown)
    return RowStream(shown, column_map, header.headings, header.unmapped, batches, lambda: file_fingerprint(path))


def _damaged(shown: str, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    mend = f"{error}; open it in Excel or LibreOffice and save it again as .xlsx"
    return refuse([Problem(shown, None, None, None, "an XLSX workbook", mend)])


def _look_through(path: Path, shown: str) -> bool:
    """Refuse a workbook that would burst the memory or whose rows are in disorder; whether it holds formulas."""
    with ZipFile(path) as archive:
        entries = archive.infolist()
        swollen = [
            entry
            for entry in entries
            if entry.file_size > _SMALL_BYTES and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)
        ]
        if swollen or sum(entry.file_size for entry in entries) > LARGEST_BYTES:
            mend = "it unpacks to far more than a list holds; export it again, as CSV if it is really that long"
            raise refuse([Problem(shown, None, None, None, "a workbook of a list", mend)])
        sheets = [entry.filename for entry in entries if entry.filename.startswith("xl/worksheets/")]
        found = [_has_formulas(archive, name, shown) for name in sheets]  # every sheet is looked through
        return any(found)


def _has_formulas(archive: ZipFile, name: str, shown: str) -> bool:
    """Whether a sheet holds formulas; its rows must follow each other and end where a sheet ends."""
    found = False
    number = 0
    tail = b""
    with archive.open(name) as file:
        while chunk := file.read(1 << 20):
            text = tail + chunk
            cut = text.rfind(b"<")  # a tag cut in two is looked at with the next piece
            text, tail = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
            found = found or b"<f>" in text or b"<f " in text
            for match in _ROW.finditer(text):
                place = int(match[1])
                if not number < place <= LAST_ROW:
                    expected = f"rows one after the other, up to row {LAST_ROW}"
                    mend = "open it in Excel or LibreOffice and save it again as .xlsx"
                    raise refuse([Problem(shown, place, None, f"row {place} after row {number}", expected, mend)])
                number = place
    return found


def _sheet_rows(path: Path, shown: str, name: str | None, formulas: bool) -> Generator[Sequence[Cell]]:
    """Rows of cells; where a formula has no stored result its own text stands, so that it is refused, not blank."""
    with path.open("rb") as file, path.open("rb") as again:
        values = _open_sheet(file, shown, name, data_only=True)
        if not formulas:
            yield from values.iter_rows(values_only=True)
            return
        written = _open_sheet(again, shown, name, data_only=False)
        for row, texts in zip(values.iter_rows(values_only=True), written.iter_rows(values_only=True), strict=True):
            yield [text if value is None else value for value, text in zip(row, texts, strict=True)]


def _open_sheet(file: BinaryIO, shown: str, name: str | None, *, data_only: bool) -> Any:
    from openpyxl import load_workbook

    workbook = load_workbook(file, read_only=True, data_only=data_only)
    sheets = [sheet for sheet in workbook.worksheets if name is None or sheet.title == name]
    if name is None:
        sheets = [sheet for sheet in sheets if sheet.sheet_state == "visible" and _filled(sheet)] or sheets[:1]
    if len(sheets) != 1:
        found = ", ".join(sheet.title for sheet in workbook.worksheets)
        expected = f"a sheet “{name}”" if name is not None else "one visible sheet with content"
        raise refuse([Problem(shown, None, None, found, expected, "say which sheet holds the list with --sheet NAME")])
    sheets[0].reset_dimensions()  # what a workbook says of its size is often wrong
    return sheets[0]


def _filled(sheet: Any) -> bool:
    return any(cell is not None for row in islice(sheet.iter_rows(values_only=True), 100) for cell in row)


def _batches(
    head: Sequence[Sequence[Cell]], rows: Generator[Sequence[Cell]], header: Header, shown: str
) -> Iterator[pa.Table]:
    numbers: list[int] = []
    columns: dict[str, list[str | None]] = {name: [] for name in header.columns}

    def batch() -> pa.Table:
        table = pa.table(
            {
                ROW: pa.array(numbers, pa.int64()),
                PROBLEM: pa.nulls(len(numbers), pa.string()),
                **{name: pa.array(texts, pa.string()) for name, texts in columns.items()},
            }
        )
        numbers.clear()
        for texts in columns.values():
            texts.clear()
        return table

    try:
        for number, row in enumerate(chain(head, rows), start=1):
            if number <= header.end or all(cell is None or cell == "" for cell in row):
                continue
            if number == header.end + 1 and carries_no_data(row):
                continue
            numbers.append(number)
            for name, place in header.columns.items():
                columns[name].append(cell_text(row[place]) if place < len(row) else None)
            if len(numbers) == BATCH_ROWS:
                yield batch()
    except DAMAGED as error:
        raise _damaged(shown, error) from None
    finally:
        rows.close()
    yield batch()
