"""Long lists cut into rows and cells: each row found where a spreadsheet shows it, whatever stands around it."""

import base64
import csv
import hashlib
import io
import random
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from baocao.errors import ConfigurationError, InputError
from baocao.intake import row_csv, row_xlsx
from baocao.intake.column_map import ColumnMap, maps_of
from baocao.intake.days import parse_day
from baocao.intake.dossiers import DATASET, MAPPABLE
from baocao.intake.row_stream import PROBLEM, ROW, ListSource, RowStream, choose_map, open_rows
from baocao.locale import fold
from baocao.project import Project

HEADER = "Mã hồ sơ,Tên thủ tục hành chính,Chủ hồ sơ,Ngày tiếp nhận,Hình thức tiếp nhận"
COLUMNS = ["dossier", "procedure", "received_date", "channel"]
PERSON = "Nguyễn Thị Kín"
SHEET = "xl/worksheets/sheet1.xml"

Row = dict[str, Any]
Fill = Callable[[xlsxwriter.Workbook], object]


@pytest.fixture
def maps(shared_project: Project) -> list[ColumnMap]:
    return maps_of(shared_project, DATASET, MAPPABLE)


@pytest.fixture
def read(maps: list[ColumnMap]) -> Callable[..., list[Row]]:
    """All rows of a file, each as a dictionary."""
    return lambda path, **options: rows_of(stream_of(maps, path, **options))


@pytest.fixture
def refused(maps: list[ColumnMap]) -> Callable[..., str]:
    """What is said of a file that cannot be read, on opening or while its rows are read."""

    def message(path: Path, **options: Any) -> str:
        with pytest.raises(InputError) as info:
            rows_of(stream_of(maps, path, **options))
        return str(info.value)

    return message


def stream_of(maps: Sequence[ColumnMap], path: Path, **options: Any) -> RowStream:
    return open_rows(ListSource(str(path), **options), path.name, choose_map(maps))


def rows_of(stream: RowStream) -> list[Row]:
    batches = list(stream.batches)
    for batch in batches:
        assert batch.column_names == [ROW, PROBLEM, *stream.headings]
    return [row for batch in batches for row in batch.to_pylist()]


