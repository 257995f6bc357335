"""A collection from the first workbook to the reminder: out, in, back again, and who is missing."""

import json
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.drawing.image import Image
from PIL import Image as Picture

from baocao.collect.ledger import read_receipts
from baocao.collect.plan import Collection
from baocao.collect.receive import Handled, file_name, receive
from baocao.collect.status import collection_status, usual_share_of
from baocao.collect.write import to_workbook
from baocao.document.blocks import Paragraph
from baocao.errors import ConfigurationError
from baocao.intake.one_stop import TABLE
from baocao.intake.register import load_register
from baocao.notebook import open_report
from baocao.project import Project
from baocao.store.registers import read_register
from baocao.store.tables import Store
from baocao.store.versions import resolve_versions
from tests.integration.conftest import call
from tests.integration.office import AN, BINH, CHAU, DISTRICT, Office

FORM, PERIOD, DAY = "one-stop-by-field", "2020-Q1", date(2020, 4, 5)
DATES = """\
periods:
  2019-Q4: {from: 2019-10-01, to: 2019-12-31, source: made up}
  2020-Q1: {from: 2020-01-01, to: 2020-03-31, source: made up}
"""
FIELDS = "name,aliases\nHộ tịch,\nChứng thực,\nĐất đai,\n"
RIGHT = {"received_online": 4, "received_direct": 6, "carried_over": 0, "resolved_by_due_date": 9, "resolved_late": 1}
Cells = Mapping[tuple[str, str], object]


@pytest.fixture
def asked(office: Office) -> Office:
    """The made-up district with dates and fields of its own, which hold for its communes."""
    params = office.project.params
    (params / "periods" / "huyen.yaml").write_text(DATES, encoding="utf-8")
    (params / "fields" / "huyen.csv").write_text(FIELDS, encoding="utf-8")
    return office


def workbook(
    project: Project, unit: str, target: Path, forms: str = FORM, period: str = PERIOD, cells: Cells | None = None
) -> Path:
    """A unit's workbook, cells filled in: key of a form's row and column → value."""
    collection = Collection(project, forms.split(","), period)
    (chosen,) = collection.units(unit)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(to_workbook(collection.asked(chosen), None))
    if cells:
        change(target, lambda book: fill(book, cells))
    return target


def right(name: str = "Hộ tịch", **other: object) -> dict[tuple[str, str], object]:
    """A row in which everything adds up."""
    return {(f"f|{name}", key): value for key, value in {**RIGHT, **other}.items()}


def change(path: Path, how: Callable[[Any], None]) -> None:
    """Open a workbook, do something with it, and save it."""
    book = load_workbook(path)
    how(book)
    book.save(path)


def fill(book: Any, cells: Cells) -> None:
    for (row, column), value in cells.items():
        (place,) = (at for sheet in book if (at := place_of(sheet, row, column)) is not None)
        place.value = value


def place_of(sheet: Any, row: str, column: str) -> Any:
    """The cell of a sheet by the keys of its row and column; None where the sheet has no such cell."""
    rows = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == row]
    columns = [cell.column for cell in sheet[1] if cell.value == f"now:{column}"]
    return sheet.cell(rows[0], columns[0]) if rows and columns else None


def take(project: Project, folder: Path, day: date = DAY, **asked: Any) -> dict[str, Handled]:
    return {done.path.name: done for done in receive(project, folder, folder.with_name("out"), received=day, **asked)}


def texts(done: Handled) -> str:
    return "; ".join(problem.text for problem in done.problems)


def online(project: Project) -> dict[tuple[str, str], int | None]:
    """What is stored as taken in online, by unit and field."""
    snapshot = Store(project.store).read(TABLE)
    rows = snapshot.rows.to_pylist() if snapshot else []
    return {(row["reporter"], row["field"]): row["received_online"] for row in rows}


# --- In, again, and corrected ---


