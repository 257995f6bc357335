"""Headings of real exports → canonical columns."""

import csv
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from baocao.errors import ConfigurationError, InputError
from baocao.intake.column_map import ColumnMap, load_map
from baocao.intake.mapped_sheet import MappedSheet, map_sheet
from baocao.intake.one_stop import MAPPABLE
from baocao.intake.one_stop_reader import read_one_stop
from baocao.intake.readers import Cell, Sheet
from baocao.intake.source import TableSource
from baocao.project import Project

DATASET = "one-stop-summary"
SMALL = ColumnMap(
    id="small",
    dataset="one-stop-summary",
    name="Bảng nhỏ",
    columns={
        "position": ["stt"],
        "unit": ["đơn vị", "cơ quan"],
        "resolved_late": ["đã giải quyết / trễ hạn", "trễ hạn"],
        "pending_overdue": ["đang giải quyết / trễ hạn", "đang giải quyết / quá hạn"],
    },
    required=["unit", "resolved_late"],
    ignored={"Ghi chú": "remarks are not figures"},
)


def mapped(*rows: Sequence[Cell]) -> MappedSheet:
    return map_sheet(Sheet("t.csv", rows), SMALL)


def refusal(*rows: Sequence[Cell]) -> list[str]:
    with pytest.raises(InputError) as info:
        mapped(*rows)
    return str(info.value).splitlines()


def test_cells_are_named_by_their_heading_whatever_the_order() -> None:
    sheet = mapped(["Trễ hạn", "Đơn vị", "STT"], ["4", "Quài Tở", "1"])
    assert [row.cells for row in sheet.rows] == [{"resolved_late": "4", "unit": "Quài Tở", "position": "1"}]
    assert sheet.headings == {"resolved_late": "Trễ hạn", "unit": "Đơn vị", "position": "STT"}


@pytest.mark.parametrize(
    "heading",
    [
        "đơn vị",
        "ĐƠN VỊ",
        " Đơn \n vị",
        "Đơn\u00a0vị",
        unicodedata.normalize("NFD", "Đơn vị"),
        "\ufeffĐơn vị",
        "Cơ quan",
    ],
)
def test_case_spacing_and_composition_do_not_matter(heading: str) -> None:
    assert mapped([heading, "Trễ hạn"], ["Quài Tở", "4"]).rows[0].cells["unit"] == "Quài Tở"


def test_titles_above_the_header_are_passed_over_and_rows_keep_their_number() -> None:
    sheet = mapped(
        ["UBND HUYỆN TUẦN GIÁO"],
        ["Biểu 2, quý I/2020"],
        [],
        ["Đơn vị", "Trễ hạn"],
        ["Quài Tở", "57"],
        [],
        ["Ta Ma", "1"],
    )
    assert [(row.number, row.cells["unit"]) for row in sheet.rows] == [(5, "Quài Tở"), (7, "Ta Ma")]


def test_grouped_headings_are_told_apart_by_their_group() -> None:
    sheet = mapped(
        ["STT", "Đơn vị", "Đã giải quyết", "Đã giải quyết", "Đang giải quyết", "Đang giải quyết"],
        ["STT", "Đơn vị", "Đúng hạn", "Trễ hạn", "Trong hạn", "Trễ hạn"],
        [1, "Mùn Chung", 5, 1, None, 2],
    )
    assert sheet.rows[0].cells == {"position": 1, "unit": "Mùn Chung", "resolved_late": 1, "pending_overdue": 2}
    assert sheet.headings["pending_overdue"] == "Đang giải quyết / Trễ hạn"
    assert sheet.unmapped == ["Đã giải quyết / Đúng hạn", "Đang giải quyết / Trong hạn"]


@pytest.mark.parametrize(
    "numbering", [["(1)", "(2)", "(3)"], ["(1)", "(2)", "(3)=(4)+(5)"], ["(1)", " (2) ", "(3) = (4) + (5)"]]
)
def test_the_numbering_row_under_a_header_is_no_data(numbering: list[str]) -> None:
    sheet = mapped(["STT", "Đơn vị", "Trễ hạn"], numbering, ["1", "Quài Tở", "4"])
    assert [row.number for row in sheet.rows] == [3]


