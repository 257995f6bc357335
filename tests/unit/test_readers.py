"""CSV and XLSX files as cells: encodings, delimiters, merged headings, and files that are no table."""

import io
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
import xlsxwriter

from baocao.errors import InputError
from baocao.intake.readers import Cell, Sheet, read_sheet

HEADER = ["STT", "Đơn vị", "Trực tiếp"]
ROW = ["1", "UBND Xã Quài Tở", "73"]
SHEET = "xl/worksheets/sheet1.xml"
STYLES, BOOK = "xl/styles.xml", "xl/workbook.xml"
TEXT = "STT,Đơn vị,Trực tiếp\n1,UBND Xã Quài Tở,73\n"


def windows_1258(text: str) -> bytes:
    """`text` as Windows-1258 writes it: tones are characters of their own after the letter."""
    tones = "\u0300\u0309\u0303\u0301\u0323"
    letters = []
    for character in text:
        marks = unicodedata.normalize("NFD", character)
        letter = "".join(mark for mark in marks if mark not in tones)
        letters.append(unicodedata.normalize("NFC", letter) + "".join(mark for mark in marks if mark in tones))
    return "".join(letters).encode("cp1258")


def read(folder: Path, content: bytes | str, name: str = "t.csv", encoding: str | None = None) -> Sheet:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_sheet(path, name, encoding=encoding)


def refusal(folder: Path, content: bytes | str, name: str = "t.csv", encoding: str | None = None) -> str:
    with pytest.raises(InputError) as info:
        read(folder, content, name, encoding)
    return str(info.value)


def workbook(folder: Path, fill: Callable[[xlsxwriter.Workbook], object]) -> Sequence[Sequence[Cell]]:
    path = folder / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return read_sheet(path, "t.xlsx").rows


def with_part(content: bytes, change: Callable[[bytes], bytes], part: str = SHEET) -> bytes:
    """The workbook with the XML of a part changed, by default that of its first sheet."""
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as parts, ZipFile(changed, "w") as copy:
        for name in parts.namelist():
            text = parts.read(name)
            copy.writestr(name, change(text) if name == part else text)
    return changed.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "CSV"])
def test_the_delimiter_is_seen_from_the_first_row(tmp_path: Path, delimiter: str, suffix: str) -> None:
    sheet = read(tmp_path, TEXT.replace(",", delimiter), f"t.{suffix}")
    assert sheet == Sheet(f"t.{suffix}", [HEADER, ROW])


def test_delimiters_in_quoted_cells_and_titles_do_not_count(tmp_path: Path) -> None:
    """One row, and a title before it with as many commas as that row has in its text."""
    sheet = read(tmp_path, 'Quý I, năm 2020\nMã;Tên;Số\nA0;"a,b;c\td";3\n')
    assert sheet.rows == [["Quý I, năm 2020"], ["Mã", "Tên", "Số"], ["A0", "a,b;c\td", "3"]]