def test_blank_is_not_filled_and_zero_is_zero(asked: Office, tmp_path: Path) -> None:
    cells = {**right(received_online=0, received_direct=10), ("f|Chứng thực", "received_online"): 0}
    path = workbook(asked.project, AN, tmp_path / "in" / "Xã An nộp.xlsx", cells=cells)
    done = take(asked.project, tmp_path / "in")[path.name]
    assert (done.outcome, done.unit, done.period) == ("stored", AN, PERIOD)
    assert online(asked.project) == {(AN, "Hộ tịch"): 0, (AN, "Chứng thực"): 0}
    snapshot = Store(asked.project.store).read(TABLE)
    assert snapshot is not None
    (row,) = (row for row in snapshot.rows.to_pylist() if row["field"] == "Chứng thực")
    assert (row["received_direct"], row["resolved_on_time"], row["stated_received_total"]) == (None, None, 0)


def test_nothing_to_report_is_zero_in_every_row(asked: Office, tmp_path: Path) -> None:
    path = workbook(asked.project, AN, tmp_path / "in" / "a.xlsx")

    def mark(book: Any) -> None:
        sheet = book["Biểu 1"]
        at = next(cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "nothing")
        sheet.cell(at, 5).value = "x"

    change(path, mark)
    assert take(asked.project, tmp_path / "in")["a.xlsx"].outcome == "stored"
    assert online(asked.project) == {(AN, name): 0 for name in ("Hộ tịch", "Chứng thực", "Đất đai")}


