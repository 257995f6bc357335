"""Files as offices really deliver them, and files that must not be believed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from baocao.errors import BaocaoError, ConfigurationError, InputError
from baocao.intake.one_stop_reader import read_one_stop
from baocao.intake.readers import read_sheet
from baocao.intake.source import Stated, TableSource, find_sources
from baocao.periods import Periods
from baocao.project import Project
from baocao.store.ingest import ingest
from baocao.store.tables import Store
from baocao.units import load_registry

GROUPED = (
    "stt,đơn vị,nhận,,,số hồ sơ đã giải quyết,,số hồ sơ đang giải quyết,\n"
    ",,trực tuyến,trực tiếp,kỳ trước chuyển sang,đúng hạn,trễ hạn,trong hạn,quá hạn"
)


def source(project: Project, name: str, *lines: str, **options: Any) -> TableSource:
    path = project.root / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    defaults = {"reporter": "tuan-giao", "from_date": date(2020, 4, 2), "to_date": date(2020, 6, 14)}
    return TableSource(path, **defaults, source="office", table="Biểu 2", **options)


def rows(project: Project, *lines: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = read_one_stop(project, source(project, "t.csv", *lines)).rows.to_pylist()
    return content


def refused(project: Project, *lines: str) -> str:
    with pytest.raises(InputError) as info:
        rows(project, *lines)
    return str(info.value)


def workbook(folder: Path, fill: Callable[[xlsxwriter.Workbook], object]) -> Path:
    path = folder / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def test_groups_merged_in_excel_and_saved_as_csv(project: Project) -> None:
    """The group then stands above its first column only."""
    (row,) = rows(project, GROUPED, "1,UBND Thị trấn,1,2,3,4,5,6,7")
    figures = ("received_online", "received_direct", "carried_over", "resolved_on_time", "resolved_late")
    assert [row[name] for name in figures] == [1, 2, 3, 4, 5]
    assert (row["pending_in_time"], row["pending_overdue"]) == (6, 7)


@pytest.mark.parametrize("numbering", ["1,2,3,4,5,6,7,8,9", "A,B,1,2,3,4,5,6,7", "(1),(2),(3)=(4)+(5),(4),(5),,,,"])
def test_numbering_row_is_no_data(project: Project, numbering: str) -> None:
    assert len(rows(project, GROUPED, numbering, "1,UBND Thị trấn,1,2,3,4,5,6,7")) == 1


def test_total_label_with_a_space_before_its_colon(project: Project) -> None:
    found = rows(project, GROUPED, "1,UBND Thị trấn,1,2,3,4,5,6,7", ",Tổng cộng :,1,2,3,4,5,6,7")
    assert [row["row_type"] for row in found] == ["detail", "total"]


PROCEDURES = GROUPED.replace("đơn vị", "thủ tục")


def test_headings_inside_a_table_by_procedure(project: Project) -> None:
    """As Biểu 3 is printed: the office, then a heading for each field, and the procedures under it."""
    found = rows(
        project,
        PROCEDURES,
        ",UBND huyện Tuần Giáo,,,,,,,",
        ",Lĩnh vực Hộ tịch cấp huyện,,,,,,,",
        "1,Cải chính hộ tịch,0,30,0,28,0,2,0",
        ",Lĩnh vực Đất đai cấp huyện,,,,,,,",
        "2,Tách thửa đất,0,16,0,7,0,9,0",
        ",Tổng,0,46,0,35,0,11,0",
    )
    assert [(row["row_type"], row["field"], row["procedure"]) for row in found] == [
        ("detail", "Hộ tịch cấp huyện", "Cải chính hộ tịch"),
        ("detail", "Đất đai cấp huyện", "Tách thửa đất"),
        ("total", None, None),
    ]


def test_a_note_in_the_table_is_no_procedure(project: Project) -> None:
    message = refused(project, PROCEDURES, "1,Cải chính,0,3,0,2,0,1,0", ",Ghi chú: tạm tính,,,,,,,", "2,,0,3,0,2,0,1,0")
    assert "row 4, column “thủ tục”: found “Ghi chú: tạm tính”, expected figures, or a heading" in message
    assert "row 5, column “thủ tục”: found “”, expected the name of a procedure" in message


def test_a_kind_of_row_that_is_none(project: Project) -> None:
    message = refused(project, "row_type," + GROUPED.replace("\n", "\n,"), "tota,1,UBND Thị trấn,1,2,3,4,5,6,7")
    assert "unknown kind of row “tota”; did you mean “total”" in message


def test_title_above_a_table_with_semicolons(project: Project) -> None:
    lines = [
        "Báo cáo quý II, năm 2020, các xã",
        *GROUPED.replace(",", ";").split("\n"),
        "1;UBND Thị trấn;1;2;3;4;5;6;7",
    ]
    assert len(rows(project, *lines)) == 1


def test_a_cell_too_many_or_too_few_shifts_the_row_and_is_refused(project: Project) -> None:
    message = refused(project, GROUPED, "1,UBND Thị trấn,1,2,3,4,5,6,7,", "2,UBND Xã Ta Ma,1,2,3,4,5,6")
    assert "t.csv, row 3: found “10 cells”, expected 9 cells" in message
    assert "t.csv, row 4: found “8 cells”, expected 9 cells" in message


def test_a_running_number_too_large_is_only_decoration(project: Project) -> None:
    (row,) = rows(project, GROUPED, "20200101123456,UBND Thị trấn,1,2,3,4,5,6,7")
    assert row["position"] is None


def test_an_ambiguous_name_lists_the_codes(project: Project) -> None:
    registry = project.params / "units" / "dien-bien.csv"
    with registry.open("a", encoding="utf-8") as file:
        file.write("tuan-giao.thi-tran-2,UBND Thị trấn,Thị trấn 2,commune,thi_tran,tuan-giao,,,,\n")
    message = refused(project, GROUPED, "1,UBND Thị trấn,1,2,3,4,5,6,7")
    assert "expected a name of one unit, not of tuan-giao.thi-tran, tuan-giao.thi-tran-2" in message


def test_a_unit_that_no_longer_existed_is_unknown(project: Project, edit: Any) -> None:
    edit(
        project.params / "units" / "dien-bien.csv",
        "thi_tran,tuan-giao,,,2025-06-30,",
        "thi_tran,tuan-giao,,,2019-12-31,",
    )
    assert "unknown unit “UBND Thị trấn”" in refused(project, GROUPED, "1,UBND Thị trấn,1,2,3,4,5,6,7")


def test_a_table_without_any_known_heading_is_not_repeated(project: Project) -> None:
    """What looks like a header may be a first row of persons."""
    message = refused(project, "1,Nguyễn Văn A,0912345678", "2,Trần Thị B,0987654321")
    assert "Nguyễn" not in message and "0912345678" not in message
    assert "expected a column" in message


def test_a_file_about_nothing_says_so_once(project: Project) -> None:
    header = GROUPED.replace("stt,đơn vị", "stt,tên gọi")
    message = refused(project, header, "1,UBND Thị trấn,1,2,3,4,5,6,7", "2,UBND Xã Ta Ma,1,2,3,4,5,6,7")
    assert message.count("expected") == 1 and "say what the rows are about" in message


def test_letters_lost_before_the_file_came_to_us(project: Project) -> None:
    assert "row 3: found “\ufffd”" in refused(project, GROUPED, "1,UBND Th\ufffd trấn,1,2,3,4,5,6,7")


def test_a_byte_order_mark_wins_over_the_encoding_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("đơn vị,trễ hạn\n", encoding="utf-8-sig")
    assert read_sheet(path, "t.csv", encoding="cp1258").rows == [["đơn vị", "trễ hạn"]]


@pytest.mark.parametrize("encoding", ["undefined", "nonsense"])
def test_an_encoding_that_is_none(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n")
    with pytest.raises(InputError, match="a known encoding"):
        read_sheet(path, "t.csv", encoding=encoding)


def test_a_figure_merged_over_rows_is_refused_not_doubled(tmp_path: Path) -> None:
    path = workbook(tmp_path, lambda book: book.add_worksheet().merge_range("A1:A2", 7))
    assert read_sheet(path, "t.xlsx").rows == [["7 (merged cells)"], ["7 (merged cells)"]]


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Bìa").write("A1", "Báo cáo")
        book.add_worksheet("Số liệu").write("A1", "đơn vị")
        book.add_worksheet("Trống")

    path = workbook(tmp_path, fill)
    with pytest.raises(InputError, match=r"found “Bìa, Số liệu, Trống”.*--sheet NAME"):
        read_sheet(path, "t.xlsx")
    assert read_sheet(path, "t.xlsx", sheet="Số liệu").rows == [["đơn vị"]]
    with pytest.raises(InputError, match="expected a sheet “Khác”"):
        read_sheet(path, "t.xlsx", sheet="Khác")


def test_a_hidden_sheet_is_not_the_table(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Cũ").write("A1", "cũ")
        book.add_worksheet("Mới").write("A1", "mới")
        book.worksheets()[1].activate()
        book.worksheets()[0].hide()

    assert read_sheet(workbook(tmp_path, fill), "t.xlsx").rows == [["mới"]]


def test_a_table_under_two_names_is_refused_not_counted_twice(project: Project, sample: Path) -> None:
    ingest(project, find_sources(project, "one-stop-summary", [sample]))
    copy = project.root / "bieu 2 ban moi.csv"
    copy.write_bytes((sample / "bieu_2_by_unit.csv").read_bytes())
    stated = Stated(unit="tuan-giao", period="2020-Q1")
    with pytest.raises(InputError, match=r'stands both in “Biểu 2”.*--table "Biểu 2"'):
        ingest(project, find_sources(project, "one-stop-summary", [copy], stated))
    snapshot = Store(project.store).read("one_stop_summary")
    assert snapshot is not None and (snapshot.version, snapshot.rows.num_rows) == (0, 110)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("params/periods/tuan-giao.yaml", "2020-Q1:", "2020-Q9:", r"tuan-giao\.yaml: unknown period “2020-Q9”"),
        ("params/calendars.yaml", "last_day: 14", "last_day: 0", r"calendars\.yaml.*last_day"),
        ("params/calendars.yaml", "last_day: 14", "last_day: true", r"calendars\.yaml.*last_day"),
        ("params/calendars.yaml", "id: civil", "id: nd-09-2019", "two calendars"),
        ("params/maps/one-stop-summary.yaml", "  withdrawn: [", "  withdrwn: [", "did you mean “withdrawn”"),
        ("data/samples/tuan-giao-2020q1/source.yaml", "2020-Q1", "2020-Q9", r"source\.yaml: unknown period"),
        ("data/samples/tuan-giao-2020q1/source.yaml", "unit: tuan-giao", "unit: ../x", r"source\.yaml: unknown unit"),
        ("params/units/dien-bien.csv", ",UBND Xã Ta Ma,", ",,", r"dien-bien\.csv, row 34, name"),
        ("params/units/dien-bien.csv", "tuan-giao.ta-ma,", "tuan-giao.ta-ma,x,", r"row 34: expected 10 cells"),
        (
            "params/units/dien-bien.csv",
            "huyện Tuân Giáo,,2025-06-30",
            "huyện Tuân Giáo,,20250630",
            "expected yyyy-mm-dd",
        ),
    ],
)
def test_configuration_that_does_not_hold_names_its_file(
    project: Project, sample: Path, edit: Any, file: str, old: str, new: str, said: str
) -> None:
    edit(project.root / file, old, new)
    with pytest.raises(ConfigurationError, match=said):
        for delivered in find_sources(project, "one-stop-summary", [sample]):
            read_one_stop(project, delivered)


def test_a_whole_year_may_stand_unquoted(project: Project, sample: Path, edit: Any) -> None:
    edit(sample / "source.yaml", "period: 2020-Q1\nfrom: 2020-01-01\nto: 2020-04-01", "period: 2020")
    (delivered, *_) = find_sources(project, "one-stop-summary", [sample])
    assert (delivered.from_date, delivered.to_date) == (date(2019, 12, 15), date(2020, 12, 14))


@pytest.mark.parametrize("period", ["0000-Q1", "0001-01", "năm 0000"])
def test_years_before_history(shared_project: Project, period: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown period"):
        Periods(shared_project).resolve(period, "tuan-giao")


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31T23:59-12:00", "2020-04-08 25:00"])
def test_moments_out_of_range(project: Project, sample: Path, as_of: str) -> None:
    ingest(project, find_sources(project, "one-stop-summary", [sample]))
    with pytest.raises(BaocaoError):
        Store(project.store).read("one_stop_summary", as_of)


@pytest.mark.parametrize("expression", ["", ",", " , "])
def test_an_empty_unit_expression(shared_project: Project, expression: str) -> None:
    with pytest.raises(ConfigurationError, match="unit expression"):
        load_registry(shared_project).select(expression)
