"""Lists of dossiers into the store: every row accounted for, nothing of a person, the same list twice is no news."""

import csv
import gc
import random
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baocao.errors import BaocaoError, ConfigurationError, InputError, StoreError
from baocao.intake import row_csv
from baocao.intake.dossier_source import DossierList, find_lists
from baocao.intake.dossiers import CONTENT, KEY, NO_MONTH, TABLE
from baocao.intake.row_stream import ListSource
from baocao.intake.source import Stated
from baocao.project import Project
from baocao.store import dossiers as table_of_dossiers
from baocao.store.deliveries import coverage, deliveries
from baocao.store.dossiers import scan_dossiers
from baocao.store.ingest_dossiers import IngestedList, ingest_dossiers
from baocao.store.staging import Balance
from baocao.store.tables import Store

PERSON = "Nguyễn Thị Kín"
PHONE = "0912345678"
#: Canonical column → its heading in the lists of the one-stop systems; two columns are of persons.
ONE_STOP = {
    "dossier": "Mã hồ sơ",
    "procedure": "Tên thủ tục hành chính",
    "procedure_code": "Mã TTHC",
    "field": "Lĩnh vực",
    "unit": "Đơn vị tiếp nhận",
    "applicant": "Chủ hồ sơ",
    "submitted_date": "Ngày nộp",
    "received_date": "Ngày tiếp nhận",
    "due_date": "Ngày hẹn trả",
    "supplement_from": "Ngày yêu cầu bổ sung",
    "supplement_to": "Ngày bổ sung xong",
    "finished_date": "Ngày kết thúc xử lý",
    "result_date": "Ngày trả",
    "channel": "Hình thức tiếp nhận",
    "status": "Trạng thái",
    "result_channel": "Hình thức trả kết quả",
    "result_signed": "Kết quả ký số",
    "paid_online": "Thanh toán trực tuyến",
    "digitised_in": "Số hóa đầu vào",
    "digitised_result": "Số hóa kết quả",
    "authority": "Thẩm quyền",
    "phone": "SĐT",
}
OPEN = {"finished_date": "", "result_date": "", "status": "Đang xử lý", "result_channel": ""}

Cells = dict[str, str]


def dossier(name: str, **cells: str) -> Cells:
    """The cells of one dossier by canonical column: finished in time, unless `cells` says otherwise."""
    return {
        "dossier": name,
        "procedure": "Đăng ký khai sinh",
        "procedure_code": "1.001193",
        "field": "Hộ tịch",
        "unit": "UBND Xã Quài Tở",
        "applicant": PERSON,
        "submitted_date": "31/01/2020",
        "received_date": "03/02/2020 08:15",
        "due_date": "10/02/2020",
        "supplement_from": "",
        "supplement_to": "",
        "finished_date": "07/02/2020",
        "result_date": "08/02/2020",
        "channel": "Trực tiếp",
        "status": "Đã trả kết quả",
        "result_channel": "Bưu chính",
        "result_signed": "Có",
        "paid_online": "Không",
        "digitised_in": "x",
        "digitised_result": "",
        "authority": "Thuộc thẩm quyền",
        "phone": PHONE,
        **cells,
    }


def write_list(path: Path, rows: Sequence[Mapping[str, str]], headings: Mapping[str, str] = ONE_STOP) -> Path:
    """`rows` as a CSV file with `headings`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings.values())
        writer.writerows([row[name] for name in headings] for row in rows)
    return path


def take(project: Project, path: Path, **said: Any) -> IngestedList:
    """Take a file into the store."""
    return ingest_dossiers(project, DossierList(ListSource(str(path)), **said))


def take_rows(project: Project, *rows: Cells, name: str = "list.csv", **said: Any) -> IngestedList:
    return take(project, write_list(project.root / name, rows), **said)


def table(project: Project, as_of: str | None = None) -> list[dict[str, Any]]:
    """All stored dossiers, sorted by id."""
    scan = scan_dossiers(Store(project.store), as_of)
    if scan is None:
        return []
    with duckdb.connect() as connection:
        scan.register(connection, "stored")
        rows = connection.sql("SELECT * FROM stored ORDER BY source, dossier").to_arrow_table().to_pylist()
    return [dict(row) for row in rows]


def content(project: Project, as_of: str | None = None) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What is stored of each dossier, whichever delivery it came with."""
    rows = table(project, as_of)
    known = {tuple(row[name] for name in KEY): tuple(row[name] for name in CONTENT) for row in rows}
    assert len(known) == len(rows), "a dossier stands twice"
    return known  # type: ignore[return-value]


def kept(done: IngestedList) -> list[dict[str, str]]:
    """The rows of the quarantine file."""
    assert done.quarantine is not None
    with done.quarantine.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def versions(project: Project) -> dict[str, int]:
    """The version of every table."""
    found = {}
    for name in (TABLE, "deliveries", "coverage"):
        delta = Store(project.store).open(name)
        found[name] = -1 if delta is None else delta.version()
    return found


# --- The balance ---


def test_what_is_stored_of_a_dossier(project: Project) -> None:
    done = take_rows(project, dossier("H42.18-200203-0001"))
    assert done.balance == Balance(1, 1, 0, 0, 0)
    assert (done.version, done.map, done.quarantine, list(done.unmapped)) == (0, "one-stop-list", None, [])
    (row,) = table(project)
    hashed = row.pop("source_hash")
    assert re.fullmatch(r"[0-9a-f]{64}", hashed)
    assert row == {
        "source": "office",
        "received_month": "2020-02",
        "dossier": "H42.18-200203-0001",
        "unit": "tuan-giao.quai-to",
        "procedure_code": "1.001193",
        "procedure": "Đăng ký khai sinh",
        "field": "Hộ tịch",
        "submitted_date": date(2020, 1, 31),
        "received_date": date(2020, 2, 3),
        "due_date": date(2020, 2, 10),
        "supplement_from": None,
        "supplement_to": None,
        "finished_date": date(2020, 2, 7),
        "result_date": date(2020, 2, 8),
        "channel": "direct",
        "status": "delivered",
        "result_channel": "postal",
        "authority": "own",
        "result_signed": True,
        "paid_online": False,
        "digitised_in": True,
        "digitised_result": None,
        "corrected": None,
        "source_row": 2,
    }


