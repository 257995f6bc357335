"""Workbooks filled in and saved by LibreOffice come back with every value; spoilt ones come back with marked cells."""

import resource
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from baocao.collect.plan import Collection
from baocao.collect.receive import Handled, file_name, receive
from baocao.collect.write import to_workbook
from baocao.intake.one_stop import TABLE
from baocao.project import Project
from baocao.store.tables import Store
from tests.conftest import copy_project

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

FORM, PERIOD, DAY = "one-stop-by-field", "2020-Q1", date(2020, 4, 5)
FIELDS = (
    "Chứng thực",
    "Hộ tịch",
    "Đất đai",
    "Xây dựng",
    "Bảo trợ xã hội",
    "Người có công",
    "Tôn giáo",
    "Nuôi con nuôi",
)
#: Column of the form → canonical column.
FIGURES = {
    "received_online": "received_online",
    "carried_over": "carried_over",
    "received_direct": "received_direct",
    "resolved_by_due_date": "resolved_on_time",
    "resolved_late": "resolved_late",
    "pending_in_time": "pending_in_time",
    "pending_overdue": "pending_overdue",
    "withdrawn": "withdrawn",
    "returned": "returned",
}
Figures = dict[tuple[str, str], int]

#: Reads lines of a file, parted by tabs: open a workbook, set a number, save it in a format.
MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Function Named(what As String, value) As Object
  Dim said As New com.sun.star.beans.PropertyValue
  said.Name = what
  said.Value = value
  Named = said
End Function

Sub Fill(list As String)
  Dim told As String, doc As Object, number As Integer, part, cell As Object
  number = FreeFile
  Open list For Input As #number
  Do While Not EOF(number)
    Line Input #number, told
    part = Split(told, Chr(9))
    Select Case part(0)
    Case &quot;open&quot;
      doc = StarDesktop.loadComponentFromURL(part(1), &quot;_blank&quot;, 0, Array(Named(&quot;Hidden&quot;, True)))
    Case &quot;set&quot;
      cell = doc.Sheets.getByIndex(CInt(part(1))).getCellByPosition(CInt(part(2)), CInt(part(3)))
      cell.setValue(CDbl(part(4)))
    Case &quot;save&quot;
      doc.storeToURL(part(1), Array(Named(&quot;FilterName&quot;, part(2))))
    Case &quot;close&quot;
      doc.close(True)
    End Select
  Loop
  Close #number
  StarDesktop.terminate()
End Sub
</script:module>
"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Module1"/></library:library>
"""
LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">
<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple"
 library:link="false"/></library:libraries>
"""
XLSX, XLS, ODS = "Calc MS Excel 2007 XML", "MS Excel 97", "calc8"