def test_the_same_file_twice_changes_nothing_and_a_later_one_says_what_changed(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    workbook(project, AN, inbox / "a.xlsx", cells=right())
    take(project, inbox)
    before = str(resolve_versions(Store(project.store), None))
    shutil.copy(inbox / "a.xlsx", inbox / "b.xlsx")
    assert [done.outcome for done in take(project, inbox).values()] == ["known", "known"]
    assert str(resolve_versions(Store(project.store), None)) == before

    corrected = {**right(received_online=5, received_direct=5), **right("Đất đai")}
    workbook(project, AN, inbox / "sửa.xlsx", cells=corrected)
    done = take(project, inbox, date(2020, 4, 7))["sửa.xlsx"]
    assert done.changes == [
        "Hộ tịch · Trực tuyến: 4 → 5",
        "Hộ tịch · Trực tiếp: 6 → 5",
        "Đất đai: thêm dòng",
    ]
    assert online(project) == {(AN, "Hộ tịch"): 5, (AN, "Đất đai"): 4}
    receipts = read_receipts(Store(project.store))
    assert [(entry.number, entry.state, entry.changes, entry.received.day) for entry in receipts] == [
        (1, "stored", 0, 5),
        (2, "stored", 3, 7),
    ]


def test_of_two_workbooks_of_a_unit_in_one_folder_the_later_holds(asked: Office, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    for name, value in (("1 cũ.xlsx", 4), ("2 mới.xlsx", 7)):
        cells = right(received_online=value, received_direct=10 - value)
        workbook(asked.project, AN, inbox / name, cells=cells)
    done = take(asked.project, inbox)
    assert [entry.outcome for entry in done.values()] == ["stored", "stored"]
    assert done["2 mới.xlsx"].changes == ["Hộ tịch · Trực tuyến: 4 → 7", "Hộ tịch · Trực tiếp: 6 → 3"]
    assert online(asked.project) == {(AN, "Hộ tịch"): 7}


def test_a_returned_workbook_is_corrected_and_sent_again(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    workbook(project, AN, inbox / "a.xlsx", cells=right(received_online="4 hồ sơ"))
    done = take(project, inbox)["a.xlsx"]
    assert done.outcome == "returned"
    assert online(project) == {}
    assert done.returned == tmp_path / "out" / "a.xlsx"
    first = done.returned.read_bytes()
    take(project, inbox)
    assert done.returned.read_bytes() == first  # the same problems, the same bytes
    kept = project.quarantine / "collect" / f"{done.source_hash[:12]}.xlsx"
    assert kept.read_bytes() == (inbox / "a.xlsx").read_bytes()

    again = tmp_path / "again" / "a.xlsx"
    again.parent.mkdir()
    shutil.copy(done.returned, again)
    change(again, lambda book: fill(book, right()))
    assert take(project, again.parent, date(2020, 4, 6))["a.xlsx"].outcome == "stored"
    assert online(project) == {(AN, "Hộ tịch"): 4}
    assert [entry.state for entry in read_receipts(Store(project.store))] == ["returned", "stored"]


def test_marks_of_an_earlier_return_are_taken_away(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    workbook(project, AN, inbox / "a.xlsx", cells=right(received_online="bốn"))
    back = take(project, inbox)["a.xlsx"].returned
    assert back is not None
    again = tmp_path / "again" / "a.xlsx"
    again.parent.mkdir()
    shutil.copy(back, again)
    change(again, lambda book: fill(book, right(received_direct="sáu")))
    back = take(project, again.parent)["a.xlsx"].returned
    assert back is not None
    book = load_workbook(back)
    comments = [cell.coordinate for row in book["Biểu 1"].iter_rows() for cell in row if cell.comment]
    assert comments == [place_of(book["Biểu 1"], "f|Hộ tịch", "received_direct").coordinate]
    assert book.sheetnames.count("Ô cần sửa") == 1


def test_the_period_before_stands_beside_the_cells(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    workbook(project, AN, inbox / "a.xlsx", period="2019-Q4", cells=right(received_online=3, received_direct=7))
    assert take(project, inbox)["a.xlsx"].outcome == "stored"
    sheet = load_workbook(workbook(project, AN, tmp_path / "next.xlsx"))["Biểu 1"]
    now = place_of(sheet, "f|Hộ tịch", "received_online")
    assert now.value is None
    assert not now.protection.locked
    before = sheet.cell(now.row, now.column + 1)
    assert (before.value, before.protection.locked) == (3, True)
    assert sheet.protection.sheet
    assert place_of(sheet, "f|Hộ tịch", "received_total").value.startswith("=IF(COUNT(")


# --- Registers and lists of indicators ---


def test_registers_and_indicators_are_stored_like_delivered_ones(asked: Office, tmp_path: Path) -> None:
    project = asked.project
    path = workbook(project, AN, tmp_path / "in" / "a.xlsx", "hong-gai-1a,documents,staff")
    statistics = Collection(project, ["hong-gai-1a"], PERIOD).asked(asked.registry[AN]).sheets[0]
    lines = {row.key.partition("|")[2]: row.key for row in statistics.rows if not row.heading}
    told: Cells = {(lines["plan_tasks"], "value"): 40, (lines["survey_method"], "value"): "Kết hợp"}
    change(path, lambda book: fill(book, told))

    def lists(book: Any) -> None:
        documents, staff = book["Sổ theo dõi văn bản"], book["Sổ theo dõi biên chế"]
        told = {"summary": "=Kế hoạch", "role": "Ban hành trong kỳ", "date": "15/01/2020", "topic": "Kiểm tra; Thể chế"}
        for column, value in told.items():
            cell = place_of(documents, "spare|1", column)
            cell.value = value
            cell.data_type = "s"
        at = next(cell.row for (cell,) in staff.iter_rows(max_col=1) if cell.value == "nothing")
        staff.cell(at, 5).value = "X"

    change(path, lists)
    done = take(project, path.parent)["a.xlsx"]
    assert texts(done) == "Ô bắt đầu bằng dấu = nên giống công thức; ghi bằng chữ"

    def correct(book: Any) -> None:
        place_of(book["Sổ theo dõi văn bản"], "spare|1", "summary").value = "Kế hoạch năm"

    change(path, correct)
    done = take(project, path.parent)["a.xlsx"]
    assert done.outcome == "stored", texts(done)

    def entries(name: str) -> list[dict[str, Any]]:
        found = read_register(
            Store(project.store), load_register(project, name), AN, date(2020, 1, 1), date(2020, 3, 31)
        )
        return [{key: value for key, value in row.items() if value is not None} for row in found]

    (document,) = entries("documents")
    assert (document["summary"], document["role"], document["date"]) == ("Kế hoạch năm", "issued", date(2020, 1, 15))
    assert document["topic"] == "inspection; institutions"
    assert entries("staff") == []
    assert {row["indicator"]: row["value"] for row in entries("statistics")} == {"plan_tasks": 40, "survey_method": 2}


def test_forms_nobody_can_fill_in_or_that_count_twice_are_refused(asked: Office) -> None:
    for forms, said in (
        (["late-rates-by-unit"], "selects rows"),
        (["one-stop-by-field", "ii-06a"], "counted twice"),
        (["one-stop-by-feild"], "did you mean “one-stop-by-field”"),
        (["statistics"], "collected by the forms"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            Collection(asked.project, forms, PERIOD).asked(asked.registry[AN])
    with pytest.raises(ConfigurationError, match="no unit"):
        Collection(asked.project, [FORM], PERIOD).units("parent=tay")


# --- What is let pass ---


def test_renamed_sheets_pictures_macros_and_typed_thousands_are_read(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    big = right(received_online="1.234", received_direct="2,345", resolved_by_due_date=3579, resolved_late=0)
    path = workbook(project, AN, inbox / "a.xlsx", cells=big)

    def paste(book: Any) -> None:
        book["Biểu 1"].title = "Của xã An"
        book["Khóa"].title = "k"
        Picture.new("RGB", (8, 8)).save(tmp_path / "p.png")
        book["Của xã An"].add_image(Image(str(tmp_path / "p.png")), "C30")

    change(path, paste)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    path.rename(inbox / "a.xlsm")
    done = take(project, inbox)["a.xlsm"]
    assert done.outcome == "stored", texts(done)
    assert done.notes == ["tệp có ảnh hoặc biểu đồ, không được đọc"]
    assert online(project) == {(AN, "Hộ tịch"): 1234}


def test_a_pasted_formula_counts_by_its_stored_result(asked: Office, tmp_path: Path) -> None:
    path = workbook(asked.project, AN, tmp_path / "in" / "a.xlsx", cells=right(received_online="=2+2"))
    content = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content[name] = archive.read(name).replace(b"<f>2+2</f><v></v>", b"<f>2+2</f><v>4</v>")
            content[name] = content[name].replace(b"<f>2+2</f><v />", b"<f>2+2</f><v>4</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    done = take(asked.project, path.parent)["a.xlsx"]
    assert done.outcome == "stored", texts(done)
    assert online(asked.project) == {(AN, "Hộ tịch"): 4}


# --- What is returned ---


def test_files_that_are_no_workbook_of_the_collection(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    good = workbook(project, AN, inbox / "cut.xlsx", cells=right())
    good.write_bytes(good.read_bytes()[:3000])
    (inbox / "text.xlsx").write_text("không phải bảng tính", encoding="utf-8")
    (inbox / "empty.xlsx").write_bytes(b"")
    # A workbook with a password lies encrypted in a container of the kind old workbooks are.
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)
    (inbox / "locked.xlsx").write_bytes(container + "EncryptedPackage".encode("utf-16-le") + bytes(1024))
    (inbox / "old.xls").write_bytes(container + "Workbook".encode("utf-16-le") + bytes(1024))
    change(workbook(project, AN, inbox / "no-key.xlsx"), lambda book: book.remove(book["Khóa"]))

    def other_unit(book: Any) -> None:
        book["Khóa"]["B2"] = BINH

    change(workbook(project, AN, inbox / "other-unit.xlsx", cells=right()), other_unit)
    handled = take(project, inbox)
    assert {name: texts(done).partition(";")[0][:38] for name, done in handled.items()} == {
        "cut.xlsx": "Tệp đã hỏng, không mở được",
        "empty.xlsx": "Tệp không phải bảng tính .xlsx hoặc đã",
        "locked.xlsx": "Tệp có mật khẩu nên không đọc được",
        "old.xls": "Tệp ở dạng .xls cũ",
        "no-key.xlsx": "Tệp không phải phiếu thu thập (không c",
        "other-unit.xlsx": "Trang “Khóa” đã bị sửa (mã kiểm tra kh",
        "text.xlsx": "Tệp không phải bảng tính .xlsx hoặc đã",
    }
    for name, done in handled.items():
        assert (tmp_path / "out" / name).read_bytes() == (inbox / name).read_bytes()
        assert (tmp_path / "out" / f"{name}.txt").read_text("utf-8-sig").strip() == f"{texts(done)}."
        kept = done.source_hash[:12] + Path(name).suffix
        assert (project.quarantine / "collect" / kept).read_bytes() == (inbox / name).read_bytes()
    assert read_receipts(Store(project.store)) == []


def test_workbooks_that_are_not_asked_for(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    workbook(project, AN, inbox / "kỳ khác.xlsx", period="2019-Q4", cells=right())
    workbook(project, AN, inbox / file_name(PERIOD, BINH), cells=right())
    workbook(project, BINH, inbox / file_name(PERIOD, AN), cells=right())
    moved = workbook(project, CHAU, inbox / "chép trang.xlsx", cells=right())
    stranger = workbook(project, AN, tmp_path / "an.xlsx", cells=right())

    def paste_sheet(book: Any) -> None:
        theirs = load_workbook(stranger)["Biểu 1"]
        ours = book["Biểu 1"]
        for row in theirs.iter_rows():
            for cell in row:
                if type(cell).__name__ == "Cell":
                    ours[cell.coordinate].value = cell.value

    change(moved, paste_sheet)
    handled = take(project, inbox, period=PERIOD)
    assert {done.outcome for done in handled.values()} == {"returned"}
    assert "Phiếu của kỳ Quý IV/2019, đang thu thập kỳ Quý I/2020" in texts(handled["kỳ khác.xlsx"])
    assert "Tên tệp là của UBND xã Bình, phiếu bên trong là của UBND xã An" in texts(handled[file_name(PERIOD, BINH)])
    assert "Tên tệp là của UBND xã An, phiếu bên trong là của UBND xã Bình" in texts(handled[file_name(PERIOD, AN)])
    assert "Trang này là của phiếu khác (UBND xã An)" in texts(handled["chép trang.xlsx"])
    assert online(project) == {}


def test_another_units_name_above_the_table_goes_back(asked: Office, tmp_path: Path) -> None:
    """Somebody filled in a workbook that was sent to another unit, and put the right name on it."""
    path = workbook(asked.project, AN, tmp_path / "in" / "a.xlsx", cells=right())

    def rename(book: Any) -> None:
        (cell,) = (
            cell for (cell,) in book["Biểu 1"].iter_rows(min_col=2, max_col=2) if "UBND xã An" in str(cell.value)
        )
        cell.value = str(cell.value).replace("UBND xã An", "ubnd xã Bình")

    change(path, rename)
    done = take(asked.project, path.parent)["a.xlsx"]
    assert texts(done) == "Phiếu của UBND xã An mà ghi tên ubnd xã Bình; mỗi đơn vị điền phiếu của mình"
    assert (done.problems[0].row, done.problems[0].column) == (3, 2)
    assert online(asked.project) == {}


def test_a_form_that_changed_since_is_not_read(
    asked: Office, tmp_path: Path, edit: Callable[[Path, str, str], None]
) -> None:
    workbook(asked.project, AN, tmp_path / "in" / "a.xlsx", cells=right())
    edit(asked.project.params / "forms" / f"{FORM}.yaml", "label: Hồ sơ rút", "label: Hồ sơ người dân rút")
    assert "đã có phiên bản mới" in texts(take(asked.project, tmp_path / "in")["a.xlsx"])


def test_two_hundred_megabytes_of_empty_rows(asked: Office, tmp_path: Path) -> None:
    path = workbook(asked.project, AN, tmp_path / "in" / "a.xlsx", cells=right())
    empty = b"".join(b'<row r="%d"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(5000, 9000))
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in content.items():
            if name == "xl/worksheets/sheet2.xml":
                head, tail = data.split(b"</sheetData>")
                with archive.open(name, "w") as part:
                    part.write(head)
                    for _ in range(200_000_000 // len(empty)):
                        part.write(empty)
                    part.write(b"</sheetData>" + tail)
            else:
                archive.writestr(name, data)
    tracemalloc.start()
    done = take(asked.project, path.parent)["a.xlsx"]
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert (done.outcome, done.unit) == ("returned", AN)
    assert texts(done).startswith("Tệp quá lớn (")


def rewritten(path: Path, part: str, how: Callable[[bytes], bytes]) -> None:
    """Change one part of a workbook as text, which no program would write so."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, how(data) if name == part else data)


def test_sheets_that_would_fill_the_memory(asked: Office, tmp_path: Path) -> None:
    inbox, part = tmp_path / "in", "xl/worksheets/sheet2.xml"
    ends = {
        "merged.xlsx": (b"<mergeCells ", b'<mergeCell ref="B60:XFD1048576"/>', b"</mergeCells>"),
        "below.xlsx": (b"<sheetData>", b'<row r="200000"><c r="B200000"><v>5</v></c></row>', b"</sheetData>"),
        "wide.xlsx": (
            b"<sheetData>",
            b"".join(b'<row r="%d"><c r="XFD%d" s="1"/></row>' % (n, n) for n in range(100, 4_000)),
            b"</sheetData>",
        ),
    }
    for name, (start, added, end) in ends.items():
        path = workbook(asked.project, AN, inbox / name, cells=right())
        rewritten(path, part, lambda data, added=added, end=end: data.replace(end, added + end))  # type: ignore[misc]
        with zipfile.ZipFile(path) as archive:
            assert start in archive.read(part)
    tracemalloc.start()
    handled = take(asked.project, inbox)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert texts(handled["merged.xlsx"]).startswith("Trang “Biểu 1” gộp quá nhiều ô")
    assert texts(handled["below.xlsx"]).startswith("Trang “Biểu 1” có số liệu dưới hàng")
    assert handled["wide.xlsx"].outcome == "stored"


def test_what_is_known_from_another_source_keeps_nobody_else_out(asked: Office, tmp_path: Path) -> None:
    asked.table({"field": "Hộ tịch"}, name="Bảng của cổng", unit=AN)
    for unit in (AN, BINH):
        workbook(asked.project, unit, tmp_path / "in" / f"{unit}.xlsx", cells=right())
    handled = take(asked.project, tmp_path / "in")
    assert [done.outcome for done in handled.values()] == ["returned", "stored"]
    assert "Kho dữ liệu không nhận biểu này" in texts(handled[f"{AN}.xlsx"])
    assert "would be counted twice" in handled[f"{AN}.xlsx"].notes[0]
    assert online(asked.project) == {(AN, "Hộ tịch"): 0, (BINH, "Hộ tịch"): 4}
    assert [entry.state for entry in read_receipts(Store(asked.project.store))] == ["returned", "stored"]


# --- Who is missing ---


def test_status_and_reminder(asked: Office, tmp_path: Path) -> None:
    project, inbox = asked.project, tmp_path / "in"
    for unit, value in ((AN, 10), (BINH, 30), (CHAU, 60)):  # what each usually carries
        cells = right(received_online=value, received_direct=0, resolved_by_due_date=value, resolved_late=0)
        workbook(project, unit, tmp_path / "before" / f"{unit}.xlsx", period="2019-Q4", cells=cells)
    take(project, tmp_path / "before", date(2020, 1, 2))
    workbook(project, AN, inbox / "a.xlsx", cells=right())
    workbook(project, BINH, inbox / "b.xlsx", cells=right(received_online="?"))
    take(project, inbox, date(2020, 4, 9))

    collection = Collection(project, [FORM], PERIOD)
    units = collection.units("parent=huyen")
    versions = resolve_versions(Store(project.store), None)
    status = collection_status(collection, units, versions, deadline=date(2020, 4, 5))
    found = {entry.unit.code: (entry.state, entry.in_time, entry.problems) for entry in status.units}
    assert found == {AN: ("late", False, 0), BINH: ("returned", False, 1), CHAU: ("missing", False, 0)}
    share = usual_share_of(status.of("missing", "returned"))
    assert share is not None
    assert share.text() == "90,0"
    early = collection_status(collection, units, versions, deadline=date(2020, 4, 5), on=date(2020, 4, 5))
    assert [entry.state for entry in early.units] == ["missing", "missing", "missing"]

    asked_for = ("--forms", FORM, "--units", "parent=huyen", "--period", PERIOD, "--deadline", "2020-04-05")
    told = call(project.root, "collect", "status", *asked_for, "--json")
    assert told.returncode == 0, told.stderr
    content = json.loads(told.stdout)
    assert content["counts"] == {"sent": 0, "late": 1, "returned": 1, "missing": 1}
    assert content["absent_share_pct"] == 90.0

    parameters = ("-p", "deadline=2020-04-05")
    run = call(project.root, "run", "reminder-dispatch", "--unit", DISTRICT, "--period", PERIOD, *parameters, "--json")
    assert run.returncode == 0, run.stderr
    (folder,) = (project.outputs / "reminder-dispatch").glob("*/huyen")
    page = (folder / "report.html").read_text(encoding="utf-8")
    for words in ("UBND xã Châu", "UBND xã Bình", "gửi sau thời hạn", "90%", "Danh sách I", "Danh sách III"):
        assert words in page
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tables"]["collected"]["rows"] == 5


def reminded(project: Project, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> list[str]:
    """The paragraphs of the dispatch, without running its notebook."""
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    report = open_report("reminder-dispatch", unit=DISTRICT, period=PERIOD, **parameters)
    notebook = json.loads((project.notebooks / "reminder_dispatch.ipynb").read_text(encoding="utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    names: dict[str, Any] = {"report": report}
    exec(cells["measures"], names)  # noqa: S102 -- the notebook's own cell
    texts = []
    for cell in ("summary", "request"):
        for block in report._rendered(cell, cells[cell].partition("\n")[2], names):
            assert isinstance(block, Paragraph)
            texts.append(f"{block.marker} {''.join(run.text for run in block.runs)}".strip())
    return texts


def test_the_reminder_says_what_stands(asked: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = asked.project
    dates = "(từ ngày 01/01/2020 đến ngày 31/3/2020)"
    start = f"Để tổng hợp số liệu Quý I/2020 {dates}, UBND huyện Đông đã gửi phiếu thu thập tới"
    assert reminded(project, monkeypatch)[:3] == [
        f"{start} 03 đơn vị. Kết quả tiếp nhận như sau:",
        "- Chưa có đơn vị nào gửi đủ biểu.",
        "- 03 đơn vị chưa gửi hoặc còn thiếu biểu (Danh sách I).",
    ]
    for unit in (AN, BINH, CHAU):
        workbook(project, unit, tmp_path / "in" / f"{unit}.xlsx", cells=right())
    take(project, tmp_path / "in")
    assert reminded(project, monkeypatch, deadline="2020-04-10") == [
        f"{start} 03 đơn vị, thời hạn gửi lại đến hết ngày 10/4/2020. Kết quả tiếp nhận như sau:",
        "- 03 đơn vị đã gửi đủ biểu đúng thời hạn.",
        "- Không có đơn vị nào chưa gửi.",
        "UBND huyện Đông thông báo để các cơ quan, đơn vị biết.",
    ]
    late = reminded(project, monkeypatch, deadline="2020-04-01", units=f"{AN},{BINH}")
    assert late[1:] == [
        "- Chưa có đơn vị nào gửi đủ biểu đúng thời hạn.",
        "- 02 đơn vị gửi sau thời hạn (Danh sách III).",
        "- Không có đơn vị nào chưa gửi.",
        "Đề nghị các đơn vị nêu tại Danh sách III gửi đúng thời hạn trong các kỳ sau.",
    ]
    with pytest.raises(ConfigurationError, match="expected a date such as"):
        reminded(project, monkeypatch, deadline="mai")


def test_without_a_deadline_of_its_own_the_calendars_holds(
    asked: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Callable[[Path, str, str], None]
) -> None:
    project = asked.project
    rules = "submissions: [{kinds: [quarter], days_after: 5, source: Quy định riêng của đơn vị}]"
    edit(project.params / "calendars.yaml", "last_day: 14\n", f"last_day: 14\n    {rules}\n")
    names = ("--forms", FORM, "--units", "parent=huyen", "--period", PERIOD)
    out = tmp_path / "phieu"
    made = call(project.root, "collect", "new", *names, "--out", str(out))
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip().endswith("deadline 2020-04-05")
    guide = load_workbook(out / file_name(PERIOD, AN))["Hướng dẫn"]
    assert any("trước hết ngày 05/04/2020" in str(cell.value) for cell in guide["B"])
    for unit, day in ((AN, 5), (BINH, 6)):
        path = workbook(project, unit, tmp_path / str(day) / "a.xlsx", cells=right())
        take(project, path.parent, date(2020, 4, day))

    told = call(project.root, "collect", "status", *names, "--json")
    assert told.returncode == 0, told.stderr
    content = json.loads(told.stdout)
    assert content["deadline"] == "2020-04-05"
    assert [entry["state"] for entry in content["units"]] == ["sent", "late", "missing"]
    later = json.loads(call(project.root, "collect", "status", *names, "--deadline", "06/04/2020", "--json").stdout)
    assert (later["deadline"], later["counts"]["late"]) == ("2020-04-06", 0)  # the option wins
    texts = reminded(project, monkeypatch)
    assert "thời hạn gửi lại đến hết ngày 05/4/2020" in texts[0]
    assert texts[1:3] == [
        "- 01 đơn vị đã gửi đủ biểu đúng thời hạn.",
        "- 01 đơn vị gửi sau thời hạn (Danh sách III).",
    ]


def imported(project: Project, *arguments: str) -> set[str]:
    """The modules a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "baocao", *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


def test_the_command_line(asked: Office, tmp_path: Path) -> None:
    project = asked.project
    out = tmp_path / "phieu"
    new = f"collect new --forms {FORM} --units parent=huyen --period {PERIOD} --out".split()
    made = call(project.root, *new, str(out))
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in out.iterdir()) == [file_name(PERIOD, unit) for unit in (AN, BINH, CHAU)]
    change(out / file_name(PERIOD, AN), lambda book: fill(book, right()))
    change(out / file_name(PERIOD, BINH), lambda book: fill(book, right(received_online=5)))
    refused = call(project.root, *new, str(out))  # a filled workbook is not written over
    assert (refused.returncode, file_name(PERIOD, AN) in refused.stderr) == (2, True)
    read = call(project.root, "collect", "read", str(out), "--received", "2020-04-05", "--json")
    assert read.returncode == 1, read.stderr
    content = json.loads(read.stdout)
    assert [content[name] for name in ("stored", "known", "returned")] == [1, 0, 2]
    (wrong,) = (entry for entry in content["files"] if entry["unit"] == BINH)
    assert {problem["sheet"] for problem in wrong["problems"]} == {"Biểu 1"}
    assert len({problem["cell"] for problem in wrong["problems"]}) == 3
    assert (tmp_path / "phieu-tra-lai" / file_name(PERIOD, BINH)).is_file()
    assert read.stderr == ""
    assert "great_expectations.core" not in imported(project, "check", "--unit", AN, "--period", PERIOD)
    shutil.rmtree(project.cache)
    assert "great_expectations.core" in imported(project, "check", "--unit", AN, "--period", PERIOD)
    assert call(project.root, "collect", "read", str(tmp_path / "nowhere")).returncode == 2