def test_every_row_is_new_changed_known_or_refused(project: Project) -> None:
    first = take_rows(project, *(dossier(f"A{number}", **OPEN) for number in range(1, 5)), name="first.csv")
    assert first.balance == Balance(read=4, stored=4, updated=0, duplicates=0, quarantined=0)
    second = take_rows(
        project,
        dossier("A1", **OPEN),  # as it stands in the store
        dossier("A2"),  # finished since
        dossier("A3", **OPEN | {"due_date": ""}),  # its due date taken away
        dossier("B1"),
        dossier("B2", **OPEN),
        dossier("B1"),  # as it stands further up
        dossier("A1", **OPEN),
        dossier("C1"),  # twice, not alike
        dossier("C1", channel="Trực tuyến"),
        dossier("D1", received_date="30/02/2020"),
        dossier(""),
        name="second.csv",
    )
    assert second.balance == Balance(read=11, stored=2, updated=2, duplicates=3, quarantined=4)
    assert [row["row"] for row in kept(second)] == ["9", "10", "11", "12"]
    rows = {row["dossier"]: row for row in table(project)}
    assert sorted(rows) == ["A1", "A2", "A3", "A4", "B1", "B2"]
    assert (rows["A2"]["status"], rows["A2"]["source_row"]) == ("delivered", 3)
    assert (rows["A1"]["source_row"], rows["A3"]["due_date"]) == (2, None)
    assert rows["A1"]["source_hash"] == rows["A4"]["source_hash"] != rows["A2"]["source_hash"]
    counts = [{name: row[name] for name in Balance.__dataclass_fields__} for row in deliveries(Store(project.store))]
    assert counts == [vars(first.balance), vars(second.balance)]


def found(column: str, text: str, expected: str) -> str:
    return f"column “{ONE_STOP[column]}”: found “{text}”, expected {expected}"


A_DAY = "a day from 1975 to 2099 such as 03/04/2020 or 2020-04-03"
REFUSED: dict[str, tuple[Cells, str]] = {
    "no id": ({"dossier": " "}, "column “Mã hồ sơ”: found nothing, expected the dossier's id"),
    "an id of nothing one sees": (
        {"dossier": "\u200b\ufeff"},
        "column “Mã hồ sơ”: found nothing, expected the dossier's id",
    ),
    "an id too long": ({"dossier": "x" * 201}, "column “Mã hồ sơ”: found a text of over 200 letters, expected an id"),
    "no unit": ({"unit": ""}, "column “Đơn vị tiếp nhận”: found nothing, expected the name or code of a unit"),
    "an unknown unit": (
        {"unit": "UBND Xã Quài Tơ"},
        found(
            "unit",
            "UBND Xã Quài Tơ",
            "a unit of the registry: unknown unit “UBND Xã Quài Tơ”; did you mean “UBND Xã Quài Tở” or "
            "“UBND Xã Quài Nưa” or “UBND Xã Quài Cang”?; add it or an alias under params/units/",
        ),
    ),
    "no channel": (
        {"channel": ""},
        "column “Hình thức tiếp nhận”: found nothing, expected online, direct or postal",
    ),
    "an unknown channel": (
        {"channel": "Trực tuyêns"},
        found(
            "channel",
            "Trực tuyêns",
            "a word of params/dossiers.yaml: unknown channel “trực tuyêns”; did you mean “trực tuyến” or "
            "“nộp trực tuyến” or “trực tiếp”?",
        ),
    ),
    "an unknown status": (
        {"status": "Đã giải quyết xong"},
        found(
            "status",
            "Đã giải quyết xong",
            "a word of params/dossiers.yaml: unknown status “đã giải quyết xong”; did you mean “đã giải quyết” or "
            "“đang giải quyết” or “đã xử lý xong”?",
        ),
    ),
    "a day that is none": ({"due_date": "31/04/2020"}, found("due_date", "31/04/2020", A_DAY)),
    "a day with a word": ({"submitted_date": "sáng 31/01"}, found("submitted_date", "sáng 31/01", A_DAY)),
    "a day out of range": ({"result_date": "07/02/2202"}, found("result_date", "07/02/2202", A_DAY)),
    "a sentinel for no day": (
        {"due_date": "9999-12-31T23:59:59Z"},
        found("due_date", "9999-12-31T23:59:59Z", A_DAY),
    ),
    "a flag that is none": ({"paid_online": "có lẽ"}, found("paid_online", "có lẽ", "có or không, 1 or 0")),
    "an unknown authority": (
        {"authority": "của tỉnh"},
        found(
            "authority",
            "của tỉnh",
            "a word of params/dossiers.yaml: unknown authority “của tỉnh”; known: ngành dọc, own, thuộc thẩm quyền, "
            "vertical, địa phương",
        ),
    ),
    "two reasons": (
        {"due_date": "?", "channel": "?"},
        found("due_date", "?", A_DAY)
        + " | "
        + found(
            "channel",
            "?",
            "a word of params/dossiers.yaml: unknown channel “?”; known: 1, 2, 3, bcci, bưu chính, bưu chính công ích, "
            "direct, dịch vụ công, dịch vụ công trực tuyến, nộp trực tiếp, nộp trực tuyến, online …",
        ),
    ),
    "never taken in, yet counted": (
        {"received_date": ""},
        "column “Ngày tiếp nhận”: found nothing, expected the day the dossier was taken in; correct it in the source",
    ),
    "finished before it was taken in": (
        {"finished_date": "02/02/2020"},
        "column “Ngày kết thúc xử lý” or “Ngày trả”: found 2020-02-02, expected a day not before the dossier was "
        "received, 2020-02-03; correct it in the source",
    ),
    "handed over before it was taken in": (
        {"finished_date": "", "result_date": "02/02/2020"},
        "column “Ngày kết thúc xử lý” or “Ngày trả”: found 2020-02-02, expected a day not before the dossier was "
        "received, 2020-02-03; correct it in the source",
    ),
    "ended, nobody says when": (
        {"finished_date": "", "result_date": "", "status": "Rút hồ sơ"},
        "column “Ngày kết thúc xử lý” or “Ngày trả”: found nothing, expected the day on which a dossier in the state "
        "“withdrawn” ended; correct it in the source",
    ),
    "a supplement before it was asked for": (
        {"supplement_from": "06/02/2020", "supplement_to": "05/02/2020"},
        "column “Ngày bổ sung xong”: found 2020-02-05, expected a day not before 2020-02-06; correct it in the source",
    ),
}
#: Refused when all rows are known; the quarantine then shows what their cells were understood as.
LATE = {
    "never taken in, yet counted",
    "finished before it was taken in",
    "handed over before it was taken in",
    "ended, nobody says when",
    "a supplement before it was asked for",
}