def text_file(folder: Path, *lines: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def workbook(folder: Path, fill: Fill, name: str = "t.xlsx") -> Path:
    path = folder / name
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def listed(*rows: Sequence[Any]) -> Fill:
    """A workbook of one sheet: the header and `rows`."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER.split(","), *rows]):
            sheet.write_row(number, 0, row)

    return fill


def rewritten(path: Path, change: Callable[[str, bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """The workbook with the parts that `change` makes of its parts."""
    with zipfile.ZipFile(path) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", method) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if name != SHEET:
            return content
        assert old in content
        return content.replace(old, new)

    return change


def places(rows: Sequence[Row]) -> list[tuple[int, str | None]]:
    return [(row[ROW], row["dossier"]) for row in rows]


def line(dossier: str, procedure: str = "Khai sinh") -> str:
    return f"{dossier},{procedure},{PERSON},03/04/2020,Trực tiếp"


# --- CSV: where the header stands and how the file is written ---


def test_rows_and_cells_of_a_plain_list(tmp_path: Path, maps: list[ColumnMap]) -> None:
    path = text_file(tmp_path, HEADER, line("A1"), line("A2", ""))
    stream = stream_of(maps, path)
    assert stream.map.id == "one-stop-list"
    assert dict(stream.headings) == {
        "dossier": "Mã hồ sơ",
        "procedure": "Tên thủ tục hành chính",
        "received_date": "Ngày tiếp nhận",
        "channel": "Hình thức tiếp nhận",
    }
    known = {PROBLEM: None, "received_date": "03/04/2020", "channel": "Trực tiếp"}
    assert rows_of(stream) == [
        {ROW: 2, "dossier": "A1", "procedure": "Khai sinh", **known},
        {ROW: 3, "dossier": "A2", "procedure": "", **known},
    ]
    assert stream.fingerprint() == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("above", "first"),
    [
        (["DANH SÁCH HỒ SƠ"], 3),
        (["UBND HUYỆN TUẦN GIÁO", "", "Danh sách hồ sơ, từ 01/01/2020, đến 01/4/2020", ""], 6),
        (['"DANH SÁCH HỒ SƠ\nquý I năm 2020\n(kèm theo công văn)"'], 3),
        ([",,,,", "Danh sách,,,,"], 4),
    ],
)
def test_titles_above_the_header(tmp_path: Path, read: Any, above: list[str], first: int) -> None:
    rows = read(text_file(tmp_path, *above, HEADER, line("A1"), line("A2")))
    assert places(rows) == [(first, "A1"), (first + 1, "A2")]
    assert [row[PROBLEM] for row in rows] == [None, None]


def test_a_header_of_two_rows(tmp_path: Path, maps: list[ColumnMap]) -> None:
    lines = [
        "Mã hồ sơ,Thời gian,,,Tiếp nhận,",
        ",Ngày tiếp nhận,Ngày hẹn trả,Ngày trả,Hình thức tiếp nhận,Người nộp",
        f"A1,03/04/2020,10/04/2020,09/04/2020,Trực tiếp,{PERSON}",
    ]
    stream = stream_of(maps, text_file(tmp_path, *lines))
    assert stream.headings["received_date"] == "Thời gian / Ngày tiếp nhận"
    (row,) = rows_of(stream)
    assert (row[ROW], row["dossier"], row["received_date"]) == (3, "A1", "03/04/2020")
    assert (row["due_date"], row["result_date"], row["channel"]) == ("10/04/2020", "09/04/2020", "Trực tiếp")


def test_a_lower_header_row_with_fewer_cells(tmp_path: Path, maps: list[ColumnMap]) -> None:
    """Trailing separators are lost on the way; the heading of the last column then stands in the upper row only."""
    lines = ["Mã hồ sơ,Kết quả,,Hình thức tiếp nhận", ",Ngày tiếp nhận,Ngày trả", "A1,03/04/2020,04/04/2020,Trực tiếp"]
    short = [*lines, "A2,03/04/2020,04/04/2020"]
    for content in (lines, short):
        try:
            rows = rows_of(stream_of(maps, text_file(tmp_path, *content)))
        except InputError:
            continue
        assert places(rows)[:1] == [(3, "A1")] and rows[0]["channel"] == "Trực tiếp"


def test_a_heading_broken_over_lines(tmp_path: Path, read: Any) -> None:
    header = HEADER.replace("Ngày tiếp nhận", '"Ngày\ntiếp nhận"')
    assert places(read(text_file(tmp_path, header, line("A1")))) == [(2, "A1")]


@pytest.mark.parametrize("numbering", ["(1),(2),(3),(4),(5)", "1,2,3,4,5", "(1),(2),(3)=(1)+(2),,(5)", "A,1,2,3,4"])
def test_the_numbering_row_is_no_dossier(tmp_path: Path, read: Any, numbering: str) -> None:
    assert places(read(text_file(tmp_path, HEADER, numbering, line("A1")))) == [(3, "A1")]


def test_only_the_row_under_the_header_is_a_numbering(tmp_path: Path, read: Any) -> None:
    assert places(read(text_file(tmp_path, HEADER, line("A1"), "1,2,3,4,5"))) == [(2, "A1"), (3, "1")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_marked_encodings_need_no_name(tmp_path: Path, read: Any, encoding: str) -> None:
    """The dossier stands in the first column, where a byte order mark would hide it."""
    content = f"{HEADER}\n{line('A1', 'Đăng ký khai sinh')}\n"
    mark = "\ufeff" if encoding.endswith("-bom") else ""
    path = tmp_path / "t.csv"
    path.write_bytes((mark + content).encode(encoding.removesuffix("-bom")))
    (row,) = read(path)
    assert (row[ROW], row["dossier"], row["procedure"], row[PROBLEM]) == (2, "A1", "Đăng ký khai sinh", None)


def in_cp1258(text: str) -> bytes:
    """Windows-1258 writes most tones as signs of their own behind the letter."""
    encoded = b""
    for letter in text:
        try:
            encoded += letter.encode("cp1258")
        except UnicodeEncodeError:
            *base, tone = unicodedata.normalize("NFD", letter)
            marks = [tone, *base[1:]] if tone not in "\u0300\u0301\u0303\u0309\u0323" else base[1:]
            tone = next(sign for sign in (tone, *base[1:]) if sign in "\u0300\u0301\u0303\u0309\u0323")
            rest = unicodedata.normalize("NFC", base[0] + "".join(sign for sign in marks if sign != tone))
            encoded += (rest + tone).encode("cp1258")
    return encoded


def test_an_encoding_that_must_be_named(tmp_path: Path, read: Any, refused: Any) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(in_cp1258(f"{HEADER}\n{line('A1', 'Chứng thực chữ ký ở huyện')}\n"))
    (row,) = read(path, encoding="cp1258")
    assert fold(row["procedure"]) == fold("Chứng thực chữ ký ở huyện")
    assert fold(row["channel"]) == fold("Trực tiếp")
    assert PERSON not in refused(path)


@pytest.mark.parametrize("encoding", ["undefined", "nonsense", "idna", "base64", "zlib"])
def test_an_encoding_that_is_none(tmp_path: Path, refused: Any, encoding: str) -> None:
    message = refused(text_file(tmp_path, HEADER, line("A1")), encoding=encoding)
    assert f"found “{encoding}”, expected a known encoding; try utf-8, utf-16 or cp1258" in message


def test_an_encoding_the_rows_are_not_in(tmp_path: Path, refused: Any) -> None:
    """Headings in plain letters read well in any encoding, the cells below do not."""
    path = text_file(tmp_path, "dossier,procedure,applicant,received,channel", line("A1"))
    assert "--encoding" in refused(path, encoding="ascii")


@pytest.mark.parametrize(("delimiter", "name"), [(";", "t.csv"), ("\t", "t.tsv"), ("\t", "t.txt"), (";", "T.CSV")])
def test_other_delimiters(tmp_path: Path, read: Any, delimiter: str, name: str) -> None:
    lines = [text.replace(",", delimiter) for text in (HEADER, line("A1"), line("A2"))]
    lines = [text.replace("Khai sinh", "Khai sinh, tử, kết hôn") for text in lines]
    rows = read(text_file(tmp_path, "Danh sách, quý I, năm 2020, cả huyện", *lines, name=name))
    assert places(rows) == [(3, "A1"), (4, "A2")]
    assert {row["procedure"] for row in rows} == {"Khai sinh, tử, kết hôn"}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_ends_of_lines(tmp_path: Path, read: Any, ending: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(ending.join([HEADER, line("A1"), line("A2"), ""]).encode())
    assert places(read(path)) == [(2, "A1"), (3, "A2")]


@pytest.mark.parametrize("last", [HEADER, f"{HEADER}\n{line('A1')}"], ids=["only the header", "a dossier"])
def test_the_last_line_needs_no_end(tmp_path: Path, read: Any, last: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(last, encoding="utf-8")
    assert places(read(path)) == [(2, "A1")][: last.count("\n")]


# --- CSV: rows that are none, and rows that are damaged ---


def test_line_breaks_inside_cells_do_not_move_the_rows(tmp_path: Path, read: Any) -> None:
    broken = line("A1", '"Đăng ký\nkhai sinh,\r\n""lại"""')
    rows = read(text_file(tmp_path, HEADER, broken, line("A2"), "x,y", line("A3")))
    assert places(rows) == [(2, "A1"), (3, "A2"), (5, "A3"), (4, None)]
    assert rows[0]["procedure"] == 'Đăng ký\nkhai sinh,\r\n"lại"'


def test_blank_rows_are_not_counted_but_keep_their_places(tmp_path: Path, read: Any) -> None:
    rows = read(text_file(tmp_path, HEADER, "", line("A1"), "", ",,,,", '"","",,,', line("A2"), ",,,,", "", ""))
    assert places(rows) == [(3, "A1"), (7, "A2")]


def test_a_row_that_says_anything_at_all_is_counted(tmp_path: Path, read: Any) -> None:
    """Even where what it says stands under a heading nobody reads."""
    rows = read(text_file(tmp_path, HEADER, f",,{PERSON},,", " ,,,,"))
    assert places(rows) == [(2, ""), (3, " ")]


def test_shifted_rows_come_without_their_cells(tmp_path: Path, read: Any) -> None:
    rows = read(text_file(tmp_path, HEADER, line("A1"), line("A2") + ",", line("A3").replace(PERSON + ",", ""), "x"))
    assert places(rows) == [(2, "A1"), (3, None), (4, None), (5, None)]
    for row, found in zip(rows[1:], (6, 4, 1), strict=True):
        assert row[PROBLEM].startswith(f"found {found} cells, expected 5 as in the header; ")
        assert all(row[name] is None for name in COLUMNS)


def test_rows_keep_their_places_over_any_number_of_blocks(
    tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against Python's own reader: good, shifted, blank and broken rows in all orders, cut at every possible place."""
    monkeypatch.setattr(row_csv, "BLOCK_BYTES", 2048)
    chance = random.Random(20200403)  # noqa: S311 -- the same rows every time
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    for number in range(3000):
        cells = [f"A{number}", "x" * chance.randrange(40), PERSON, "03/04/2020", "Trực tiếp"]
        kind = chance.choices(["good", "broken", "blank", "empty", "long", "short"], [80, 5, 4, 3, 4, 4])[0]
        match kind:
            case "broken":
                cells[1] = "a\nb,\n\n“c”"
            case "blank":
                cells = [""] * 5
            case "empty":
                text.write("\n")
                continue
            case "long":
                cells.insert(chance.randrange(5), "x")
            case "short":
                cells = cells[: chance.randrange(1, 5)]
        writer.writerow(cells)
    content = text.getvalue()
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8", newline="")
    expected = {}
    for number, cells in enumerate(csv.reader(io.StringIO(content, newline="")), start=1):
        if number > 1 and any(cells):
            expected[number] = (cells[0], cells[1]) if len(cells) == 5 else (None, None)
    rows = read(path)
    assert len(rows) == len(expected)
    assert {row[ROW]: (row["dossier"], row["procedure"]) for row in rows} == expected
    shifted = {number for number, cells in expected.items() if cells[0] is None}
    assert {row[ROW] for row in rows if row[PROBLEM] is not None} == shifted
    assert len(shifted) > 100


def test_every_row_shifted(tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_csv, "BLOCK_BYTES", 512)
    rows = read(text_file(tmp_path, HEADER, *[f"A{number},x" for number in range(200)]))
    assert sorted(row[ROW] for row in rows) == list(range(2, 202))
    assert all(row[PROBLEM] for row in rows)


def test_a_list_longer_than_its_first_look(tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the head may end in the middle of a letter."""
    for size in range(200, 240):
        monkeypatch.setattr(row_csv, "HEAD_BYTES", size)
        assert places(read(text_file(tmp_path, HEADER, *[line(f"Đ{number}") for number in range(9)]))) == [
            (number + 2, f"Đ{number}") for number in range(9)
        ]


def test_letters_in_another_encoding_are_a_problem_of_their_row(tmp_path: Path, read: Any) -> None:
    path = tmp_path / "t.csv"
    bad = line("A2", "Khai sinh").encode().replace(b"Khai", b"\xd0\xff")
    unread = line("A3").encode().replace(PERSON.encode(), b"\xff\xfe\xff")
    path.write_bytes(b"\n".join([HEADER.encode(), line("A1").encode(), bad, unread, b""]))
    rows = read(path)
    assert places(rows) == [(2, "A1"), (3, "A2"), (4, "A3")]
    assert [row[PROBLEM] is None for row in rows] == [True, False, True]
    assert rows[1][PROBLEM].startswith("column “Tên thủ tục hành chính”: not text in utf-8; ")
    assert rows[1]["procedure"] is None


@pytest.mark.parametrize("bad", [b"A2,\xd0\xff", b"A2" + b",\xff" * 7])
def test_a_shifted_row_in_another_encoding_is_counted_too(tmp_path: Path, read: Any, bad: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\n".join([HEADER.encode(), line("A1").encode(), bad, line("A3").encode(), b""]))
    rows = sorted(read(path), key=lambda row: int(row[ROW]))
    assert places(rows) == [(2, "A1"), (3, None), (4, "A3")]
    assert [row[PROBLEM] is None for row in rows] == [True, False, True]


@pytest.mark.parametrize("sign", ["\0", "\ufffd"])
def test_lost_letters_are_a_problem_of_their_row(tmp_path: Path, read: Any, sign: str) -> None:
    unread = line("A3").replace(PERSON, f"Nguy{sign}n")
    rows = read(text_file(tmp_path, HEADER, line("A1"), line("A2", f"Khai{sign}sinh"), unread, line("A4", "")))
    assert [row[PROBLEM] is None for row in rows] == [True, False, True, True]
    assert "column “Tên thủ tục hành chính”: letters that were lost (NUL or U+FFFD)" in rows[1][PROBLEM]


def test_lost_letters_in_utf_16(tmp_path: Path, read: Any) -> None:
    """Half of the bytes of such a file are NUL; letters are not."""
    rows = read(text_file(tmp_path, HEADER, line("A1"), line("A2", "Khai\0sinh"), encoding="utf-16"))
    assert [row[PROBLEM] is None for row in rows] == [True, False]


@pytest.mark.parametrize("rest", [0, 1, 50])
@pytest.mark.parametrize("cell", ["Khai sinh", "Trực tiếp"])
def test_a_quotation_mark_never_closed_swallows_no_rows(tmp_path: Path, refused: Any, cell: str, rest: int) -> None:
    """The rows behind it would all be one cell, in the last column even of a row that looks whole."""
    after = [line(f"B{number}") for number in range(rest)]
    message = refused(text_file(tmp_path, HEADER, line("A1"), line("A2").replace(cell, f'"{cell}'), *after))
    assert "expected well-formed CSV" in message and "quotation mark" in message
    assert PERSON not in message


def test_a_quotation_mark_inside_a_cell_is_a_letter_of_it(tmp_path: Path, read: Any) -> None:
    rows = read(text_file(tmp_path, HEADER, line("A1", 'Ống nước 5" mới'), line("A2")))
    assert [(row["dossier"], row["procedure"]) for row in rows] == [("A1", 'Ống nước 5" mới'), ("A2", "Khai sinh")]


def test_a_quotation_mark_never_closed_in_a_long_list(
    tmp_path: Path, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_csv, "BLOCK_BYTES", 1024)
    after = [line(f"B{number}") for number in range(500)]
    message = refused(text_file(tmp_path, HEADER, line("A1"), line("A2", '"Khai sinh'), *after))
    assert "well-formed CSV" in message and "a quotation mark that is never closed" in message


def test_a_cell_as_long_as_a_book(tmp_path: Path, read: Any) -> None:
    """Longer than what Python's own reader takes for a cell."""
    rows = read(text_file(tmp_path, HEADER, line("A1", "x" * 140_000), line("A2")))
    assert [len(row["procedure"]) for row in rows] == [140_000, 9]


# --- What cannot be read at all ---


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "xlsx", "parquet"])
def test_an_empty_file(tmp_path: Path, refused: Any, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    path.touch()
    assert f"t.{suffix}: expected a table; the file is empty; export it again" in refused(path)


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\n", b"\n\n\n", b" ", b"\0\0\0", b"\xef\xbb\xbf\n"]
)
def test_a_file_with_nothing_in_it(tmp_path: Path, refused: Any, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert "t.csv" in refused(path)


def test_an_empty_workbook(tmp_path: Path, refused: Any) -> None:
    assert "t.xlsx" in refused(workbook(tmp_path, lambda book: book.add_worksheet()))


def test_a_missing_file_and_a_folder(tmp_path: Path, refused: Any) -> None:
    assert "expected a file that can be read; No such file" in refused(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "folder.csv" in refused(tmp_path / "folder.csv")


def test_a_kind_of_file_nobody_reads(tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "t.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    assert "found “.xls”, expected .csv, .xlsx, .parquet or postgresql://…" in refused(path)


def test_a_query_goes_with_a_database(tmp_path: Path, maps: list[ColumnMap]) -> None:
    path = text_file(tmp_path, HEADER, line("A1"))
    with pytest.raises(ConfigurationError, match="a query goes with a database"):
        stream_of(maps, path, query="SELECT 1")


@pytest.mark.parametrize(
    ("gone", "named"), [("Mã hồ sơ", "mã hồ sơ"), ("Ngày tiếp nhận", "ngày tiếp nhận"), ("Hình thức tiếp nhận", "kênh")]
)
def test_a_required_column_is_missing(tmp_path: Path, refused: Any, gone: str, named: str) -> None:
    message = refused(text_file(tmp_path, HEADER.replace(gone, "Cột lạ"), line("A1")))
    assert message.startswith("t.csv, row 1: found “")
    assert "Cột lạ" in message and f"{named}" in message
    assert "add the column, or its heading to params/maps/one-stop-list.yaml" in message
    assert PERSON not in message


def test_a_column_stands_twice(tmp_path: Path, refused: Any) -> None:
    message = refused(text_file(tmp_path, HEADER + ",Ngày nhận", line("A1") + ",03/04/2020"))
    assert "found “Ngày tiếp nhận (column D)” and “Ngày nhận (column F)”, expected one column for received" in message


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_list_without_its_header_repeats_no_person(tmp_path: Path, refused: Any, suffix: str) -> None:
    if suffix == "csv":
        path = text_file(tmp_path, line("A1"), line("A2"))
    else:
        path = workbook(tmp_path, lambda book: book.add_worksheet().write_row(0, 0, line("A1").split(",")))
    message = refused(path)
    assert "expected a column" in message and PERSON not in message


# --- XLSX ---


def test_cells_of_a_workbook(tmp_path: Path, read: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.split(","))
        day, moment = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for number, received in enumerate(["03/04/2020", 43924, 43924.5]):
            sheet.write_row(number + 1, 0, [f"A{number}", "Khai sinh", PERSON, received, 1])
        sheet.write_row(4, 0, [202004030001, "Khai sinh", PERSON])
        sheet.write_datetime(4, 3, datetime(2020, 4, 3), day)  # noqa: DTZ001 -- a cell has no zone
        sheet.write_number(4, 4, 2.0)
        sheet.write_row(5, 0, ["A5", True, PERSON])
        sheet.write_datetime(5, 3, datetime(2020, 4, 3, 23, 59, 59), moment)  # noqa: DTZ001
        sheet.write(5, 4, "Trực tiếp")

    rows = read(workbook(tmp_path, fill))
    assert [row["received_date"] for row in rows] == [
        *("03/04/2020", "43924", "43924.5", "2020-04-03 00:00:00", "2020-04-03 23:59:59")
    ]
    assert [row["channel"] for row in rows] == ["1", "1", "1", "2", "Trực tiếp"]
    assert (rows[3]["dossier"], rows[4]["procedure"]) == ("202004030001", "True")
    assert [row[ROW] for row in rows] == [2, 3, 4, 5, 6]


def test_a_formula_nobody_calculated_is_told_not_blank(tmp_path: Path, read: Any) -> None:
    """openpyxl writes formulas without a result, as exports by programs do."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER.split(","))
    sheet.append(["A1", "=B1", PERSON, "=TODAY()", "Trực tiếp"])
    sheet.append(["A2", None, PERSON, "03/04/2020", "Trực tiếp"])
    book.save(tmp_path / "t.xlsx")
    rows = read(tmp_path / "t.xlsx")
    assert [(row["procedure"], row["received_date"]) for row in rows] == [("=B1", "=TODAY()"), (None, "03/04/2020")]


def test_a_formula_with_its_result_is_its_result(tmp_path: Path, read: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, ["A1", "Khai sinh", PERSON])
        sheet.write_formula(1, 3, "=43900+24", value=43924)
        sheet.write_formula(1, 4, '=IF(1,"Trực tiếp")', value="Trực tiếp")

    (row,) = read(workbook(tmp_path, fill))
    assert (row["received_date"], row["channel"]) == ("43924", "Trực tiếp")


def test_error_cells_are_told(tmp_path: Path, read: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        listed(["A1", "Khai sinh", PERSON, None, 1], ["A2", "Khai sinh", PERSON, "03/04/2020", 1])(book)
        book.worksheets()[0].write_formula(1, 3, "=NA()", value="#N/A")

    rows = read(workbook(tmp_path, fill))
    assert [row["received_date"] for row in rows] == ["#N/A", "03/04/2020"]


@pytest.mark.parametrize("serial", [99_999_999, -5, 1e300])
def test_a_serial_no_calendar_holds_is_told_in_silence(tmp_path: Path, read: Any, serial: float) -> None:
    """openpyxl makes it #VALUE!, and a warning nobody could place (warnings are errors in these tests)."""

    def fill(book: xlsxwriter.Workbook) -> None:
        listed(["A1", "Khai sinh", PERSON, None, 1], ["A2", "Khai sinh", PERSON, "03/04/2020", 1])(book)
        book.worksheets()[0].write_number(1, 3, serial, book.add_format({"num_format": "dd/mm/yyyy"}))

    rows = read(workbook(tmp_path, fill))
    assert [row["dossier"] for row in rows] == ["A1", "A2"]
    with pytest.raises(ValueError, match="a day from"):
        parse_day(rows[0]["received_date"])


def test_blank_rows_titles_and_numbering_of_a_workbook(tmp_path: Path, read: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:E1", "DANH SÁCH HỒ SƠ")
        sheet.write_row(2, 0, HEADER.split(","))
        sheet.write_row(3, 0, ["(1)", "(2)", "(3)", "(4)", "(5)"])
        for number in (4, 6, 9):
            sheet.write_row(number, 0, line(f"A{number}").split(","))
        sheet.write_blank(7, 0, None, book.add_format({"bold": True}))
        sheet.write_row(8, 0, ["", "", ""])

    assert places(read(workbook(tmp_path, fill))) == [(5, "A4"), (7, "A6"), (10, "A9")]


def test_a_header_of_two_rows_in_a_workbook(tmp_path: Path, maps: list[ColumnMap]) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for place, heading in ((0, "Mã hồ sơ"), (3, "Hình thức tiếp nhận"), (4, "Chủ hồ sơ")):
            sheet.merge_range(0, place, 1, place, heading)
        sheet.merge_range(0, 1, 0, 2, "Thời gian")
        sheet.write_row(1, 1, ["Ngày tiếp nhận", "Ngày trả"])
        sheet.write_row(2, 0, ["A1", "03/04/2020", "04/04/2020", "Trực tiếp", PERSON])

    stream = stream_of(maps, workbook(tmp_path, fill))
    (row,) = rows_of(stream)
    assert (row[ROW], row["dossier"], row["received_date"], row["channel"]) == (3, "A1", "03/04/2020", "Trực tiếp")


def test_of_several_sheets_one_must_be_named(tmp_path: Path, read: Any, refused: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name, dossier in (("Quý I", "A1"), ("Quý II", "A2")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, line(dossier).split(","))
        book.add_worksheet("Trống")

    path = workbook(tmp_path, fill)
    message = refused(path)
    assert "found “Quý I, Quý II, Trống”, expected one visible sheet with content" in message
    assert "--sheet NAME" in message
    assert places(read(path, sheet="Quý II")) == [(2, "A2")]
    assert "expected a sheet “Quý III”" in refused(path, sheet="Quý III")


def test_a_hidden_sheet_is_not_the_list_unless_named(tmp_path: Path, read: Any) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name, dossier in (("Cũ", "A1"), ("Mới", "A2")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, line(dossier).split(","))
        book.worksheets()[1].activate()
        book.worksheets()[0].hide()

    path = workbook(tmp_path, fill)
    assert places(read(path)) == [(2, "A2")]
    assert places(read(path, sheet="Cũ")) == [(2, "A1")]


def test_a_workbook_that_lies_about_its_size(tmp_path: Path, read: Any) -> None:
    path = workbook(tmp_path, listed(*(line(f"A{number}").split(",") for number in range(5))))
    rewritten(path, in_sheet(b'<dimension ref="A1:E6"/>', b'<dimension ref="A1:B2"/>'))
    assert [row["channel"] for row in read(path)] == ["Trực tiếp"] * 5
    rewritten(path, in_sheet(b'<dimension ref="A1:B2"/>', b'<dimension ref="A1:XFD1048576"/>'))
    assert len(read(path)) == 5


def test_many_batches_of_a_workbook(tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_xlsx, "BATCH_ROWS", 7)
    path = workbook(tmp_path, listed(*(line(f"A{number}").split(",") for number in range(21))))
    assert places(read(path)) == [(number + 2, f"A{number}") for number in range(21)]


def test_rows_in_disorder_are_not_dropped(tmp_path: Path, read: Any) -> None:
    """Two rows claim one place; a reader that goes by the places would leave one out."""
    path = workbook(tmp_path, listed(*(line(f"A{number}").split(",") for number in range(1, 4))))
    rewritten(path, in_sheet(b'<row r="4"', b'<row r="3"'))
    try:
        rows = read(path)
    except InputError:
        return
    assert [row["dossier"] for row in rows] == ["A1", "A2", "A3"]


def test_a_row_where_no_sheet_has_one_is_refused_at_once(tmp_path: Path, refused: Any) -> None:
    """A sheet ends at row 1,048,576; going through the blank rows before this one would take its time."""
    path = workbook(tmp_path, listed(line("A1").split(",")))
    rewritten(path, lambda name, content: content.replace(b'2"', b'2000000"') if name == SHEET else content)
    assert "t.xlsx" in refused(path)


def test_a_truncated_workbook(tmp_path: Path, refused: Any) -> None:
    whole = workbook(tmp_path, listed(*(line(f"A{number}").split(",") for number in range(50)))).read_bytes()
    path = tmp_path / "cut.xlsx"
    for size in (1, 30, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        assert "cut.xlsx: expected an XLSX workbook; " in refused(path)


def test_a_workbook_that_is_something_else(tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "t.xlsx"
    for content in (HEADER.encode(), b"<html><table><tr><td>A</td></tr></table></html>", b"\xd0\xcf\x11\xe0" * 200):
        path.write_bytes(content)
        assert "t.xlsx: expected an XLSX workbook; " in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "expected an XLSX workbook" in refused(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_a_workbook_damaged_inside(tmp_path: Path, refused: Any, method: int) -> None:
    path = workbook(tmp_path, listed(*(line(f"A{number}").split(",") for number in range(50))))
    rewritten(path, lambda _, content: content, method)
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo(SHEET).header_offset + 30 + len(SHEET)
    content = bytearray(path.read_bytes())
    for place in range(begin + 20, begin + 200, 9):
        content[place] ^= 0x55
    path.write_bytes(content)
    assert "expected an XLSX workbook" in refused(path)


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_workbook_with_a_damaged_part(tmp_path: Path, refused: Any, part: str) -> None:
    path = workbook(tmp_path, listed(line("A1").split(",")))
    rewritten(path, lambda name, content: content[: len(content) // 2] if name == part else content)
    assert "expected an XLSX workbook" in refused(path)


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_xlsx, "_SMALL_BYTES", 1 << 20)
    path = workbook(tmp_path, listed(line("A1").split(",")))
    rewritten(path, lambda name, content: content + b" " * (4 << 20) if name == SHEET else content)
    assert "it unpacks to far more than a list holds" in refused(path)


def test_a_workbook_too_large_in_all_is_refused_unopened(
    tmp_path: Path, refused: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, listed(line("A1").split(",")))
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(row_xlsx, "LARGEST_BYTES", size)
    assert len(read(path)) == 1
    monkeypatch.setattr(row_xlsx, "LARGEST_BYTES", size - 1)
    assert "it unpacks to far more than a list holds" in refused(path)


def test_entities_do_not_unfold_without_end(tmp_path: Path, refused: Any) -> None:
    path = workbook(tmp_path, listed(line("A1").split(",")))
    entities = "".join(f'<!ENTITY e{place} "{f"&e{place - 1};" * 10}">' for place in range(1, 10))
    declared = f'<!DOCTYPE t [<!ENTITY e0 "lol">{entities}]><worksheet'.encode()

    def change(name: str, content: bytes) -> bytes:
        if name != SHEET:
            return content
        return content.replace(b"<worksheet", declared, 1).replace(b"<v>0</v>", b"<v>&e9;</v>", 1)

    rewritten(path, change)
    assert "expected an XLSX workbook" in refused(path)


# --- Parquet ---


def parquet(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "t.parquet"
    count = len(next(iter(columns.values())))
    base = {"dossier": [f"A{number}" for number in range(count)], "channel": ["direct"] * count}
    pq.write_table(pa.table({**base, **columns}), path, **options)
    return path


VIETNAM = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([date(2020, 4, 3), None], pa.date32(), "2020-04-03"),
        ([date(2020, 4, 3), None], pa.date64(), "2020-04-03"),
        ([datetime(2020, 4, 3, 23, 59), None], pa.timestamp("ms"), "2020-04-03"),  # noqa: DTZ001 -- no zone is meant
        ([datetime(2020, 4, 3, 0, 0), None], pa.timestamp("ns"), "2020-04-03"),  # noqa: DTZ001
        ([datetime(2020, 4, 3, 16, 59, 59, tzinfo=UTC), None], pa.timestamp("us", "UTC"), "2020-04-03"),
        ([datetime(2020, 4, 3, 17, 0, tzinfo=UTC), None], pa.timestamp("us", "UTC"), "2020-04-04"),
        ([datetime(2020, 4, 4, 0, 0, tzinfo=VIETNAM), None], pa.timestamp("us", "Asia/Ho_Chi_Minh"), "2020-04-04"),
        ([datetime(2020, 4, 3, 23, 59, tzinfo=VIETNAM), None], pa.timestamp("s", "Europe/Paris"), "2020-04-03"),
        ([datetime(2020, 4, 3, 17, 0, 0, 1, tzinfo=UTC), None], pa.timestamp("ns", "UTC"), "2020-04-04"),
        (["03/04/2020", None], pa.string(), "03/04/2020"),
        (["03/04/2020", None], pa.large_string(), "03/04/2020"),
        (["03/04/2020", None], pa.string_view(), "03/04/2020"),
        (["03/04/2020", None], pa.dictionary(pa.int32(), pa.string()), "03/04/2020"),
        ([b"03/04/2020", None], pa.binary(), "03/04/2020"),
        ([43924, None], pa.int32(), "43924"),
    ],
)
def test_typed_columns_become_text(tmp_path: Path, read: Any, values: Any, kind: pa.DataType, expected: str) -> None:
    rows = read(parquet(tmp_path, {"received_date": pa.array(values, kind)}))
    assert [row["received_date"] for row in rows] == [expected, None]
    assert places(rows) == [(1, "A0"), (2, "A1")]
    assert [row[PROBLEM] for row in rows] == [None, None]


def test_numbers_and_flags_of_parquet(tmp_path: Path, read: Any) -> None:
    columns = {"received_date": ["2020-04-03"] * 2, "status": [4, 10], "paid_online": [True, None]}
    rows = read(parquet(tmp_path, columns))
    assert [(row["status"], row["paid_online"]) for row in rows] == [("4", "true"), ("10", None)]


def test_row_groups_count_on(tmp_path: Path, maps: list[ColumnMap]) -> None:
    columns = {"received_date": ["2020-04-03"] * 25}
    stream = stream_of(maps, parquet(tmp_path, columns, row_group_size=4))
    assert stream.total == 25
    assert places(rows_of(stream)) == [(number + 1, f"A{number}") for number in range(25)]


def test_columns_are_found_by_name_wherever_they_stand(tmp_path: Path, read: Any) -> None:
    """Also beside columns whose names begin alike, with a dot, as flattened records have them."""
    columns = {
        "dossier.applicant": [PERSON],
        "z": [PERSON],
        "received_date": ["2020-04-03"],
        "channel.applicant": [PERSON],
        "a": [PERSON],
        "unit": ["tuan-giao"],
    }
    (row,) = read(parquet(tmp_path, columns))
    expected = {"dossier": "A0", "channel": "direct", "received_date": "2020-04-03", "unit": "tuan-giao"}
    assert row == {ROW: 1, PROBLEM: None, **expected}


@pytest.mark.parametrize(
    ("values", "kind"),
    [([["Khai sinh"]], pa.list_(pa.string())), ([{"x": "Khai sinh"}], pa.struct([("x", pa.string())]))],
)
def test_a_nested_column_is_refused_only_where_it_is_read(
    tmp_path: Path, read: Any, refused: Any, values: Any, kind: pa.DataType
) -> None:
    columns = {"received_date": ["2020-04-03"], "nested": pa.array(values, kind)}
    assert len(read(parquet(tmp_path, columns))) == 1
    message = refused(parquet(tmp_path, {"received_date": ["2020-04-03"], "procedure": pa.array(values, kind)}))
    assert "t.parquet, column “procedure”: found “" in message and "expected text, numbers or days" in message


def test_bytes_that_are_no_text(tmp_path: Path, refused: Any) -> None:
    columns = {"received_date": ["2020-04-03"], "procedure": pa.array([b"\xff\xfe"], pa.binary())}
    assert "column “procedure”: found “binary”, expected text, numbers or days" in refused(parquet(tmp_path, columns))


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_text_columns_that_hold_other_bytes(tmp_path: Path, read: Any, kind: pa.DataType) -> None:
    """Nobody checks what is written as text into Parquet; a cell is as good or bad there as in CSV."""
    cells = pa.array([b"Khai sinh", b"Khai t\xd0\xff", None], pa.binary()).view(pa.string())
    procedure = cells.dictionary_encode() if pa.types.is_dictionary(kind) else cells.cast(kind)
    rows = read(parquet(tmp_path, {"received_date": ["2020-04-03"] * 3, "procedure": procedure}))
    assert places(rows) == [(1, "A0"), (2, "A1"), (3, "A2")]
    assert [row["procedure"] for row in rows] == ["Khai sinh", None, None]
    assert [row[PROBLEM] for row in rows] == [None, rows[1][PROBLEM], None]
    assert rows[1][PROBLEM].startswith("column “procedure”: not text in utf-8; ")


def test_a_heading_that_is_no_text(tmp_path: Path, refused: Any) -> None:
    path = parquet(tmp_path, {"received_date": ["2020-04-03"]})
    path.write_bytes(path.read_bytes().replace(b"channel", b"ch\xffnnel"))
    assert "t.parquet: expected a Parquet file; 'utf-8' codec can't decode" in refused(path)


def test_a_time_zone_that_is_no_text(tmp_path: Path, refused: Any) -> None:
    days = pa.array([datetime(2020, 4, 3, tzinfo=UTC)], pa.timestamp("us", "Asia/Ho_Chi_Minh"))
    path = parquet(tmp_path, {"received_date": days})
    schema = pq.read_metadata(path).metadata[b"ARROW:schema"]
    damaged = base64.b64encode(base64.b64decode(schema).replace(b"Asia", b"As\xffa"))
    path.write_bytes(path.read_bytes().replace(schema, damaged))
    assert "t.parquet: expected an undamaged Parquet file; 'utf-8' codec can't decode" in refused(path)


def test_a_damaged_parquet_file(tmp_path: Path, refused: Any) -> None:
    path = parquet(tmp_path, {"received_date": ["2020-04-03"] * 2000, "field": [f"f{n}" for n in range(2000)]})
    whole = path.read_bytes()
    for size in (3, 8, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert "t.parquet: expected a Parquet file; " in refused(path)
    path.write_bytes(b"PAR1" + bytes(300) + whole[304:])
    assert "t.parquet: expected an undamaged Parquet file; " in refused(path)


def test_a_required_column_missing_in_parquet(tmp_path: Path, refused: Any) -> None:
    message = refused(parquet(tmp_path, {"field": ["x"]}))
    assert "(received_date)" in message and "params/maps/plain.yaml" in message


# --- Persons ---


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_personal_columns_stay_in_the_file(tmp_path: Path, maps: list[ColumnMap], suffix: str) -> None:
    personal = ["Chủ hồ sơ", "Người nộp", "Địa chỉ", "SĐT", "Số điện thoại", "Số giấy tờ", "Email"]
    unknown = ["Họ tên mẹ", "Ghi chú riêng"]
    header = [*HEADER.split(","), *personal[1:], *unknown]
    cells = [*line("A1").split(","), *[PERSON] * (len(personal) - 1 + len(unknown))]
    match suffix:
        case "csv":
            path = text_file(tmp_path, ",".join(header), ",".join(cells))
        case "xlsx":
            path = workbook(tmp_path, lambda book: book.add_worksheet().write_row(0, 0, header))
            book = openpyxl.load_workbook(path)
            book.worksheets[0].append(cells)
            book.save(path)
        case _:
            path = tmp_path / "t.parquet"
            pq.write_table(pa.table({name: [cell] for name, cell in zip(header, cells, strict=True)}), path)
    stream = stream_of(maps, path)
    assert stream.unmapped == unknown
    assert set(stream.headings) == set(COLUMNS)
    (batch,) = [batch for batch in stream.batches if batch.num_rows]
    assert batch.column_names == [ROW, PROBLEM, *COLUMNS]
    assert PERSON not in str(batch.to_pylist())
