"""Long XLSX lists, read sheet row by sheet row; a workbook that would burst the memory is refused unopened."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any
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
_SMALL_BYTES = 64 << 20


def xlsx_rows(path: Path, shown: str, choose: Choose, sheet: str | None) -> RowStream:
    """The rows of the only filled sheet of a workbook, or of the one called `sheet`.

    Raises
    ------
    InputError
        If the workbook is damaged, has several filled sheets, or unpacks to an absurd size.
    """
    try:
        _refuse_bomb(path, shown)
        rows = _sheet_rows(path, shown, sheet)
        head = list(islice(rows, SEARCH_ROWS + DEPTH))
    except DAMAGED as error:
        raise _damaged(shown, error) from None
    column_map, header = choose(shown, head)
    batches = _batches(chain(head, rows), header, shown)
    return RowStream(shown, column_map, header.headings, header.unmapped, batches, lambda: file_fingerprint(path))


def _damaged(shown: str, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    mend = f"{error}; open it in Excel or LibreOffice and save it again as .xlsx"
    return refuse([Problem(shown, None, None, None, "an XLSX workbook", mend)])


def _refuse_bomb(path: Path, shown: str) -> None:
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


def _sheet_rows(path: Path, shown: str, name: str | None) -> Iterator[Sequence[Cell]]:
    """Rows of cells; where a formula has no stored result its own text stands, so that it is refused, not blank."""
    values = _open_sheet(path, shown, name, data_only=True)
    formulas = _open_sheet(path, shown, name, data_only=False) if _has_formulas(path) else None
    if formulas is None:
        yield from values.iter_rows(values_only=True)
        return
    for row, written in zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True):
        yield [formula if value is None else value for value, formula in zip(row, written, strict=True)]


def _has_formulas(path: Path) -> bool:
    with ZipFile(path) as archive:
        for entry in archive.namelist():
            if not entry.startswith("xl/worksheets/"):
                continue
            with archive.open(entry) as file:
                tail = b""
                while chunk := file.read(1 << 20):
                    if b"<f>" in tail + chunk or b"<f " in tail + chunk:
                        return True
                    tail = chunk[-2:]
    return False


def _open_sheet(path: Path, shown: str, name: str | None, *, data_only: bool) -> Any:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of drawings and extensions, which hold no row
        workbook = load_workbook(path, read_only=True, data_only=data_only)
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


def _batches(rows: Iterator[Sequence[Cell]], header: Header, shown: str) -> Iterator[pa.Table]:
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
        for number, row in enumerate(rows, start=1):
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
    yield batch()