@pytest.mark.parametrize("case", REFUSED)
def test_why_a_row_is_refused(project: Project, case: str) -> None:
    cells, reason = REFUSED[case]
    bad = dossier("BAD") | cells
    done = take_rows(project, dossier("A1"), bad, dossier("A2"))
    assert done.balance == Balance(read=3, stored=2, updated=0, duplicates=0, quarantined=1)
    (row,) = kept(done)
    assert (row.pop("row"), row.pop("reason")) == ("3", reason)
    mapped = {name: heading for name, heading in ONE_STOP.items() if name not in ("applicant", "phone")}
    assert list(row) and set(row) == set(mapped.values())
    if case in LATE:
        understood = [row[ONE_STOP[name]] for name in ("dossier", "unit", "due_date")]
        assert understood == ["BAD", "tuan-giao.quai-to", "2020-02-10"]
    else:
        assert row == {heading: bad[name] for name, heading in mapped.items()}
    assert [row["dossier"] for row in table(project)] == ["A1", "A2"]


@pytest.mark.parametrize("status", ["Mới đăng ký", "Từ chối tiếp nhận", "1", "3"])
def test_what_was_never_taken_in_needs_no_day(project: Project, status: str) -> None:
    nothing = {"received_date": "", "finished_date": "", "result_date": ""}
    assert take_rows(project, dossier("A1", status=status, **nothing)).balance.stored == 1
    (row,) = table(project)
    assert (row["received_month"], row["received_date"]) == (NO_MONTH, None)


def test_a_finish_on_the_day_it_was_taken_in_is_right(project: Project) -> None:
    same = {"received_date": "03/02/2020 16:30", "finished_date": "03/02/2020 08:00", "result_date": ""}
    assert take_rows(project, dossier("A1", **same)).balance.stored == 1


def test_an_open_dossier_needs_no_end_and_a_due_date_may_lie_anywhere(project: Project) -> None:
    done = take_rows(project, dossier("A1", **OPEN), dossier("A2", due_date="01/01/2020"), dossier("A3", status=""))
    assert done.balance.stored == 3


def test_contradictions_name_each_other(project: Project) -> None:
    done = take_rows(
        project, dossier("A1"), dossier("A2"), dossier("A1"), dossier("A1", field="Đất đai"), dossier("A3")
    )
    assert done.balance == Balance(read=5, stored=2, updated=0, duplicates=0, quarantined=3)
    reason = "the id stands several times with different content, rows 2, 4, 5; keep the row that is right"
    assert [(row["row"], row["reason"]) for row in kept(done)] == [("2", reason), ("4", reason), ("5", reason)]
    assert sorted(row["dossier"] for row in table(project)) == ["A2", "A3"]


def test_a_contradiction_leaves_what_is_stored(project: Project) -> None:
    take_rows(project, dossier("A1"), name="first.csv")
    before = content(project)
    done = take_rows(project, dossier("A1", field="Đất đai"), dossier("A1", field="Hộ khẩu"), name="second.csv")
    assert (done.balance, done.version) == (Balance(2, 0, 0, 0, 2), 0)
    assert content(project) == before


def test_differences_of_writing_are_no_differences(project: Project) -> None:
    """Times of day, spaces, case and the way a letter is put together say nothing of a dossier."""
    take_rows(project, dossier("A1"), name="first.csv")
    decomposed = unicodedata.normalize("NFD", "  Đăng  ký khai sinh ")
    again = dossier(
        " A1 ",
        procedure=decomposed,
        unit="ubnd xã  QUÀI TỞ",
        received_date="2020-02-03T01:00:00Z",
        due_date="43871",
        channel="TRỰC TIẾP",
        status="10",
        paid_online="0",
        applicant="Trần Văn Khác",
    )
    done = take_rows(project, again, again, name="second.csv")
    assert (done.balance, done.version) == (Balance(2, 0, 0, 2, 0), 0)


def test_a_list_of_nothing(project: Project) -> None:
    done = take_rows(project)
    assert (done.balance, done.version, done.quarantine) == (Balance(0, 0, 0, 0, 0), -1, None)
    take_rows(project, dossier("A1"), name="other.csv")
    assert take_rows(project).version == 0


def test_a_list_of_refused_rows_only(project: Project) -> None:
    done = take_rows(project, dossier("A1", channel="?"))
    assert (done.balance, done.version) == (Balance(1, 0, 0, 0, 1), -1)
    assert len(kept(done)) == 1 and table(project) == []


def test_the_same_id_of_two_systems_is_two_dossiers(project: Project) -> None:
    take_rows(project, dossier("A1"), name="first.csv", source="mot-cua")
    done = take_rows(project, dossier("A1", field="Thuế"), name="second.csv", source="thue.gov")
    assert done.balance == Balance(1, 1, 0, 0, 0)
    assert {key: row[3] for key, row in content(project).items()} == {
        ("mot-cua", "A1"): "Hộ tịch",
        ("thue.gov", "A1"): "Thuế",
    }
    done = take_rows(project, dossier("A1", field="Thuế đất"), name="third.csv", source="thue.gov")
    assert done.balance == Balance(1, 0, 1, 0, 0)
    assert content(project)["mot-cua", "A1"][3] == "Hộ tịch"


# --- The same list again, and later ones ---


def some_rows(count: int = 60) -> list[Cells]:
    """Dossiers of several units, months and states, some refused and some repeated."""
    rows = []
    units = ("UBND Xã Quài Tở", "UBND Thị trấn", "UBND huyện Tuần Giáo", "Xã lạ")
    for number in range(count):
        state = OPEN if number % 3 else {}
        received = f"{number % 28 + 1:02d}/{number % 4 + 1:02d}/2020"
        later = {name: f"{number % 28 + 1:02d}/06/2020" for name in ("finished_date", "result_date") if not state}
        rows.append(dossier(f"A{number}", unit=units[number % 4], received_date=received) | state | later)
    return [*rows, rows[1], rows[5] | {"channel": "Bưu chính"}]