def test_quoted_cells_keep_delimiters_and_line_breaks(tmp_path: Path) -> None:
    sheet = read(tmp_path, 'STT,Lĩnh vực,Trực tiếp\n1,"Lao động, Thương binh\nvà Xã hội",25\n')
    assert sheet.rows[1] == ["1", "Lao động, Thương binh\nvà Xã hội", "25"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_platform_are_read(tmp_path: Path, newline: str) -> None:
    assert read(tmp_path, TEXT.replace("\n", newline)).rows == [HEADER, ROW]


def test_empty_lines_keep_their_place(tmp_path: Path) -> None:
    """So that a message names the row a spreadsheet shows."""
    assert read(tmp_path, TEXT.replace("\n", "\n\n", 1)).rows == [HEADER, [], ROW]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_files_are_read_without_being_told(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, TEXT.encode(encoding)).rows == [HEADER, ROW]


def test_big_endian_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    assert read(tmp_path, ("\ufeff" + TEXT).encode("utf-16-be")).rows == [HEADER, ROW]


def test_windows_1258_is_refused_with_the_option_that_reads_it(tmp_path: Path) -> None:
    message = refusal(tmp_path, windows_1258(TEXT))
    assert message.startswith("t.csv, row 1: found “")
    assert "expected text in utf-8" in message
    assert "--encoding (Windows-1258 is cp1258" in message


def test_windows_1258_is_read_when_named(tmp_path: Path) -> None:
    """Its tones stand apart from their letters; composing them is left to whoever compares names."""
    rows = read(tmp_path, windows_1258(TEXT), encoding="cp1258").rows
    assert [[unicodedata.normalize("NFC", str(cell)) for cell in row] for row in rows] == [HEADER, ROW]


def test_the_row_of_a_wrong_byte_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, TEXT.encode() + b"2,\xff\xfe,3\n")
    assert message.startswith("t.csv, row 3: found “ff fe 2c 33 0a”, expected text in utf-8")


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "found “tcvn3”, expected a known encoding; try utf-8, utf-16 or cp1258" in refusal(
        tmp_path, TEXT, encoding="tcvn3"
    )


def test_nul_characters_are_refused_where_they_stand(tmp_path: Path) -> None:
    message = refusal(tmp_path, "STT,a\n1,\0\n")
    assert message.startswith("t.csv, row 2: found “NUL”")
    assert "utf-16" in message


def test_utf_16_without_a_mark_is_refused_with_the_option_that_reads_it(tmp_path: Path) -> None:
    content = "STT,A\n1,2\n".encode("utf-16-le")
    assert "“Unicode text” is utf-16" in refusal(tmp_path, content)
    assert read(tmp_path, content, encoding="utf-16-le").rows == [["STT", "A"], ["1", "2"]]


@pytest.mark.parametrize("content", [b"", b" \n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfe"])
def test_a_file_without_content_is_refused(tmp_path: Path, content: bytes) -> None:
    """Also when all it holds is the byte-order mark Excel begins a file with."""
    message = refusal(tmp_path, content)
    assert message.startswith("t.csv: expected a table; the file ")
    assert message.endswith("export it again")


def test_a_file_of_empty_cells_is_refused(tmp_path: Path) -> None:
    assert "has no cell with content" in refusal(tmp_path, ",,\n,,\n")


def test_an_open_quote_is_refused(tmp_path: Path) -> None:
    assert "t.csv: expected well-formed CSV; " in refusal(tmp_path, 'STT,a\n1,"x\n')


@pytest.mark.parametrize("suffix", [".xls", ".pdf", ""])
def test_other_formats_are_refused_with_what_to_save_as(tmp_path: Path, suffix: str) -> None:
    assert "expected .csv or .xlsx; save the table as CSV UTF-8 or XLSX" in refusal(tmp_path, TEXT, f"t{suffix}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^biểu 2\.csv: expected a file that can be read; "):
        read_sheet(tmp_path / "no.csv", "biểu 2.csv")


def test_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Đơn vị", 3, 1.5, True, None, "6.778"])
        sheet.write_datetime("G1", date(2020, 4, 1), book.add_format({"num_format": "dd/mm/yyyy"}))

    ((*cells, day),) = workbook(tmp_path, fill)
    assert cells == ["Đơn vị", 3, 1.5, True, None, "6.778"]
    assert isinstance(cells[3], bool)
    assert isinstance(day, date) and day.isoformat().startswith("2020-04-01")


def test_a_workbook_keeps_the_places_of_its_rows(tmp_path: Path) -> None:
    rows = workbook(tmp_path, lambda book: book.add_worksheet().write_row("B3", HEADER))
    assert rows == [[None] * 4, [None] * 4, [None, *HEADER]]