def run_macro(folder: Path, lines: list[str]) -> None:
    """Let LibreOffice do what the lines say."""
    assert SOFFICE is not None
    profile = folder / "profile"
    start = [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    # The first start fills a new profile, and would put an empty module over ours.
    subprocess.run([*start, "--terminate_after_init"], check=True, capture_output=True, timeout=180)
    basic = profile / "user" / "basic"
    (basic / "script.xlc").write_text(LIBRARIES, encoding="utf-8")
    (basic / "Standard" / "script.xlb").write_text(LIBRARY, encoding="utf-8")
    (basic / "Standard" / "Module1.xba").write_text(MACRO, encoding="utf-8")
    told = folder / "lines.txt"
    told.write_text("\n".join(lines) + "\n", encoding="ascii")
    macro = f'macro:///Standard.Module1.Fill("{told}")'
    subprocess.run([*start, macro], check=True, capture_output=True, timeout=600)


def province(root: Path, communes: int) -> Project:
    """A province with so many communes and a list of fields; nothing is stored of it."""
    project = copy_project(root)
    for path in (project.params / "units").iterdir():
        path.unlink()
    head = "code,name,short_name,level,type,parent,aliases,valid_from,valid_to,successors\n"
    lines = ["tinh,UBND tỉnh Mẫu,Mẫu,province,tinh,,,,,\n"]
    lines += [f"tinh.x{n:03d},UBND xã Số {n},Số {n},commune,xa,tinh,,,,\n" for n in range(1, communes + 1)]
    (project.params / "units" / "mau.csv").write_text(head + "".join(lines), encoding="utf-8")
    rows = "".join(f"{name},\n" for name in FIELDS)
    (project.params / "fields" / "tinh.csv").write_text(f"name,aliases\n{rows}", encoding="utf-8")
    return project


def figures_of(number: int) -> Figures:
    """Figures of a commune in which everything adds up; every third row is left blank, zeros are zeros."""
    told: Figures = {}
    for place, name in enumerate(FIELDS):
        if place % 3 == number % 3:
            continue
        online, direct, before = (number * 7 + place) % 40, (number * 3 + place * 11) % 90, place % 4
        late, waiting, overdue = number % 3, (online + direct) // 5, place % 2
        total = online + direct + before
        if total < late + waiting + overdue:
            late = waiting = overdue = 0
        values = (online, before, direct, total - late - waiting - overdue, late, waiting, overdue, 0, place)
        told.update({(name, key): value for key, value in zip(FIGURES, values, strict=True)})
    return told


@dataclass(frozen=True)
class Collected:
    """A province, and the workbooks of its communes as LibreOffice saved them."""

    project: Project
    filled: Path
    told: dict[str, Figures]
    root: Path


def places(sheet: Any) -> tuple[dict[str, int], dict[str, int]]:
    """Row of every field and column of every figure, counted from 1."""
    rows = {str(cell.value)[2:]: cell.row for (cell,) in sheet.iter_rows(max_col=1) if str(cell.value).startswith("f|")}
    columns = {str(cell.value)[4:]: cell.column for cell in sheet[1] if str(cell.value).startswith("now:")}
    return rows, columns


def collect(root: Path, communes: int) -> Collected:
    """Make the workbooks, and have LibreOffice fill them in under names of its own."""
    project = province(root / "project", communes)
    collection = Collection(project, [FORM], PERIOD)
    made, filled = root / "made", root / "filled"
    made.mkdir()
    filled.mkdir()
    (root / "kinds").mkdir()
    lines: list[str] = []
    told: dict[str, Figures] = {}
    for number, unit in enumerate(collection.units("parent=tinh"), start=1):
        path = made / file_name(PERIOD, unit.code)
        path.write_bytes(to_workbook(collection.asked(unit), None))
        if number == 1:  # they are alike: the places of cells are those of the first
            sheets = load_workbook(path)
            index, sheet = sheets.sheetnames.index("Biểu 1"), sheets["Biểu 1"]
            rows, columns = places(sheet)
        told[unit.code] = figures_of(number)
        lines.append(f"open\t{path.as_uri()}")
        for (name, key), value in told[unit.code].items():
            lines.append(f"set\t{index}\t{columns[key] - 1}\t{rows[name] - 1}\t{value}")
        lines.append(f"save\t{(filled / f'xa {number}.xlsx').as_uri()}\t{XLSX}")
        if number == 1:
            lines.append(f"save\t{(root / 'kinds' / 'cu.xls').as_uri()}\t{XLS}")
            lines.append(f"save\t{(root / 'kinds' / 'mo.ods').as_uri()}\t{ODS}")
        lines.append("close")
    run_macro(root, lines)
    return Collected(project, filled, told, root)


def stored(project: Project) -> dict[str, Figures]:
    """What the store holds, as it was filled in."""
    snapshot = Store(project.store).read(TABLE)
    assert snapshot is not None
    found: dict[str, Figures] = {}
    for row in snapshot.rows.to_pylist():
        assert row["reporter"] == row["unit"]
        for key, column in FIGURES.items():
            if row[column] is not None:
                found.setdefault(row["unit"], {})[row["field"], key] = row[column]
    return found


# --- Twenty ways to spoil a workbook ---

Spoil = Callable[[Any, dict[str, int], dict[str, int]], set[tuple[int, int]]]
FIRST, SECOND = FIELDS[1], FIELDS[2]


def typed(value: object, key: str = "received_direct") -> Spoil:
    """Something in a cell for a count."""

    def spoil(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
        place = rows[FIRST], columns[key]
        sheet.cell(*place).value = value
        return {place}

    return spoil


def contradict(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at = next(at for at in rows.values() if sheet.cell(at, columns["received_direct"]).value is not None)
    sheet.cell(at, columns["pending_overdue"]).value = 999
    return {(at, columns[key]) for key in ("received_total", "resolved_total", "pending_total")}


def total_typed_over(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    return typed(98765, "received_total")(sheet, rows, columns)


def renamed_row(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    return typed("Lĩnh vực khác", "name")(sheet, rows, columns)


def inserted_row(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at = rows[SECOND]
    sheet.insert_rows(at)
    sheet.cell(at, columns["received_online"]).value = 4
    return {(at, columns["received_online"])}


def inserted_column(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at = columns["received_direct"]
    sheet.insert_cols(at)
    sheet.cell(rows[FIRST], at).value = 4
    return {(rows[FIRST], at)}


def deleted_column(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    sheet.delete_cols(columns["resolved_late"])
    return set()


def merged(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at, column = rows[FIRST], columns["received_direct"]
    sheet.cell(at, column).value = 5
    sheet.merge_cells(start_row=at, end_row=at + 1, start_column=column, end_column=column)
    return {(at, column)}


def emptied(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    for name in FIELDS:
        for key in FIGURES:
            sheet.cell(rows[name], columns[key]).value = None
    return {(min(rows.values()), columns["received_online"])}


def row_without_name(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at = next(cell.row for (cell,) in sheet.iter_rows(max_col=1) if str(cell.value).startswith("spare|"))
    for key in ("received_online", "resolved_by_due_date"):
        sheet.cell(at, columns[key]).value = 3
    return {(at, columns["name"])}


def name_twice(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    ((at, column),) = row_without_name(sheet, rows, columns)
    for key in FIGURES:
        sheet.cell(rows[FIRST], columns[key]).value = 0
    sheet.cell(at, column).value = FIRST.upper()
    return {(at, column)}


def nothing_and_something(sheet: Any, rows: dict[str, int], columns: dict[str, int]) -> set[tuple[int, int]]:
    at = next(cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "nothing")
    sheet.cell(at, 5).value = "X"
    return {(at, 5)}


#: What is done to a sheet, a part of what its sender reads, for twenty communes.
SPOILT: tuple[tuple[Spoil, str], ...] = (
    (typed("12,5"), "không phải số hồ sơ"),
    (typed(-3), "số âm"),
    (typed(1.5), "có phần lẻ"),
    (typed("mười hai"), "không phải số hồ sơ"),
    (typed(datetime(2020, 3, 1)), "ngày tháng"),  # noqa: DTZ001 -- a cell has no zone
    (typed(True), "đúng/sai"),
    (typed("#DIV/0!"), "báo lỗi"),
    (typed("=1+1"), "chưa được tính"),
    (typed("=[1]Sheet1!$A$1"), "từ tệp khác"),
    (contradict, "đã giải quyết cộng đang giải quyết được"),
    (total_typed_over, "bị gõ đè"),
    (renamed_row, "Tên dòng đã bị sửa"),
    (inserted_row, "Hàng chèn thêm"),
    (inserted_column, "Cột chèn thêm"),
    (deleted_column, "bị xóa"),
    (merged, "bị gộp"),
    (emptied, "chưa điền ô nào"),
    (row_without_name, "chưa ghi lĩnh vực"),
    (name_twice, "đã có ở dòng"),
    (nothing_and_something, "không phát sinh"),
)


def spoil(source: Path, target: Path, how: Spoil) -> set[str]:
    """Spoil a copy; the cells that must come back marked."""
    book = load_workbook(source)
    sheet = book["Biểu 1"]
    cells = how(sheet, *places(sheet))
    book.save(target)
    return {sheet.cell(*place).coordinate for place in cells}


def marked(path: Path) -> dict[str, str]:
    """Commented cells of a returned workbook, with their comments; each is coloured and may be changed."""
    sheet = load_workbook(path)["Biểu 1"]
    found = {}
    for cell in (cell for row in sheet.iter_rows() for cell in row):
        if cell.comment is not None:
            assert cell.fill.fgColor.rgb == "00F8B4B4"
            assert not cell.protection.locked
            found[cell.coordinate] = cell.comment.text
    return found


def returned(handled: list[Handled]) -> dict[str, Handled]:
    return {done.path.name: done for done in handled if done.outcome == "returned"}


def show(root: Path, communes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value comes back; then twenty are spoilt, the others are stored and the twenty returned."""
    made = collect(root, communes)
    handled = receive(made.project, made.filled, root / "out", received=DAY)
    assert {done.outcome for done in handled} == {"stored"}
    assert stored(made.project) == made.told

    mixed = root / "mixed"
    shutil.copytree(made.filled, mixed)
    expected = {}
    for number, (how, text) in enumerate(SPOILT, start=1):
        name = f"xa {number}.xlsx"
        expected[name] = spoil(made.filled / name, mixed / name, how), text
    monkeypatch.setenv("BAOCAO_STORE", str(root / "second-store"))
    handled = receive(made.project, mixed, root / "out", received=DAY)
    back = returned(handled)
    assert back.keys() == expected.keys()
    assert stored(made.project).keys() == {done.unit for done in handled} - {done.unit for done in back.values()}
    assert len(stored(made.project)) == communes - len(SPOILT)
    for name, (cells, text) in expected.items():
        done = back[name]
        assert done.returned is not None
        assert any(text in problem.text for problem in done.problems), (name, done.problems)
        assert marked(done.returned).keys() == cells, (name, done.problems)
        assert load_workbook(done.returned).sheetnames[0] == "Ô cần sửa"

    other = receive(made.project, root / "kinds", root / "other", received=DAY)
    assert {done.path.name: done.problems[0].text.partition(";")[0] for done in other} == {
        "cu.xls": "Tệp ở dạng .xls cũ",
        "mo.ods": "Tệp ở dạng .ods của LibreOffice",
    }
    for done in other:
        assert (root / "other" / done.path.name).read_bytes() == done.path.read_bytes()
        assert (root / "other" / f"{done.path.name}.txt").is_file()


def test_every_value_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show(tmp_path, 24, monkeypatch)


@pytest.mark.full
def test_every_value_of_a_province_comes_back(tmp_path: Path) -> None:
    """In a process of its own: what other tests needed before must not count."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        assert apart.submit(_peak_mb, tmp_path).result() < 500


def _peak_mb(folder: Path) -> float:
    with pytest.MonkeyPatch.context() as monkeypatch:
        show(folder, 150, monkeypatch)
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