def test_the_same_list_twice_changes_nothing(project: Project) -> None:
    first = take_rows(project, *some_rows())
    assert min(first.balance.stored, first.balance.duplicates, first.balance.quarantined) > 0
    before, rows, known = versions(project), table(project), deliveries(Store(project.store))
    quarantined = kept(first)
    again = take_rows(project, *some_rows())
    assert again.balance == Balance(
        read=first.balance.read,
        stored=0,
        updated=0,
        duplicates=first.balance.stored + first.balance.duplicates,
        quarantined=first.balance.quarantined,
    )
    assert versions(project) == before == {TABLE: 0, "deliveries": 0, "coverage": 0}
    assert (table(project), deliveries(Store(project.store))) == (rows, known)
    assert (again.quarantine, kept(again)) == (first.quarantine, quarantined)
    assert again.version == first.version


def test_the_same_list_under_another_name_changes_nothing(project: Project) -> None:
    take_rows(project, *some_rows(), name="a.csv")
    before = versions(project)
    take_rows(project, *some_rows(), name="b.csv")
    assert versions(project) == before


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_says_nothing(project: Project, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    contents = []
    for store in ("ordered", "shuffled"):
        monkeypatch.setenv("BAOCAO_STORE", str(project.root / store))
        rows = some_rows()
        changed = [row | {"due_date": "20/07/2020"} if number % 5 else row for number, row in enumerate(rows[:40])]
        for number, delivered in enumerate((rows, changed)):
            if store == "shuffled":
                random.Random(seed).shuffle(delivered)  # noqa: S311 -- the same order every time
            done = take_rows(project, *delivered, name=f"{store}-{number}.csv")
        contents.append((content(project), done.balance))
    assert contents[0] == contents[1]
    assert contents[0][1].updated > 0


def test_every_export_leaves_a_version_to_go_back_to(project: Project) -> None:
    exports = [
        [dossier("A1", **OPEN), dossier("A2", **OPEN)],
        [dossier("A1"), dossier("A2", **OPEN), dossier("A3", **OPEN)],
        [dossier("A3", **OPEN | {"received_date": "05/03/2020"})],
    ]
    known = []
    for number, rows in enumerate(exports):
        done = take_rows(project, *rows, name=f"{number}.csv")
        assert done.version == number
        known.append(content(project))
    assert [len(rows) for rows in known] == [2, 3, 3]
    assert len({repr(rows) for rows in known}) == 3
    for number, rows in enumerate(known):
        assert content(project, str(number)) == rows
    with pytest.raises(StoreError, match="version 3 is not in the store"):
        content(project, "3")
    with pytest.raises(StoreError, match="nothing was stored yet on 2020-01-01"):
        content(project, "2020-01-01")


def test_a_dossier_that_moves_to_another_month_stands_once(project: Project) -> None:
    others = [dossier("A2"), dossier("B1", received_date="04/03/2020", finished_date="", result_date="09/03/2020")]
    taken_in = {"received_date": "05/03/2020", "finished_date": "06/03/2020", "result_date": "", "status": "9"}
    waiting = {"received_date": "", "finished_date": "", "result_date": "", "status": "1"}
    for number, (cells, month) in enumerate(
        [(waiting, NO_MONTH), ({}, "2020-02"), (taken_in, "2020-03"), (waiting, NO_MONTH), (taken_in, "2020-03")]
    ):
        done = take_rows(project, *others, dossier("A1", **cells), name=f"{number}.csv")
        assert done.balance == (Balance(3, 0, 1, 2, 0) if number else Balance(3, 3, 0, 0, 0))
        months = {row["dossier"]: row["received_month"] for row in table(project)}
        assert months == {"A1": month, "A2": "2020-02", "B1": "2020-03"}


def test_new_dossiers_are_appended_and_rewrite_nothing(project: Project) -> None:
    take_rows(project, dossier("A1"), name="first.csv")
    before = scan_dossiers(Store(project.store))
    take_rows(project, dossier("A2"), name="second.csv")
    after = scan_dossiers(Store(project.store))
    assert before is not None and after is not None
    assert set(before.files) < set(after.files)


def test_an_update_rewrites_only_the_months_it_touches(project: Project) -> None:
    spring = dossier("B1", received_date="04/03/2020", finished_date="09/03/2020", result_date="")
    take_rows(project, dossier("A1"), spring, name="first.csv")
    before = scan_dossiers(Store(project.store))
    take_rows(project, dossier("A1", field="Đất đai"), name="second.csv")
    after = scan_dossiers(Store(project.store))
    assert before is not None and after is not None
    kept_files = set(before.files) & set(after.files)
    assert [file for file in kept_files if "received_month=2020-03" in file] and len(kept_files) == 1


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_the_kind_of_file_says_nothing(project: Project, suffix: str) -> None:
    rows = some_rows(20)
    take(project, write_list(project.root / "list.csv", rows))
    before = content(project)
    path = project.root / f"list.{suffix}"
    if suffix == "xlsx":
        book = openpyxl.Workbook()
        book.worksheets[0].append(list(ONE_STOP.values()))
        for row in rows:
            book.worksheets[0].append([row[name] or None for name in ONE_STOP])
        book.save(path)
    else:
        pq.write_table(pa.table({heading: [row[name] for row in rows] for name, heading in ONE_STOP.items()}), path)
    done = take(project, path)
    assert (done.balance.stored, done.balance.updated, done.balance.read) == (0, 0, len(rows))
    assert content(project) == before


# --- Persons ---


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything written in the files of a folder, those of columns decompressed, and their names."""
    for path in folder.rglob("*"):
        yield path, str(path)
        if path.is_file():
            yield path, path.read_bytes().decode(errors="replace")
            if path.suffix == ".parquet":
                yield path, str(pq.read_table(path, partitioning=None).to_pylist())


def test_no_person_leaves_the_delivered_file(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by a personal column, nor by one nobody knows, nor by a row whose cells are shifted or damaged."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    headings = {**ONE_STOP, "relative": "Họ tên người giám hộ"}
    rows = [dossier(f"A{number}", relative=PERSON) for number in range(5)]
    bad = [dossier(f"B{number}", relative=PERSON, channel="?") for number in range(5)]
    late = dossier("C1", relative=PERSON, received_date="")
    contradicting = [dossier("D1", relative=PERSON, field=field) for field in ("x", "y")]
    delivered = tmp_path / "elsewhere"
    path = write_list(delivered / "list.csv", [*rows, *bad, late, *contradicting], headings)
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    lines.append(",".join([*cells[:5], PERSON, *cells[5:]]))  # one cell too many: the name stands under “Ngày nộp”
    lines.append(",".join([*cells[:3], *cells[4:]]))
    path.write_bytes("\r\n".join(lines).encode() + b"\r\n" + lines[2].replace("Hộ tịch", "\0").encode() + b"\r\n")
    done = take(project, path)
    assert done.balance == Balance(read=16, stored=5, updated=0, duplicates=0, quarantined=11)
    assert list(done.unmapped) == ["Họ tên người giám hộ"]
    take_rows(project, dossier("A0", field="Đất đai"), name="list-2.csv")
    (project.root / "list-2.csv").unlink()
    seen = 0
    for file, text in texts_of(project.root):
        seen += 1
        assert PERSON not in text and PHONE not in text, file
    assert seen > 20
    stored = "".join(text for _, text in texts_of(project.root / "data" / "store"))
    assert "tuan-giao.quai-to" in stored and "B4" in stored, "the search finds what is there"
    assert list(temporary.iterdir()) == []


def test_a_shifted_row_is_kept_as_its_place_only(project: Project) -> None:
    path = write_list(project.root / "list.csv", [dossier("A1"), dossier("A2")])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"{PERSON},", f"{PERSON},{PERSON},", 1), encoding="utf-8")
    done = take(project, path)
    assert done.balance == Balance(2, 1, 0, 0, 1)
    (row,) = kept(done)
    reason = (
        "found 23 cells, expected 22 as in the header; a cell too many or too few shifts the row, "
        "correct it in the source"
    )
    assert (row.pop("row"), row.pop("reason")) == ("2", reason)
    assert set(row.values()) == {""}


def test_formulas_sleep_in_the_quarantine(project: Project) -> None:
    evil = {
        "procedure": '=HYPERLINK("http://x","y")',
        "procedure_code": "+1+1",
        "field": "-2+3",
        "unit": "@SUM(A1)",
        "status": "\t=1",
        "due_date": "\r=1",
        "dossier": "=1+1",
        "paid_online": " =1",
    }
    done = take_rows(project, dossier("X", **evil))
    (row,) = kept(done)
    for name, text in evil.items():
        assert row[ONE_STOP[name]] in (f"'{text}", " =1")
    assert not [cell for cell in row.values() if cell[:1] and cell[0] in "=+-@\t\r"]


# --- Units ---


def units_of(project: Project, *names: str, **said: Any) -> tuple[dict[str, str], list[str]]:
    """Code of the unit each name was read as, and the reasons of those refused."""
    done = take_rows(project, *(dossier(name, unit=name) for name in names), **said)
    reasons = [] if done.quarantine is None else [row["reason"] for row in kept(done)]
    return {row["dossier"]: row["unit"] for row in table(project)}, reasons


def test_names_a_unit_goes_by(project: Project) -> None:
    names = [
        "UBND Xã Quài Tở",
        "quài tở",
        "UBND Xã  Quài Tò",
        "tuan-giao.quai-to",
        unicodedata.normalize("NFD", "Quài Tở"),
    ]
    for number, name in enumerate(names):
        done = take_rows(project, dossier(f"A{number}", unit=name), name=f"{number}.csv")
        assert done.balance.stored == 1, name
    assert {row["unit"] for row in table(project)} == {"tuan-giao.quai-to"}


def second_district(project: Project) -> None:
    with (project.params / "units" / "dien-bien.csv").open("a", encoding="utf-8") as file:
        file.write("muong-cha,UBND huyện Mường Chà,Mường Chà,district,huyen,dien-bien,,,,\n")
        file.write("muong-cha.thi-tran,UBND Thị trấn,Thị trấn,commune,thi_tran,muong-cha,,,,\n")


def test_a_name_of_two_units_is_understood_within_the_office_of_the_list(project: Project) -> None:
    second_district(project)
    assert units_of(project, "UBND Thị trấn", unit="muong-cha") == ({"UBND Thị trấn": "muong-cha.thi-tran"}, [])


def test_a_name_of_two_units_is_not_guessed(project: Project) -> None:
    second_district(project)
    units, (reason,) = units_of(project, "UBND Thị trấn", "tuan-giao.thi-tran")
    assert units == {"tuan-giao.thi-tran": "tuan-giao.thi-tran"}
    assert reason == found(
        "unit",
        "UBND Thị trấn",
        "a name of one unit, not of tuan-giao.thi-tran, muong-cha.thi-tran; name the office of the list with "
        "--unit CODE",
    )


def test_a_name_one_unit_bore_after_another_is_told_by_the_day(project: Project) -> None:
    """Quài Tở was merged with two others under its name on 1 July 2025."""
    later = {"finished_date": "", "result_date": "", "due_date": "", "status": "2"}
    done = take_rows(
        project,
        dossier("A1", unit="UBND Xã Quài Tở", received_date="30/06/2025", **later),
        dossier("A2", unit="UBND Xã Quài Tở", received_date="01/07/2025", **later),
        dossier("A3", unit="UBND Xã Quài Tở", submitted_date="", received_date="", **later | {"status": "1"}),
    )
    assert done.balance.stored == 3
    units = {row["dossier"]: row["unit"] for row in table(project)}
    assert units == {"A1": "tuan-giao.quai-to", "A2": "dien-bien.quai-to", "A3": "dien-bien.quai-to"}


def test_a_unit_elsewhere_is_unknown_to_the_office_of_the_list(project: Project) -> None:
    second_district(project)
    units, (reason,) = units_of(project, "UBND Xã Quài Tở", "UBND huyện Mường Chà", unit="muong-cha")
    assert units == {"UBND huyện Mường Chà": "muong-cha"}
    assert "a unit of the registry: unknown unit “UBND Xã Quài Tở”" in reason


def test_a_unit_that_no_longer_existed_is_unknown(project: Project, edit: Any) -> None:
    edit(
        project.params / "units" / "dien-bien.csv",
        "thi_tran,tuan-giao,,,2025-06-30,",
        "thi_tran,tuan-giao,,,2019-12-31,",
    )
    span = {"from_date": date(2020, 1, 1), "to_date": date(2020, 4, 1)}
    units, (reason,) = units_of(project, "UBND Thị trấn", "UBND Xã Quài Tở", **span)
    assert list(units) == ["UBND Xã Quài Tở"] and "unknown unit “UBND Thị trấn”" in reason


def test_a_list_without_units_is_of_its_office(project: Project) -> None:
    headings = {name: heading for name, heading in ONE_STOP.items() if name != "unit"}
    path = write_list(project.root / "list.csv", [dossier("A1")], headings)
    with pytest.raises(ConfigurationError, match=r"list\.csv: the list has no column of units; .*--unit CODE"):
        take(project, path)
    assert take(project, path, unit="tuan-giao").balance.stored == 1
    assert [row["unit"] for row in table(project)] == ["tuan-giao"]


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_a_file_refused_before_it_was_read_is_let_go(project: Project, suffix: str) -> None:
    """One left open could not be replaced by a better one (on Windows), and is a warning here."""
    headings = [heading for name, heading in ONE_STOP.items() if name != "unit"]
    path = project.root / f"list.{suffix}"
    if suffix == "xlsx":
        book = openpyxl.Workbook()
        book.worksheets[0].append(headings)
        book.save(path)
    else:
        pq.write_table(pa.table({heading: ["x"] for heading in headings}), path)
    with pytest.raises(ConfigurationError, match="the list has no column of units"):
        take(project, path)
    gc.collect()
    path.unlink()


def test_an_empty_unit_is_not_the_office_of_the_list(project: Project) -> None:
    assert take_rows(project, dossier("A1", unit=""), unit="tuan-giao").balance == Balance(1, 0, 0, 0, 1)


def test_the_authority_of_rows_that_do_not_say(project: Project) -> None:
    take_rows(project, dossier("A1", authority=""), dossier("A2", authority="Địa phương"), authority="vertical")
    assert {row["dossier"]: row["authority"] for row in table(project)} == {"A1": "vertical", "A2": "own"}


# --- Vocabularies of headings ---

NATIONAL = {
    "dossier": "MaHoSo",
    "procedure_code": "MaTTHC",
    "procedure": "TenTTHC",
    "field_code": "MaLinhVuc",
    "field": "TenLinhVuc",
    "unit": "DonViXuLy",
    "applicant": "ChuHoSo",
    "submitted_date": "NgayNopHoSo",
    "received_date": "NgayTiepNhan",
    "due_date": "NgayHenTra",
    "finished_date": "NgayKetThucXuLy",
    "result_date": "NgayTra",
    "channel": "KenhThucHien",
    "status": "TrangThaiHoSo",
    "paid_online": "DuocThanhToanTrucTuyen",
}
COMMON = [name for name in NATIONAL if name in ONE_STOP]
#: The cells of one dossier in three vocabularies.
VOCABULARIES: dict[str, tuple[dict[str, str], Cells]] = {
    "one-stop-list": ({name: ONE_STOP[name] for name in COMMON}, {}),
    "national-sync": (
        NATIONAL,
        {
            "field_code": "G15-HT",
            "submitted_date": "20200131081500",
            "received_date": "20200203081500",
            "due_date": "20200210",
            "finished_date": "2020-02-07T10:00:00+07:00",
            "result_date": "2020-02-07T18:00:00Z",
            "channel": "1",
            "status": "10",
            "paid_online": "0",
        },
    ),
    "plain": (
        {name: name for name in COMMON},
        {
            "unit": "tuan-giao.quai-to",
            "submitted_date": "2020-01-31",
            "received_date": "2020-02-03",
            "due_date": "2020-02-10",
            "finished_date": "2020-02-07",
            "result_date": "2020-02-08",
            "channel": "direct",
            "status": "delivered",
            "paid_online": "false",
        },
    ),
}


def test_three_vocabularies_say_the_same(project: Project) -> None:
    for number, (name, (headings, cells)) in enumerate(VOCABULARIES.items()):
        done = take(project, write_list(project.root / f"{name}.csv", [dossier("A1") | cells], headings))
        assert (done.map, list(done.unmapped), done.version) == (name, [], 0)
        assert done.balance == (Balance(1, 0, 0, 1, 0) if number else Balance(1, 1, 0, 0, 0))


def test_a_map_may_be_named_and_must_then_fit(project: Project) -> None:
    headings, cells = VOCABULARIES["plain"]
    path = write_list(project.root / "list.csv", [dossier("A1") | cells], headings)
    with pytest.raises(InputError, match=r"MaHoSo.*params/maps/national-sync\.yaml"):
        take(project, path, map="national-sync")
    with pytest.raises(ConfigurationError, match="unknown column map “plan”; did you mean “plain”"):
        take(project, path, map="plan")
    with pytest.raises(ConfigurationError, match="column map “one-stop-summary” is for one-stop-summary, not for"):
        take(project, path, map="one-stop-summary")
    assert take(project, path, map="plain").balance.stored == 1


def test_a_new_map_is_one_more_to_choose_from(project: Project) -> None:
    (project.params / "maps" / "vendor.yaml").write_text(
        "id: vendor\ndataset: dossiers\nname: V\nrequired: [dossier, received_date, channel]\n"
        "columns:\n  dossier: [ma]\n  received_date: [nhan]\n  channel: [kenh]\n  unit: [don vi]\n",
        encoding="utf-8",
    )
    path = project.root / "list.csv"
    path.write_text("ma,nhan,kenh,don vi\nA1,03/02/2020,1,tuan-giao\n", encoding="utf-8")
    done = take(project, path)
    assert (done.map, done.balance.stored) == ("vendor", 1)


@pytest.mark.parametrize("source", ["", "Office", "a b", "a'b", "a/b", "../a", "a--b", "ồ"])
def test_an_id_of_a_system_is_plain(project: Project, source: str) -> None:
    with pytest.raises(ConfigurationError, match="expected lower-case letters"):
        take_rows(project, dossier("A1"), source=source)
    assert table(project) == []


# --- Corrections ---


def correct(project: Project, *entries: Mapping[str, Any], file: str = "x.yaml") -> None:
    """Write `params/corrections/x.yaml`."""
    lines = ["corrections:"]
    for entry in entries:
        known = {
            "id": "c1",
            "reason": "gõ nhầm",
            "reported_by": "UBND Xã Quài Tở",
            "reported": "2020-03-01",
            "source": "office",
            "dossier": "A1",
            "column": "due_date",
            "expect": "2020-02-10",
            "value": "2020-02-20",
            **entry,
        }
        lines += [f"{'- ' if number == 0 else '  '}{key}: {value}" for number, (key, value) in enumerate(known.items())]
    folder = project.params / "corrections"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_correction_is_applied_and_recorded(project: Project) -> None:
    take_rows(project, dossier("A1"), dossier("A2"))
    correct(
        project,
        {},
        {"id": "c2", "column": "paid_online", "expect": "false", "value": "true"},
        {"id": "c3", "dossier": "A2", "column": "field", "expect": "Hộ tịch", "value": "Đất đai"},
        {"id": "c4", "source": "another"},
        {"id": "c5", "dossier": "not delivered"},
    )
    done = take_rows(project, dossier("A1"), dossier("A2"))
    assert (done.balance, list(done.corrections)) == (Balance(2, 0, 2, 0, 0), ["c1", "c2", "c3"])
    first, second = table(project)
    assert (first["due_date"], first["paid_online"], first["corrected"]) == (date(2020, 2, 20), True, "c1, c2")
    assert (second["field"], second["due_date"], second["corrected"]) == ("Đất đai", date(2020, 2, 10), "c3")
    assert deliveries(Store(project.store))[-1]["corrections"] == "c1, c2, c3"
    before = versions(project)
    again = take_rows(project, dossier("A1"), dossier("A2"))
    assert (again.balance, list(again.corrections)) == (Balance(2, 0, 0, 2, 0), ["c1", "c2", "c3"])
    assert versions(project) == before


def test_a_correction_may_fill_and_empty_a_cell(project: Project) -> None:
    correct(
        project,
        {"column": "result_date", "expect": "null", "value": "2020-02-09"},
        {"id": "c2", "column": "due_date", "expect": "2020-02-10", "value": "null"},
    )
    assert take_rows(project, dossier("A1", result_date="")).balance.stored == 1
    (row,) = table(project)
    assert (row["result_date"], row["due_date"], row["corrected"]) == (date(2020, 2, 9), None, "c1, c2")


def test_a_correction_comes_before_the_rules(project: Project) -> None:
    """It may save a row that would be refused, and a row it spoils is refused."""
    correct(project, {"column": "finished_date", "expect": "2020-01-07", "value": "2020-02-07"})
    assert take_rows(project, dossier("A1", finished_date="07/01/2020")).balance == Balance(1, 1, 0, 0, 0)
    correct(project, {"column": "finished_date", "expect": "2020-02-07", "value": "2020-01-07"})
    done = take_rows(project, dossier("A1"), name="second.csv")
    assert done.balance == Balance(1, 0, 0, 0, 1)


def test_a_mended_source_stops_until_the_correction_is_removed(project: Project) -> None:
    correct(project, {})
    take_rows(project, dossier("A1"), dossier("A2"), name="first.csv")
    before, rows = versions(project), table(project)
    mended = (dossier("A1", due_date="20/02/2020"), dossier("A2", field="Đất đai"), dossier("A3"))
    with pytest.raises(InputError) as info:
        take_rows(project, *mended, name="second.csv")
    assert str(info.value) == (
        "params/corrections/x.yaml: c1 expects due_date of dossier A1 to be “2020-02-10”, the source now says "
        "“2020-02-20”; if the source is mended, remove the correction"
    )
    assert (versions(project), table(project)) == (before, rows)
    (project.params / "corrections" / "x.yaml").unlink()
    done = take_rows(project, *mended, name="second.csv")
    assert (done.balance, list(done.corrections)) == (Balance(3, 1, 2, 0, 0), [])
    assert [row["corrected"] for row in table(project)] == [None, None, None]


def test_the_guard_looks_at_every_row_of_the_dossier(project: Project) -> None:
    correct(project, {})
    with pytest.raises(InputError, match="the source now says"):
        take_rows(project, dossier("A1"), dossier("A1", due_date="11/02/2020"))
    assert table(project) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"column": "due"}], r"x\.yaml: .*unknown column “due”; did you mean “due_date”"),
        ([{"column": "dossier"}], r"x\.yaml: .*unknown column “dossier”"),
        ([{"column": "corrected"}], r"x\.yaml: .*unknown column “corrected”"),
        ([{"value": "tomorrow"}], r"x\.yaml: c1: value: found 'tomorrow', expected a day such as 2020-03-04"),
        ([{"expect": "true"}], r"x\.yaml: c1: expect: found True, expected a day"),
        ([{"column": "paid_online", "expect": "maybe", "value": "true"}], r"c1: expect: found 'maybe', expected true"),
        ([{"column": "field", "expect": "2020-02-10", "value": "x"}], r"c1: expect: found .*2020.*, expected a text"),
        (
            [{"column": "channel", "expect": "direct", "value": "onlin"}],
            r"c1: value: unknown channel “onlin”; did you mean “online”",
        ),
        (
            [{"column": "status", "expect": "delivered", "value": "finishd"}],
            r"c1: value: unknown status “finishd”; did you mean “finished”",
        ),
        (
            [{"column": "unit", "expect": "tuan-giao.quai-to", "value": "tuan-giao.quai-tơ"}],
            r"c1: value: unknown unit “tuan-giao.quai-tơ”; did you mean “tuan-giao.quai-to”",
        ),
        ([{"column": "unit", "expect": "tuan-giao.quai-to", "value": "null"}], "c1: value"),
        ([{"column": "channel", "expect": "direct", "value": "null"}], "c1: value"),
        ([{"column": "authority", "expect": "own", "value": "null"}], "c1: value"),
        ([{"value": "1900-01-01"}], "c1: value"),
        ([{"reason": "null"}], r"x\.yaml: corrections\.0\.reason"),
        ([{"person": "Nguyễn"}], r"x\.yaml: corrections\.0\.person: Extra inputs"),
        ([{}, {}], "c1: the id stands twice"),
        ([{}, {"dossier": "A2"}], "c1: the id stands twice"),
        ([{}, {"value": "2020-02-21"}], "c1: the id stands twice"),
        ([{}, {"id": "c2", "value": "2020-02-21"}], "c2: c1 already corrects due_date of this dossier"),
    ],
)
def test_a_bad_correction_names_its_file_and_stores_nothing(project: Project, entries: Any, said: str) -> None:
    correct(project, *entries)
    with pytest.raises(ConfigurationError, match=said):
        take_rows(project, dossier("A1"))
    assert table(project) == []


def test_the_same_id_in_two_files_of_corrections(project: Project) -> None:
    correct(project, {}, file="a.yaml")
    correct(project, {"dossier": "A2"}, file="b.yaml")
    with pytest.raises(ConfigurationError, match=r"b\.yaml: c1: the id stands twice"):
        take_rows(project, dossier("A1"))


# --- What a delivery covers ---


def covered(project: Project, unit: str) -> list[tuple[date, date]]:
    version = versions(project)[TABLE]
    return list(coverage(Store(project.store), version).of(unit).spans)


def test_days_a_list_mentions_and_days_it_is_said_to_cover(project: Project) -> None:
    rows = [dossier("A1"), dossier("A2", received_date="20/01/2020"), dossier("B1", unit="UBND Thị trấn", **OPEN)]
    take_rows(project, *rows, name="first.csv")
    assert covered(project, "tuan-giao.quai-to") == [(date(2020, 1, 20), date(2020, 2, 8))]
    assert covered(project, "tuan-giao.thi-tran") == [(date(2020, 2, 3), date(2020, 2, 3))]
    assert covered(project, "tuan-giao.na-say") == []
    span = {"from_date": date(2020, 1, 1), "to_date": date(2020, 4, 1), "covers": ("tuan-giao.na-say",)}
    take_rows(project, *rows, name="second.csv", source="other", **span)
    assert covered(project, "tuan-giao.na-say") == [(date(2020, 1, 1), date(2020, 4, 1))]


def deliver(project: Project, files: Mapping[str, Sequence[Cells]], **said: str) -> Path:
    folder = project.root / "delivered"
    for name, rows in files.items():
        write_list(folder / name, rows)
    lines = ["source: mot-cua", "name: Một cửa", "origin: xuất từ phần mềm", *(f"{k}: {v}" for k, v in said.items())]
    lines += ["files:", *(f"- {{file: {name}, dataset: dossiers}}" for name in files)]
    (folder / "source.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_delivery_of_several_lists_is_complete_with_its_last(project: Project) -> None:
    said = {"unit": "tuan-giao", "from": "2020-01-01", "to": "2020-04-01"}
    folder = deliver(project, {"a.csv": [dossier("A1")], "b.csv": [dossier("A2")]}, **said)
    first, last = find_lists(project, [str(folder)])
    assert (first.source, first.unit, first.more, last.more) == ("mot-cua", "tuan-giao", True, False)
    ingest_dossiers(project, first)
    assert covered(project, "tuan-giao.quai-to") == []
    ingest_dossiers(project, last)
    assert covered(project, "tuan-giao") == [(date(2020, 1, 1), date(2020, 4, 1))]
    assert {row["source"] for row in table(project)} == {"mot-cua"}


def test_a_single_file_is_described_beside_it_unless_said_otherwise(project: Project) -> None:
    folder = deliver(project, {"a.csv": [dossier("A1")]}, unit="tuan-giao", period="2020-Q1", authority="vertical")
    (described,) = find_lists(project, [str(folder / "a.csv")])
    assert (described.source, described.authority, described.from_date) == ("mot-cua", "vertical", date(2020, 1, 1))
    (said,) = find_lists(project, [str(folder / "a.csv")], Stated(source="khac", unit="tuan-giao.quai-to"))
    assert (said.source, said.unit) == ("khac", "tuan-giao.quai-to")
    with pytest.raises(ConfigurationError, match="unknown unit “nowhere”"):
        find_lists(project, [str(folder / "a.csv")], Stated(unit="nowhere"))


# --- What stops an ingest leaves no trace ---


def test_a_list_that_breaks_off_stores_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    take_rows(project, dossier("A0"), name="first.csv")
    before, rows = versions(project), table(project)
    monkeypatch.setattr(row_csv, "BLOCK_BYTES", 4096)
    path = write_list(project.root / "second.csv", [dossier(f"A{number}") for number in range(100)])
    with path.open("a", encoding="utf-8") as file:
        file.write('"' + "x" * 10_000)
    with pytest.raises(InputError):
        take(project, path)
    assert (versions(project), table(project)) == (before, rows)


def between(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    """Let `step` happen after an ingest has read the store and before it writes."""
    compare = table_of_dossiers._compare

    def interrupted(*arguments: Any) -> None:
        compare(*arguments)
        monkeypatch.setattr(table_of_dossiers, "_compare", compare)
        step()

    monkeypatch.setattr(table_of_dossiers, "_compare", interrupted)


@pytest.mark.parametrize("changed", [False, True], ids=["new dossiers", "changed dossiers"])
def test_two_ingests_at_the_same_moment(project: Project, monkeypatch: pytest.MonkeyPatch, changed: bool) -> None:
    """The second one would have compared its rows with a store that is no more."""
    take_rows(project, dossier("A1", **OPEN), name="first.csv")
    between(monkeypatch, lambda: take_rows(project, dossier("A2", field="của người khác"), name="other.csv"))
    late = [dossier("A1"), dossier("A2")] if changed else [dossier("A2")]
    with pytest.raises(StoreError, match="somebody else stored dossiers at the same moment; nothing was changed"):
        take_rows(project, *late, name="second.csv")
    assert content(project)["office", "A2"][3] == "của người khác"
    assert content(project)["office", "A1"][CONTENT.index("status")] == "processing"
    assert take_rows(project, *late, name="second.csv").balance.updated == len(late)


def test_two_first_ingests_at_the_same_moment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, lambda: take_rows(project, dossier("A2", field="của người khác"), name="other.csv"))
    with pytest.raises(StoreError, match="somebody else stored dossiers at the same moment; nothing was changed"):
        take_rows(project, dossier("A2"), name="second.csv")
    assert content(project)["office", "A2"][3] == "của người khác"


# --- Where a project lies ---


@pytest.mark.parametrize("name", ["Báo cáo 2020", "O'Brien", "100%", "a#b", "a{1},b"])
def test_a_project_in_a_folder_of_any_name(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Stored, changed, read again; with the temporary files beside it."""
    folder = tmp_path / name
    project.root.rename(folder)
    (folder / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "temporary"))
    moved = Project(folder)
    balances = [
        take_rows(moved, dossier("A1", field=field), dossier("A2"), name="list.csv").balance
        for field in ("Hộ tịch", "Đất đai", "Đất đai")
    ]
    assert balances == [Balance(2, 2, 0, 0, 0), Balance(2, 0, 1, 1, 0), Balance(2, 0, 0, 2, 0)]
    assert [row["field"] for row in table(moved)] == ["Đất đai", "Hộ tịch"]
    assert len(deliveries(Store(moved.store))) == 2


@pytest.mark.parametrize("name", ["bao-cao [moi]", "a%20b"])
def test_a_folder_no_table_can_lie_in_is_named(tmp_path: Path, project: Project, name: str) -> None:
    """Delta's library cannot write there; as long as that is so, a person must learn which folder to rename."""
    moved = Project(project.root.rename(tmp_path / name))
    try:
        done = [take_rows(moved, dossier("A1", field=field)) for field in ("Hộ tịch", "Đất đai")]
    except BaocaoError as error:
        assert name in str(error)
    else:
        assert done[1].balance.updated == 1
