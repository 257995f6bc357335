"""From an office's file to the rows of a register: typed, complete, and rejected with their reasons."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from baocao.errors import ConfigurationError, InputError
from baocao.intake.counts import parse_number
from baocao.intake.readers import Cell
from baocao.intake.register import RegisterColumn, load_register
from baocao.intake.register_cells import parse_cell
from baocao.intake.register_reader import RegisterFile, read_register_file
from baocao.intake.source import Stated, TableSource, find_sources
from baocao.locale import format_number
from baocao.project import Project

FROM, TO = date(2020, 1, 1), date(2020, 4, 1)
DOCUMENTS = "Số, ký hiệu;Cơ quan ban hành;Ngày ban hành;Trích yếu;Vai trò"


def read(project: Project, register: str, header: str, *lines: str, name: str = "list.csv") -> RegisterFile:
    path = project.root / name
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return read_path(project, register, path)


def read_path(project: Project, register: str, path: Path, column_map: str | None = None) -> RegisterFile:
    source = TableSource(path, "tuan-giao", FROM, TO, "office", register, column_map)
    return read_register_file(
        project, load_register(project, register), source, quarantine=project.quarantine / register
    )


def values(result: RegisterFile, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in result.rows.to_pylist()]


def quarantined(result: RegisterFile) -> list[dict[str, str]]:
    assert result.kept is not None
    with result.kept.file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == result.kept.rows
    return rows


def column(kind: Any, **said: Any) -> RegisterColumn:
    return RegisterColumn(name="c", headings=["Cột"], type=kind, **said)


def test_headings_titles_and_words_of_an_office(project: Project) -> None:
    result = read(
        project,
        "documents",
        "SỔ VĂN BẢN;;;;",
        DOCUMENTS.upper(),
        "24/KH-UBND;UBND huyện;22/01/2020;về  chủ đề năm;ban hành",
        ";;;;",
        "01/2020/QĐ-UBND;;;quy chế;Tiếp tục thực hiện",
    )
    assert values(result, "number", "issuer", "date", "summary", "role", "type") == [
        ("24/KH-UBND", "UBND huyện", date(2020, 1, 22), "về chủ đề năm", "issued", None),
        ("01/2020/QĐ-UBND", None, None, "quy chế", "continued", None),
    ]
    assert values(result, "reporter", "table", "file", "row") == [
        ("tuan-giao", "documents", "list.csv", 3),
        ("tuan-giao", "documents", "list.csv", 5),
    ]
    assert (result.problems, result.kept, result.unmapped) == ([], None, [])


def test_canonical_names_are_headings_too(project: Project) -> None:
    result = read(project, "statistics", "indicator,value,note", "staff_present,21,", "survey_method,,không có số")
    assert values(result, "indicator", "value", "note") == [
        ("staff_present", Decimal(21), None),
        ("survey_method", None, "không có số"),
    ]


def test_a_workbook_with_typed_cells(project: Project) -> None:
    book = Workbook()
    rows: Sequence[Sequence[Any]] = [
        [
            "Danh mục thủ tục hành chính",
            "Lĩnh vực",
            "Mức độ",
            "Tổng số hồ sơ tiếp nhận",
            "Trả kết quả",
            "Áp dụng từ ngày",
        ],
        ["Chứng thực", "Tư pháp", 4, 12.0, "X", datetime(2020, 1, 2)],  # noqa: DTZ001 -- as Excel stores a day
        ["Hộ tịch", "Tư pháp", "Một phần", None, None, "02/01/2020"],
    ]
    for row in rows:
        book.active.append(row)
    path = project.root / "list.xlsx"
    book.save(path)
    result = read_path(project, "procedures", path)
    assert values(result, "name", "level", "received", "postal_return", "valid_from") == [
        ("Chứng thực", "4", 12, True, date(2020, 1, 2)),
        ("Hộ tịch", "partial", None, None, date(2020, 1, 2)),
    ]


@pytest.mark.parametrize(
    "line", ["Không phát sinh;;;;", ";;;KHÔNG PHÁT SINH.;-", "1;Không có;;;", "Không phát sinh trong kỳ"]
)
def test_a_list_that_says_there_is_nothing_to_list(project: Project, line: str) -> None:
    result = read(project, "documents", DOCUMENTS, line)
    assert (result.rows.num_rows, result.problems, result.kept) == (0, [], None)
    (said,) = result.stored.to_pylist()
    assert (said["reporter"], said["file"], said["row"]) == ("tuan-giao", "list.csv", 0)
    assert {said[name] for name in ("number", "summary", "role", "date")} == {None}


def test_beside_an_entry_these_words_are_a_row_like_any_other(project: Project) -> None:
    result = read(project, "documents", DOCUMENTS, "Không phát sinh;;;;", "1/KH;UBND;22/01/2020;một;ban hành")
    assert values(result, "number") == [("1/KH",)]
    assert [row["row"] for row in quarantined(result)] == ["2"]


def test_a_cell_of_several_choices_is_stored_in_one_order(project: Project) -> None:
    header = f"{DOCUMENTS};Chủ đề"
    rows = [
        '1/KH;;;một;ban hành;"Tuyên truyền; kế hoạch năm;"',
        "2/KH;;;hai;ban hành;",
        '3/KH;;;ba;ban hành;"Tuyên truyền; Kế hoạch nam"',
    ]
    result = read(project, "documents", header, *rows)
    assert values(result, "number", "topic") == [("1/KH", "plan; propaganda"), ("2/KH", None)]
    assert "did you mean “Kế hoạch năm”" in quarantined(result)[0]["reason"]


def test_good_rows_are_taken_and_bad_ones_kept_with_their_reasons(project: Project) -> None:
    result = read(
        project,
        "documents",
        DOCUMENTS,
        "1/KH;UBND;22/01/2020;một;ban hành",
        "2/KH;UBND;30/02/2020;hai;ban hanh",
        "3/KH;UBND;;;viện dẫn",
        "4/KH;UBND;22/01/2020;bốn;viện dẫn;thừa",
    )
    assert values(result, "number") == [("1/KH",)]
    bad_day, no_summary, shifted = quarantined(result)
    assert (bad_day["row"], bad_day["Số, ký hiệu"], bad_day["Ngày ban hành"]) == ("3", "2/KH", "30/02/2020")
    assert "Ngày ban hành: a day from 1975 to 2099" in bad_day["reason"]
    assert "Vai trò: a word the list knows: unknown Vai trò “ban hanh”; did you mean “Ban hành”" in bad_day["reason"]
    assert no_summary["reason"] == "Trích yếu: Trích yếu in every row; fill the cell in or delete the row"
    assert shifted["row"] == "5" and shifted["reason"].startswith("5 cells, as in the header; a cell too many")
    shown = [str(problem) for problem in result.problems]
    assert any(
        text.startswith("list.csv, row 3, column “Ngày ban hành”: found “30/02/2020”, expected") for text in shown
    )


def test_a_repeated_key_is_kept_where_checks_are_to_find_it(project: Project) -> None:
    result = read(
        project, "documents", DOCUMENTS, "1/KH;A;;một;ban hành", "1/KH;A;;hai;ban hành", "1/KH;A;;một;ban hành"
    )
    assert values(result, "summary") == [("một",), ("hai",), ("một",)]


def test_rows_of_one_key_are_all_rejected_where_it_is_unique(project: Project) -> None:
    result = read(project, "statistics", "Mã chỉ tiêu,Số liệu", "a,1", "b,2", "A,3", "c,x", "c,4")
    assert values(result, "indicator", "value") == [("b", 2), ("c", 4)]
    assert [(row["row"], row["reason"].split(";")[0]) for row in quarantined(result)] == [
        ("2", "Mã chỉ tiêu: one row for each Mã chỉ tiêu"),
        ("4", "Mã chỉ tiêu: one row for each Mã chỉ tiêu"),
        ("5", "Số liệu: a number such as 1.234,5 or 73,98, or an empty cell"),
    ]
    assert "the same stands in row 4" in quarantined(result)[0]["reason"]


def test_what_identifies_persons_goes_nowhere(project: Project) -> None:
    header = "Cơ quan;Chức danh;Có mặt;Họ và tên;Số điện thoại;Ghi chú riêng"
    result = read(project, "staff", header, "UBND;Chủ tịch;1;Lò Văn A;0912;x", "UBND;;một;Lò Văn B;0913;y")
    assert result.unmapped == ["Ghi chú riêng"]
    assert "Lò Văn" not in str(result.rows.to_pylist())
    assert "Lò Văn" not in str(quarantined(result)) and "091" not in str(quarantined(result))
    assert "Lò Văn" not in " ".join(map(str, result.problems))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["Số, ký hiệu;Trích yếu", "1;a"],
            "a column “role” or “Vai trò” (role); add the column, or its heading to params/",
        ),
        ([DOCUMENTS], "expected rows under the header; fill the list in, or write “Không phát sinh”"),
        ([""], "a table"),
    ],
)
def test_a_file_that_is_no_register_is_refused(project: Project, lines: list[str], said: str) -> None:
    with pytest.raises(InputError) as info:
        read(project, "documents", *lines)
    assert said in str(info.value)


def test_a_register_takes_no_column_map(project: Project) -> None:
    with pytest.raises(ConfigurationError, match=r"map “plain”: .* add headings to params/registers/documents\.yaml"):
        read_path(project, "documents", project.root / "list.csv", "plain")


def test_a_register_keeps_its_name_whatever_the_file_is_called(project: Project) -> None:
    stated = Stated(unit="tuan-giao", period="2020-Q1")
    (source,) = find_sources(project, "documents", [project.root / "so-van-ban-v2.csv"], stated)
    assert (source.table, source.from_date, source.to_date) == ("documents", FROM, TO)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("text", "  Số\u00a0 1 ", "Số 1"),
        ("text", 12.0, "12"),
        ("text", "–", None),
        ("integer", "1.265", 1265),
        ("integer", " - ", None),
        ("date", "03/4/2020", date(2020, 4, 3)),
        ("date", 43924, date(2020, 4, 3)),
        ("date", datetime(2020, 4, 3, 8), date(2020, 4, 3)),  # noqa: DTZ001 -- as Excel stores a day
        ("date", date(2020, 4, 3), date(2020, 4, 3)),
        ("flag", "X", True),
        ("flag", "Có", True),
        ("flag", 1, True),
        ("flag", "không", False),
        ("flag", "0", False),
        ("flag", True, True),
        ("flag", "", None),
    ],
)
def test_cells_by_type(kind: str, cell: Cell, value: object) -> None:
    assert parse_cell(column(kind), cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("text", date(2020, 1, 3), "Excel turned it into a date"),
        ("text", "=A1", "not a formula"),
        ("integer", "7,5", "a whole number"),
        ("integer", "-4", "a count of 0 or more"),
        ("number", True, "Excel turned it into a date or a truth value"),
        ("date", True, "a day such as"),
        ("date", time(8), "a day from 1975"),
        ("date", "31/02/2020", "a day from 1975"),
        ("flag", "v", "a mark such as X"),
    ],
)
def test_what_a_cell_cannot_say(kind: str, cell: Cell, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse_cell(column(kind), cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("73,98", "73.98"),
        ("73.98", "73.98"),
        ("1.265", "1265"),
        ("1.234.567,50", "1234567.50"),
        ("0.125", "0.125"),
        ("-1,5", "-1.5"),
        ("85,21 %", "85.21"),
        (60.711, "60.711"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1000000000000000"),
        (7, "7"),
        ("", None),
        ("-", None),
    ],
)
def test_numbers_as_offices_write_them(cell: Cell, number: str | None) -> None:
    assert parse_number(cell) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("cell", ["7a", "1,2,3", "1.26.5", "٣", "--1", "%", "1e5", float("nan"), float("inf")])
def test_what_is_no_number(cell: Cell) -> None:
    with pytest.raises(ValueError, match=r"a number such as 1\.234,5 or 73,98, or an empty cell"):
        parse_number(cell)


@pytest.mark.parametrize("cell", ["1" * 21, "0," + "1" * 19, 1e300, 1e-300])
def test_a_number_a_table_cannot_hold(cell: Cell) -> None:
    with pytest.raises(ValueError, match="at most 20 digits before and 18 behind the comma"):
        parse_number(cell)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_a_number_reads_back_as_it_is_printed(value: Decimal) -> None:
    assert parse_number(format_number(value, keep_zeros=True)) == value
