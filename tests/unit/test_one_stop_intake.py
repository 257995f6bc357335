"""Summary tables into canonical rows: what is stored, what is refused, and where the rejected rows go."""

import csv
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baocao.errors import InputError
from baocao.intake.counts import parse_count
from baocao.intake.one_stop_reader import IntakeResult, read_one_stop
from baocao.intake.readers import Cell
from baocao.intake.source import TableSource
from baocao.locale import format_count
from baocao.project import Project

REQUIRED = (
    "received_online",
    "received_direct",
    "carried_over",
    "resolved_on_time",
    "resolved_late",
    "pending_in_time",
    "pending_overdue",
)
UNITS = ",".join(("stt", "đơn vị", *REQUIRED))
FIELDS = UNITS.replace("đơn vị", "lĩnh vực")


def read(project: Project, *lines: str, name: str = "t.csv", **options: Any) -> IntakeResult:
    """What becomes of a file of these lines, delivered by Tuần Giáo; its rejected rows go to `q/`."""
    path = project.root / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_path(project, path, **options)


def read_path(project: Project, path: Path, encoding: str | None = None, reporter: str = "tuan-giao") -> IntakeResult:
    source = TableSource(path, reporter, date(2020, 1, 1), date(2020, 4, 1), "portal", "Biểu 2", blank_means="zero")
    return read_one_stop(project, source, quarantine=project.root / "q", encoding=encoding)


def refusal(project: Project, *lines: str) -> list[str]:
    """The lines of the message that refuses the file, the last one saying where its rejected rows are."""
    with pytest.raises(InputError) as info:
        read(project, *lines)
    return str(info.value).splitlines()


def quarantined(project: Project) -> list[dict[str, str]]:
    (path,) = (project.root / "q").iterdir()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def comparable(result: IntakeResult) -> list[dict[str, object]]:
    """Rows without what says where in which file they stood."""
    rows = result.rows.drop_columns(["file_row", "source_hash", "columns"]).to_pylist()
    return [dict(row) for row in rows]


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (None, None),
        ("", None),
        ("-", None),
        ("–", None),
        ("0", 0),
        (0, 0),
        ("07", 7),
        (" 12 ", 12),
        ("6.778", 6778),
        ("6 778", 6778),
        ("6\u00a0778", 6778),
        ("1.234.567", 1234567),
        (3.0, 3),
        (466, 466),
    ],
)
def test_counts_as_offices_write_them(cell: Cell, count: int | None) -> None:
    assert parse_count(cell) == count


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("bảy ba", "a whole number, or an empty cell"),
        ("7a", "a whole number, or an empty cell"),
        ("3,5", "a whole number, or an empty cell"),
        ("6.77", "a whole number, or an empty cell"),
        ("0.123", "a whole number, or an empty cell"),
        ("1.2345", "a whole number, or an empty cell"),
        ("٣", "a whole number, or an empty cell"),
        (1.5, "a whole number"),
        (float("nan"), "a whole number"),
        (float("inf"), "a whole number"),
        ("-4", "a count of 0 or more"),
        (-4, "a count of 0 or more"),
        (-4.0, "a count of 0 or more"),
        (True, "Excel turned it into a date or a truth value"),
        (date(2020, 1, 5), "Excel turned it into a date or a truth value"),
        (datetime(2020, 1, 5, 7), "Excel turned it into a date or a truth value"),  # noqa: DTZ001 -- as Excel gives it
        (2**63, "a count a table can hold"),
        (1e300, "a count a table can hold"),
    ],
)
def test_what_is_no_count_says_what_was_expected(cell: Cell, expected: str) -> None:
    with pytest.raises(ValueError) as info:
        parse_count(cell)
    assert expected in str(info.value)


@settings(deadline=None)
@given(st.integers(0, 2**53), st.sampled_from(". \u00a0"))
def test_a_count_reads_back_as_itself(value: int, thousands: str) -> None:
    """From print, from CSV, and from Excel, which holds it as a float."""
    assert parse_count(format_count(value).replace(".", thousands)) == value
    assert parse_count(str(value)) == value
    assert parse_count(float(value)) == value


def test_a_row_carries_its_source_and_its_figures(project: Project) -> None:
    (row,) = read(project, UNITS, "2,UBND Xã Quài Tở,,73,,16,57,,0").rows.to_pylist()
    assert {name: row[name] for name in ("reporter", "unit", "grain", "row_type", "position", "file_row")} == {
        "reporter": "tuan-giao",
        "unit": "tuan-giao.quai-to",
        "grain": "unit",
        "row_type": "detail",
        "position": 2,
        "file_row": 2,
    }
    assert (row["from_date"], row["to_date"], row["table"]) == (date(2020, 1, 1), date(2020, 4, 1), "Biểu 2")
    assert (row["source"], row["blank_means"], row["authority"]) == ("portal", "zero", "own")
    assert (row["received_direct"], row["resolved_late"]) == (73, 57)
    assert len(row["source_hash"]) == 64


