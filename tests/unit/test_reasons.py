"""The office's reasons: a line for every dossier, nothing written is lost, a spoilt file is refused by row."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from baocao.errors import InputError
from baocao.intake.reasons import HEADINGS, Key, keep_reasons, read_reasons, reasons_file
from baocao.project import Project

UNIT = "tuan-giao"
FIRST, SECOND = ("cong", "HS-1"), ("cong", "HS-2")
QUAI_TO = "UBND Xã Quài Tở"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def keep(project: Project, *keys: Key, unit: str = QUAI_TO) -> Path:
    return keep_reasons(project, UNIT, [(key, unit) for key in keys])


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def fill_in(path: Path, *reasons: str) -> None:
    """Write the last column as an office does, one reason for each line from the first on."""
    header, *rows = lines(path)
    filled = [[*row[:-1], reason] for row, reason in zip(rows, reasons, strict=False)]
    save(path, [header, *filled, *rows[len(reasons) :]])


def save(path: Path, rows: Iterable[Iterable[str]], encoding: str = "utf-8-sig") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def test_without_a_file_there_are_no_reasons(project: Project) -> None:
    assert read_reasons(project, UNIT) == {}
    assert not reasons_file(project, UNIT).exists()


def test_an_empty_list_makes_no_file(project: Project) -> None:
    assert not keep(project).exists()


def test_a_line_for_every_dossier(project: Project) -> None:
    path = keep(project, FIRST, SECOND)
    assert path == reasons_file(project, UNIT) == project.root / "data" / "reasons" / f"{UNIT}.csv"
    assert lines(path) == [list(HEADINGS), ["cong", "HS-1", QUAI_TO, ""], ["cong", "HS-2", QUAI_TO, ""]]
    assert path.read_bytes().startswith("\ufeff".encode())  # or Excel takes Vietnamese for another code page
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert read_reasons(project, UNIT) == {}


def test_a_reason_survives_every_later_run(project: Project) -> None:
    path = keep(project, FIRST)
    fill_in(path, "Chờ ý kiến, “sở” trả lời")
    assert read_reasons(project, UNIT) == {FIRST: "Chờ ý kiến, “sở” trả lời"}
    for keys in ([FIRST], [FIRST, SECOND], [SECOND], []):
        keep(project, *keys)
        assert read_reasons(project, UNIT) == {FIRST: "Chờ ý kiến, “sở” trả lời"}
    assert [row[:3] for row in lines(path)[1:]] == [[*FIRST, QUAI_TO], [*SECOND, QUAI_TO]]


def test_what_is_known_is_not_written_again(project: Project) -> None:
    """An office may have the file open; without news it is left alone."""
    path = keep(project, FIRST, SECOND)
    save(path, [HEADINGS, [*SECOND, "tên khác", "bận"], [*FIRST, QUAI_TO, ""]])
    before = path.read_bytes()
    keep(project, FIRST, SECOND)
    assert path.read_bytes() == before


def test_the_order_and_words_of_the_office_stay(project: Project) -> None:
    path = keep(project, FIRST)
    save(path, [HEADINGS, ["khác", "X-9", "Xã cũ", "đã xong"], [*FIRST, "tên khác", "=bận"]])
    keep(project, FIRST, SECOND)
    assert lines(path)[1:] == [
        ["khác", "X-9", "Xã cũ", "đã xong"],
        [*FIRST, "tên khác", "=bận"],
        [*SECOND, QUAI_TO, ""],
    ]


def test_the_same_id_of_two_systems_has_two_reasons(project: Project) -> None:
    other = ("bo", "HS-1")
    fill_in(keep(project, FIRST, other), "một", "hai")
    assert read_reasons(project, UNIT) == {FIRST: "một", other: "hai"}


def test_each_office_has_its_own_file(project: Project) -> None:
    fill_in(keep(project, FIRST), "một")
    assert read_reasons(project, "uong-bi") == {}


@pytest.mark.parametrize("name", ["=1+1", "+84", "-5", "@x", "'001", "''001", "000.01.02.H00-200115-0001", "A,“B”;C"])
def test_any_id_is_found_again_and_no_formula_runs(project: Project, name: str) -> None:
    key = ("cong", name)
    for _ in range(3):
        path = keep(project, key)
        assert len(lines(path)) == 2
    assert lines(path)[1][1][:1] not in "=+-@"
    fill_in(path, "mất điện")
    assert read_reasons(project, UNIT) == {key: "mất điện"}
    keep(project, key, SECOND)
    assert read_reasons(project, UNIT) == {key: "mất điện"}


def test_lines_a_spreadsheet_leaves_empty_say_nothing(project: Project) -> None:
    save(reasons_file(project, UNIT), [HEADINGS, [], ["", "", "", ""], ["cong", " HS-1 ", QUAI_TO, " bận  việc "], []])
    assert read_reasons(project, UNIT) == {FIRST: "bận việc"}


def test_a_file_without_mark_is_read_too(project: Project) -> None:
    save(reasons_file(project, UNIT), [HEADINGS, [*FIRST, QUAI_TO, "bận"]], encoding="utf-8")
    assert read_reasons(project, UNIT) == {FIRST: "bận"}


REFUSED: dict[str, tuple[list[Sequence[str]], str]] = {
    "another header": ([["Mã hồ sơ", "Lý do"], ["HS-1", "x"]], "row 1: found “Mã hồ sơ, Lý do”, expected Nguồn, Mã hồ"),
    "no header": ([[*FIRST, QUAI_TO, "x"]], "row 1: found “cong, HS-1"),
    "a column inserted": ([HEADINGS, ["cong", "HS-1", "x", QUAI_TO, "y"]], "row 2: found “5 cells”, expected 4 cells"),
    "a column deleted": ([HEADINGS, [*FIRST, QUAI_TO, ""], ["cong", "HS-2", "y"]], "row 3: found “3 cells”"),
    "a dossier twice": (
        [HEADINGS, [*FIRST, QUAI_TO, "x"], [*SECOND, QUAI_TO, ""], [*FIRST, QUAI_TO, "y"]],
        "row 4, column “Mã hồ sơ”: found “HS-1”, expected each dossier once; keep one of the lines",
    ),
    "nothing": ([], "row 1: found “”, expected Nguồn, Mã hồ sơ, Đơn vị, Lý do"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_spoilt_file_is_refused_by_row_and_left_as_it_is(project: Project, case: str) -> None:
    rows, said = REFUSED[case]
    path = reasons_file(project, UNIT)
    save(path, rows)
    before = path.read_bytes()
    for use in (lambda: read_reasons(project, UNIT), lambda: keep(project, FIRST, SECOND)):
        with pytest.raises(InputError) as info:
            use()
        assert str(info.value).startswith(f"data/reasons/{UNIT}.csv, ")
        assert said in str(info.value)
    assert path.read_bytes() == before


def test_a_file_of_another_encoding_is_refused(project: Project) -> None:
    save(reasons_file(project, UNIT), [HEADINGS, [*FIRST, "An", "x"]], encoding="utf-16")
    with pytest.raises(InputError, match=f"data/reasons/{UNIT}.csv: expected text in UTF-8; save it as CSV UTF-8"):
        read_reasons(project, UNIT)


def test_the_columns_of_a_spreadsheet_in_vietnamese_are_told_apart(project: Project) -> None:
    """Excel with Vietnamese settings saves CSV with semicolons, because the comma is its decimal sign."""
    path = keep(project, FIRST, SECOND)
    header, *rows = lines(path)
    rows[0][-1] = "bận, chưa xong"
    path.write_text("\n".join(";".join(row) for row in (header, *rows)) + "\n", encoding="utf-8-sig")
    assert read_reasons(project, UNIT) == {FIRST: "bận, chưa xong"}
