"""A file that came back, opened without trusting it: kind, size, password, key; then its sheets as openpyxl has it."""

import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from baocao.collect.key import MARK, STAMP, Key, WrongKeyError, read_key
from baocao.intake.readers import DAMAGED, Cell
from baocao.locale import clean

#: A filled workbook has some tens of kilobytes; larger ones hold formatted empty rows, pictures or other things.
LARGEST_FILE, LARGEST_PART, LARGEST_WHOLE = 25_000_000, 8_000_000, 40_000_000
#: Rows and columns of a sheet that are read; no form has as many.
ROWS, COLUMNS = 5000, 100
#: Rows of a sheet that can be the key, and bytes of a file by which its kind is known.
_KEY_ROWS, _HEAD = 200, 8
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z0-9:]+)"')
_SAVE = "mở tệp, chọn Lưu thành (Save As) dạng Excel Workbook (.xlsx) rồi gửi lại"


class UnreadableError(ValueError):
    """A file that is not read at all; its text is what the sender reads. `key` is known where it could be read."""

    def __init__(self, text: str, key: Key | None = None) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class ReceivedSheet:
    """A sheet as it came back.

    Attributes
    ----------
    rows
        `rows[i]` are the cells of row `i + 1`, each with its value, or the text of its formula, and openpyxl's type of
        it: `f` a formula, `e` an error.
    merged
        Merged ranges: first row and column, last row and column, counted from 1.
    """

    title: str
    rows: Sequence[Sequence[tuple[Cell, str]]]
    merged: Sequence[tuple[int, int, int, int]]

    def at(self, row: int, column: int) -> tuple[Cell, str]:
        """Value and type of a cell, counted from 1; a cell nobody touched is blank."""
        cells = self.rows[row - 1] if row <= len(self.rows) else ()
        return cells[column - 1] if column <= len(cells) else (None, "n")

    def text(self, row: int, column: int) -> str:
        """What a cell says, as words."""
        value, _ = self.at(row, column)
        return "" if value is None else clean(str(value))


@dataclass(frozen=True)
class Received:
    """A workbook that came back.

    Attributes
    ----------
    sheets
        Sheet by id of its form, whatever it is called now.
    strangers
        Sheets that belong to another workbook: title, and unit their stamp names.
    pictures
        Whether pictures or charts were pasted in.
    """

    path: Path
    key: Key
    sheets: Mapping[str, ReceivedSheet]
    strangers: Mapping[str, str]
    pictures: bool

    @cached_property
    def results(self) -> Any:
        """The workbook with the stored results of formulas; loaded only where a formula was pasted."""
        return _load(self.path, data_only=True)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_received(path: Path) -> Received:
    """Open a file.

    Raises
    ------
    UnreadableError
        In Vietnamese: not an XLSX file, protected by a password, damaged, too large, or without a key.
    """
    _refuse_other_kinds(path)
    if large := _too_large(path):
        raise UnreadableError(large, _key_of_large(path))
    book = _load(path, read_only=True)
    try:
        read = [_sheet(sheet) for sheet in book.worksheets]
    except UnreadableError:
        raise
    except DAMAGED:
        raise UnreadableError(f"Tệp đã hỏng, không đọc được nội dung; {_SAVE}") from None
    finally:
        book.close()
    key = _key(iter([[value for value, _ in row[:2]] for row in sheet.rows[:_KEY_ROWS]] for sheet in read))
    sheets: dict[str, ReceivedSheet] = {}
    strangers: dict[str, str] = {}
    for sheet in read:
        stamp = sheet.text(1, 1)
        parts = stamp.split("|")
        if parts[0] != STAMP or len(parts) < 4:
            continue
        if stamp == key.stamp(parts[1]) and parts[1] not in sheets:
            sheets[parts[1]] = sheet
        else:
            strangers[sheet.title] = parts[2]
    with zipfile.ZipFile(path) as archive:
        pictures = any(name.startswith(("xl/media/", "xl/charts/")) for name in archive.namelist())
    return Received(path, key, sheets, strangers, pictures)


def load_to_mark(path: Path) -> Any:
    """The workbook as openpyxl loads it to save it again: formulas as they stand, macros never."""
    return _load(path)


