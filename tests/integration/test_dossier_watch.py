"""The desk's list: which dossiers stand on it, the office's reasons beside them, and the document made of both."""

import csv
import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from baocao.document.blocks import Table
from baocao.errors import InputError, StoreError
from baocao.indicators.summary import Window
from baocao.indicators.watch import Watch, Watched, find_watched
from baocao.intake.reasons import reasons_file
from baocao.intake.vocabulary import load_vocabulary
from baocao.notebook.watch import DeskList, desk_list
from baocao.periods import Period, parse_period
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.store.dossiers import scan_dossiers
from baocao.store.tables import Store
from tests.integration.conftest import call
from tests.integration.office import (
    AN,
    BINH,
    CHAU,
    DISTRICT,
    FROM,
    TO,
    Office,
    done,
    dossier,
)

DAY = timedelta(days=1)
DUE = date(2020, 1, 20)
WITHIN = 5
PERSON, PHONE = "Nguyễn Thị Kín", "0912345678"
Cells = dict[str, Any]
HEADINGS = ["Stt", "Mã hồ sơ", "Lĩnh vực", "Thủ tục", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc"]


def watch(office: Office, *, units: Sequence[str] = (DISTRICT, AN, BINH, CHAU), within: int = WITHIN) -> Watch:
    scan = scan_dossiers(Store(office.project.store))
    assert scan is not None
    return find_watched(scan, load_vocabulary(office.project), Window(FROM, TO, tuple(units)), within)


def desk(office: Office, within: int = WITHIN) -> DeskList:
    period = Period(parse_period("2020-Q1"), FROM, TO)
    registry = office.registry
    return desk_list(office.project, registry[DISTRICT], registry, period, office.slice(), within)


def days(rows: Sequence[Watched]) -> list[tuple[str, int]]:
    return [(row.dossier, row.days) for row in rows]


# --- Which dossiers ---


def test_resolved_late_longest_first(office: Office) -> None:
    earlier: Cells = {"received_date": date(2019, 12, 2)}
    office.dossiers(
        done("on-time", finished_date=DUE),
        done("early", finished_date=DUE - DAY),
        done("one-day", finished_date=DUE + DAY),
        done("month", AN, finished_date=DUE + 30 * DAY),
        done("no-due-date", due_date="", finished_date=DUE + 30 * DAY),
        done("first-day", BINH, **earlier, due_date=FROM - 3 * DAY, finished_date=FROM),
        done("before", **earlier, due_date=FROM - 9 * DAY, finished_date=FROM - DAY),
        done("last-day", due_date=TO - 2 * DAY, finished_date=TO),
        done("after", due_date=TO + DAY * 40, finished_date=TO + DAY * 50),
        done("result-alone", finished_date="", result_date=DUE + 4 * DAY, status="delivered"),
    )
    listed = watch(office)
    expected = [("month", 30), ("result-alone", 4), ("first-day", 3), ("last-day", 2), ("one-day", 1)]
    assert days(listed.late) == expected
    assert (days(listed.overdue), days(listed.due_soon)) == ([], [])
    first = listed.late[0]
    assert (first.unit, first.field, first.received, first.due, first.ended) == (
        AN,
        "Đất đai",
        date(2020, 1, 13),
        DUE,
        DUE + 30 * DAY,
    )


def test_open_past_due_and_due_soon_on_either_side_of_the_last_day(office: Office) -> None:
    office.dossiers(
        dossier("yesterday", due_date=TO - DAY),
        dossier("long-ago", AN, due_date=DUE),
        dossier("today", due_date=TO),
        dossier("in-five-days", BINH, due_date=TO + WITHIN * DAY),
        dossier("in-six-days", due_date=TO + (WITHIN + 1) * DAY),
        dossier("no-due-date", due_date=""),
        dossier("not-yet-here", received_date=TO + DAY, due_date=TO + DAY),
        done("finished-later", due_date=TO - 2 * DAY, finished_date=TO + 5 * DAY),
    )
    listed = watch(office)
    assert days(listed.overdue) == [("long-ago", 71), ("finished-later", 2), ("yesterday", 1)]
    assert days(listed.due_soon) == [("today", 0), ("in-five-days", 5)]
    assert listed.late == []
    assert listed.overdue[1].ended is None  # on that day it was open
    assert {row.dossier for row in listed.all} == {row.dossier for row in (*listed.overdue, *listed.due_soon)}


@pytest.mark.parametrize(("within", "listed"), [(0, ["today"]), (1, ["today", "tomorrow"]), (4, ["today", "tomorrow"])])
def test_how_soon_is_asked_for(office: Office, within: int, listed: list[str]) -> None:
    rows = {"today": TO, "tomorrow": TO + DAY, "later": TO + 5 * DAY, "yesterday": TO - DAY}
    office.dossiers(*[dossier(name, due_date=due) for name, due in rows.items()])
    assert [row.dossier for row in watch(office, within=within).due_soon] == listed


def test_whoever_waits_for_the_citizen_is_not_on_the_list(office: Office) -> None:
    asked: Cells = {"supplement_from": date(2020, 1, 15)}
    office.dossiers(
        dossier("waiting", due_date=DUE, status="supplement"),
        dossier("waiting-since", due_date=DUE, status="supplement", **asked),
        dossier("asked-later", due_date=DUE, status="supplement", supplement_from=TO + DAY),
        dossier("answered-later", due_date=DUE, **asked, supplement_to=TO + DAY),
        dossier("soon-but-waiting", due_date=TO + DAY, status="supplement"),
    )
    listed = watch(office)
    assert days(listed.overdue) == [("asked-later", 71)]
    assert (listed.late, listed.due_soon) == ([], [])


def test_days_of_a_supplement_move_the_due_date(office: Office) -> None:
    answered: Cells = {"supplement_from": date(2020, 1, 15), "supplement_to": date(2020, 1, 18)}
    office.dossiers(
        done("in-time", **answered, finished_date=DUE + 3 * DAY),
        done("late", **answered, finished_date=DUE + 4 * DAY),
        dossier("overdue", **answered, due_date=TO - 4 * DAY),
        dossier("due-now", **answered, due_date=TO - 3 * DAY),
    )
    listed = watch(office)
    assert [(row.dossier, row.days, row.due) for row in listed.late] == [("late", 1, DUE + 3 * DAY)]
    assert [(row.dossier, row.days, row.due) for row in listed.overdue] == [("overdue", 1, TO - DAY)]
    assert [(row.dossier, row.days, row.due) for row in listed.due_soon] == [("due-now", 0, TO)]


def test_withdrawn_returned_and_never_taken_in_are_not_on_the_list(office: Office) -> None:
    ended: Cells = {"due_date": DUE, "finished_date": DUE + 9 * DAY}
    office.dossiers(
        done("withdrawn", **{**ended, "status": "withdrawn"}),
        done("returned", **{**ended, "status": "stopped"}),
        dossier("registered", due_date=DUE, status="registered"),
        dossier("refused", due_date=DUE, status="refused"),
    )
    assert watch(office).all == []


def test_what_a_system_counts_as_resolved_is_late_as_in_its_forms(office: Office) -> None:
    """The portal of Điện Biên keeps returned ones inside; the list then has as many as the table counts."""
    ended: Cells = {"due_date": DUE, "finished_date": DUE + 9 * DAY}
    rows = [done("withdrawn", **{**ended, "status": "withdrawn"}), done("returned", **{**ended, "status": "stopped"})]
    office.dossiers(*rows, source="dien-bien-portal")
    assert days(watch(office).late) == [("returned", 9), ("withdrawn", 9)]
    assert office.figures().of_area("resolved_late").value == 2


def test_only_the_units_asked_for(office: Office) -> None:
    office.dossiers(dossier("HS-1", AN, due_date=DUE), dossier("HS-2", "tay", due_date=DUE), unit="tinh")
    assert days(watch(office).overdue) == [("HS-1", 71)]
    assert watch(office, units=[]).all == []


# --- With the office's reasons ---


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def reasons(office: Office) -> list[list[str]]:
    with reasons_file(office.project, DISTRICT).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def fill_in(office: Office, dossier_id: str, reason: str) -> None:
    """Write a reason as the office does, in the last cell of the dossier's line."""
    path = reasons_file(office.project, DISTRICT)
    text = path.read_text(encoding="utf-8-sig")
    (line,) = [line for line in text.splitlines() if f",{dossier_id}," in line]
    path.write_text(text.replace(line, line + reason), encoding="utf-8-sig")


def test_a_line_for_every_dossier_and_a_reason_for_good(office: Office) -> None:
    office.dossiers(
        done("HS-1", finished_date=DUE + DAY),
        dossier("HS-2", AN, due_date=DUE),
        dossier("HS-3", BINH, due_date=TO),
        dossier("HS-4"),
    )
    first = desk(office)
    lines = [
        ["cong", "HS-1", "UBND huyện Đông", ""],
        ["cong", "HS-2", "UBND xã An", ""],
        ["cong", "HS-3", "UBND xã Bình", ""],
    ]
    assert reasons(office) == lines
    assert [row[-1] for row in cells(first.table("late", first.watch.late))] == [
        "UBND huyện Đông: 01 hồ sơ",
        "",
    ]
    fill_in(office, "HS-1", "Chờ kết quả đo đạc")
    second = desk(office)
    assert cells(second.table("late", second.watch.late))[1][-1] == "Chờ kết quả đo đạc"
    office.dossiers(dossier("HS-5", CHAU, due_date=DUE), dossier("HS-2", AN))  # one more, one no longer overdue
    third = desk(office)
    assert cells(third.table("late", third.watch.late))[1][-1] == "Chờ kết quả đo đạc"
    assert reasons(office) == [[*lines[0][:3], "Chờ kết quả đo đạc"], *lines[1:], ["cong", "HS-5", "UBND xã Châu", ""]]


def test_the_table_by_unit_field_and_procedure(office: Office) -> None:
    late: Cells = {"finished_date": DUE + 2 * DAY}
    office.dossiers(
        done("HS-1", BINH, **late),
        done("HS-2", AN, **late, field="Hộ tịch", procedure="Khai tử"),
        done("HS-3", AN, **late, field="Hộ tịch", procedure="Đăng ký"),
        done("HS-4", AN, **late, field="Đất đai", procedure="Đăng ký"),
        done("HS-5", AN, finished_date=DUE + 7 * DAY, field="Đất đai", procedure="Đăng ký"),
        done("HS-6", AN, **late, field="", procedure=""),
        done("HS-7", **late),
    )
    listed = desk(office)
    table = listed.table("late", listed.watch.late)
    assert [cell.text for cell in table.header[0]] == [*HEADINGS, "Số ngày trễ", "Lý do"]
    assert [(row.kind, cells(table)[place][0]) for place, row in enumerate(table.rows) if row.kind == "heading"] == [
        ("heading", "UBND huyện Đông: 01 hồ sơ"),
        ("heading", "UBND xã An: 05 hồ sơ"),
        ("heading", "UBND xã Bình: 01 hồ sơ"),
    ]
    rows = [row for row in cells(table) if len(row) > 1]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6", "7"]
    assert [row[1] for row in rows] == ["HS-7", "HS-6", "HS-5", "HS-4", "HS-3", "HS-2", "HS-1"]
    assert rows[1][2:4] == ["Chưa ghi lĩnh vực", "Chưa ghi tên thủ tục"]
    assert rows[2][4:] == ["13/01/2020", "20/01/2020", "27/01/2020", "7", ""]


def test_what_is_due_first_stands_first(office: Office) -> None:
    office.dossiers(*(dossier(f"HS-{days}", AN, due_date=TO + days * DAY) for days in (4, 0, 3)))
    listed = desk(office)
    rows = [row for row in cells(listed.table("due-soon", listed.watch.due_soon)) if len(row) > 1]
    assert [(row[1], row[7]) for row in rows] == [("HS-0", "0"), ("HS-3", "3"), ("HS-4", "4")]


def test_a_dossier_of_two_lists_of_one_system_is_listed_once(office: Office) -> None:
    for source in ("cong", "xa"):
        office.dossiers(dossier("HS-1", AN, due_date=DUE), source=source, systems=["cong"])
    listed = desk(office)
    assert [(row.source, row.dossier) for row in listed.watch.all] == [("xa", "HS-1")]
    assert listed.overdue.value == 1


def test_due_soon_is_a_figure_with_its_definition(office: Office) -> None:
    office.dossiers(dossier("HS-1", due_date=TO), dossier("HS-2", AN, due_date=TO + 3 * DAY))
    measure = desk(office, within=3).due_soon
    assert (measure.id, measure.value, measure.text()) == ("pending_due_soon", 2, "2")
    assert "đến hạn trong 3 ngày" in measure.definition
    assert desk(office, within=2).due_soon.value == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text + "cong,HS-9\n", "row 3: found “2 cells”, expected 4 cells"),
        (lambda text: text.replace("Lý do", "Ghi chú"), "row 1: found “Nguồn, Mã hồ sơ, Đơn vị, Ghi chú”"),
        (lambda text: text + "cong,HS-1,UBND xã An,bận\n", "row 3, column “Mã hồ sơ”: found “HS-1”"),
    ],
)
def test_a_spoilt_file_of_reasons_names_its_row(office: Office, spoil: Any, said: str) -> None:
    office.dossiers(dossier("HS-1", AN, due_date=DUE))
    desk(office)
    path = reasons_file(office.project, DISTRICT)
    path.write_text(spoil(path.read_text(encoding="utf-8-sig")), encoding="utf-8-sig")
    with pytest.raises(InputError) as info:
        desk(office)
    assert str(info.value).startswith(f"data/reasons/{DISTRICT}.csv, {said}")