def test_a_row_of_plain_numbers_is_data() -> None:
    assert len(mapped(["STT", "Đơn vị", "Trễ hạn"], ["1", "2", "3"]).rows) == 1


def test_rows_shorter_or_longer_than_the_header_are_refused() -> None:
    header = ["Đơn vị", "Trễ hạn", "Ghi chú"]
    lines = refusal(header, ["Quài Tở"], ["Ta Ma", "1", "", ""], ["Quài Nưa", "1", ""])
    assert [line.split(";")[0] for line in lines] == [
        "t.csv, row 2: found “1 cells”, expected 3 cells, as in the header",
        "t.csv, row 3: found “4 cells”, expected 3 cells, as in the header",
    ]


def test_columns_the_file_does_not_have_are_not_in_its_rows() -> None:
    assert set(mapped(["Đơn vị", "Trễ hạn"], ["Quài Tở", ""]).rows[0].cells) == {"unit", "resolved_late"}


def test_headings_nobody_asked_for_are_listed_and_left_behind() -> None:
    sheet = mapped(["Đơn vị", "Chủ hồ sơ", "Trễ hạn", "Ghi chú"], ["Quài Tở", "Lò Văn A", "4", "gấp"])
    assert sheet.unmapped == ["Chủ hồ sơ"]
    assert set(sheet.rows[0].cells) == {"unit", "resolved_late"}


def test_every_missing_column_is_named_with_what_it_goes_by() -> None:
    first, second = refusal(["STT", "Tên"], ["1", "Quài Tở"])
    assert first == (
        "t.csv, row 1: found “STT, Tên”, expected a column “đơn vị” or “cơ quan” (unit); "
        "add the column, or its heading to params/maps/small.yaml"
    )
    assert "(resolved_late)" in second


def test_two_columns_for_one_meaning_are_refused_with_their_letters() -> None:
    (line,) = refusal(["Đơn vị", "Trễ hạn", "Cơ quan"], ["Quài Tở", "4", "Ta Ma"])
    assert line.startswith("t.csv, row 1: found “Đơn vị (column A)” and “Cơ quan (column C)”, expected one column")
    assert "expected one column for unit; remove one, or tell them apart in params/maps/small.yaml" in line


def test_columns_beyond_z_have_two_letters() -> None:
    header = ["Đơn vị", "Trễ hạn", *[f"c{number}" for number in range(24)], "Cơ quan"]
    (line,) = refusal(header, [str(number) for number in range(27)])
    assert "(column AA)" in line


def test_a_data_row_never_settles_which_of_two_columns_is_meant() -> None:
    """Nor is it taken for a part of the header because one of the two is blank in it."""
    (line,) = refusal(["Đơn vị", "Trễ hạn", "Cơ quan"], ["Quài Tở", "", ""], ["Ta Ma", "1", ""])
    assert "expected one column for unit" in line


def test_a_group_makes_a_heading_surer_than_its_last_word() -> None:
    """A “Trễ hạn” under another group is somebody else's column."""
    sheet = mapped(
        ["Đơn vị", "Đã giải quyết", "Đang giải quyết", "Tỷ lệ (%)"],
        ["Đơn vị", "Trễ hạn", "Quá hạn", "Trễ hạn"],
        ["Quài Tở", "57", "0", "78,08"],
    )
    assert sheet.rows[0].cells["resolved_late"] == "57"
    assert sheet.unmapped == ["Tỷ lệ (%) / Trễ hạn"]


@pytest.mark.parametrize("name", [None, "one-stop-summary"])
def test_the_map_named_like_the_dataset_is_the_default(shared_project: Project, name: str | None) -> None:
    assert load_map(shared_project, DATASET, name, MAPPABLE).id == "one-stop-summary"


def test_an_unknown_map_offers_the_nearest(shared_project: Project) -> None:
    with pytest.raises(
        ConfigurationError, match=r"unknown column map “one-stop-sumary”; did you mean “one-stop-summary”"
    ):
        load_map(shared_project, DATASET, "one-stop-sumary", MAPPABLE)


