"""What goes back to a unit: a copy of its workbook with the wrong cells marked, or the file with a note beside it."""

import io
import re
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baocao.collect.filled import CellProblem
from baocao.collect.received import load_to_mark
from baocao.collect.write import INPUT, WRONG
from baocao.export.xlsx_sheet import SHADE

#: Sheet in front that lists what is wrong, and who signs the comments in the cells.
ERRORS, AUTHOR = "Ô cần sửa", "Kiểm tra số liệu"
#: Comments on one sheet; a sheet that is wrong throughout is not read comment by comment.
COMMENTS = 500
_STAMPED = (re.compile(rb"(<dcterms:modified[^>]*>)[^<]*"), re.compile(rb"(<dcterms:created[^>]*>)[^<]*"))
_DAY = rb"\g<1>2000-01-01T00:00:00Z"


def mark_copy(path: Path, problems: Sequence[CellProblem], target: Path) -> None:
    """Save the workbook at `path` as `target`, wrong cells coloured and commented; the same problems, the same bytes.

    Everything else stays as the sender left it, marks of an earlier return taken away. Macros are never copied.
    """
    book = load_to_mark(path)
    for sheet in book.worksheets:
        _clear(sheet)
    if ERRORS in book.sheetnames:
        book.remove(book[ERRORS])
    _list(book, problems)
    marked: dict[str, int] = {}
    for problem in problems:
        if problem.sheet in book.sheetnames and problem.row is not None and problem.column is not None:
            marked[problem.sheet] = marked.get(problem.sheet, 0) + 1
            if marked[problem.sheet] <= COMMENTS:
                _mark(book[problem.sheet].cell(problem.row, problem.column), problem.text)
    buffer = io.BytesIO()
    book.save(buffer)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_without_clock(buffer.getvalue()))


def note_beside(path: Path, text: str, target: Path) -> None:
    """Copy a file nobody could open, with a text file that says why."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    target.with_name(f"{target.name}.txt").write_text(f"{text}.\n", encoding="utf-8-sig")


def _clear(sheet: Any) -> None:
    from openpyxl.styles import PatternFill, Protection

    for cell in (cell for row in sheet.iter_rows() for cell in row):
        if cell.comment is not None and cell.comment.author == AUTHOR:
            computed = cell.data_type == "f"
            cell.comment = None
            cell.fill = PatternFill("solid", fgColor=(SHADE if computed else INPUT).removeprefix("#"))
            cell.protection = Protection(locked=computed)


def _mark(cell: Any, text: str) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill, Protection

    if isinstance(cell, MergedCell):
        return
    cell.fill = PatternFill("solid", fgColor=WRONG.removeprefix("#"))
    cell.protection = Protection(locked=False)
    cell.comment = Comment(text, AUTHOR, width=280, height=110)


def _list(book: Any, problems: Sequence[CellProblem]) -> None:
    """The sheet in front: where, and what to do."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter, quote_sheetname
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(ERRORS, 0)
    for letter, width in zip("ABCD", (6, 28, 10, 96), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet["B1"] = f"Phiếu được gửi trả: {len(problems)} chỗ cần sửa (ô tô đỏ); sửa ngay trên tệp này rồi gửi lại"
    sheet["B1"].font = Font(name="Times New Roman", size=12, bold=True)
    for column, text in enumerate(("TT", "Trang tính", "Ô", "Cần sửa"), start=1):
        cell = sheet.cell(2, column, text)
        cell.font = Font(name="Times New Roman", size=11, bold=True)
        cell.fill = PatternFill("solid", fgColor="EDEDED")
    for number, problem in enumerate(problems, start=1):
        place = ""
        if problem.row is not None and problem.column is not None:
            place = f"{get_column_letter(problem.column)}{problem.row}"
        for column, value in enumerate((number, problem.sheet, place, problem.text), start=1):
            cell = sheet.cell(2 + number, column, value)
            cell.data_type = "n" if column == 1 else "s"  # a text is never a formula, whatever it begins with
            cell.font = Font(name="Times New Roman", size=11)
            cell.alignment = Alignment(wrap_text=column in (2, 4), vertical="top")
        if place and problem.sheet in book.sheetnames:
            sheet.cell(2 + number, 3).hyperlink = f"#{quote_sheetname(problem.sheet)}!{place}"
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    sheet.sheet_properties.tabColor = WRONG.removeprefix("#")


def _without_clock(workbook: bytes) -> bytes:
    """The same file without the moment it was saved, which openpyxl writes in several places."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                for pattern in _STAMPED:
                    content = pattern.sub(_DAY, content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return buffer.getvalue()