def test_summary_tables_name_no_dossier(office: Office) -> None:
    office.table({"unit_name": AN, "received_direct": 3, "pending_overdue": 3})
    with pytest.raises(StoreError, match="huyen: no dossiers are stored for this period; run `baocao ingest dossiers`"):
        desk(office)
    assert not reasons_file(office.project, DISTRICT).exists()
    office.dossiers(dossier("HS-1", "tay", due_date=DUE), unit="tay", units="tay")  # of somebody else there are some
    with pytest.raises(StoreError, match="huyen: no dossiers are stored for this period"):
        desk(office)


# --- The document ---


def make(project: Project) -> Path:
    request = resolve_request(project, "dossier-watch", DISTRICT, "2020-Q1", from_date=FROM, to_date=TO)
    return run_job(project, request, ["html"]).folder


def counted(folder: Path) -> dict[str, int]:
    indicators = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))
    return {name: indicators[f"{name}:listed"]["value"] for name in ("resolved_late", "pending_overdue")}


def rows_of(page: BeautifulSoup, table: str) -> list[list[str]]:
    """Rows of one of the lists, the headings of units left out; none if there is no such table."""
    found = page.find("table", id=table)
    rows = found.select("tbody tr") if found else []
    cells = [[cell.get_text(strip=True) for cell in row.find_all(["td", "th"])] for row in rows]
    return [row for row in cells if len(row) > 1]