def test_a_map_of_another_dataset_is_refused(project: Project, edit: Callable[[Path, str, str], None]) -> None:
    edit(project.params / "maps" / "one-stop-summary.yaml", "dataset: one-stop-summary", "dataset: dossiers")
    with pytest.raises(ConfigurationError, match=r"column map “one-stop-summary” is for dossiers, not for one-stop"):
        load_map(project, DATASET, None, MAPPABLE)


def test_a_map_that_requires_a_column_it_does_not_have_is_refused(
    project: Project, edit: Callable[[Path, str, str], None]
) -> None:
    edit(project.params / "maps" / "one-stop-summary.yaml", "  - resolved_late\n", "  - resolved_lately\n")
    with pytest.raises(
        ConfigurationError, match=r"maps/one-stop-summary\.yaml: required: unknown column “resolved_lately”"
    ):
        load_map(project, DATASET, None, MAPPABLE)


#: Columns of the sample's Biểu 2 in the order of the print, and the headings they stand under from the third on.
PRINTED = (
    *("received_total", "received_online", "received_carried_over", "received_direct"),
    *("resolved_total", "resolved_on_time", "resolved_late"),
    *("pending_total", "pending_in_time", "pending_overdue"),
    *("withdrawn", "returned"),
)
HEADINGS = {
    "C5:F5": "Số hồ sơ nhận giải quyết",
    "C6:C7": "Tổng hồ sơ",
    "D6:D7": "Trực tuyến",
    "E6:E7": "Kỳ trước chuyển qua",
    "F6:F7": "Trực tiếp",
    "G5:L5": "Kết quả giải quyết",
    "G6:I6": "Số hồ sơ đã giải quyết",
    "J6:L6": "Số hồ sơ đang giải quyết",
    "M5:M7": "Hồ sơ rút",
    "N5:N7": "Hồ sơ trả lại",
}


def write_printed_form(path: Path, lines: Sequence[dict[str, str]]) -> None:
    """Biểu 2 as a workbook looks like when it was made for printing."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "ỦY BAN NHÂN DÂN HUYỆN TUẦN GIÁO")
        sheet.merge_range("A3:N3", "Biểu 2: Tình hình giải quyết hồ sơ của các đơn vị, từ 01/01/2020 đến 01/4/2020")
        sheet.merge_range("A5:A7", "Stt")
        sheet.merge_range("B5:B7", "Đơn vị")
        for place, heading in HEADINGS.items():
            sheet.merge_range(place, heading)
        sheet.write_row("G7", ["Tổng số", "Đúng hạn", "Trễ hạn", "Tổng số", "Trong hạn", "Quá hạn"])
        sheet.write_row("A8", [f"({number})" for number in range(1, 15)])
        for row, line in enumerate(lines, start=8):
            if line["row_type"] == "total":
                sheet.merge_range(row, 0, row, 1, line["unit_name"])
            else:
                sheet.write_row(row, 0, [int(line["stt"]), line["unit_name"]])
            for column, name in enumerate(PRINTED, start=2):
                if line[name]:
                    sheet.write_number(row, column, int(line[name]))


def test_the_printed_form_gives_the_rows_of_the_plain_table(project: Project, sample: Path) -> None:
    plain = sample / "bieu_2_by_unit.csv"
    with plain.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    workbook = project.root / "biểu 2.xlsx"
    write_printed_form(workbook, lines)
    results = [
        read_one_stop(project, TableSource(path, "tuan-giao", date(2020, 1, 1), date(2020, 4, 1), "portal", "Biểu 2"))
        for path in (plain, workbook)
    ]
    from_plain, from_print = (result.rows.drop_columns(["file_row", "source_hash"]).to_pylist() for result in results)
    assert from_print == from_plain
    assert (len(from_print), from_print[-1]["row_type"]) == (21, "total")
    assert from_print[-1]["stated_received_total"] == 873
    assert results[1].unmapped == []