def test_blank_stays_blank_zero_stays_zero_and_the_printed_columns_are_known(project: Project) -> None:
    (row,) = read(project, UNITS, "2,UBND Xã Quài Tở,,73,,16,57,,0").rows.to_pylist()
    assert (row["received_online"], row["pending_in_time"], row["pending_overdue"]) == (None, None, 0)
    assert row["withdrawn"] is None
    assert set(row["columns"].split(",")) == set(REQUIRED)


@pytest.mark.parametrize(
    "lines",
    [
        (f"row_type,{UNITS}", "total,,Tổng,,5,,5,0,,", "unit,1,UBND Thị trấn,,5,,5,0,,"),
        (UNITS, ",Tổng,,5,,5,0,,", "1,UBND Thị trấn,,5,,5,0,,"),
        (UNITS, "TỔNG CỘNG:,,,5,,5,0,,", "1,UBND Thị trấn,,5,,5,0,,"),
    ],
    ids=["by row_type", "by label", "by label before the names"],
)
def test_a_total_row_is_told_from_the_rows_it_sums(project: Project, lines: tuple[str, ...]) -> None:
    rows = read(project, *lines).rows.to_pylist()
    assert [(row["row_type"], row["unit"]) for row in rows] == [
        ("total", "tuan-giao"),
        ("detail", "tuan-giao.thi-tran"),
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_windows_1258_gives_the_names_of_the_registry(project: Project, form: str) -> None:
    """Its tones come as characters of their own, in part decomposed."""
    line = "1,UBND Xã Quài Cang,,50,,47,2,1,"
    path = project.root / "t.csv"
    windows = line.replace("Xã", "Xa\u0303").replace("Quài", "Qua\u0300i").replace("UBND", "ubnd")
    path.write_bytes((UNITS.replace("đơn vị", "ĐƠN VI\u0323") + "\n" + windows + "\n").encode("cp1258"))
    from_windows = read_path(project, path, encoding="cp1258")
    assert comparable(from_windows) == comparable(
        read(project, *(unicodedata.normalize(form, x) for x in (UNITS, line)))
    )


def test_fields_are_stored_as_the_office_lists_them(project: Project) -> None:
    (row,) = read(project, FIELDS, "1,chứng  THỰC,,5,,5,,,").rows.to_pylist()
    assert (row["grain"], row["unit"], row["field"]) == ("field", "tuan-giao", "Chứng thực")


def test_an_office_without_a_list_of_fields_may_name_any(project: Project) -> None:
    path = project.root / "f.csv"
    path.write_text(f"{FIELDS}\n1,Lĩnh vực lạ,,5,,5,,,\n", encoding="utf-8")
    assert read_path(project, path, reporter="tuan-giao.quai-to").rows.column("field").to_pylist() == ["Lĩnh vực lạ"]


def test_markup_in_a_procedure_name_is_stored_as_it_is(project: Project) -> None:
    name = "Cấp <script>alert(1)</script> {{ 7*7 }} {% raw %}"
    (row,) = read(project, UNITS.replace("đơn vị", "thủ tục"), f"1,{name},,5,,5,,,").rows.to_pylist()
    assert (row["grain"], row["procedure"]) == ("procedure", name)


def test_a_header_without_rows_is_refused(project: Project) -> None:
    assert refusal(project, UNITS) == ["t.csv: expected rows under the header; export the table again"]


@pytest.mark.parametrize(
    ("header", "line", "column", "value", "expected"),
    [
        (UNITS, "1,Quài Tơ,,5,,,,,", "đơn vị", "Quài Tơ", "a unit of tuan-giao: unknown unit “Quài Tơ”; did you mean"),
        (UNITS, "1,tỉnh Điện Biên,,5,,,,,", "đơn vị", "tỉnh Điện Biên", "a unit of tuan-giao: "),
        (UNITS, "1,,,5,,,,,", "đơn vị", "", "the name of a unit; fill the name in or delete the row"),
        (FIELDS, "1,Chứng thục,,5,,,,,", "lĩnh vực", "Chứng thục", "a field of the office's list: unknown field"),
        (FIELDS, "1,,,5,,,,,", "lĩnh vực", "", "the name of a field; fill the name in or delete the row"),
        (UNITS, "1,Ta Ma,,năm,,,,,", "received_direct", "năm", "a whole number, or an empty cell; correct"),
    ],
    ids=["unit", "unit of another reporter", "no unit", "field", "no field", "text in a number"],
)
def test_a_problem_names_place_value_expectation_and_mend(
    project: Project, header: str, line: str, column: str, value: str, expected: str
) -> None:
    message = refusal(project, header, line)[0]
    assert message.startswith(f"t.csv, row 2, column “{column}”: found “{value}”, expected {expected}")


@pytest.mark.parametrize(
    ("header", "name", "nearest", "mend"),
    [
        (UNITS, "UBND Xã Quài Tơ", "UBND Xã Quài Tở", "add the unit or an alias under params/units/"),
        (FIELDS, "Chứng thục", "Chứng thực", "add the field to params/fields/tuan-giao.csv"),
    ],
)
def test_an_unknown_name_offers_the_nearest_and_where_to_add_it(
    project: Project, header: str, name: str, nearest: str, mend: str
) -> None:
    message = refusal(project, header, f"1,{name},,5,,5,,,")[0]
    assert f"did you mean “{nearest}”" in message
    assert message.endswith(f"; correct the name, or {mend}")


def test_two_rows_for_one_key_are_refused_with_both_places(project: Project) -> None:
    message = refusal(project, UNITS, "1,UBND Thị trấn,,5,,5,,,", "2,ubnd thị trấn,,6,,6,,,")[0]
    assert message.startswith("t.csv, row 3, column “đơn vị”: found “UBND Thị trấn”")
    assert "expected one row for each unit; row 2 is the same" in message


def test_two_unknown_names_are_not_one_row_twice(project: Project) -> None:
    *problems, _ = refusal(project, FIELDS, "1,Lĩnh vực lạ,,5,,,,,", "2,Lĩnh vực khác,,6,,,,,")
    assert ["a field of the office's list" in problem for problem in problems] == [True, True]


def test_all_problems_of_a_file_are_reported_at_once(project: Project) -> None:
    lines = ["1,UBND Thị trấn,,-1,,5,x,,", "2,UBND Xã Quài Nưa,,6,,6,,,", "3,Quài Tơ,,1,,6.5,,,", "4,Ta Na,,,,,,,"]
    *problems, note = refusal(project, UNITS, *lines)
    places = [problem.split(": found")[0] for problem in problems]
    assert sorted(places) == [
        "t.csv, row 2, column “received_direct”",
        "t.csv, row 2, column “resolved_late”",
        "t.csv, row 4, column “resolved_on_time”",
        "t.csv, row 4, column “đơn vị”",
        "t.csv, row 5, column “đơn vị”",
    ]
    assert "nothing of the file was stored; its 3 rejected rows are kept in " in note


def test_more_than_a_screenful_of_problems_is_counted(project: Project) -> None:
    names = ["UBND Thị trấn", "UBND Xã Quài Tở", "UBND Xã Quài Nưa", "UBND Xã Quài Cang"]
    message = refusal(project, UNITS, *(f"1,{name},x,x,x,x,x,x,x" for name in names))
    assert sum(line.startswith("t.csv, row") for line in message) == 20
    assert message[20] == "… and 8 more"


def test_only_rejected_rows_are_kept_with_their_reasons(project: Project) -> None:
    refusal(project, UNITS, "1,UBND Thị trấn,,5,,5,,,", "2,UBND Xã Quài Tở,,73,,x,-1,,")
    (row,) = quarantined(project)
    assert (row["row"], row["đơn vị"], row["resolved_on_time"]) == ("3", "UBND Xã Quài Tở", "x")
    assert "resolved_on_time: a whole number" in row["reason"]
    assert "resolved_late: a count of 0 or more" in row["reason"]


@pytest.mark.parametrize("formula", ["=cmd()", "+1+1", "-2+3", "@SUM(A1)"])
def test_kept_rows_never_run_in_a_spreadsheet(project: Project, formula: str) -> None:
    refusal(project, UNITS, f"1,{formula},,5,,5,,,")
    assert quarantined(project)[0]["đơn vị"] == f"'{formula}"


def test_headings_and_reasons_never_run_in_a_spreadsheet_either(project: Project) -> None:
    done, still = "Số hồ sơ đã giải quyết", "Số hồ sơ đang giải quyết"
    refusal(
        project,
        f"stt,đơn vị,,=cmd(),,{done},{done},{still},{still}",
        "stt,đơn vị,trực tuyến,trực tiếp,kỳ trước chuyển sang,đúng hạn,trễ hạn,trong hạn,quá hạn",
        "1,UBND Thị trấn,,x,,5,,,",
    )
    (row,) = quarantined(project)
    assert not [text for text in (*row, *row.values()) if text.startswith("=")]


def test_columns_not_in_the_map_reach_neither_rows_nor_quarantine_nor_messages(project: Project) -> None:
    header = f"{UNITS},Chủ hồ sơ"
    result = read(project, header, "1,UBND Thị trấn,,5,,5,,,,Lò Văn Chung")
    assert result.unmapped == ["Chủ hồ sơ"]
    assert "Lò Văn Chung" not in str(result.rows.to_pylist())
    assert "Lò Văn Chung" not in "".join(refusal(project, header, "1,UBND Thị trấn,,x,,5,,,,Lò Văn Chung"))
    assert "Lò Văn Chung" not in str(quarantined(project))