def test_the_document_lists_what_it_counts(office: Office) -> None:
    person = {"applicant": PERSON, "phone": PHONE}
    office.dossiers(
        done("HS-1", AN, finished_date=DUE + DAY, **person),
        done("=1+1", finished_date=DUE + 12 * DAY, procedure="<b>Đăng ký</b>", **person),
        done("HS-3", AN, finished_date=DUE + 2 * DAY, **person),
        done("HS-4", AN, **person),
        dossier("HS-5", BINH, due_date=TO - DAY, **person),
        dossier("HS-6", CHAU, due_date=DUE, **person),
        dossier("HS-7", AN, due_date=TO + 20 * DAY, **person),
        check=True,
    )
    desk(office)
    fill_in(office, "HS-3", "Chờ kết quả đo đạc")
    folder = make(office.project)
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    late, overdue = rows_of(page, "late"), rows_of(page, "overdue")
    assert [(row[1], row[-2], row[-1]) for row in late] == [
        ("=1+1", "12", ""),
        ("HS-3", "2", "Chờ kết quả đo đạc"),
        ("HS-1", "1", ""),
    ]
    assert late[0][3] == "<b>Đăng ký</b>"
    assert [(row[1], row[-2]) for row in overdue] == [("HS-5", "1"), ("HS-6", "71")]
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    filled_in = reasons_file(office.project, DISTRICT).read_bytes()
    assert files[f"data/reasons/{DISTRICT}.csv"] == hashlib.sha256(filled_in).hexdigest()
    assert counted(folder) == {"resolved_late": len(late), "pending_overdue": len(overdue)}
    # The list that is empty says so, in the text and in its annex.
    assert page.find("table", id="due-soon") is None
    heads = {head.get_text(" ", strip=True) for head in page.find_all("div", class_="annex-head")}
    assert [head.startswith("Danh sách III ") for head in heads if "Không có hồ sơ" in head] == [True]
    prose = page.get_text()
    assert "Có 03 hồ sơ đã giải quyết trễ hạn" in prose and "Còn 02 hồ sơ đang giải quyết đã quá hạn" in prose
    assert "Không có hồ sơ đến hạn trong vòng 05 ngày" in prose
    for path in (*folder.iterdir(), reasons_file(office.project, DISTRICT)):
        content = path.read_text(encoding="utf-8")
        assert PERSON not in content and PHONE not in content