def test_a_merged_heading_stands_above_every_column_it_covers(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "STT")
        sheet.merge_range("B1:C1", "Số hồ sơ đã giải quyết")
        sheet.write_row("B2", ["Đúng hạn", "Trễ hạn"])

    assert workbook(tmp_path, fill) == [
        ["STT", "Số hồ sơ đã giải quyết", "Số hồ sơ đã giải quyết"],
        ["STT", "Đúng hạn", "Trễ hạn"],
    ]


def test_an_error_value_of_excel_is_not_an_empty_cell(tmp_path: Path) -> None:
    """A cell that reads #REF! has lost its figure; taken as blank it would count as none."""
    rows = workbook(tmp_path, lambda book: book.add_worksheet().write_formula("A1", "=1/0", None, "#DIV/0!"))
    assert rows == [["#DIV/0!"]]


def test_a_formula_stands_for_its_result(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", "=1+1", None, 2)
        sheet.write_formula("B1", '=IF(D1="","",D1)', None, "none")

    workbook(tmp_path, fill)
    # As Excel stores a text result that comes out empty.
    content = with_part((tmp_path / "t.xlsx").read_bytes(), lambda text: text.replace(b"<v>none</v>", b"<v></v>"))
    ((two, blank),) = read(tmp_path, content, "t.xlsx").rows
    assert two == 2
    assert blank in (None, "")


def test_a_formula_nobody_calculated_is_not_an_empty_cell(tmp_path: Path) -> None:
    """Files that programs write may hold formulas without results."""
    workbook(tmp_path, lambda book: book.add_worksheet().write_formula("A1", "=SUM(B1:B9)", None, 5))
    content = with_part((tmp_path / "t.xlsx").read_bytes(), lambda text: text.replace(b"<v>5</v>", b""))
    assert read(tmp_path, content, "t.xlsx").rows == [["=SUM(B1:B9)"]]


def test_what_only_excel_draws_does_not_matter(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row("A1", HEADER)
        sheet.conditional_format("A1:A3", {"type": "data_bar", "data_bar_2010": True})
        sheet.set_footer("&")

    assert workbook(tmp_path, fill) == [HEADER]


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """A workbook that could be read."""
    workbook(tmp_path, lambda book: book.add_worksheet().write_row("A1", HEADER))
    return (tmp_path / "t.xlsx").read_bytes()


def assert_damaged(message: str) -> None:
    assert message.startswith("cut.xlsx: expected an XLSX workbook; ")
    assert message.endswith("save it again as .xlsx")


@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_truncated_workbook_is_refused(tmp_path: Path, content: bytes, part: float) -> None:
    assert_damaged(refusal(tmp_path, content[: int(len(content) * part)], "cut.xlsx"))


def test_a_workbook_with_damaged_bytes_is_refused(tmp_path: Path, content: bytes) -> None:
    with ZipFile(io.BytesIO(content)) as parts:
        start = parts.getinfo(SHEET).header_offset + 30 + len(SHEET)
    assert_damaged(refusal(tmp_path, content[:start] + b"\xff" * 20 + content[start + 20 :], "cut.xlsx"))


def test_a_workbook_with_a_broken_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    broken = with_part(content, lambda text: text[: len(text) // 2])
    assert_damaged(refusal(tmp_path, broken, "cut.xlsx"))


def test_a_style_no_machine_can_count_to_is_refused(tmp_path: Path, content: bytes) -> None:
    huge = with_part(content, lambda text: text.replace(b'numFmtId="0"', b'numFmtId="99999999999999999999"'), STYLES)
    assert huge != content
    assert_damaged(refusal(tmp_path, huge, "cut.xlsx"))


def test_a_workbook_without_a_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    begin, end = b"<sheets>", b"</sheets>"
    none = with_part(content, lambda text: text[: text.index(begin)] + text[text.index(end) + len(end) :], BOOK)
    assert "cut.xlsx: found “”, expected one visible sheet with content" in refusal(tmp_path, none, "cut.xlsx")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.xlsx: expected a table; the file has no cell with content"):
        workbook(tmp_path, lambda book: book.add_worksheet())
