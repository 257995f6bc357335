"""The workbook a unit gets: what is locked, what may be typed, whose it is, and that it is always the same bytes."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from baocao.collect.key import Key, WrongKeyError, key_of, read_key
from baocao.collect.plan import Collection
from baocao.collect.write import to_workbook
from baocao.intake.one_stop import COUNTS, STATED
from baocao.project import Project

FORMS = ["one-stop-by-field", "one-stop-by-unit", "one-stop-by-procedure", "hong-gai-1a", "documents", "surveys"]


@pytest.fixture(scope="module")
def book(shared_project: Project) -> Any:
    asked = Collection(shared_project, FORMS, "2020-Q1").asked
    unit = Collection(shared_project, FORMS, "2020-Q1").registry["tuan-giao"]
    made = to_workbook(asked(unit), date(2020, 4, 10))
    assert made == to_workbook(Collection(shared_project, FORMS, "2020-Q1").asked(unit), date(2020, 4, 10))
    return load_workbook(io.BytesIO(made))


def columns(sheet: Any) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value}


def test_sheets_and_instructions(book: Any) -> None:
    assert book.sheetnames == [
        "Hướng dẫn", "Biểu 1", "Biểu 2", "Biểu 3", "Phụ lục 1a", "Sổ theo dõi văn bản",
        "Sổ theo dõi khảo sát sự hài…", "Danh mục", "Khóa",
    ]  # fmt: skip
    told = [str(cell.value) for (cell,) in book["Hướng dẫn"].iter_rows(min_col=2, max_col=2)]
    assert told[0] == "Phiếu thu thập số liệu Quý I/2020 – UBND huyện Tuần Giáo"
    assert any("trước hết ngày 10/04/2020" in line for line in told)
    assert any("Ô trống nghĩa là chưa điền" in line for line in told)


def test_every_sheet_is_locked_without_a_password_but_for_coloured_cells(book: Any) -> None:
    opened = 0
    for sheet in book:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            coloured = cell.fill.fgColor.rgb == "FFFFF8D6"
            assert cell.protection.locked != coloured, (sheet.title, cell.coordinate)
            opened += coloured
            if coloured:
                assert cell.value is None
    assert opened > 1000


def test_totals_are_formulas_and_blank_where_nothing_is_filled_in(book: Any) -> None:
    sheet = book["Biểu 1"]
    rows = {str(cell.value): cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value}
    row = rows["f|Chứng thực"]
    at = {name: sheet.cell(row, column).coordinate for name, column in columns(sheet).items()}
    parts = ",".join(at[f"now:{name}"] for name in ("received_online", "carried_over", "received_direct"))
    total = sheet[at["now:received_total"]].value
    assert total == f'=IF(COUNT({parts})=0,"",SUM({parts}))'
    last = sheet.cell(rows["total"], columns(sheet)["now:withdrawn"]).value
    column = at["now:withdrawn"].rstrip("0123456789")
    whole = f"{column}{min(at for key, at in rows.items() if key.startswith('f|'))}:{column}{rows['total'] - 1}"
    assert last == f'=IF(COUNT({whole})=0,"",SUM({whole}))'


def test_what_may_be_typed(book: Any) -> None:
    sheet = book["Biểu 1"]
    kinds = {(rule.type, rule.formula1) for rule in sheet.data_validations.dataValidation}
    assert kinds == {("whole", "0"), ("list", '"X"')}
    documents = book["Sổ theo dõi văn bản"]
    place = documents.cell(8, columns(documents)["now:role"]).coordinate
    (rule,) = (rule for rule in documents.data_validations.dataValidation if place in rule.sqref)
    listed = rule.formula1.removeprefix("'Danh mục'!").replace("$", "")
    words = [cell.value for (cell,) in book["Danh mục"][listed]]
    assert words == ["Ban hành trong kỳ", "Tiếp tục thực hiện", "Viện dẫn"]


def test_counts_of_the_form_have_one_canonical_column_each(shared_project: Project) -> None:
    for form in ("one-stop-by-field", "ii-06a"):
        collection = Collection(shared_project, [form], "2020-Q1")
        (sheet,) = collection.asked(collection.registry["tuan-giao"]).sheets
        stored = [column.stored for column in sheet.columns if column.stored and column.key not in ("name", "field")]
        assert len(set(stored)) == len(stored)
        assert set(stored) <= {*COUNTS, *STATED}


def test_a_key_that_was_changed_is_refused(shared_project: Project) -> None:
    collection = Collection(shared_project, ["one-stop-by-field"], "2020-Q1")
    key = key_of(collection.asked(collection.registry["tuan-giao"]))
    lines = [list(line) for line in key.lines("UBND huyện Tuần Giáo")]
    assert read_key(lines) == key
    for place in range(1, len(lines)):
        changed = [line.copy() for line in lines]
        changed[place][1] = "2019-01-01" if lines[place][0] in ("from", "to") else "khác"
        with pytest.raises(WrongKeyError, match="đã bị sửa"):
            read_key(changed)
    with pytest.raises(WrongKeyError, match="xóa bớt dòng"):
        read_key([*lines[:1], *lines[2:]])
    other = Key("tuan-giao.quai-to", key.period, key.from_date, key.to_date, key.forms)
    assert other.check != key.check