def test_the_text_counts_what_the_list_lists_also_beside_tables_of_another_system(office: Office) -> None:
    """A summary table names no dossier: what it counts as late cannot stand in “Danh sách I”."""
    office.dossiers(done("HS-1", AN, finished_date=DUE + DAY), check=True)
    given = {"unit_name": AN, "received_direct": 4, "resolved_late": 4}
    office.table(given, source="bo", systems=["bo"])
    page = BeautifulSoup((make(office.project) / "report.html").read_bytes(), "html.parser")
    assert len(rows_of(page, "late")) == 1
    assert "Có 01 hồ sơ đã giải quyết trễ hạn trong kỳ (Danh sách I)" in page.get_text()


def test_an_office_with_tables_alone_is_told_so(office: Office) -> None:
    office.table({"unit_name": AN, "received_direct": 3, "pending_overdue": 3})
    dates = ("--from", FROM.isoformat(), "--to", TO.isoformat())
    ran = call(office.project.root, "run", "dossier-watch", "--unit", DISTRICT, "--period", "2020-Q1", *dates)
    assert ran.returncode == 1
    assert "huyen: no dossiers are stored for this period; run `baocao ingest dossiers`" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (office.project.outputs / "dossier-watch" / "2020-Q1" / DISTRICT).exists()