def _sheet(sheet: Any) -> ReceivedSheet:
    """Cells of a sheet read as a stream, and its merged ranges, which the stream leaves out.

    Raises
    ------
    UnreadableError
        If it holds more rows with content than any form has, or merges so many cells that they fill the memory.
    """
    from openpyxl.cell.read_only import EMPTY_CELL
    from openpyxl.worksheet.cell_range import CellRange

    sheet.reset_dimensions()  # what a program says of the size may be wrong
    rows: list[list[tuple[Cell, str]]] = []
    missing = None
    for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS), start=1):
        if row is missing or all(cell is EMPTY_CELL for cell in row):
            missing = row  # rows a file leaves out, maybe a million of them, are all this very one
            if number <= ROWS:
                rows.append([])
        elif number <= ROWS:
            rows.append([(_plain(cell.value), cell.data_type) for cell in row])
        elif any(cell.value is not None for cell in row):
            raise UnreadableError(f"Trang “{sheet.title}” có số liệu dưới hàng {ROWS}; chép sang phiếu đã được gửi")
    while rows and not rows[-1]:
        rows.pop()
    with sheet._get_source() as source:
        ranges = [CellRange(found.decode("ascii")) for found in _MERGED.findall(source.read())]
    if any(cells.size["rows"] * cells.size["columns"] > ROWS for cells in ranges):
        raise UnreadableError(f"Trang “{sheet.title}” gộp quá nhiều ô; chép số liệu sang phiếu đã được gửi")
    merged = [(cells.min_row, cells.min_col, cells.max_row, cells.max_col) for cells in ranges]
    return ReceivedSheet(sheet.title, rows, merged)


def _plain(value: Any) -> Cell:
    return value if isinstance(value, Cell) else str(getattr(value, "text", value))


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        rest = file.read(LARGEST_FILE) if head == _OLE else b""
    if head == _OLE and _ENCRYPTED in rest:
        raise UnreadableError("Tệp có mật khẩu nên không đọc được; gỡ mật khẩu mở tệp rồi gửi lại")
    if head == _OLE:
        raise UnreadableError(f"Tệp ở dạng .xls cũ; {_SAVE}")
    if not head.startswith(_ZIP):
        raise UnreadableError(f"Tệp không phải bảng tính .xlsx hoặc đã hỏng; {_SAVE}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype")[:60].decode("ascii", "replace") if "mimetype" in names else ""
    except DAMAGED:
        raise UnreadableError(f"Tệp đã hỏng, không mở được; {_SAVE}") from None
    if kind.startswith(_OPEN_DOCUMENT):
        raise UnreadableError(f"Tệp ở dạng .ods của LibreOffice; {_SAVE}")
    if "xl/workbook.xml" not in names:
        raise UnreadableError(f"Tệp không phải bảng tính .xlsx; {_SAVE}")


def _too_large(path: Path) -> str:
    """Why a file is not loaded: what it unpacks to would fill the memory; empty if it may be."""
    with zipfile.ZipFile(path) as archive:
        parts = [entry for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))]
    largest = max(entry.file_size for entry in parts)
    whole = sum(entry.file_size for entry in parts)
    if path.stat().st_size <= LARGEST_FILE and largest <= LARGEST_PART and whole <= LARGEST_WHOLE:
        return ""
    return (
        f"Tệp quá lớn ({max(whole, path.stat().st_size) // 1_000_000} MB khi mở ra), thường vì có rất nhiều hàng trống "
        "được kẻ khung hoặc tô màu, hoặc có ảnh; chép số liệu sang phiếu đã được gửi rồi gửi lại"
    )


def _key_of_large(path: Path) -> Key | None:
    """The key of a file too large to load, read row by row; None where even that would take too much."""
    with zipfile.ZipFile(path) as archive:
        strings = [entry.file_size for entry in archive.infolist() if entry.filename == "xl/sharedStrings.xml"]
    if sum(strings) > LARGEST_PART:
        return None
    with suppress(UnreadableError, *DAMAGED):
        book = _load(path, read_only=True)
        try:
            return _key(sheet.iter_rows(max_row=_KEY_ROWS, max_col=2, values_only=True) for sheet in book.worksheets)
        finally:
            book.close()
    return None


def _load(path: Path, **how: bool) -> Any:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of extensions, which hold no figure
            return load_workbook(io.BytesIO(path.read_bytes()), **how)  # whatever the file is called
    except (*DAMAGED, BadZipFile, MemoryError, RecursionError):
        raise UnreadableError(f"Tệp đã hỏng, không đọc được nội dung; {_SAVE}") from None


def _key(sheets: Iterator[Iterable[Sequence[object]]]) -> Key:
    for cells in sheets:
        rows = iter(cells)
        first = next(rows, ())
        if first and clean(str(first[0])) == MARK:
            try:
                return read_key([first, *rows])
            except WrongKeyError as error:
                raise UnreadableError(str(error)) from None
    raise UnreadableError(
        "Tệp không phải phiếu thu thập (không có trang “Khóa”) nên không rõ của đơn vị nào, kỳ nào; "
        "chép số liệu sang phiếu đã được gửi rồi gửi lại"
    )
